"""The median of times of which some never came: a run that did not reach its target took for ever.

Source: the sample median of right-censored values, with an infinite value for each censored one, and
its order statistics (Hoefler and Belli, SC15, section 3.1.3).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from capstone_report.perfmodel.intervals import median_interval


@dataclass(frozen=True, slots=True, kw_only=True)
class CensoredMedian:
    """The median time of all runs, those that never arrived included."""

    runs: int
    reached: int
    median: float | None
    """None where half of the runs or more never arrived."""
    bounds: tuple[float, float] | None
    """The interval of the median; its upper bound may be infinite. None without a median, or below
    6 runs."""

    @property
    def never(self) -> int:
        """Return how many runs never arrived."""
        return self.runs - self.reached


def censored_median(times: Sequence[float | None], level: float) -> CensoredMedian:
    """Return the median of times in their unit; a run that never arrived is None.

    With k of n censored the median is finite while k < n/2. Domain: at least one run.
    """
    endless = [math.inf if time is None else time for time in times]
    middle = median(endless)
    finite = math.isfinite(middle)
    return CensoredMedian(
        runs=len(times),
        reached=sum(time is not None for time in times),
        median=middle if finite else None,
        bounds=median_interval(endless, level) if finite else None,
    )
