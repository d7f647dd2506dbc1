"""What a format is: the text of a file in, rows of named cells out, and every line it refused."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from capstone_report.registry import kinds

TABLE = "table"
"""The name of the cell that says in which table of its file a row stands, counted from 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row: its cells by the names of their columns, as they were written."""

    line: int
    """Where it stands in the file, counted from 1."""
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A line that the format does not allow."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Everything that a file says: its rows in order, and what was refused."""

    rows: tuple[Row, ...]
    refused: tuple[Refused, ...] = ()


class TableFormat(ABC):
    """Reads the text of one file."""

    kind: ClassVar[str]

    @abstractmethod
    def read(self, text: str) -> Table:
        """Return the rows of a file's text."""


def formats() -> dict[str, type[TableFormat]]:
    """Return every format that a file of this package defines, by its kind."""
    return kinds("capstone_report.importing.formats", TableFormat)  # type: ignore[type-abstract] # only subclasses are returned
