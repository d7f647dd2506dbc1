"""The study: everything a capstone declares, in the order of the book's ten steps."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from capstone_report.perfmodel.comm.model import CommModel, models
from capstone_report.spec.base import (
    Amount,
    ByteCount,
    ByteRate,
    Count,
    Declared,
    Duration,
    Flop,
    FlopRate,
    Format,
    Hours,
    Line,
    MetricName,
    Name,
    PerSecond,
    Ratio,
    Seconds,
    Text,
    Usd,
)
from capstone_report.spec.benchmarks import Benchmark, Metric, scaling_indices
from capstone_report.spec.design import Design
from capstone_report.spec.diagnosis import Diagnosis
from capstone_report.spec.kinds import Chosen
from capstone_report.spec.vocabulary import (
    Axis,
    BaselineKind,
    BilledPer,
    Ceiling,
    Consistency,
    Decision,
)


class Target(Declared):
    """What the study set out to reach, written before measuring."""

    speedup: Amount
    """The speedup over the baseline that would count as success."""
    workers: Count | None = None
    """At how many workers; without it, at the largest count that the machine can carry."""


class Demand(Declared):
    """How much the problem needs of what one machine runs out of (section 41.1)."""

    parameters: Amount | None = None
    """How many parameters the model has; with bytes_per_parameter they give the memory."""
    bytes_per_parameter: ByteCount | None = None
    """The bytes that each parameter takes: 16 to train with Adam in mixed precision, 2 to serve."""
    memory_bytes: ByteCount | None = None
    """What must be held in memory at once, beside the parameters or instead of them."""
    data_bytes: ByteCount | None = None
    """What must be read, or stored, to get one result."""
    flop: Flop | None = None
    """The arithmetic of one result."""
    traffic_bytes: ByteCount | None = None
    """What one result moves between memory and processor."""
    requests_per_s: PerSecond | None = None
    """How many requests arrive in a second at the busiest time."""
    messages_per_s: PerSecond | None = None
    """How many messages the parts send for every one of them to be informed."""
    within_s: Duration | None = None
    """How soon a result is needed."""


class OneMachine(Declared):
    """One machine of the kind that the study uses: what it holds and how fast it is."""

    name: Line
    """What it is: one accelerator with 80 GB, a server with 16 cores."""
    memory_bytes: ByteCount | None = None
    """The memory that the working set must fit into."""
    storage_bytes: ByteCount | None = None
    """What its disks hold."""
    read_bytes_per_s: ByteRate | None = None
    """How fast it reads the data, sustained."""
    flop_per_s: FlopRate | None = None
    """The arithmetic that it sustains on this work, not its peak."""
    memory_bytes_per_s: ByteRate | None = None
    """The memory bandwidth that it sustains."""
    requests_per_s: PerSecond | None = None
    """How many of the requests it answers in a second, within their time limit."""
    messages_per_s: PerSecond | None = None
    """How many messages it handles in a second."""
    source: Text
    """Where these figures come from: a measurement, a data sheet."""


class ProblemStatement(Declared):
    """Section 41.1: the problem, and where one machine runs out."""

    title: Line
    """The study's title, as it stands on the report."""
    question: Text
    """The question that the measurements answer."""
    ceiling: Ceiling
    """The resource of one machine that runs out."""
    one_machine: Text
    """Why one machine, as it is used today, is not enough: in words."""
    demand: Demand
    """What the problem needs: the left side of the proof that one machine runs out."""
    machine: OneMachine
    """What one machine offers: the right side of that proof."""
    tolerates: Consistency
    """The loosest consistency under which the answer is still right."""
    headline_metric: MetricName
    """The metric whose ratio is the speedup: a cost in a unit of time, or a rate."""
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
    repeats: Annotated[int, Field(ge=1, le=100, json_schema_extra={"unit": "runs"})] = 3
    """How many trial runs each level gets; they are never counted as measurements."""


class Correctness(Declared):
    """The ground truth: distributed values that must equal the baseline's (section 41.3)."""

    metrics: Annotated[tuple[MetricName, ...], Field(min_length=1)]
    """The metrics that are compared."""
    rtol: Annotated[float, Field(ge=0, le=1, json_schema_extra={"unit": "1"})] = 1e-6
    """The largest accepted difference relative to the baseline's value."""
    atol: Annotated[float, Field(ge=0, json_schema_extra={"unit": "the metric's"})] = 0.0
    """The largest accepted absolute difference, added to the relative one."""


