"""Comma-separated values: one table with a header, a value in each row."""

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from capstone_report.parsers.fields import MetricName, OutputFile, Unit, Word
from capstone_report.parsers.output import LINE_LIMIT, Line, Output
from capstone_report.parsers.parser import Parsed, Parser
from capstone_report.parsers.values import Gathering, RefusedError, number, whole
from capstone_report.results.records import Sample

Row = dict[str, str]


class Column(BaseModel):
    """What the values of one column are."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True
    )

    column: Word
    """The column's name, as the header has it."""
    metric: MetricName
    """The metric that the values belong to."""
    unit: Unit
    """The unit that they are in."""


class CsvTable(Parser):
    """Reads a table of comma-separated values; what stands before its header is left alone."""

    kind: ClassVar[str] = "csv"

    columns: Annotated[tuple[Column, ...], Field(strict=False, min_length=1, max_length=100)]
    """What is read: a table for each column of values. An empty cell is no value."""
    file: OutputFile = "stdout"
    """stdout, stderr, or a path in the run's folder such as metrics/*.csv."""
    delimiter: Annotated[str, StringConstraints(pattern=r"^[,;\t| ]$")] = ","
    """What separates the columns: a comma, a semicolon, a tabulator, a bar or a blank."""
    rank: Word | None = None
    """The column that holds the rank of each row."""
    step: Word | None = None
    """The column that holds the step of each row; without one rows are counted."""
    phase: Word | None = None
    """The column that holds the phase of each row, such as warmup."""

    def gives(self) -> tuple[tuple[str, str], ...]:
        """Return each metric with its unit."""
        return tuple((column.metric, column.unit) for column in self.columns)

    def sources(self) -> tuple[str, ...]:
        """Return the output that the table is in."""
        return (self.file,)

    def parse(self, run_folder: Path) -> Parsed:
        """Read the table of every file that is named."""
        gathering = Gathering(Output(run_folder))
        for _, lines in groupby(gathering.lines(self.file), key=lambda line: line.file):
            self._read(gathering, lines)
        return gathering.parsed()

    def _read(self, gathering: Gathering, lines: Iterable[Line]) -> None:
        """Read the table in one file's lines."""
        for line, row in self._rows(gathering, lines):
            try:
                samples = list(self._samples(row))
            except RefusedError as error:
                gathering.refuse(line, error)
            else:
                gathering.samples += samples
                gathering.matched.add(line.place)

    def _rows(self, gathering: Gathering, lines: Iterable[Line]) -> Iterator[tuple[Line, Row]]:
        """Yield the rows below the header, each with the line that it ends in."""
        header: list[str] = []
        file = ""
        for line, cells in _cells(gathering, lines, self.delimiter):
            file = line.file
            if not header:
                if self._needed() <= set(cells):
                    header = cells
                    gathering.matched.add(line.place)
            elif len(cells) == len(header):
                yield line, dict(zip(header, cells, strict=True))
            elif cells:
                what = f"{len(cells)} cells under a header of {len(header)}"
                gathering.refuse(line, what)
        if file and not header:
            missing = ", ".join(sorted(self._needed()))
            gathering.refuse(file, f"no line names the columns {missing}")

    def _needed(self) -> set[str]:
        """Return the columns that a header must name."""
        told = {column.column for column in self.columns}
        return told | {name for name in (self.rank, self.step, self.phase) if name}

    def _samples(self, row: Row) -> Iterator[Sample]:
        """Yield the values of a row."""
        rank = whole(row[self.rank]) if self.rank else 0
        step = whole(row[self.step]) if self.step else None
        phase = (row[self.phase].strip() or None) if self.phase else None
        for column in self.columns:
            if row[column.column].strip():
                yield Sample(
                    metric=column.metric,
                    value=number(row[column.column]),
                    unit=column.unit,
                    rank=rank,
                    step=step,
                    phase=phase,
                )


def _cells(
    gathering: Gathering, lines: Iterable[Line], delimiter: str
) -> Iterator[tuple[Line, list[str]]]:
    """Yield the cells of each row, stripped, with the line that the row ends in."""
    here: deque[Line] = deque(maxlen=1)
    reader = csv.reader(
        _texts(lines, here), delimiter=delimiter, strict=True, skipinitialspace=True
    )
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            gathering.refuse(here[0], error)
            continue
        if cells is None:
            return
        if len(here[0].text) >= LINE_LIMIT - 1:
            gathering.refuse(here[0], f"a row of more than {LINE_LIMIT} bytes")
            continue
        yield here[0], [cell.strip() for cell in cells]


def _texts(lines: Iterable[Line], here: deque[Line]) -> Iterator[str]:
    """Yield the texts of lines, with their ends; `here` holds the line at hand."""
    for line in lines:
        here.append(line)
        yield f"{line.text}\n"
