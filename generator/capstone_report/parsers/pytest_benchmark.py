"""What pytest-benchmark writes as JSON (`--benchmark-json`): every round's time."""

from typing import ClassVar

from capstone_report.parsers.document import Node
from capstone_report.parsers.fields import Word
from capstone_report.parsers.timings import Timings, the_one


class PytestBenchmark(Timings):
    """Reads pytest-benchmark's JSON: the time of every round, never only their mean."""

    kind: ClassVar[str] = "pytest-benchmark"

    benchmark: Word | None = None
    """Which of several benchmarks is meant, by its name or its full name."""

    def times(self, document: Node) -> list[Node]:
        """Return the times of the benchmark that is meant."""
        items = document["benchmarks"].items()
        meant = the_one(items, "benchmark", wanted=self.benchmark, names=("name", "fullname"))
        return meant["stats"]["data"].items()
