"""What a study says about its own limits: what a run needs, and what can be left out of it."""

from typing import Annotated, Literal

from pydantic import Field

from capstone_report.spec.base import ByteCount, Declared, Flop, Line, MetricName, Name
from capstone_report.spec.benchmarks import EnvName, EnvValue
from capstone_report.spec.vocabulary import Removes


class Ablation(Declared):
    """The same program with one part of its work left out; the time that goes with it is its cost."""

    name: Name
    """A short name, unique among the ablations."""
    removes: Removes
    """What is left out: io (data from memory), communication (no exchange between workers),
    contention (one worker at a time) or small-batch (every worker takes the batch of one)."""
    env: dict[EnvName, EnvValue] = Field(default_factory=dict)
    """Environment variables that make the program leave it out, beside those of its benchmark."""
    args: tuple[Line, ...] = ()
    """Arguments that do so, taken literally, at the end of the benchmark's command."""
    benchmarks: tuple[Name, ...] = ()
    """The benchmarks whose programs understand it; without any, all of them."""

    def applies_to(self, benchmark: str, *, workers: int) -> bool:
        """Tell whether a benchmark at that many workers has this part to leave out."""
        among_peers = self.removes is not Removes.IO
        return (not self.benchmarks or benchmark in self.benchmarks) and (
            workers > 1 or not among_peers
        )


class Diagnosis(Declared):
    """Section 41.2: what `capstone diagnose` needs to know about the program, beside its runs."""

    flop: Flop | None = None
    """The arithmetic of one run of the baseline; without it, the sum of what the program reports
    as flop_metric."""
    bytes: ByteCount | None = None
    """What one run of the baseline moves between memory and processor; without it, the sum of what
    the program reports as bytes_metric."""
    flop_metric: MetricName = "flop"
    """The metric, in FLOP, by which a program says what it computed."""
    bytes_metric: MetricName = "bytes"
    """The metric, in bytes, by which a program says what it moved."""
    busy_metric: MetricName | None = None
    """The metric, a time, in which each worker reports its own work without waiting for others;
    without it, imbalance is read from the ablation that removes communication."""
    precision: Literal["float32", "float64"] = "float64"
    """The precision of the arithmetic that the compute roof is measured in."""
    parameters_stream: bool | None = None
    """Whether the bytes that stream are the model's parameters, not examples."""
    repeats: Annotated[int, Field(ge=1, le=100, json_schema_extra={"unit": "runs"})] = 6
    """How many diagnosis runs each case gets; shares of ablations have an interval from 4 on, all of
    them from 6 on."""
    ablations: tuple[Ablation, ...] = ()
    """What can be left out of the work, one table each."""
