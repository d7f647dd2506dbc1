"""What is known about a baseline, and the thresholds it is held against."""

from dataclasses import dataclass, field
from enum import StrEnum

from capstone_report.perfmodel.roofline import DOMINANT_RATIO, POOR_SHARE
from capstone_report.units import Seconds


class Verdict(StrEnum):
    """How a question was answered."""

    NO = "no"
    GREY = "grey"
    YES = "yes"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """Where no ends and where yes begins; between them lies the grey zone."""

    no: float
    yes: float

    def judge(self, number: float) -> Verdict:
        """Answer for one number; a falling threshold (yes below no) says yes to small ones."""
        direction = 1 if self.yes >= self.no else -1
        if direction * (number - self.yes) >= 0:
            return Verdict.YES
        return Verdict.NO if direction * (number - self.no) < 0 else Verdict.GREY


def around(number: float) -> Threshold:
    """Return a threshold with a grey zone of a fifth on both sides."""
    return Threshold(no=0.8 * number, yes=1.2 * number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """The numbers that decide; hard limits are grey on the near side only."""

    share_of_roofs: Threshold = field(default=Threshold(no=1.2 * POOR_SHARE, yes=0.8 * POOR_SHARE))
    memory_share: Threshold = field(default=Threshold(no=0.72, yes=1.0))
    major_faults_per_s: Threshold = field(default=around(100))
    storage_share: Threshold = field(default=Threshold(no=0.8, yes=1.0))
    service_ratio: Threshold = field(default=Threshold(no=0.8, yes=1.0))
    data_io_share: Threshold = field(default=Threshold(no=0.10, yes=0.30))
    communication_share: Threshold = field(default=around(0.30))
    barrier_share: Threshold = field(default=around(0.20))
    lock_share: Threshold = field(default=around(0.30))
    dominance: Threshold = field(default=Threshold(no=1 / DOMINANT_RATIO, yes=DOMINANT_RATIO))
    bandwidth_share: Threshold = field(default=around(0.60))
    compute_share: Threshold = field(default=around(0.40))


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What is known about the baseline; whatever was not measured stays None."""

    compute_roof_share: float | None = None
    """Achieved FLOP/s over the measured compute roof."""
    bandwidth_roof_share: float | None = None
    """Achieved bytes/s over the measured memory bandwidth."""
    working_set_bytes: float | None = None
    memory_bytes: float | None = None
    out_of_memory: bool = False
    major_faults_per_s: float | None = None
    dataset_bytes: float | None = None
    storage_bytes: float | None = None
    tail_latency_s: Seconds | None = None
    """The lower bound of the declared latency quantile at the required load."""
    latency_limit_s: Seconds | None = None
    unloaded_latency_s: Seconds | None = None
    required_rate_per_s: float | None = None
    sustained_rate_per_s: float | None = None
    step_s: Seconds | None = None
    """The step as it is, with its loader."""
    step_without_loading_s: Seconds | None = None
    """The same step on a cached batch: the ablation."""
    workers: int | None = None
    """How many are asked for: on one machine, coordination can only be predicted."""
    communication_s: Seconds | None = None
    """Predicted time per step at these workers."""
    work_s: Seconds | None = None
    """What the workers share: a step of one machine, measured or at its lower roof."""
    barrier_share: float | None = None
    lock_share: float | None = None
    agents_wait: bool = False
    compute_s: Seconds | None = None
    """The arithmetic of a step: measured, or W / pi."""
    memory_s: Seconds | None = None
    """The streaming of a step: Q / beta."""
    parameters_stream: bool | None = None
