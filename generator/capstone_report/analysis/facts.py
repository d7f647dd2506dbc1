"""What an analysis knows: frozen values with units and intervals; the report only words them."""

from dataclasses import dataclass, field
from enum import StrEnum

from capstone_report.analysis.conclusion_facts import Conclusions
from capstone_report.analysis.diagnosis import Diagnosed
from capstone_report.analysis.estimates import Estimate
from capstone_report.analysis.fit_facts import Marginal, ScalingFit, SerialShare
from capstone_report.analysis.forecast_facts import Foreseen
from capstone_report.analysis.links import Calibration
from capstone_report.analysis.staleness import StaleRun
from capstone_report.findings.finding import Finding
from capstone_report.perfmodel.energy import EnergyMethod
from capstone_report.perfmodel.outcomes import At
from capstone_report.perfmodel.prediction import Prediction
from capstone_report.perfmodel.two_levels import TwoLevels
from capstone_report.plan import Skipped
from capstone_report.results.records import Environment, Imported
from capstone_report.spec.arithmetic import Proof
from capstone_report.spec.load import LoadedStudy
from capstone_report.spec.study import Prediction as DeclaredPrediction
from capstone_report.spec.workspace import Price
from capstone_report.units import Seconds, Usd


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFacts:
    """One measured case: every metric's median over its runs, and the runs themselves."""

    case_id: str
    benchmark: str
    workers: int
    threads: int
    runs: int
    time: Estimate
    """The headline metric in seconds; where it is a rate, the seconds that one unit takes."""
    times: tuple[Seconds, ...]
    metrics: dict[str, Estimate]
    """Every declared metric, in its own unit."""
    values: dict[str, tuple[float, ...]]
    """The same metrics run by run, in the order measured."""
    headline: Estimate
    """What is compared as readers know it: the time, or the rate in its own unit."""
    imported: bool
    """Whether its runs were measured elsewhere."""
    machines: int
    """On how many machines a scheduler put its workers; hosts that commands enter may all be one."""
    lacking: str
    """What it needs that the machine does not have, such as cores or GPUs; empty as a rule."""
    wall_time: Estimate | None
    """None where the runs were imported: nobody knows how long their processes lasted."""
    peak_memory_bytes: int | None
    throughput: Estimate | None
    cost: Estimate | None

    @property
    def cores(self) -> int:
        """Return how many cores the case keeps busy."""
        return self.workers * self.threads


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingPoint:
    """One worker count: its case beside what it is compared with."""

    case: CaseFacts
    speedup: Estimate
    """Over the baseline; where the work grows with the workers, of the work done in the same time."""
    efficiency: Estimate
    """Speedup over the baseline, divided by the workers."""
    one_worker_speedup: Estimate | None
    """Over one worker of the same program."""
    one_worker_efficiency: Estimate | None
    cost_ratio: Estimate | None
    """Cost per result, relative to the baseline's."""
    gained: float = 1.0
    """How much more work the case does than the baseline: p/p0 where the work grows with the workers."""

    @property
    def cost(self) -> Estimate | None:
        """Return the cost per result in USD: of as much work as the baseline does."""
        return self.case.cost and self.case.cost.scaled(1 / self.gained, "USD")

    @property
    def oversubscribed(self) -> bool:
        """Tell whether workers shared what each of them needs for itself."""
        return bool(self.case.lacking)


class Verdict(StrEnum):
    """What the data say about the claim."""

    FASTER = "faster"
    SLOWER = "slower"
    UNDECIDED = "undecided"
    REFUSED = "refused"
    NOT_MEASURED = "not measured"


