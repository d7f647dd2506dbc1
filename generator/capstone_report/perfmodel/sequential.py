"""When to stop adding runs: as soon as the median is known well enough.

Source: Hoefler and Belli (SC15), section 4.2.2. Looking after every run favours intervals that are
narrow by chance, which cover less often than their level says (Chow and Robbins 1965; Starr 1966). So
it is decided on a wider interval than the one that is reported; docs/measuring.md gives the coverage.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from capstone_report.perfmodel.intervals import median_interval, min_runs_for_median

DECISION_LEVEL = 0.99


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Where runs stop being added, and what is known there."""

    runs: int
    median: float
    low: float
    high: float
    """The interval that is reported."""
    decided_half_width: float
    """Half the width of the wider interval that decides, in the values' unit."""
    reached: bool
    """Whether it is precise enough, not only the most runs made."""

    @property
    def half_width(self) -> float:
        """Return half the width of the reported interval, in the values' unit."""
        return (self.high - self.low) / 2


def least_runs(at_least: int) -> int:
    """Return the runs before the first decision: those declared, or what its interval needs (8)."""
    return max(at_least, min_runs_for_median(DECISION_LEVEL))


def first_stop(
    values: Sequence[float], *, relative: float, at_least: int, at_most: int, level: float
) -> Stop | None:
    """Return where sampling stops, deciding after each value in its order; None while it goes on.

    It stops at the first n >= least_runs at which half the width of the median's 99 % order-statistic
    interval is at most `relative` times the median, and at `at_most` in any case. Later values
    never change an earlier stop. `level` is that of the interval reported. Domain: 0 < relative < 1,
    0.5 <= level <= 0.99, at_most >= least_runs.
    """
    for runs in range(least_runs(at_least), len(values) + 1):
        stop = _stop(values[:runs], relative=relative, level=level)
        if stop.reached or runs >= at_most:
            return stop
    return None


def _stop(values: Sequence[float], *, relative: float, level: float) -> Stop:
    """Return what at least eight values say, and whether it is enough."""
    (low, high), (wide_low, wide_high) = (_bounds(values, at) for at in (level, DECISION_LEVEL))
    middle, decided = median(values), (wide_high - wide_low) / 2
    return Stop(
        runs=len(values),
        median=middle,
        low=low,
        high=high,
        decided_half_width=decided,
        reached=decided <= relative * middle,
    )


def _bounds(values: Sequence[float], level: float) -> tuple[float, float]:
    """Return the median's interval of at least eight values."""
    bounds = median_interval(values, level)
    assert bounds is not None  # noqa: S101 - least_runs sees to it
    return bounds
