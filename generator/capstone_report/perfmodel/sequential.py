"""When to stop adding runs: as soon as the median is known well enough.

Source: Hoefler and Belli (SC15), section 4.2.2. Looking after every run makes the intervals cover
slightly less often than their level says (Chow and Robbins 1965; Starr 1966).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from capstone_report.perfmodel.intervals import median_interval, min_runs_for_median


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Where runs stop being added, and what is known there."""

    runs: int
    median: float
    low: float
    high: float
    reached: bool
    """Whether the median is known as well as asked for, not only the most runs made."""

    @property
    def half_width(self) -> float:
        """Return half the width of the median's interval, in the values' unit."""
        return (self.high - self.low) / 2


def least_runs(at_least: int, level: float) -> int:
    """Return the runs before the first decision: those declared, or what an interval needs (6)."""
    return max(at_least, min_runs_for_median(level))


def first_stop(
    values: Sequence[float], *, relative: float, at_least: int, at_most: int, level: float
) -> Stop | None:
    """Return where sampling stops, deciding after each value in its order; None while it goes on.

    It stops at the first n >= least_runs at which half the width of the median's order-statistic
    interval is at most `relative` times the median, and at `at_most` in any case. Later values
    never change an earlier stop. Domain: 0 < relative < 1, at_most >= least_runs.
    """
    for runs in range(least_runs(at_least, level), len(values) + 1):
        stop = _stop(values[:runs], relative=relative, level=level)
        if stop.reached or runs >= at_most:
            return stop
    return None


def _stop(values: Sequence[float], *, relative: float, level: float) -> Stop:
    """Return what at least six values say, and whether it is enough."""
    bounds = median_interval(values, level)
    assert bounds is not None  # noqa: S101 - least_runs sees to it
    (low, high), middle = bounds, median(values)
    return Stop(
        runs=len(values),
        median=middle,
        low=low,
        high=high,
        reached=(high - low) / 2 <= relative * middle,
    )
