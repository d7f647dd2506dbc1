"""What a parser is: files of one run in, samples and checks out, and every line it refused."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from capstone_report.registry import kinds
from capstone_report.results.records import Check, Sample


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What a run's output said."""

    samples: tuple[Sample, ...] = ()
    checks: tuple[Check, ...] = ()
    notes: tuple[str, ...] = ()
    """What was dropped and is harmless, such as a torn last line."""
    problems: tuple[str, ...] = ()
    """What was refused, each with its file and line; a run with problems does not count."""


class Parser(ABC):
    """Reads the output of one run."""

    kind: ClassVar[str]

    @abstractmethod
    def parse(self, run_folder: Path) -> Parsed:
        """Read `stdout.txt`, `stderr.txt` and `metrics/` of a run's folder."""


def parsers() -> dict[str, type[Parser]]:
    """Return every parser that a file of this package defines, by its kind."""
    return kinds("capstone_report.parsers", Parser)  # type: ignore[type-abstract] # only subclasses are returned
