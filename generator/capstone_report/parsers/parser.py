"""What a parser is: options that a study may set; files of one run in, samples and checks out."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

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
    matched: frozenset[tuple[str, int]] = frozenset()
    """The lines of output that were understood: the file's name in the run's folder, and the line."""


class Parser(BaseModel, ABC):
    """Reads the output of one run."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
    )

    kind: ClassVar[str]

    @abstractmethod
    def parse(self, run_folder: Path) -> Parsed:
        """Read `stdout.txt`, `stderr.txt` and `metrics/` of a run's folder."""

    def gives(self) -> Iterable[tuple[str, str]] | None:
        """Return each metric with its unit; None where the program decides them."""
        return None

    def sources(self) -> Iterable[str]:
        """Return which output is read: stdout, stderr, paths in the run's folder."""
        return ()


def parsers() -> dict[str, type[Parser]]:
    """Return every parser that a file of this package defines, by its kind."""
    return kinds("capstone_report.parsers", Parser)  # type: ignore[type-abstract] # only subclasses are returned
