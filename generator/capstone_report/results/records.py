"""The records of a journal: what one run brought home, and under which circumstances.

Format history:
1  first: campaign and run records, samples inside the run record; each line carries its own
   SHA-256 and that of the line before.
2  run records hold what identifies their case, the warm-up steps of each metric, how long they were
   suspended, how much they printed, which energy they took and what the machine did to them; runs
   can be hung or suspended, serve a noise floor, a diagnosis or a calibration, and be imported, with
   what their table says of their setup; environments hold
   facts, a run's only those that differ from its campaign's; decision records say when a target
   precision ended a case; a run says which fault was injected into it; prediction records hold what
   was predicted before the first distributed run; a campaign says which target it began with.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationInfo, field_validator

from capstone_report.units import Bytes, Seconds

FORMAT = 2


class Stored(BaseModel):
    """A value that is read back from a file: frozen, closed, finite."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True
    )


class Sample(Stored):
    """One value that a program reported, in the unit it named."""

    metric: str
    value: float
    unit: str
    rank: int = 0
    step: int | None = None
    phase: str | None = None


class Check(Stored):
    """One sanity check that a program made itself."""

    name: str
    ok: bool
    detail: str = ""
    rank: int = 0


class Environment(Stored):
    """The facts of the machine and the software that a run saw; no host or user name."""

    cpu: str
    cores: int
    physical_cores: int | None
    memory_bytes: Bytes
    gpus: tuple[str, ...] = ()
    system: str
    python: str
    packages: dict[str, str] = {}
    capstone: str
    git_commit: str | None = None
    git_dirty: bool | None = None
    facts: dict[str, str] = {}
    """What else is known, by the names of `results.known_facts`; recorded only."""

    def differences(self, other: "Environment") -> list[str]:
        """Name the facts that change what is measured in which two environments differ.

        The commit and the other facts are recorded only, and memory, for a kernel reserves a little
        more or less.
        """
        recorded_only = {"git_commit", "git_dirty", "capstone", "memory_bytes", "facts"}
        names = [name for name in type(self).model_fields if name not in recorded_only]
        return [name for name in names if getattr(self, name) != getattr(other, name)]


class Outcome(StrEnum):
    """How a run ended."""

    OK = "ok"
    FAILED = "failed"
    TIMEOUT = "timeout"
    HUNG = "hung"
    INCOMPLETE = "incomplete"
    SUSPENDED = "suspended"
    INTERRUPTED = "interrupted"


OF_THE_MACHINE = frozenset({Outcome.SUSPENDED, Outcome.INTERRUPTED})
"""Outcomes that say nothing about the program: somebody stopped it, or the machine slept."""


class Phase(StrEnum):
    """What a run is for.

    A trial picks a level, a measurement counts, a noise floor compares a case with itself, a
    diagnosis leaves a part of the work out to see what it costs, and a calibration times messages.
    """

    TRIAL = "trial"
    MEASUREMENT = "measurement"
    NOISE_FLOOR = "noise-floor"
    DIAGNOSIS = "diagnosis"
    CALIBRATION = "calibration"


BESIDE = frozenset({Phase.DIAGNOSIS, Phase.CALIBRATION})
"""Phases whose runs are no part of a campaign: they never count, and are no failure of it."""


class Energy(Stored):
    """What a run took from the wall, as well as this machine can tell."""

    joules: float
    average_w: float
    method: str
    """Where the number comes from, in the words of `perfmodel.energy.EnergyMethod`."""


class Conditions(Stored):
    """What the machine did to a run beside other work; None where nothing can tell."""

    thermal_events: int | None = None
    """How often its processors were slowed down for their heat or their power."""
    quota_waits: int | None = None
    """In how many periods the run's control group waited, its CPU quota used up."""
    swapped_bytes: Bytes | None = None
    """How much the whole machine moved to and from swap."""
    gpu_throttling: tuple[str, ...] = ()
    """Why GPUs were slowed down whenever somebody looked: heat or power, each reason once."""
    gpu_sharers: int | None = None
    """How many other processes computed on its GPUs before it started or after it ended."""


class Injected(Stored):
    """A fault that was injected on purpose, and when; None for what never happened."""

    kill_worker: int
    """The rank of the worker whose process was to be killed."""
    reported_after_s: Seconds | None
    """When the program first reported anything, since the start of the run."""
    killed_after_s: Seconds | None
    """When the worker was killed, since the start of the run."""


class Imported(Stored):
    """Where a run was measured that this capstone did not make."""

    source: str
    """Who published or made it: a link, a paper, a person."""
    date: str
    """When it was measured or published: YYYY-MM-DD, or what is known of it."""
    file: str
    """The name of the file that it was read from."""
    file_sha256: str