class TargetVerdict(StrEnum):
    """What the data say about the declared target."""

    MET = "met"
    MISSED = "missed"
    UNDECIDED = "undecided"
    NOT_JUDGED = "not judged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The book's one claim (41.9): four numbers from the same runs, or the reasons against them."""

    verdict: Verdict
    target: TargetVerdict
    workers: int | None
    point: ScalingPoint | None
    refusals: tuple[Finding, ...]
    quality: tuple[str, ...]
    """The gated metrics, whose every counted run reached its gate when the claim stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectnessFact:
    """One compared value: the distributed one against the baseline's."""

    metric: str
    workers: int
    baseline: float
    distributed: float
    difference: float
    allowed: float

    @property
    def holds(self) -> bool:
        """Tell whether the difference is within the declared tolerance."""
        return self.difference <= self.allowed


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialFact:
    """One level of the baseline's trial."""

    level: str
    time: Estimate
    """The headline metric: seconds, or a rate in its own unit."""
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PrecisionFact:
    """How many runs a case was to get, and how well its median is known."""

    case_id: str
    runs: int
    at_least: int
    """The declared number of runs; with a target, the least number."""
    target: float | None
    """The half-width, relative to the median, that ends the case; None for a fixed number."""
    at_most: int | None
    half_width: float | None
    """Of the headline's median over all counted runs, relative to it; None without an interval."""
    decided_half_width: float | None
    """The same of the wider interval that decides when to stop; None before the end of the case."""
    reached: bool | None
    """Whether the target ended the case, or the most runs; None without a target or before its end."""

    @property
    def missed(self) -> bool:
        """Tell whether the most runs ended the case, not the target."""
        return self.reached is False


