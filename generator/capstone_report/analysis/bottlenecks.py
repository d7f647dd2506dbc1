"""What a diagnosis knows: what one machine's baseline reaches, and what more workers lose."""

from dataclasses import dataclass
from enum import StrEnum

from capstone_report.perfmodel.diagnosis import Diagnosis
from capstone_report.perfmodel.flow import Leaf
from capstone_report.perfmodel.profile import Profile, Verdict
from capstone_report.spec.vocabulary import Removes
from capstone_report.units import Bytes, Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounded:
    """A number with its 95 % interval, which too few runs do not give."""

    value: float
    low: float | None = None
    high: float | None = None

    def __add__(self, other: "Bounded") -> "Bounded":
        """Return a sum; its interval holds whatever both intervals allow, so it is wide."""
        low = None if self.low is None or other.low is None else self.low + other.low
        high = None if self.high is None or other.high is None else self.high + other.high
        return Bounded(value=self.value + other.value, low=low, high=high)

    def __mul__(self, factor: float) -> "Bounded":
        """Return a multiple; a negative factor turns the interval round."""
        ends = [None if end is None else end * factor for end in (self.low, self.high)]
        low, high = ends if factor >= 0 else reversed(ends)
        return Bounded(value=self.value * factor, low=low, high=high)


@dataclass(frozen=True, slots=True, kw_only=True)
class AblationFact:
    """What a case costs less without a part of its work."""

    name: str
    removes: Removes
    runs: int
    time_s: Seconds
    """The headline metric without it, the median over runs."""
    share: Bounded
    """Of the time as it is, the part that goes with it: 1 - T_without / T."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Roofs:
    """What this machine was measured to do with the baseline's cores."""

    flop_per_s: float | None
    """None where nothing is installed that measures it."""
    bytes_per_s: float
    by: str
    """By which means, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineLimits:
    """What limits the baseline, and from which numbers that follows."""

    case_id: str
    runs: int
    time_s: Seconds
    """The headline metric, the median over the diagnosis runs."""
    work_s: Seconds
    """The same for all steps of a run: what its arithmetic and traffic are divided by."""
    flop: float | None
    bytes_moved: float | None
    roofs: Roofs | None
    profile: Profile
    working_set_bytes: Bytes
    memory_bytes: Bytes
    busy_share: float
    """Processor time over wall time and cores, start and end of the process included."""
    ablations: tuple[AblationFact, ...]
    diagnosis: Diagnosis

    @property
    def leaf(self) -> Leaf | None:
        """Return the verdict, or None where it is undecided."""
        return self.diagnosis.leaf

    @property
    def is_confirmed(self) -> bool:
        """Tell whether the verdict rests on an experiment that took the cause away."""
        answers = {answer.question.name: answer.verdict for answer in self.diagnosis.path}
        return (
            self.leaf is not None
            and self.leaf.name == "reading-dominates"
            and answers["data-io"] is Verdict.YES
        )


class Cause(StrEnum):
    """Where the time goes by which workers are slower than they could be."""

    COMMUNICATION = "exposed communication"
    IO = "data I/O"
    CONTENTION = "contention"
    SMALL_BATCH = "small batches"
    IMBALANCE = "imbalance"
    REST = "serial and other rest"


@dataclass(frozen=True, slots=True, kw_only=True)
class LostPart:
    """One cause, with the time it takes from a run at P workers."""

    cause: Cause
    evidence: str
    """The ablation or the metric that it was read from; empty for the rest."""
    lost: Bounded
    """In seconds of the headline metric."""
    share: Bounded
    """Of all the time that is lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LostTime:
    """Why P workers are not P times as fast: T_p against T_p0 p0 / p."""

    case_id: str
    workers: int
    runs: int
    time_s: Seconds
    baseline_s: Seconds
    ideal_s: Seconds
    lost: Bounded
    """T_p minus the ideal, in seconds; negative where the workers are faster."""
    parts: tuple[LostPart, ...]
    """The largest first, the rest last; empty where no time is lost."""
    unmeasured: tuple[Cause, ...]
    """The causes that nothing was declared for; they are part of the rest."""
    shared_share: float | None
    """Of an epoch's samples, the part that several workers trained on; None: not reported."""
    shared_note: str
    """The same in words with examples; empty where all workers trained on samples of their own."""
    link: str
    """What the workers talk through, as far as it is known."""
