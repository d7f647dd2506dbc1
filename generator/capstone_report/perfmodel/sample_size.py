"""How many runs, launches or pairs a statement takes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from statistics import NormalDist

from capstone_report.perfmodel.student import two_sided_t


def runs_for_precision(*, variation: float, error: float, level: float) -> int:
    """Return the fewest runs n >= 2 whose mean has an interval of half-width error, relative.

    n >= (c t_{n-1}/e)^2 with the coefficient of variation c, for normally distributed values
    (Hoefler and Belli SC15, section 4.2.2). Domain: variation >= 0, error > 0.
    """
    normal = NormalDist().inv_cdf((1 + level) / 2)
    # Student's t exceeds the normal quantile, so fewer runs cannot do.
    fewest = max(2, math.floor((variation * normal / error) ** 2))
    return next(
        runs
        for runs in count(fewest)
        if runs >= (variation * two_sided_t(level, degrees=runs - 1) / error) ** 2
    )


def min_rank_sum_p(n: int, m: int) -> float:
    """Return the smallest two-sided p that a rank-sum test of n against m runs can give.

    2/C(n+m, n), when the samples do not overlap and no values tie: 3 against 3 never reaches 5 %.
    """
    return 2 / math.comb(n + m, n)


def pairs_for_superiority(probability: float, *, significance: float, missed: float) -> int | None:
    """Return the pairs of runs that show P(A > B) of at least this probability (Noether 1987).

    n = (z_{1-a} + z_{1-b})^2 / (6 (1/2 - g)^2), a the one-sided significance, b the share of true
    differences that is missed. None at 1/2, where there is nothing to show.
    """
    if probability == 0.5:  # noqa: PLR2004 - a coin
        return None
    quantile = NormalDist().inv_cdf
    z = quantile(1 - significance) + quantile(1 - missed)
    return math.ceil(z**2 / (6 * (0.5 - probability) ** 2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One level of repetition, such as iteration, launch or build."""

    variance: float
    """T_i^2: what this level adds to the variance, in the square of the values' unit."""
    repetitions: int | None
    """How often to repeat it for the best precision at a cost; None at the highest level, which is
    repeated until the precision is reached, and below a level that adds nothing: there only more of
    this one helps."""


def repetition_levels(
    variances: Sequence[float], *, repetitions: Sequence[int], costs: Sequence[float]
) -> list[Level]:
    """Return what each level adds to the variance and how often to repeat it, lowest level first.

    From the variances S_i^2 of the means of each level in a trial, its repetitions r_i below the
    highest level and the cost c_i of one more of each: T_1^2 = S_1^2, T_i^2 = S_i^2 - S_{i-1}^2 /
    r_{i-1} but never negative, r_i = ceil(sqrt(c_{i+1}/c_i T_i^2/T_{i+1}^2)) (Kalibera and Jones
    2013).
    """
    below = [s / r for s, r in zip(variances[:-1], repetitions, strict=True)]
    added = [max(0.0, s - b) for s, b in zip(variances, [0.0, *below], strict=True)]
    best = [
        _repetitions(added[i] / costs[i], added[i + 1] / costs[i + 1])
        for i in range(len(added) - 1)
    ]
    return [
        Level(variance=variance, repetitions=repeat)
        for variance, repeat in zip(added, [*best, None], strict=True)
    ]


def _repetitions(here: float, above: float) -> int | None:
    """Return ceil(sqrt(here/above)) of two variances per cost, at least once; None for no end."""
    if here == 0:
        return 1
    # A difference of variances carries rounding, which must not ask for one more.
    return max(1, math.ceil(math.sqrt(here / above) - 1e-9)) if above > 0 else None
