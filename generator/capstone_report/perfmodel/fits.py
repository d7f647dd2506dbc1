"""Curves fitted to measurements: throughput as the scalability law, step time as the book's ring.

Both are the same law; what differs is what a deviation weighs. Constants are never negative, and
one at its bound is exactly zero, so that "no peak" can be told from "a far peak".
"""

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from capstone_report.perfmodel.laws import Usl, usl_of_ring
from capstone_report.units import Seconds

# Three constants and one degree of freedom.
MIN_LEVELS = 4
HALVINGS = 30
BETTER = 1 - 1e-12
"""The share of a deviation that is worth another step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UslFit:
    """The universal scalability law through measured throughputs."""

    usl: Usl
    deviation: float
    """Root of the sum of squared deviations, in the throughput's unit."""

    @property
    def peak_throughput(self) -> float | None:
        """Return the throughput at the peak; None when there is no peak."""
        peak = self.usl.peak()
        return None if peak is None else self.usl.throughput(peak)


def usl_fit(loads: Sequence[float], throughputs: Sequence[float]) -> UslFit | None:
    """Return gamma, sigma and kappa, none negative, by least squares of the throughput.

    Gunther 2007; as in R's usl. gamma is fitted, too: pinned to the measured X(1) it moves the other
    two. None with fewer than four different loads, or when nothing bounds gamma.
    """
    if len(set(loads)) < MIN_LEVELS:
        return None
    # N/X = 1/gamma + sigma/gamma (N-1) + kappa/gamma N(N-1) is linear: the start, in relative error.
    rows = [[1.0, load - 1, load * (load - 1)] for load in loads]
    inverse = [x / load for load, x in zip(loads, throughputs, strict=True)]
    start = nonnegative_least_squares(_weighted(rows, inverse), [1.0] * len(rows))
    # Never zero: no worker is worth more at first than the best measured one.
    start[0] = max(start[0], 1 / max(inverse))
    constants, deviation = _refined(start, rows, loads, throughputs)
    if constants[0] == 0:
        return None
    gamma = 1 / constants[0]
    usl = Usl(gamma=gamma, sigma=gamma * constants[1], kappa=gamma * constants[2])
    return UslFit(usl=usl, deviation=deviation)


def _refined(
    constants: list[float],
    rows: list[list[float]],
    loads: Sequence[float],
    throughputs: Sequence[float],
) -> tuple[list[float], float]:
    """Return the constants after Gauss-Newton steps that stay within the bounds, and the deviation."""
    curve = _throughputs(constants, rows, loads)
    deviation = math.dist(curve, throughputs)
    while True:
        slopes = [x**2 / load for load, x in zip(loads, curve, strict=True)]
        targets = [2 * x - measured for x, measured in zip(curve, throughputs, strict=True)]
        aim = nonnegative_least_squares(_weighted(rows, slopes), targets)
        for halving in range(HALVINGS):
            nearer = [c + (a - c) / 2**halving for c, a in zip(constants, aim, strict=True)]
            curve = _throughputs(nearer, rows, loads)
            if math.dist(curve, throughputs) < deviation * BETTER:
                break
        else:
            return constants, deviation
        constants, deviation = nearer, math.dist(curve, throughputs)


def _throughputs(
    constants: list[float], rows: list[list[float]], loads: Sequence[float]
) -> list[float]:
    """Return X at each load; far too much instead of a division by zero."""
    times = (math.fsum(c * x for c, x in zip(constants, row, strict=True)) for row in rows)
    return [load / max(time, sys.float_info.min) for load, time in zip(loads, times, strict=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class RingFit:
    """The book's ring through measured step times."""

    t_comp: Seconds
    alpha: Seconds
    beta: Seconds

    @property
    def usl(self) -> Usl:
        """Return the same law by its other constants; its peak is the fastest number of workers."""
        return usl_of_ring(t_comp=self.t_comp, alpha=self.alpha, beta=self.beta)


def ring_fit(workers: Sequence[float], step_times: Sequence[Seconds]) -> RingFit | None:
    """Return T_comp, alpha and beta, none negative, by least squares of the relative error.

    T_p = T_comp/p + alpha (p-1) + 2 beta (p-1)/p of book section 41.4.5 is linear in the three, so
    rows over T_p have one solution and need no start. None with fewer than four different numbers of
    workers, or when no compute is found.
    """
    if len(set(workers)) < MIN_LEVELS:
        return None
    rows = [[1 / p, p - 1, 2 * (p - 1) / p] for p in workers]
    weights = [1 / time for time in step_times]
    t_comp, alpha, beta = nonnegative_least_squares(_weighted(rows, weights), [1.0] * len(rows))
    return RingFit(t_comp=t_comp, alpha=alpha, beta=beta) if t_comp > 0 else None


def _weighted(rows: list[list[float]], weights: Sequence[float]) -> list[list[float]]:
    """Return each row times its weight."""
    return [[weight * x for x in row] for row, weight in zip(rows, weights, strict=True)]


def nonnegative_least_squares(rows: list[list[float]], targets: Sequence[float]) -> list[float]:
    """Return the coefficients, none negative, that minimise |rows c - targets| (Lawson, Hanson 1974)."""
    from scipy.optimize import nnls  # noqa: PLC0415 - only who asks for it pays for scipy

    # Columns grow as N^2: of one length, they round alike.
    lengths = [math.hypot(*column) for column in zip(*rows, strict=True)]
    scaled = [[x / length for x, length in zip(row, lengths, strict=True)] for row in rows]
    coefficients, _ = nnls(scaled, targets)
    return [float(c) / length for c, length in zip(coefficients, lengths, strict=True)]


def aicc(squares: float, *, observations: int, parameters: int) -> float | None:
    """Return n ln(RSS/n) + 2k + 2k(k+1)/(n-k-1), k with the variance (Hurvich and Tsai 1989).

    None for n <= k + 1, where it is undefined, and for a perfect fit, which has no variance.
    """
    n, k = observations, parameters
    if n <= k + 1 or squares == 0:
        return None
    return n * math.log(squares / n) + 2 * k + 2 * k * (k + 1) / (n - k - 1)
