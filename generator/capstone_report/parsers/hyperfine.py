"""What hyperfine exports as JSON (`--export-json`): every run's time."""

from pathlib import Path
from typing import ClassVar

from capstone_report.parsers.document import Node, documents
from capstone_report.parsers.fields import MetricName, OutputFile, Word
from capstone_report.parsers.output import Output
from capstone_report.parsers.parser import Parsed, Parser
from capstone_report.parsers.values import Gathering, RefusedError, shortened
from capstone_report.results.records import Sample


class Hyperfine(Parser):
    """Reads hyperfine's JSON: the time of every run, never only their mean."""

    kind: ClassVar[str] = "hyperfine"

    file: OutputFile = "metrics/*.json"
    """Where the JSON is: a path in the run's folder, or stdout with `--export-json -`."""
    metric: MetricName = "elapsed_time"
    """The metric, in seconds, that the times belong to."""
    command: Word | None = None
    """Which of several commands is meant, as hyperfine names it."""

    def gives(self) -> tuple[tuple[str, str], ...]:
        """Return each metric with its unit."""
        return ((self.metric, "s"),)

    def sources(self) -> tuple[str, ...]:
        """Return the output that the document is in."""
        return (self.file,)

    def parse(self, run_folder: Path) -> Parsed:
        """Read the times of the command that is meant."""
        gathering = Gathering(Output(run_folder))
        for name, document in documents(gathering, self.file):
            try:
                gathering.samples += self._samples(document)
            except RefusedError as error:
                gathering.refuse(name, error)
        return gathering.parsed()

    def _samples(self, document: Node) -> list[Sample]:
        """Return the times of the command, refused where one of its runs failed."""
        result = self._result(document["results"].items())
        codes = result["exit_codes"]
        failed = [code.place for code in codes.items() if code.value != 0] if codes.value else []
        if failed:
            raise RefusedError(f"{failed[0]} is not 0: a run that failed says nothing")
        return [
            Sample(metric=self.metric, value=time.number(), unit="s", step=step)
            for step, time in enumerate(result["times"].items())
        ]

    def _result(self, results: list[Node]) -> Node:
        """Return the result of the one command that is meant."""
        named = [r for r in results if self.command in {None, str(r["command"].value)}]
        if len(named) == 1:
            return named[0]
        known = ", ".join(shortened(repr(result["command"].value)) for result in results[:5])
        which = "of several" if self.command is None else f"called {self.command!a}"
        raise RefusedError(f"there are {len(named)} commands {which}; command = one of {known}")
