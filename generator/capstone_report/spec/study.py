"""The study: everything a capstone declares, in the order of the book's ten steps."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from capstone_report.spec.base import Declared, Line, MetricName, Name, Text
from capstone_report.spec.benchmarks import Benchmark, Metric
from capstone_report.spec.design import Design
from capstone_report.spec.vocabulary import Axis, BaselineKind, BilledPer, Ceiling


class Target(Declared):
    """What the study set out to reach, written before measuring."""

    speedup: Annotated[float, Field(gt=0)]
    """The speedup over the baseline that would count as success."""
    workers: Annotated[int, Field(ge=1)] | None = None
    """At how many workers; without it, at the largest count that the machine can carry."""


class ProblemStatement(Declared):
    """Section 41.1: the problem, and where one machine runs out."""

    title: Line
    """The study's title, as it stands on the report."""
    question: Text
    """The question that the measurements answer."""
    ceiling: Ceiling
    """The resource of one machine that runs out."""
    one_machine: Text
    """Why one machine, as it is used today, is not enough: with numbers."""
    headline_metric: MetricName
    """The metric, a cost in a unit of time, whose ratio is the speedup."""
    target: Target
    """What would count as success."""


class SecondAxis(Declared):
    """A second axis, admitted only after a new profile."""

    name: Axis
    """The second axis."""
    reprofile: Text
    """What was measured after the first axis that justifies a second."""


class AxisChoice(Declared):
    """Section 41.2: the axis along which the work is distributed."""

    name: Axis
    """One of the six axes."""
    why: Text
    """Why the ceiling asks for this axis."""
    second: SecondAxis | None = None
    """A second axis, only with the profile that justifies it."""


class Tune(Declared):
    """A recorded trial that finds the baseline's best level of one factor."""

    factor: MetricName = "threads"
    """The factor of the baseline's benchmark that the trial varies."""
    repeats: Annotated[int, Field(ge=1, le=100)] = 3
    """How many trial runs each level gets; they are never counted as measurements."""


class Correctness(Declared):
    """The ground truth: distributed values that must equal the baseline's (section 41.3)."""

    metrics: Annotated[tuple[MetricName, ...], Field(min_length=1)]
    """The metrics that are compared."""
    rtol: Annotated[float, Field(ge=0)] = 1e-6
    """The largest accepted difference relative to the baseline's value."""
    atol: Annotated[float, Field(ge=0)] = 0.0
    """The largest accepted absolute difference, added to the relative one."""


class Baseline(Declared):
    """Section 41.3: the measured single-machine version that the speedup is relative to."""

    kind: BaselineKind
    """best-serial, or one-worker of the distributed program."""
    benchmark: Name
    """The benchmark that measures it."""
    tuned: tuple[Line, ...] = ()
    """What was tuned, so that the baseline is the best that one process can do."""
    tune: Tune | None = None
    """A recorded trial that picks the baseline's level of one factor."""
    correctness: Correctness | None = None
    """What the distributed version must compute as the baseline does."""


class Prediction(Declared):
    """Section 41.4.5: the communication model with its constants, declared before measuring."""

    model: Line
    """The communication model, such as book-ring."""
    alpha_s: Annotated[float, Field(ge=0)]
    """Latency constant in seconds."""
    beta_s: Annotated[float, Field(ge=0)]
    """Time to move the message once, in seconds."""
    source: Text
    """Where the constants come from."""


class Tool(Declared):
    """Section 41.5: one tool, and why it is used rather than built."""

    name: Line
    """The tool."""
    role: Line
    """What it does in this design."""
    decision: Literal["build", "use"]
    """build: written for this study; use: taken as it is."""
    why: Text
    """Why."""


class Sizing(Declared):
    """Section 41.5: the worker count that the study asks for."""

    workers: Annotated[int, Field(ge=1)]
    """How many workers are requested."""
    why: Text
    """Why that many, and not more."""


