"""What the exports of benchmark tools have in common: one JSON document, every single time of what is meant."""

from abc import abstractmethod
from pathlib import Path

from capstone_report.parsers.document import Node, documents
from capstone_report.parsers.fields import MetricName, OutputFile
from capstone_report.parsers.output import Output
from capstone_report.parsers.parser import Parsed, Parser
from capstone_report.parsers.values import Gathering, RefusedError, shortened
from capstone_report.results.records import Sample

SHOWN_NAMES = 5


class Timings(Parser):
    """What hyperfine and pytest-benchmark share; no kind of its own."""

    file: OutputFile = "metrics/*.json"
    """Where the JSON is: a path in the run's folder."""
    metric: MetricName = "elapsed_time"
    """The metric, in seconds, that the times belong to."""

    @abstractmethod
    def times(self, document: Node) -> list[Node]:
        """Return the times in seconds of the one entry of a document that is meant.

        Raises:
            RefusedError: it says no such times.
        """

    def gives(self) -> tuple[tuple[str, str], ...]:
        """Return each metric with its unit."""
        return ((self.metric, "s"),)

    def sources(self) -> tuple[str, ...]:
        """Return the output that the document is in."""
        return (self.file,)

    def parse(self, run_folder: Path) -> Parsed:
        """Read every single time, never only their mean."""
        gathering = Gathering(Output(run_folder))
        for name, document in documents(gathering, self.file):
            try:
                gathering.samples += [
                    Sample(metric=self.metric, value=time.number(), unit="s", step=step)
                    for step, time in enumerate(self.times(document))
                ]
            except RefusedError as error:
                gathering.refuse(name, error)
        return gathering.parsed()


def the_one(entries: list[Node], what: str, *, wanted: str | None, names: tuple[str, ...]) -> Node:
    """Return the entry that is meant, by any of the keys that hold its names; nothing is chosen silently.

    Raises:
        RefusedError: none is, or several are.
    """
    meant = [e for e in entries if wanted in {None, *(str(e[name].value) for name in names)}]
    if len(meant) == 1:
        return meant[0]
    called = "" if wanted is None else f" called {wanted!a}"
    known = ", ".join(shortened(repr(entry[names[0]].value)) for entry in entries[:SHOWN_NAMES])
    raise RefusedError(f"there are {len(meant)} {what}s{called}; say {what} = one of {known}")
