"""Exact nonparametric intervals for medians and for ratios of times.

Sources: order statistics as in Nair (1940) and Hoefler and Belli (SC15), section 3.1.3; Hodges
and Lehmann (1963) with the exact Mann-Whitney distribution.
"""

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from statistics import NormalDist, median

# Below this many runs on either side no speedup interval is offered.
MIN_RUNS_FOR_RATIO = 4

EXACT_PAIRS = 2500
"""Up to so many pairs of runs their distribution is exact: 50 on both sides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranks:
    """Which order statistics bound a quantile, counted from 1, and with which coverage."""

    low: int
    high: int
    coverage: float

    def bounds(self, values: Sequence[float]) -> tuple[float, float]:
        """Return the values at these ranks."""
        ordered = sorted(values)
        return ordered[self.low - 1], ordered[self.high - 1]


@lru_cache(maxsize=1024)
def median_ranks(runs: int, level: float) -> Ranks | None:
    """Return the ranks of the exact interval of the median, or None when there are too few runs.

    The interval is [x_(l), x_(n+1-l)] with the largest l for which
    1 - 2 P(Binomial(n, 1/2) <= l - 1) >= level. Domain: runs >= 1, 0 < level < 1.
    """
    best: Ranks | None = None
    outside, orders = 0, 1
    for low in range(1, runs // 2 + 1):
        outside += 2 * orders
        orders = orders * (runs - low + 1) // low  # C(runs, low)
        coverage = 1 - outside / (1 << runs)
        if coverage < level:
            break
        best = Ranks(low=low, high=runs + 1 - low, coverage=coverage)
    return best


def range_coverage(runs: int) -> float:
    """Return how often smallest and largest of n values enclose the median: 1 - 2^(1-n)."""
    return 1 - 2.0 ** (1 - runs)


def min_runs_for_median(level: float) -> int:
    """Return the smallest number of runs whose range covers the median with that level.

    1 - 2^(1-n) >= level.
    """
    return math.ceil(1 - math.log2(1 - level) - 1e-12)


def median_interval(values: Sequence[float], level: float) -> tuple[float, float] | None:
    """Return the exact order-statistic interval of the median, in the values' unit."""
    ranks = median_ranks(len(values), level)
    return None if ranks is None else ranks.bounds(values)


@lru_cache(maxsize=256)
def rank_sum_counts(n: int, m: int) -> tuple[int, ...]:
    """Return, for u = 0..nm, how many of the C(n+m, n) orders have the Mann-Whitney statistic u.

    The counts are the coefficients of the Gaussian binomial coefficient; exact integers.
    """
    counts = [1] + [0] * (n * m)
    for i in range(1, n + 1):
        for u in range(m + i, n * m + 1)[::-1]:
            counts[u] -= counts[u - m - i]
        for u in range(i, n * m + 1):
            counts[u] += counts[u - i]
    return tuple(counts)


def ratio_rank(n: int, m: int, level: float) -> int:
    """Return k such that the kth smallest and largest of the nm ratios bound the shift; 0 for none.

    k = 1 + max{u: P(U <= u) <= (1 - level)/2} under the exact Mann-Whitney distribution, and above
    2,500 pairs under its normal approximation with mean nm/2 and variance nm(n + m + 1)/12, which is then
    within a rank or two.
    """
    if n * m > EXACT_PAIRS:
        spread = math.sqrt(n * m * (n + m + 1) / 12)
        return math.floor(n * m / 2 + NormalDist().inv_cdf((1 - level) / 2) * spread + 0.5)
    # At 90 % and 3 + 3 runs a tail of one order in 20 is exactly what is allowed, but not in floats.
    half = (1 - level) / 2 * (1 + 1e-12)
    total = math.comb(n + m, n)
    cumulated = 0
    for u, count in enumerate(rank_sum_counts(n, m)):
        cumulated += count
        if cumulated / total > half:
            return u
    return 0  # pragma: no cover - the distribution always passes any half below 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """A ratio of two samples of positive values, with its interval where the samples allow one."""

    estimate: float
    low: float | None
    high: float | None


def hodges_lehmann_ratio(
    numerators: Sequence[float], denominators: Sequence[float], level: float
) -> Ratio:
    """Return the Hodges-Lehmann estimate of a ratio, with its exact interval.

    D holds all n*m values log(numerator) - log(denominator), sorted. The estimate is
    exp(median D), the interval exp([D_(k), D_(nm+1-k)]); exact when the two samples differ by a
    scale factor only. With fewer than 4 + 4 values there is no interval. Values must be positive.
    """
    above, below = (sorted(map(math.log, values)) for values in (numerators, denominators))
    pairs = len(above) * len(below)
    kth: Callable[[int], float]
    if pairs <= EXACT_PAIRS:
        kth = sorted(a - b for a in above for b in below).__getitem__
    else:
        kth = partial(_kth_difference, above, below)
    estimate = math.exp((kth((pairs - 1) // 2) + kth(pairs // 2)) / 2)
    if min(len(numerators), len(denominators)) < MIN_RUNS_FOR_RATIO:
        return Ratio(estimate=estimate, low=None, high=None)
    k = ratio_rank(len(numerators), len(denominators), level)
    if k == 0:
        return Ratio(estimate=estimate, low=None, high=None)
    return Ratio(estimate=estimate, low=math.exp(kth(k - 1)), high=math.exp(kth(pairs - k)))


def _kth_difference(above: Sequence[float], below: Sequence[float], index: int) -> float:
    """Return the difference a - b with an index, from 0, among those of all pairs of two sorted series.

    Bisection on its value, for there may be a million pairs: n log m comparisons for each of some 55 steps.
    """
    low, high = above[0] - below[-1], above[-1] - below[0]
    while low < (middle := (low + high) / 2) < high:
        smaller = sum(len(below) - bisect_left(below, a - middle) for a in above)
        if smaller > index:
            high = middle
        else:
            low = middle
    return high


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """By how much one sample lies above another, with its interval where the samples allow one."""

    estimate: float
    low: float | None
    high: float | None


def hodges_lehmann_shift(
    values: Sequence[float], reference: Sequence[float], level: float
) -> Shift:
    """Return the Hodges-Lehmann estimate of values - reference, with its exact interval.

    The median of all n*m differences and their kth smallest and largest, k as for ratios; exact when
    the two samples differ by a constant only.
    """
    differences = sorted(a - b for a in values for b in reference)
    estimate = median(differences)
    runs = (len(values), len(reference))
    k = ratio_rank(*runs, level) if min(runs) >= MIN_RUNS_FOR_RATIO else 0
    if k == 0:
        return Shift(estimate=estimate, low=None, high=None)
    return Shift(estimate=estimate, low=differences[k - 1], high=differences[-k])
