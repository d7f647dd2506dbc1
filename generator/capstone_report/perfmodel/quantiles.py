"""Quantiles other than the median: exact intervals, and how many runs one needs.

Sources: order statistics as in David and Nagaraja (2003), section 7.1, with both tails held to
(1 - level)/2; percentiles for latencies as in Hoefler and Belli (SC15), rule 8.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, takewhile

from capstone_report.perfmodel.intervals import Ranks

# Rounding must not decide where a tail is exactly as heavy as allowed.
SLACK = 1e-10


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsForQuantile:
    """The fewest runs that bound a quantile with a given level."""

    one_sided: int
    """Until the largest value is an upper bound: q^n <= 1 - level."""
    two_sided: int
    """Until smallest and largest value enclose it: max(q, 1-q)^n <= (1 - level)/2."""


def runs_for_quantile(quantile: float, level: float) -> RunsForQuantile:
    """Return the fewest runs with which a quantile can be bounded. Domain: 0 < quantile < 1."""
    return RunsForQuantile(
        one_sided=_fewest(quantile, 1 - level),
        two_sided=_fewest(max(quantile, 1 - quantile), (1 - level) / 2),
    )


def _fewest(share: float, tail: float) -> int:
    """Return the smallest n >= 1 with share^n <= tail."""
    return max(1, math.ceil(math.log(tail) / math.log(share) - SLACK))


def quantile_ranks(runs: int, quantile: float, level: float) -> Ranks | None:
    """Return the ranks of the exact interval of a quantile, or None when there are too few runs.

    The interval is [x_(l), x_(h)] with the largest l for which P(B <= l - 1) and the smallest h for
    which P(B >= h) is at most (1 - level)/2, B ~ Binomial(n, q). For the median these are the ranks
    of median_ranks. Domain: runs >= 1, 0 < quantile < 1, 0 < level < 1.
    """
    probabilities = [_binomial(count, runs, quantile) for count in range(runs + 1)]
    tail = (1 - level) / 2
    low = _within(probabilities, tail)
    high = runs + 1 - _within(reversed(probabilities), tail)
    if low == 0 or high == runs + 1:
        return None
    return Ranks(low=low, high=high, coverage=math.fsum(probabilities[low:high]))


def _binomial(count: int, runs: int, share: float) -> float:
    """Return P(B = count), in logarithms: thousands of runs underflow otherwise."""
    orders = math.lgamma(runs + 1) - math.lgamma(count + 1) - math.lgamma(runs - count + 1)
    return math.exp(orders + count * math.log(share) + (runs - count) * math.log1p(-share))


def _within(probabilities: Iterable[float], tail: float) -> int:
    """Return how many of the first probabilities together stay within a tail."""
    return sum(1 for _ in takewhile(lambda p: p <= tail * (1 + SLACK), accumulate(probabilities)))


def quantile_interval(
    values: Sequence[float], quantile: float, level: float
) -> tuple[float, float] | None:
    """Return the exact order-statistic interval of a quantile, in the values' unit."""
    ranks = quantile_ranks(len(values), quantile, level)
    return None if ranks is None else ranks.bounds(values)


def linear_quantile(values: Sequence[float], quantile: float) -> float:
    """Return the sample quantile that interpolates linearly: type 7 of Hyndman and Fan (1996)."""
    ordered = sorted(values)
    place = (len(ordered) - 1) * quantile
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])
