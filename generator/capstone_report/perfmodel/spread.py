"""How much repeats of the same work differ, and the rate that they show.

A rate is work over the median time (Hoefler and Belli 2015, rule 3: summarise the times, not the
rates), its interval that of the median by order statistics.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from capstone_report.perfmodel.intervals import median_interval
from capstone_report.perfmodel.quantiles import linear_quantile
from capstone_report.units import Seconds

LEVEL = 0.95
NOISY_SPREAD = 0.10
"""From which spread on repeats are called noisy: pyperf warns from the same share on (deviation over mean)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """What repeats of the same work show."""

    median: float
    """Work over the median time."""
    low: float | None
    high: float | None
    """The bounds of the 95 % interval; None below 6 repeats."""
    repeats: int
    spread: float

    @property
    def is_noisy(self) -> bool:
        """Tell whether the repeats differ too much to be called one rate."""
        return self.spread > NOISY_SPREAD


def relative_spread(times_s: Sequence[Seconds]) -> float:
    """Return (q90 - q10) / median: what the middle four fifths of the repeats differ by."""
    low, middle, high = (linear_quantile(times_s, quantile) for quantile in (0.1, 0.5, 0.9))
    return (high - low) / middle


def rate_of(times_s: Sequence[Seconds], work: float) -> Rate:
    """Return the rate of repeats that each do the same work, per second. Domain: times above zero."""
    bounds = median_interval(times_s, LEVEL)
    return Rate(
        median=work / linear_quantile(times_s, 0.5),
        low=work / bounds[1] if bounds else None,
        high=work / bounds[0] if bounds else None,
        repeats=len(times_s),
        spread=relative_spread(times_s),
    )
