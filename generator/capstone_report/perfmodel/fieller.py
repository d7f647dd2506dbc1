"""The interval of a ratio of two means, for whoever wants means and may assume normality.

Sources: Fieller (1954); for launches, Kalibera and Jones (2013); degrees of freedom for
unlike spreads as in Tamhane and Logan (2004).
"""

import math
from collections.abc import Sequence
from statistics import fmean, variance

from capstone_report.perfmodel.intervals import Ratio
from capstone_report.perfmodel.student import two_sided_t


def fieller_is_bounded(*, mean: float, margin_squared: float) -> bool:
    """Tell whether the denominator's mean is far enough from zero: mean^2 > t^2 v.

    Else the ratios that fit the data have no largest.
    """
    return mean**2 > margin_squared


def fieller_ratio(
    numerators: Sequence[float],
    denominators: Sequence[float],
    level: float,
    *,
    degrees: float | None = None,
) -> Ratio:
    """Return the ratio of two means a/b with Fieller's interval, where there is one.

    (a b +- sqrt((a b)^2 - (a^2 - t^2 v_a)(b^2 - t^2 v_b))) / (b^2 - t^2 v_b), v the variance of a
    mean, t Student's with the given degrees of freedom, else Welch's at the estimated ratio. No
    bounds with a single value on either side, which has no variance, or where it is unbounded.
    """
    a, b = fmean(numerators), fmean(denominators)
    estimate = a / b
    if min(len(numerators), len(denominators)) < 2:  # noqa: PLR2004 - a variance takes two values
        return Ratio(estimate=estimate, low=None, high=None)
    v_a, v_b = (variance(values) / len(values) for values in (numerators, denominators))
    if v_a == v_b == 0:
        return Ratio(estimate=estimate, low=estimate, high=estimate)
    if degrees is None:
        degrees = welch_degrees(v_a, estimate**2 * v_b, runs=(len(numerators), len(denominators)))
    t2 = two_sided_t(level, degrees=degrees) ** 2
    if not fieller_is_bounded(mean=b, margin_squared=t2 * v_b):
        return Ratio(estimate=estimate, low=None, high=None)
    divisor = b**2 - t2 * v_b
    # The root of the docstring, multiplied out: it subtracts no near-equal numbers.
    half = math.sqrt(t2 * (v_a * divisor + v_b * a**2))
    return Ratio(estimate=estimate, low=(a * b - half) / divisor, high=(a * b + half) / divisor)


def welch_degrees(first: float, second: float, *, runs: tuple[int, int]) -> float:
    """Return (v1 + v2)^2 / (v1^2/(n1-1) + v2^2/(n2-1)) for the variances of two means, Welch 1947."""
    weighted = first**2 / (runs[0] - 1) + second**2 / (runs[1] - 1)
    return (first + second) ** 2 / weighted