class Baseline(Declared):
    """Section 41.3: the measured single-machine version that the speedup is relative to."""

    kind: BaselineKind
    """best-serial, one-worker of the distributed program, or the smallest-feasible number of
    workers where a single machine cannot run it at all; smallest-published where somebody else
    measured and began above one worker."""
    benchmark: Name
    """The benchmark that measures it."""
    tuned: tuple[Line, ...] = ()
    """What was tuned, so that the baseline is the best that one process can do."""
    smallest_workers: Count | None = None
    """With the two smallest kinds: the number of workers that the speedup is relative to, p0."""
    out_of_memory: Line | None = None
    """With smallest-feasible: a file of the study, the log of the run that did not fit."""
    tune: Tune | None = None
    """A recorded trial that picks the baseline's level of one factor."""
    correctness: Correctness | None = None
    """What the distributed version must compute as the baseline does."""

    @property
    def workers(self) -> int:
        """Return p0, the number of workers that the speedup is relative to."""
        above_one = {BaselineKind.SMALLEST_FEASIBLE, BaselineKind.SMALLEST_PUBLISHED}
        return self.smallest_workers or 1 if self.kind in above_one else 1


class Prediction(Declared):
    """Section 41.4.5: the speedup that the design can reach, declared before measuring."""

    t_comp_s: Duration
    """The compute time of one step on one machine, from the baseline's profile."""
    alpha_s: Seconds | None = None
    """The latency of one message; needed unless the link is calibrated."""
    beta_s: Seconds | None = None
    """The time to move the whole message once over one link: its bytes over the bandwidth; needed
    unless the link is calibrated."""
    link: Literal["calibrate"] | None = None
    """"calibrate": latency and bandwidth are those of the newest `capstone calibrate` on the machine that
    the report is about; alpha_s and beta_s, where they are given, stand in until there is one."""
    model: Annotated[CommModel, Chosen("communication model", models)] | None = None
    """The communication model: a kind such as "ring" or "book-ring", or a table with its options;
    without it, the usual one of the design's pattern."""
    serial_s: Seconds = 0.0
    """The part of a step that no number of workers shortens."""
    overlap: Annotated[float, Field(ge=0, le=1, json_schema_extra={"unit": "1"})] = 0.0
    """The share of the compute time that communication can hide behind."""
    imbalance: Ratio = 0.0
    """How much longer the slowest worker computes than the mean: 0.1 is ten per cent."""
    source: Text
    """Where the constants come from."""

    @model_validator(mode="after")
    def _has_constants(self) -> "Prediction":
        """Refuse a constant that nobody gives."""
        missing = [name for name in ("alpha_s", "beta_s") if getattr(self, name) is None]
        if missing and self.link is None:
            raise PydanticCustomError(
                "no_constant",
                '{missing} is missing: declare it, or leave it to link = "calibrate"',
                {"missing": " and ".join(missing)},
            )
        return self


class Tool(Declared):
    """Section 41.5: one tool, and why it is used rather than built."""

    name: Line
    """The tool."""
    role: Line
    """What it does in this design."""
    decision: Decision
    """build: written for this study; buy: taken as it is, paid for or free."""
    why: Text
    """Why."""
    version: Line | None = None
    """The version that the study uses."""
    released: date | None = None
    """The day on which that version came out."""
    not_built: Line | None = None
    """The one thing that nobody builds here because this tool does it."""


class Sizing(Declared):
    """Section 41.5: the worker count that the study asks for."""

    workers: Count
    """How many workers are requested."""
    why: Text
    """Why that many, and not more: against the prediction, not against the budget."""
    hours: Hours | None = None
    """For how many hours they are requested."""
    budget_usd: Usd | None = None
    """What the request may cost."""


class BuildVersusBuy(Declared):
    """The inputs of the build-versus-buy comparison (section 41.5.3)."""

    accelerators: Count
    """How many accelerators, or cores, are rented."""
    price: Name
    """The price of one of them for an hour: a name in the price book."""
    hours: Annotated[float, Field(gt=0, json_schema_extra={"unit": "h"})]
    """How many hours the job runs."""
    managed_premium: Annotated[float, Field(ge=1, json_schema_extra={"unit": "1"})]
    """The managed price as a multiple of the self-managed one."""
    ops_hours: Hours
    """Engineer hours that running it yourself costs, once."""
    ops_usd_per_hour: Annotated[float, Field(ge=0, json_schema_extra={"unit": "USD/h"})]
    """What one of those hours costs."""
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

    seed: Annotated[int, Field(json_schema_extra={"unit": "1"})]
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

    minutes: Annotated[int, Field(ge=1, le=240, json_schema_extra={"unit": "min"})] = 12
    """How long the talk is."""
    takeaway: Line | None = None
    """The sentence that the audience should remember."""


class Study(Declared):
    """One study: a problem, a baseline, a design, and the commands to measure."""

    format: Format
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
    diagnosis: Diagnosis = Diagnosis()
    """Section 41.2: what a diagnosis of baseline and workers needs to know."""
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

    @property
    def scaling_benchmark(self) -> Benchmark:
        """Return the benchmark whose worker counts make the claim; loading has checked that it exists."""
        return self.benchmarks[scaling_indices(self.benchmarks)[0]]