class Unknown(StrEnum):
    """Why nothing is known about launches and steps."""

    NO_STEPS = "no steps"
    ONE_LAUNCH = "one launch"


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelsFact:
    """What launches and steps add to the variance of one case's metric, or why that is unknown."""

    case_id: str
    metric: str | None
    target: float
    """The half-width of the mean, relative to it, that the advice is for."""
    levels: TwoLevels | None = None
    unknown: Unknown | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyFact:
    """The energy of one case per result, and how it was found out."""

    case_id: str
    method: EnergyMethod
    joules: Estimate
    """Of a whole run, in J."""
    average_w: Estimate
    ratio: Estimate | None
    """Relative to the baseline's; None for itself, and where that was found out in another way."""

    @property
    def is_estimated(self) -> bool:
        """Tell whether no power was measured."""
        return self.method is EnergyMethod.ESTIMATED_TDP


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveredQuality:
    """One result of runs that lost a worker, beside that of runs that lost none."""

    metric: str
    recovered: Estimate
    worst: float
    """Of the recovered runs, the value furthest from those without a fault, or from the gate."""
    uninterrupted: Estimate | None
    """None where no case with the same command and workers was measured without a fault."""
    allowed: float | None
    """How far the worst may be from the median without a fault; None where nothing is declared."""
    passes: bool
    """Whether every recovered run reached the gate, where there is one."""

    @property
    def difference(self) -> float | None:
        """Return how far the worst is from the median without a fault."""
        return None if self.uninterrupted is None else abs(self.worst - self.uninterrupted.value)

    @property
    def holds(self) -> bool:
        """Tell whether the gate is reached and the difference is within what is declared."""
        if self.difference is None or self.allowed is None:
            return self.passes
        return self.passes and self.difference <= self.allowed


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryFact:
    """What one case with an injected fault showed: the number of the fault-tolerance slot."""

    case_id: str
    worker: int
    """The rank whose process was killed."""
    at_s: Seconds
    """How long after the program's first report."""
    recovered: int
    failures: tuple[tuple[str, int], ...]
    """How the other runs in which the worker was killed ended, and how many did."""
    recovery_time: Estimate | None
    """From the kill to the end of the first step after it; None where no run recovered."""
    lost_steps: Estimate | None
    """How many steps were done again; None where no run said so."""
    quality: tuple[RecoveredQuality, ...]

    @property
    def runs(self) -> int:
        """Return in how many runs the worker was killed."""
        return self.recovered + sum(count for _, count in self.failures)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedFact:
    """One file of measurements that were made elsewhere, and how many counted runs come from it."""

    imported: Imported
    runs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BuyFact:
    """Build versus buy at the declared numbers."""

    price: Price
    rent_usd: Usd
    operations_usd: Usd
    self_managed_usd: Usd
    managed_usd: Usd
    break_even_hours: float | None
    break_even_unit_hours: float | None
    self_managed_wins: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """What one worker did."""

    rank: int
    step_ends: tuple[Seconds, ...]
    """When each of its steps ended, from the beginning of the first one; empty where no step was told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """The run of a case whose time is nearest to the median of them all."""

    case: CaseFacts
    run_id: str
    time: Seconds
    """Its headline metric."""
    lanes: tuple[Lane, ...]
    """One for each worker, by rank."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """Everything that the records of one machine say about one study."""

    loaded: LoadedStudy
    machine: str | None
    machine_note: str | None
    environment: Environment | None
    commits: tuple[str, ...]
    campaigns: int
    measured_from: str | None
    measured_to: str | None
    attempts: int
    failed: int
    """How many attempts did not end well, interrupted ones left out."""
    interrupted: int
    """How many were stopped, or stood still: no fault of the program."""
    missing: int
    imported: tuple[ImportedFact, ...]
    """Where the counted runs come from that this capstone did not make."""
    stale: tuple[StaleRun, ...]
    """The attempts at what was declared before, with what changed since."""
    baseline: CaseFacts | None
    one_worker: CaseFacts | None
    points: tuple[ScalingPoint, ...]
    trial: tuple[TrialFact, ...]
    precision: tuple[PrecisionFact, ...]
    levels: tuple[LevelsFact, ...]
    noise_floor: Estimate | None
    """The baseline's time over its own, measured as if it were two cases; None when not asked for."""
    correctness: tuple[CorrectnessFact, ...]
    recoveries: tuple[RecoveryFact, ...]
    """What runs with an injected fault showed; none of them is part of anything else."""
    diagnosed: Diagnosed
    """What limits the baseline and what more workers lose; empty where nobody asked."""
    skipped: tuple[Skipped, ...]
    proofs: tuple[Proof, ...]
    """What the problem needs against what one machine has, the scarcest first."""
    calibration: Calibration | None
    """What messages cost here; None where nobody measured it."""
    forecast: DeclaredPrediction | None
    """What the study declares of its step, with the constants that it leaves to a calibration."""
    prediction: Prediction | None
    """What the declared design can reach, at the declared numbers of workers; None where its link is not
    calibrated, too."""
    foreseen: Foreseen | None
    """The prediction beside what was measured; None where nothing was predicted or measured."""
    fit: ScalingFit | None
    """The laws of scaling through the launches; None with fewer than four worker counts."""
    serial_shares: tuple[SerialShare, ...]
    """Karp and Flatt's e, by rising numbers of workers."""
    marginals: tuple[Marginal, ...]
    price: Price | None
    energy: tuple[EnergyFact, ...]
    """The baseline first, then the distributed cases; empty where nothing tells."""
    build_versus_buy: BuyFact | None
    claim: Claim
    replays: tuple[Replay, ...]
    """The baseline's run and the claim's that a talk shows side by side; empty for rates."""
    findings: tuple[Finding, ...]
    runs_csv: str
    """One row per attempt, failed ones included."""
    concluded: Conclusions = field(default_factory=Conclusions)
    """What follows from all this: quality, cost, judged claims, and the rules that are kept."""

    @property
    def requested(self) -> At | None:
        """Return what the prediction says about the requested number of workers."""
        sizing = self.loaded.study.sizing
        if sizing is None or self.prediction is None:
            return None
        return At(point=self.prediction.model.point(sizing.workers))

    def point(self, workers: int) -> ScalingPoint | None:
        """Return the point of a worker count, the claimed one first; None when not measured."""
        if self.claim.point and self.claim.point.case.workers == workers:
            return self.claim.point
        return next((p for p in self.points if p.case.workers == workers), None)
