"""Message times by size, as straight lines: one for each regime, so that no line crosses a switch.

Libraries change their algorithm and shapers their rate with the size of a message; Hockney's line
T(n) = alpha + beta n (1994) holds between two such switches only.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from capstone_report.units import Bytes, Seconds

# A line through two sizes fits whatever they are.
FEWEST_SIZES = 3
# As in `steady_state`: a further regime must explain 15 log n in the deviance.
PENALTY = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """T(n) = alpha + beta n over some sizes."""

    alpha: Seconds
    """T(0), which is a latency only where the line begins at small messages."""
    beta: float
    """Seconds per byte."""
    misfit: float
    """The largest deviation of a time from the line, relative to the time."""

    def seconds(self, size: Bytes) -> Seconds:
        """Return T(n) of a size in bytes."""
        return self.alpha + self.beta * size


@dataclass(frozen=True, slots=True, kw_only=True)
class Regime:
    """Neighbouring sizes whose times lie on one line."""

    sizes: tuple[Bytes, ...]
    line: Line


def line_fit(
    sizes: Sequence[Bytes], times: Sequence[Seconds], noise: Sequence[float] | None = None
) -> Line:
    """Return alpha and beta by least squares of the relative error, over its noise where one is given.

    Times span five decades: absolute errors would let the largest message decide alone. Domain: at
    least two different sizes, positive times.
    """
    weights = [1 / time for time in times]
    if noise is not None:
        weights = [w / share for w, share in zip(weights, noise, strict=True)]
    scale = max(sizes)
    ones = math.fsum(w * w for w in weights)
    first = math.fsum(w * w * n / scale for w, n in zip(weights, sizes, strict=True))
    second = math.fsum(w * w * (n / scale) ** 2 for w, n in zip(weights, sizes, strict=True))
    level = math.fsum(w * w * t for w, t in zip(weights, times, strict=True))
    slope = math.fsum(w * w * t * n / scale for w, t, n in zip(weights, times, sizes, strict=True))
    determinant = ones * second - first * first
    alpha = (level * second - slope * first) / determinant
    beta = (slope * ones - level * first) / determinant / scale
    residuals = [abs(alpha + beta * n - t) / t for n, t in zip(sizes, times, strict=True)]
    return Line(alpha=alpha, beta=beta, misfit=max(residuals))


def regimes(
    sizes: Sequence[Bytes], times: Sequence[Seconds], noise: Sequence[float]
) -> tuple[Regime, ...]:
    """Return the regimes of rising sizes: the lines with the least deviance, penalised by their number.

    `noise` is the relative standard error of each time. Exact, by dynamic programming over where the
    last regime begins. Domain: at least `FEWEST_SIZES` sizes.
    """
    count, penalty = len(sizes), PENALTY * math.log(len(sizes))
    best: dict[int, tuple[float, tuple[Regime, ...]]] = {0: (0.0, ())}
    for end in range(FEWEST_SIZES, count + 1):
        for begin in [start for start in best if start <= end - FEWEST_SIZES]:
            part = slice(begin, end)
            line = line_fit(sizes[part], times[part], noise[part])
            deviance = best[begin][0] + penalty
            for n, t, share in zip(sizes[part], times[part], noise[part], strict=True):
                deviance += ((line.seconds(n) / t - 1) / share) ** 2
            if end not in best or deviance < best[end][0]:
                regime = Regime(sizes=tuple(sizes[part]), line=line)
                best[end] = (deviance, (*best[begin][1], regime))
    return best[count][1]
