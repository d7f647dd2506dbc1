"""What fits say of a study: which points entered, which laws are left, how far they may be extended."""

from dataclasses import dataclass
from enum import StrEnum

from capstone_report.analysis.estimates import Estimate
from capstone_report.perfmodel.fastest_size import Unsettled
from capstone_report.perfmodel.further_runs import Question
from capstone_report.perfmodel.model_choice import Doubt
from capstone_report.perfmodel.scaling_models import Law
from capstone_report.units import Usd


class Known(StrEnum):
    """How a number is known."""

    MEASURED = "measured"
    MODELLED = "modelled"
    REFUSED = "refused"


class Refusal(StrEnum):
    """Why no curve is offered though enough worker counts were measured."""

    FEW_COUNTS = "few counts"
    """Fewer than four worker counts are left."""
    NO_REFERENCE = "no reference"
    """The program was not measured at the smallest number of workers that ratios refer to."""
    FEW_RUNS = "few runs"
    """Some count has too few runs to tell noise from curve."""
    NO_LAW = "no law"
    """Every law is rejected or cannot be told from its own terms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A measured worker count that no fit may see."""

    workers: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LawFact:
    """One law beside the others."""

    law: Law
    constants: tuple[tuple[str, Estimate], ...]
    """By their symbols."""
    squares: float
    """RSS of the relative errors."""
    delta: float | None
    """AICc above that of the best; None where the law takes no part in the choice."""
    left_out: float
    """Relative error at a worker count that the fit has not seen."""
    doubt: Doubt | None
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """The fitted curve at one number of workers, with its pointwise 95 % band."""

    workers: float
    speedup: float
    low: float
    high: float
    extrapolated: bool
    """Whether it lies beyond the largest number of workers that entered the fit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EfficiencyFall:
    """Where efficiency falls below a level."""

    level: float
    known: Known
    workers: int | None
    """The first number of workers below it; None where that is refused."""
    low: int | None = None
    """The last number that is shown to be above it, or the lower end of the 95 % interval."""
    high: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fastest:
    """The time-optimal number of workers p*, or why it is not identified."""

    workers: Estimate | None
    speedup: Estimate | None
    at_least: float
    """The one-sided 95 % bound of p*."""
    doubt: Unsettled | None

    @property
    def known(self) -> Known:
        """Return how it is known: never by measurement, for a minimum is read off a curve."""
        return Known.REFUSED if self.doubt else Known.MODELLED


@dataclass(frozen=True, slots=True, kw_only=True)
class FurtherRuns:
    """The cheapest further runs that would settle what is refused, if the best law holds."""

    question: Question
    law: Law
    workers: int
    runs: int
    hours: float
    """Of the machine: the runs one after the other."""
    usd: Usd | None
    share: float
    """In how many simulated studies they settle it."""
    low: float
    """The interval to expect: of p*, or of the law's last constant."""
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What the supported laws say together, up to twice the largest worker count that was fitted."""

    curve: tuple[CurvePoint, ...]
    fastest: Fastest | None
    """None for work that grows with the workers: there the work done in a second only rises."""
    falls: tuple[EfficiencyFall, ...]
    limit: int
    """The largest number of workers that anything is said about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingFit:
    """The laws fitted to the launches of the scaling benchmark."""

    p0: int
    grows: bool
    """Whether the law is that of work that grows with the workers."""
    workers: tuple[int, ...]
    """The worker counts that entered."""
    runs: int
    left_out: tuple[LeftOut, ...]
    refusal: Refusal | None
    why: str
    """What the refusal is about, such as the counts with too few runs; empty without one."""
    laws: tuple[LawFact, ...] = ()
    chosen: Law | None = None
    """The law that the data choose."""
    supported: tuple[Law, ...] = ()
    """The laws that the data do not tell apart, the best first; one where it is chosen."""
    outlook: Outlook | None = None
    asked: bool = False
    """Whether something is refused that further runs could settle."""
    reach: int = 0
    """The most workers that further runs were looked for at: what the machine carries, at most twice
    what was measured."""
    further: FurtherRuns | None = None
    """None where nothing is refused, or where no runs within reach would settle it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SerialShare:
    """Karp and Flatt's serial share e at one number of workers, over the smallest of the program."""

    workers: int
    share: Estimate
    fitted: float | None
    """sigma + kappa q, the straight line of the USL, which is (alpha p + 2 beta)/T of the book's ring."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marginal:
    """What each further worker adds to the speedup, from the next smaller count on."""

    workers: int
    since: int
    gain: Estimate
