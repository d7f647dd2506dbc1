"""What is known of the quality of results, and of the time to one; frozen values only."""

from dataclasses import dataclass
from enum import StrEnum

from capstone_report.analysis.estimates import Estimate
from capstone_report.perfmodel.equivalence import Sameness
from capstone_report.units import Seconds


class SpeedupOf(StrEnum):
    """What a speedup compares the times of."""

    TARGET = "time to the target"
    """Every run ends when its quality reaches the target."""
    WORK = "time to the same work"
    """Every run does the same work; a gate says whether the result is good enough."""
    THROUGHPUT = "throughput, not time to result"
    """Work per second, or work that grows with the workers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityComparison:
    """One quality at one worker count beside the baseline's, by means over runs."""

    metric: str
    workers: int
    baseline: float
    distributed: float
    difference: Estimate
    """Distributed minus baseline, with Student's t interval; it takes the means for normal."""
    paired: bool
    """Whether both sides ran with the same seeds, pair by pair."""
    margin: float | None
    """The declared difference that counts as none."""
    sameness: Sameness | None
    """None where no margin is declared."""
    worse: bool
    """Whether the distributed mean is on the bad side of the baseline's."""

    @property
    def is_shown_worse(self) -> bool:
        """Tell whether the quality is shown to be worse, and was seen to be so by more than the margin."""
        return self.sameness is Sameness.DIFFERENT and self.worse


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """When the runs of one case reached the target, those included that never did."""

    case_id: str
    runs: int
    reached: int
    time: Estimate | None
    """The median in s, over all runs; its interval may be open upwards. None where half of them or
    more never arrived."""
    olympic_s: Seconds | None
    """MLPerf's score: the mean without fastest and slowest; None with two that never arrived."""

    @property
    def never(self) -> int:
        """Return how many runs never reached the target."""
        return self.runs - self.reached


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeToTarget:
    """The speedup to the target at one worker count, and the two factors that it is made of."""

    workers: int
    statistical: Estimate
    """Steps of the baseline over steps at p workers: below 1 where more workers need more steps."""
    throughput: Estimate
    """How much faster a step is, or how much more work is done in a second."""
    speedup: Estimate
    efficiency: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityAnswers:
    """What the runs say about quality, beside the gates."""

    speedup_of: SpeedupOf
    comparisons: tuple[QualityComparison, ...] = ()
    arrivals: tuple[Arrival, ...] = ()
    """Of the baseline first, then by workers; empty where the headline is a rate."""
    to_target: tuple[TimeToTarget, ...] = ()
    """Where steps to the target are reported in every run of both sides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlikeSpreads:
    """A speedup between two samples that are shown to spread differently."""

    workers: int
    p_value: float
    """Of Levene's test about medians on the logarithms of the times."""
    bootstrap: Estimate
    """The ratio of the medians by the bootstrap, which takes no shape for alike."""
