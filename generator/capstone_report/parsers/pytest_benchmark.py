"""What pytest-benchmark writes as JSON (`--benchmark-json`): every round's time."""

from pathlib import Path
from typing import ClassVar

from capstone_report.parsers.document import Node, documents
from capstone_report.parsers.fields import MetricName, OutputFile, Word
from capstone_report.parsers.output import Output
from capstone_report.parsers.parser import Parsed, Parser
from capstone_report.parsers.values import Gathering, RefusedError, shortened
from capstone_report.results.records import Sample


class PytestBenchmark(Parser):
    """Reads pytest-benchmark's JSON: the time of every round, never only their mean."""

    kind: ClassVar[str] = "pytest-benchmark"

    file: OutputFile = "metrics/*.json"
    """Where the JSON is: a path in the run's folder."""
    metric: MetricName = "elapsed_time"
    """The metric, in seconds, that the times belong to."""
    benchmark: Word | None = None
    """Which of several benchmarks is meant, by its name or its full name."""

    def gives(self) -> tuple[tuple[str, str], ...]:
        """Return each metric with its unit."""
        return ((self.metric, "s"),)

    def sources(self) -> tuple[str, ...]:
        """Return the output that the document is in."""
        return (self.file,)

    def parse(self, run_folder: Path) -> Parsed:
        """Read the times of the benchmark that is meant."""
        gathering = Gathering(Output(run_folder))
        for name, document in documents(gathering, self.file):
            try:
                rounds = self._meant(document["benchmarks"].items())["stats"]["data"].items()
                gathering.samples += [
                    Sample(metric=self.metric, value=time.number(), unit="s", step=step)
                    for step, time in enumerate(rounds)
                ]
            except RefusedError as error:
                gathering.refuse(name, error)
        return gathering.parsed()

    def _meant(self, benchmarks: list[Node]) -> Node:
        """Return the one benchmark that is meant."""
        wanted = self.benchmark
        named = [
            item
            for item in benchmarks
            if wanted in {None, str(item["name"].value), str(item["fullname"].value)}
        ]
        if len(named) == 1:
            return named[0]
        known = ", ".join(shortened(repr(item["name"].value)) for item in benchmarks[:5])
        which = "of several" if wanted is None else f"called {wanted!a}"
        raise RefusedError(f"there are {len(named)} benchmarks {which}; benchmark = one of {known}")
