"""What is measured: metrics with their meaning, and benchmarks with their levels."""

from collections.abc import Sequence
from math import isfinite
from typing import Annotated, Any

from pydantic import (
    Field,
    PlainValidator,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from capstone_report.launchers.launcher import Launcher, launchers
from capstone_report.parsers.parser import Parser, parsers
from capstone_report.spec.base import Declared, Duration, Line, MetricName, Name, Seconds, Text
from capstone_report.spec.kinds import Chosen
from capstone_report.spec.vocabulary import Direction, MetricKind, MetricRole, Scaling, Scope
from capstone_report.units import UNITS, is_rate

EnvName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
"""The name of an environment variable."""

EnvValue = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]*$")]
"""Its value: one line, which may be empty."""

Bound = Annotated[float, Field(json_schema_extra={"unit": "the metric's"})]
"""A limit in the metric's own unit."""

Level = int | float | str


def _level(value: Any) -> Level:  # noqa: ANN401 - a value as TOML gave it
    """Accept a finite number or a line of text as a level."""
    text = isinstance(value, str) and value.isprintable()
    number = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
    if not (text or number):
        raise PydanticCustomError("level", "a level is a finite number or a line of text")
    return value  # type: ignore[no-any-return] # a level by the check above


class Gate(Declared):
    """The quality that every counted run must reach."""

    at_least: Bound | None = None
    """The smallest acceptable value."""
    at_most: Bound | None = None
    """The largest acceptable value."""

    @model_validator(mode="after")
    def _says_something(self) -> "Gate":
        """Refuse a gate that everything passes."""
        if self.at_least is None and self.at_most is None:
            raise PydanticCustomError("empty_gate", "a gate needs at_least or at_most")
        return self

    def passes(self, value: float) -> bool:
        """Tell whether a run's value reaches the gate."""
        low_enough = self.at_most is None or value <= self.at_most
        return low_enough and (self.at_least is None or value >= self.at_least)


class Metric(Declared):
    """What a reported number means (section 41.6)."""

    description: Line
    """What the number is, in one line."""
    unit: Annotated[str, Field(json_schema_extra={"enum": list(UNITS)})]
    """A unit of the closed table, such as s, samples/s or 1."""
    kind: MetricKind
    """cost, rate, quality or count: decides how the number may be summarised."""
    direction: Direction
    """Which way is better: lower or higher."""
    scope: Scope
    """total: one value describes the job; per-worker: every worker reports its own."""
    gate: Gate | None = None
    """For a quality: the value that every counted run must reach."""
    limit: Annotated[float, Field(gt=0, json_schema_extra={"unit": "the metric's"})] | None = None
    """What it cannot exceed: 1 for a share of a peak, a link's bandwidth for a bus bandwidth."""
    equivalent_within: (
        Annotated[float, Field(gt=0, json_schema_extra={"unit": "the metric's"})] | None
    ) = None
    """For a quality: the largest difference of the means at which both sides count as equally good,
    in the metric's unit, decided before measuring."""
    role: MetricRole | None = None
    """For a count: steps-to-target, how many steps or epochs a run took to its target; seed, what
    pairs its runs with the baseline's."""

    @property
    def is_rate(self) -> bool:
        """Tell whether it counts something per second."""
        return self.kind is MetricKind.RATE and is_rate(self.unit)

    @field_validator("unit")
    @classmethod
    def _known_unit(cls, unit: str) -> str:
        """Accept only units of the closed table."""
        if unit not in UNITS:
            raise PydanticCustomError(
                "unknown_unit",
                "there is no unit '{unit}'; known: {known}",
                {"unit": unit, "known": ", ".join(UNITS)},
            )
        return unit


class External(Declared):
    """Measurements that are made elsewhere and imported (section 41.7)."""

    where: Line
    """On which machine they are made."""
    how: Text
    """Which program is run there, and how."""


class Precision(Declared):
    """How well the median of every case is to be known (Hoefler and Belli 2015, section 4.2.2)."""

    relative: Annotated[float, Field(ge=1e-4, le=0.5, json_schema_extra={"unit": "1"})]
    """Half the width of the 99 % interval of the headline metric's median, relative to the median,
    at which a case gets no more runs: 0.02 is 2 %. The interval reported is that of 95 %."""
    at_most: Annotated[int, Field(ge=8, le=1000, json_schema_extra={"unit": "runs"})]
    """The number of runs that ends a case in any case."""


class Inject(Declared):
    """A fault that is injected on purpose, to measure what it costs to recover (section 41.4)."""

    kill_worker: Annotated[int, Field(ge=0, le=10**6, json_schema_extra={"unit": "rank"})]
    """The rank of the worker whose process is killed with SIGKILL: the one with RANK in its
    environment, as launchers set it."""
    at_s: Seconds
    """How many seconds after the program's first metric or first line on stdout, whichever comes
    first; its start-up does not count."""