class Job(Stored):
    """The job of a scheduler in which a run was made."""

    scheduler: str
    id: str
    state: str
    """How the scheduler says that it ended, in its own word."""
    queued_s: Seconds
    """How long it waited before it began."""
    nodes: int
    """How many machines it got."""


class RecordedTarget(Stored):
    """What a study set out to reach when a campaign began (41.1)."""

    speedup: float
    workers: int | None


class CampaignRecord(Stored):
    """The start of one `capstone run` that measures something."""

    kind: Literal["campaign"] = "campaign"
    seed: int
    planned_runs: int
    started_at: str
    target: RecordedTarget | None = None
    """The declared target; None in records of versions that kept none."""
    environment: Environment


class RunRecord(Stored):
    """One launch of a case: the unit of replication."""

    kind: Literal["run"] = "run"
    run_id: str
    case_id: str
    fingerprint: str
    identity: dict[str, JsonValue] = {}
    """What the fingerprint is the hash of, in the open; empty in format 1."""
    benchmark: str
    phase: Phase
    workers: int
    threads: int
    nodes: int = 1
    """On how many machines the workers were."""
    device: str = "cpu"
    levels: dict[str, int | float | str]
    repeat: int
    attempt: int
    order: int
    command: tuple[str, ...]
    started_at: str
    outcome: Outcome
    message: str = ""
    wall_time_s: Seconds
    exit_code: int | None
    signal: int | None
    peak_memory_bytes: Bytes
    cpu_time_s: Seconds
    other_load: float
    """How many cores work other than this run kept busy, on average while it ran."""
    suspended_s: Seconds = 0.0
    """How long the run, its guard or the whole machine stood still meanwhile."""
    output_bytes: Bytes = 0
    """How much the run wrote to stdout and stderr, what was not kept included."""
    warmup_steps: dict[str, int] = {}
    """By metric, how many of its first steps were found to be warm-up; absent where none was."""
    energy: Energy | None = None
    """Absent where nothing can tell."""
    conditions: Conditions | None = None
    """Absent in format 1, and where nobody saw the end of the run."""
    ablation: str = ""
    """In a diagnosis, which part of the work was left out; empty when none was."""
    injected: Injected | None = None
    """Absent where no fault was declared."""
    imported: Imported | None = None
    """Absent where this capstone measured."""
    setup: dict[str, int | float | str] = {}
    """What an imported table says of how it was made, by name; empty where nothing is said."""
    job: Job | None = None
    """Absent where no scheduler had a part in it."""
    samples: tuple[Sample, ...] = ()
    checks: tuple[Check, ...] = ()
    notes: tuple[str, ...] = ()
    raw: dict[str, str] = {}
    environment: Environment

    @field_validator("run_id")
    @classmethod
    def _names_one_folder(cls, run_id: str) -> str:
        """Refuse an id that leads anywhere but to one folder of raw/."""
        if not _is_name(run_id):
            raise ValueError(f"{run_id!r} is not the name of one folder")
        return run_id

    @field_validator("raw")
    @classmethod
    def _stays_in_its_folder(cls, raw: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        """Refuse a raw output outside of raw/<run_id>/: a journal may come from anybody."""
        own = ["raw", info.data.get("run_id")]
        for name in raw:
            parts = name.split("/")
            if parts[:2] != own or not parts[2:] or not all(map(_is_name, parts)):
                raise ValueError(f"{name!r} is not inside the run's own folder")
        return raw


def _is_name(part: str) -> bool:
    """Tell whether a text is one name in a path, and leads nowhere else."""
    return part not in {"", ".", ".."} and "/" not in part and "\0" not in part


class DecisionRecord(Stored):
    """Why a case with a target precision gets no more runs (Hoefler and Belli 2015, 4.2.2)."""

    kind: Literal["decision"] = "decision"
    case_id: str
    fingerprint: str
    metric: str
    runs: int
    median: float
    low: float
    high: float
    level: float
    target: float
    """The half-width of the median's 99 % interval, relative to the median, that ends the case."""
    at_most: int
    """The number of runs that ends it in any case."""
    reached: bool
    """Whether the precision was reached, not only the number of runs."""
    decided_at: str


class PredictionRecord(Stored):
    """What a design was predicted to reach, frozen before its distributed runs (41.4.5)."""

    kind: Literal["prediction"] = "prediction"
    frozen_at: str
    git_commit: str | None
    git_dirty: bool | None
    model: str
    """The kind of the communication model."""
    inputs: dict[str, JsonValue]
    """Everything that the curve is computed from."""
    workers: tuple[int, ...]
    times_s: tuple[Seconds, ...]
    """The predicted time of a step at each number of workers."""
    sha256: str
    """Of the inputs and the curve, as canonical JSON."""


AnyRecord = CampaignRecord | RunRecord | DecisionRecord | PredictionRecord
Record = Annotated[AnyRecord, Field(discriminator="kind")]