class BuildVersusBuy(Declared):
    """The inputs of the build-versus-buy comparison (section 41.5.3)."""

    accelerators: Annotated[int, Field(ge=1)]
    """How many accelerators, or cores, are rented."""
    price: Name
    """The price of one of them for an hour: a name in the price book."""
    hours: Annotated[float, Field(gt=0)]
    """How many hours the job runs."""
    managed_premium: Annotated[float, Field(ge=1)]
    """The managed price as a multiple of the self-managed one."""
    ops_hours: Annotated[float, Field(ge=0)]
    """Engineer hours that running it yourself costs, once."""
    ops_usd_per_hour: Annotated[float, Field(ge=0)]
    """What one of those hours costs, in USD."""
    basis: Text
    """Where premium, hours and rate come from."""


class Cost(Declared):
    """Section 41.7: what a result costs."""

    price: Name
    """The price of what the runs use: a name in the price book."""
    billed_per: BilledPer
    """Whether that price is paid per core, per worker or per machine."""
    build_versus_buy: BuildVersusBuy | None = None
    """The inputs of the build-versus-buy comparison."""


class Data(Declared):
    """The data that the study reads."""

    name: Line
    """The data set."""
    source: Line
    """Where it comes from."""
    licence: Line
    """Under which terms."""
    split: Line
    """How it is split, the same on both sides of the comparison."""


class Reproducibility(Declared):
    """Section 41.8: what somebody else needs to get the same result."""

    seed: int
    """The seed of the run order and, as {seed}, of the programs."""
    data: Data
    """The data and its terms."""
    licence: Line
    """The licence of the study itself."""


class ReportProse(Declared):
    """Section 41.9: the author's Markdown, one file per page; numbers in it are references."""

    authors: tuple[Line, ...] = ()
    """Who answers for the report."""
    date: date
    """The date of the text."""
    problem: Line | None = None
    """Prose of the problem page."""
    axis: Line | None = None
    """Prose of the axis page."""
    baseline: Line | None = None
    """Prose of the baseline page."""
    design: Line | None = None
    """Prose of the design page."""
    tools: Line | None = None
    """Prose of the tools page."""
    metrics: Line | None = None
    """Prose of the metrics page."""
    performance: Line | None = None
    """Prose of the performance page."""
    reproducibility: Line | None = None
    """Prose of the reproducibility page."""
    argument: Line | None = None
    """Prose of the argument: the claim in the author's words, and where it stops."""

    def files(self) -> dict[str, str]:
        """Return the declared files by the page they belong to."""
        pages = self.model_dump(exclude={"authors", "date"}, exclude_none=True)
        return {page: str(name) for page, name in pages.items()}


class SlidesPlan(Declared):
    """Section 41.10: the talk."""

    minutes: Annotated[int, Field(ge=1, le=240)] = 12
    """How long the talk is."""
    takeaway: Line | None = None
    """The sentence that the audience should remember."""


class Study(Declared):
    """One study: a problem, a baseline, a design, and the commands to measure."""

    format: Literal[1]
    """The version of this file's format."""
    problem: ProblemStatement
    """Section 41.1."""
    axis: AxisChoice
    """Section 41.2."""
    baseline: Baseline
    """Section 41.3."""
    design: Design
    """Section 41.4: the six slots."""
    prediction: Prediction | None = None
    """Section 41.4.5: the declared communication model."""
    tools: tuple[Tool, ...] = ()
    """Section 41.5: the tools."""
    sizing: Sizing | None = None
    """Section 41.5: the size that is asked for."""
    cost: Cost | None = None
    """Section 41.7: what a result costs."""
    metrics: Annotated[dict[MetricName, Metric], Field(min_length=1)]
    """Section 41.6: what the programs report."""
    benchmarks: Annotated[tuple[Benchmark, ...], Field(min_length=1)]
    """Section 41.7: what is measured."""
    reproducibility: Reproducibility
    """Section 41.8."""
    report: ReportProse
    """Section 41.9."""
    slides: SlidesPlan = SlidesPlan()
    """Section 41.10."""

    def benchmark(self, name: str) -> Benchmark:
        """Return the benchmark of a name; loading has checked that it exists."""
        return next(benchmark for benchmark in self.benchmarks if benchmark.name == name)
