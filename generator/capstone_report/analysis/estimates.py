"""A number from runs, with the interval that says how well it is known."""

from dataclasses import dataclass
from enum import StrEnum

LEVEL = 0.95


class Method(StrEnum):
    """How an interval was made."""

    ORDER_STATISTICS = "order-statistic"
    HODGES_LEHMANN = "Hodges-Lehmann"
    BOOTSTRAP = "bootstrap"
    JOINT_BOOTSTRAP = "joint bootstrap"
    STUDENT = "Student's t"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """An interval that says its level and its method."""

    low: float
    high: float
    method: Method
    level: float = LEVEL

    def scaled(self, factor: float) -> "Interval":
        """Return the interval of the quantity times a positive constant."""
        return Interval(
            low=self.low * factor, high=self.high * factor, method=self.method, level=self.level
        )

    def inverted(self, factor: float) -> "Interval":
        """Return the interval of a positive constant divided by the quantity."""
        return Interval(
            low=factor / self.high, high=factor / self.low, method=self.method, level=self.level
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number from n runs; without an interval when there are too few of them."""

    value: float
    unit: str
    n: str
    """How many runs it rests on: "8", or "8 + 8" for a ratio."""
    interval: Interval | None
    lowest: float | None = None
    highest: float | None = None

    def scaled(self, factor: float, unit: str) -> "Estimate":
        """Return this number times a positive constant, in another unit."""
        return Estimate(
            value=self.value * factor,
            unit=unit,
            n=self.n,
            interval=self.interval.scaled(factor) if self.interval else None,
            lowest=None if self.lowest is None else self.lowest * factor,
            highest=None if self.highest is None else self.highest * factor,
        )

    def inverted(self, factor: float, unit: str) -> "Estimate":
        """Return a positive constant divided by this number: a rate from a time."""
        return Estimate(
            value=factor / self.value,
            unit=unit,
            n=self.n,
            interval=self.interval.inverted(factor) if self.interval else None,
            lowest=None if self.highest is None else factor / self.highest,
            highest=None if self.lowest is None else factor / self.lowest,
        )
