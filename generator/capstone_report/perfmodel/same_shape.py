"""Whether two samples of times spread alike, which a ratio's exact interval takes for granted.

Source: Levene's test about medians (Brown and Forsythe 1974), on logarithms, where a factor between
the samples is a shift.
"""

import math
from collections.abc import Sequence
from statistics import fmean, median

SIGNIFICANCE = 0.05
FEWEST = 3
"""Two values lie equally far from their median, so that their deviations do not vary at all."""


def spread_p_value(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Return how often samples of one spread differ as much as these two; None where none can tell.

    F = (N - 2) sum_i n_i (z_i - z)^2 / sum_ij (z_ij - z_i)^2 with z_ij = |log x_ij - median_i log x|,
    against Fisher's distribution with 1 and N - 2 degrees of freedom. Values must be positive.
    """
    if min(len(first), len(second)) < FEWEST:
        return None
    sides = [_deviations(values) for values in (first, second)]
    means, everything = [fmean(side) for side in sides], fmean([*sides[0], *sides[1]])
    within = sum(
        sum((z - mean) ** 2 for z in side) for side, mean in zip(sides, means, strict=True)
    )
    between = sum(
        len(side) * (mean - everything) ** 2 for side, mean in zip(sides, means, strict=True)
    )
    if within == 0:
        return 1.0 if between == 0 else 0.0
    degrees = len(first) + len(second) - 2
    from scipy.special import fdtrc  # noqa: PLC0415 - only who asks for it pays for scipy

    return float(fdtrc(1, degrees, degrees * between / within))


def _deviations(values: Sequence[float]) -> list[float]:
    """Return how far the logarithms of values are from their median."""
    logs = [math.log(value) for value in values]
    middle = median(logs)
    return [abs(value - middle) for value in logs]


def spreads_differ(first: Sequence[float], second: Sequence[float]) -> bool:
    """Tell whether two samples are shown to spread unlike, at 5 %."""
    found = spread_p_value(first, second)
    return found is not None and found < SIGNIFICANCE
