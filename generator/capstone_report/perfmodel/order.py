"""Whether a series of times depends on its order, or falls into groups: rank tests without a shape.

Sources: Mann (1945) and Kendall's exact distribution of discordant pairs; Bartels (1982), the rank
version of von Neumann's ratio.
"""

import math
from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

EXACT_RUNS = 40
"""Up to so many different values the distribution of tau is summed exactly; the normal one is near enough above."""

LEAST_RUNS_FOR_RATIO = 10
"""Below, the normal approximation of the rank von Neumann ratio is not good enough (Bartels 1982)."""

GROUP_RUNS = 4
GAP_OVER_SPREAD = 2.0
GAP_OVER_MIDDLE = 0.05
"""A gap is one between situations where it is this much wider than either group, and this share of the median;
see docs/commensurability.md for how often noise makes one."""

FIRST_OVER_SPREAD = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderTest:
    """A statistic of a series against its order, and how probable one as extreme is by chance."""

    statistic: float
    p: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """Two groups with nothing between them."""

    low_runs: int
    low: float
    """The largest value of the lower group."""
    high_runs: int
    high: float
    """The smallest value of the upper group."""


@lru_cache(maxsize=EXACT_RUNS)
def discordant_counts(n: int) -> tuple[int, ...]:
    """Return, for d = 0..n(n-1)/2, how many of n! orders have d discordant pairs (exact integers)."""
    counts = [1]
    for size in range(2, n + 1):
        longer = [0] * (len(counts) + size - 1)
        running = 0
        for d in range(len(longer)):
            running += counts[d] if d < len(counts) else 0
            running -= counts[d - size] if 0 <= d - size < len(counts) else 0
            longer[d] = running
        counts = longer
    return tuple(counts)


def trend(values: Sequence[float]) -> OrderTest:
    """Return Kendall's tau of values against their order, with its two-sided p.

    Exact for up to 40 different values; otherwise normal with the variance for ties (Kendall 1975):
    (n(n-1)(2n+5) - sum t(t-1)(2t+5)) / 18. Domain: at least 2 values.
    """
    n, pairs = len(values), len(values) * (len(values) - 1) // 2
    score = _concordant_minus_discordant(values)
    ties = Counter(values).values()
    if max(ties) == 1 and n <= EXACT_RUNS:
        discordant = min((pairs - score) // 2, (pairs + score) // 2)
        tail = sum(discordant_counts(n)[: discordant + 1])
        return OrderTest(statistic=score / pairs, p=min(1.0, 2 * tail / math.factorial(n)))
    variance = (n * (n - 1) * (2 * n + 5) - sum(t * (t - 1) * (2 * t + 5) for t in ties)) / 18
    z = max(0, abs(score) - 1) / math.sqrt(variance) if variance else 0.0
    return OrderTest(statistic=score / pairs, p=_two_sided(z))


def neighbours(values: Sequence[float]) -> OrderTest | None:
    """Return the rank von Neumann ratio of a series, with its two-sided p; None below 10 values.

    sum (R_i - R_{i+1})^2 / sum (R_i - mean)^2, approximately normal around 2 with the variance
    4(n-2)(5n^2-2n-9) / (5n(n+1)(n-1)^2) (Bartels 1982). Below 2, neighbours resemble each other.
    """
    n = len(values)
    if n < LEAST_RUNS_FOR_RATIO:
        return None
    ranks = _ranks(values)
    middle = (n + 1) / 2
    spread = sum((rank - middle) ** 2 for rank in ranks)
    if not spread:
        return None
    ratio = sum((a - b) ** 2 for a, b in pairwise(ranks)) / spread
    variance = 4 * (n - 2) * (5 * n**2 - 2 * n - 9) / (5 * n * (n + 1) * (n - 1) ** 2)
    return OrderTest(statistic=ratio, p=_two_sided(abs(ratio - 2) / math.sqrt(variance)))


def two_groups(values: Sequence[float]) -> Groups | None:
    """Return the two groups that values fall into, where a gap is wider than chance makes it."""
    ordered = sorted(values)
    splits = range(GROUP_RUNS, len(ordered) - GROUP_RUNS + 1)
    best = max(splits, key=lambda at: ordered[at] - ordered[at - 1], default=None)
    if best is None:
        return None
    low, high = ordered[:best], ordered[best:]
    gap = high[0] - low[-1]
    spread = max(low[-1] - low[0], high[-1] - high[0])
    if gap <= GAP_OVER_SPREAD * spread or gap <= GAP_OVER_MIDDLE * ordered[len(ordered) // 2]:
        return None
    return Groups(low_runs=len(low), low=low[-1], high_runs=len(high), high=high[0])


def first_stands_out(values: Sequence[float]) -> bool:
    """Tell whether the first of a series is far above all others, by eight times their range and 5 %."""
    if len(values) <= GROUP_RUNS:
        return False
    first, others = values[0], values[1:]
    above = first - max(others)
    return above > max(
        FIRST_OVER_SPREAD * (max(others) - min(others)), GAP_OVER_MIDDLE * max(others)
    )


def separated_by_chance(runs: int, others: int) -> float:
    """Return how probable it is that all runs of one side come before all of the other: 2 / C(n+m, n)."""
    return 2 / math.comb(runs + others, runs)


def _concordant_minus_discordant(values: Sequence[float]) -> int:
    """Return Kendall's S: pairs that rise less pairs that fall; n log n comparisons."""
    before: list[float] = []
    score = 0
    for value in values:
        at = bisect_left(before, value)
        score += at - (len(before) - bisect_right(before, value))
        insort(before, value)
    return score


def _ranks(values: Sequence[float]) -> list[float]:
    """Return the rank of each value, from 1; equal ones share their mean rank."""
    ordered = sorted(values)
    count, first = Counter(values), {value: at for at, value in reversed([*enumerate(ordered, 1)])}
    return [first[value] + (count[value] - 1) / 2 for value in values]


def _two_sided(z: float) -> float:
    """Return the probability that a standard normal value is as far from 0."""
    return math.erfc(z / math.sqrt(2))