class Benchmark(Declared):
    """One command and the levels of the factors that it is measured at (section 41.7)."""

    name: Name
    """A short name, unique in the study."""
    command: Annotated[tuple[Line, ...], Field(min_length=1)] | None = None
    """The program as a list, never a shell string; {workers}, {threads}, {seed} and levels are
    filled in; "python" is the Python that runs capstone."""
    launcher: Annotated[Launcher, Chosen("launcher", launchers)] = Field(
        default="local", validate_default=True
    )
    """How the program starts: a kind such as "local" or "torchrun", or a table with its options."""
    external: External | None = None
    """Instead of a command: where and how it is measured, when that is not done here."""
    parser: Annotated[Parser, Chosen("parser", parsers)] = Field(
        default="jsonl", validate_default=True
    )
    """How the program's output becomes samples: a kind such as "jsonl" or "regex", or a table with
    its options."""
    levels: dict[
        MetricName,
        Annotated[tuple[Annotated[Level, PlainValidator(_level)], ...], Field(min_length=1)],
    ] = Field(default_factory=dict, json_schema_extra={"unit": "the program's"})
    """The factors and the levels of each; workers and threads default to 1."""
    oversubscribe: bool = False
    """Whether to measure cases that need more cores than the machine has."""
    accelerated: bool = False
    """Whether each worker takes a GPU where the machine has several; elsewhere every case runs on
    the CPU, so that both sides compute on the same kind of device. $CAPSTONE_DEVICE tells the
    program: cuda or cpu."""
    scaling: Scaling = Scaling.NONE
    """What the worker counts vary: strong, weak, throughput or none."""
    held_fixed: tuple[Line, ...] = ()
    """What stays the same at every worker count."""
    setup: dict[MetricName, Annotated[Level, PlainValidator(_level)]] = Field(
        default_factory=dict, json_schema_extra={"unit": "its own"}
    )
    """What its runs were made with, by name, so that both sides can be compared: precision,
    global_batch, dataset, model, timed and others that docs/commensurability.md lists. No part of a
    case's identity: what is written here never makes runs stale."""
    scaling_function: Line | None = None
    """With weak scaling: how the work grows with the workers, such as "512 images per worker"."""
    repeats: Annotated[int, Field(ge=1, le=1000, json_schema_extra={"unit": "runs"})] = 8
    """How many runs each case gets; with a precision, how many at least (never fewer than 8)."""
    precision: Precision | None = None
    """The precision until which each case gets further runs, one by one."""
    timeout_s: Duration = 600.0
    """After how many seconds a run and everything it started is stopped."""
    idle_timeout_s: Duration | None = None
    """After how many seconds without any output a run counts as hung and is stopped; its metrics
    count as output, too. Without it only the limit above ends a run that hangs."""
    max_processes: Annotated[
        int, Field(ge=1, le=1_000_000, json_schema_extra={"unit": "processes"})
    ] = 4096
    """How many processes a run may have at once; more are taken for a program out of control."""
    inject: Inject | None = None
    """A worker that is killed in every run of this benchmark. Such runs are never part of a speedup;
    recovery time, lost steps and final quality go to a table of their own."""
    work: Annotated[float, Field(gt=0, json_schema_extra={"unit": "work_unit"})] | None = None
    """How many units of work one run does; with weak scaling, a run with the baseline's workers. It
    gives the throughput, and shows whether a reported rate is that of one worker or of all."""
    work_unit: Line = "units"
    """What one unit of work is."""
    requires: tuple[Line, ...] = ()
    """Python modules that the program needs, checked before the first run."""
    install: Line | None = None
    """What a user types to get those modules."""
    inputs: tuple[Line, ...] = ()
    """Further files of the study's folder whose content decides whether a run is still valid."""
    env: dict[EnvName, EnvValue] = Field(default_factory=dict)
    """Environment variables that the program gets, beside the standard ones."""

    @field_validator("levels")
    @classmethod
    def _whole_counts(cls, levels: dict[str, tuple[Level, ...]]) -> dict[str, tuple[Level, ...]]:
        """Accept only whole positive numbers of workers and threads, each level once."""
        if "seed" in levels:
            raise PydanticCustomError("seed_level", "{{seed}} is the study's seed, not a level", {})
        for factor, values in levels.items():
            whole = all(isinstance(value, int) and value >= 1 for value in values)
            if factor in {"workers", "threads"} and not whole:
                raise PydanticCustomError(
                    "whole_counts", "{f} must be whole numbers of at least 1", {"f": factor}
                )
            if len(set(values)) != len(values):
                raise PydanticCustomError(
                    "repeated_level", "{f} names a level twice", {"f": factor}
                )
        return levels

    @field_validator("levels")
    @classmethod
    def _shared_evenly(
        cls, levels: dict[str, tuple[Level, ...]], info: ValidationInfo
    ) -> dict[str, tuple[Level, ...]]:
        """Accept only numbers of workers that the launcher can share among its machines."""
        launcher = info.data.get("launcher")
        if not isinstance(launcher, Launcher):  # it has its own problem
            return levels
        for workers in levels.get("workers", ()):
            try:
                launcher.allocation(int(workers), 1)
            except ValueError as error:
                raise PydanticCustomError("uneven_workers", "{why}", {"why": str(error)}) from error
        return levels


def scaling_indices(benchmarks: Sequence[Benchmark]) -> list[int]:
    """Return where the benchmarks stand whose worker counts can make the claim: one, when valid.

    Those with strong scaling; without any, those with weak or throughput scaling.
    """
    strong = [i for i, b in enumerate(benchmarks) if b.scaling is Scaling.STRONG]
    return strong or [i for i, b in enumerate(benchmarks) if b.scaling is not Scaling.NONE]
