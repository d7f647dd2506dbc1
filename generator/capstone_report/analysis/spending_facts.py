"""What each measured size costs in money, energy and carbon, and which sizes are worth it."""

from dataclasses import dataclass
from enum import StrEnum

from capstone_report.analysis.estimates import Estimate
from capstone_report.spec.workspace import Carbon
from capstone_report.units import Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """One measured way to get the result: the baseline, or the distributed version at p workers."""

    case_id: str
    workers: int
    is_baseline: bool
    time: Estimate
    """Seconds per result: of a run, of the baseline's share of its work where that grows with the
    workers, or of a unit of work where the headline is a rate."""
    cost: Estimate | None
    """USD per result, likewise."""
    joules: Estimate | None
    carbon_kg: Estimate | None
    """kg of CO2 equivalents, of the whole building where a PUE is declared."""
    dominated_by: str | None
    """The case id of a size that is shown to be faster and cheaper; None where none is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedWorkers:
    """What the step from one measured size to the next brings and costs."""

    before: int
    after: int
    from_baseline: bool
    speedup: Estimate
    """Time per result before over after: above 1 where the added workers help."""
    usd_per_worker: Estimate | None
    """What each added worker adds to the price of a result."""

    @property
    def helps(self) -> bool:
        """Tell whether the added workers are shown to help."""
        return self.speedup.interval is not None and self.speedup.interval.low > 1

    @property
    def harms(self) -> bool:
        """Tell whether the added workers are shown to make it slower."""
        return self.speedup.interval is not None and self.speedup.interval.high < 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Best:
    """The best of the measured sizes by one measure, and those that cannot be told from it."""

    size: Size
    alike: tuple[Size, ...] = ()
    """Without the best itself, by rising workers."""


class Advice(StrEnum):
    """Whether to distribute."""

    DISTRIBUTE = "distribute"
    STAY = "do not distribute"
    UNDECIDED = "undecided"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What results cost at every measured size, and which size to take."""

    advice: Advice
    recommended: Size | None = None
    """The size to take, or the baseline; None where nothing is decided."""
    sizes: tuple[Size, ...] = ()
    """The baseline first, then by workers; those only that reach their gates and carry their workers."""
    added: tuple[AddedWorkers, ...] = ()
    fastest: Best | None = None
    cheapest: Best | None = None
    deadline_s: Seconds | None = None
    """The declared deadline of a result; None where there is none, or none that a time can meet."""
    whole_s: Seconds | None = None
    """How long all that is needed takes one machine, where a measured result is a small part of it."""
    in_time: Size | None = None
    """The cheapest size that is shown to meet the deadline, of several alike the one with the fewest
    workers; where nothing is priced, the fewest workers that meet it."""
    carbon: Carbon | None = None
    below_80: int | None = None
    """The fewest workers at which efficiency is shown to be below 80 %."""
    below_50: int | None = None
