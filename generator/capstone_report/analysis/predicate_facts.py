"""Claims that a machine can check: a quantity, a comparison and a bound; yes, no, or undecided."""

from dataclasses import dataclass
from enum import StrEnum

from capstone_report.analysis.estimates import Estimate, Interval


class Quantity(StrEnum):
    """What a claim is about, at one worker count."""

    SPEEDUP = "speedup"
    EFFICIENCY = "efficiency"
    COST_RATIO = "cost per result over the baseline's"


class Comparison(StrEnum):
    """How a quantity stands to its bound."""

    ABOVE = "above"
    BELOW = "below"
    AT_LEAST = "at least"
    AT_MOST = "at most"


class Holds(StrEnum):
    """What an interval says about a claim."""

    YES = "yes"
    NO = "no"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Predicate:
    """A claim without its number: it can be held against any measurement of the same study."""

    quantity: Quantity
    workers: int
    comparison: Comparison
    bound: float

    def holds(self, estimate: Estimate | None) -> Holds:
        """Return whether the whole interval is on the claimed side; undecided where it is on both.

        Without an interval nothing is decided.
        """
        if estimate is None or estimate.interval is None:
            return Holds.UNDECIDED
        if self._all(estimate.interval):
            return Holds.YES
        return Holds.NO if self._none(estimate.interval) else Holds.UNDECIDED

    def _all(self, interval: Interval) -> bool:
        """Tell whether every value of an interval is on the claimed side."""
        return {
            Comparison.ABOVE: interval.low > self.bound,
            Comparison.AT_LEAST: interval.low >= self.bound,
            Comparison.BELOW: interval.high < self.bound,
            Comparison.AT_MOST: interval.high <= self.bound,
        }[self.comparison]

    def _none(self, interval: Interval) -> bool:
        """Tell whether no value of an interval is on the claimed side."""
        return {
            Comparison.ABOVE: interval.high <= self.bound,
            Comparison.AT_LEAST: interval.high < self.bound,
            Comparison.BELOW: interval.low >= self.bound,
            Comparison.AT_MOST: interval.low > self.bound,
        }[self.comparison]


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedPredicate:
    """A claim, the number that it is held against, and what that says."""

    predicate: Predicate
    estimate: Estimate | None
    """None where that worker count, or its price, is not known."""
    holds: Holds
