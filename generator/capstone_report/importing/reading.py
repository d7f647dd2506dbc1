"""From a file and its mapping to readings: so many workers, these levels, these values."""

import re
from collections import defaultdict
from collections.abc import Mapping as Cells
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path

from capstone_report.errors import SpecError
from capstone_report.findings.importing import CELL_NOT_READ, NOTHING_TO_IMPORT
from capstone_report.importing.formats.format import TABLE, Row, Table, formats
from capstone_report.importing.mapping import MappedFact, MappedMetric, Mapping, Wanted, Within
from capstone_report.parsers.limited_search import SearchError, matches_in
from capstone_report.spec.nearest import did_you_mean
from capstone_report.spec.vocabulary import Scope
from capstone_report.units import QuantityError, parse_quantity

SHOWN_VALUES = 12
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One value as it was written, and what it is in the mapping's unit."""

    amount: float
    unit: str
    scope: Scope
    factor: float
    """What the written number was multiplied by."""
    written: str
    column: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One run that a file tells of."""

    line: int
    workers: int
    levels: dict[str, str]
    """The written level of each mapped factor."""
    setup: dict[str, str]
    """What is written of how it was made, by name."""
    values: dict[str, Value]
    """The values by metric."""


class CellError(Exception):
    """A cell is missing or cannot be read; says what is wrong and what to do."""

    def __init__(self, reason: str, remedy: str) -> None:
        """Keep both parts apart."""
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy


def read_table(path: Path, kind: str) -> Table:
    """Read a file in a format.

    Raises:
        SpecError: it is no text in that format; every line that is wrong is told.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        what, remedy = f"it is no UTF-8 text ({error.reason})", "save it as UTF-8"
        raise SpecError(NOTHING_TO_IMPORT(str(path), what=what, remedy=remedy)) from error
    table = formats()[kind]().read(text)
    SpecError.collect(
        CELL_NOT_READ(
            f"{path}:{refused.line}",
            what=refused.reason,
            remedy=f"correct the line, or the format {kind}",
        )
        for refused in table.refused
    )
    return table


def read_measurements(path: Path, mapping: Mapping) -> tuple[Reading, ...]:
    """Return every run that a file tells of, as its mapping reads it.

    Raises:
        SpecError: a kept row cannot be read, or no row is kept; every problem is told.
    """
    kept = _kept(path, read_table(path, mapping.format).rows, mapping)
    found: list[Reading] = []
    lines: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for row in kept:
        try:
            found += _readings(row, mapping)
        except CellError as error:
            lines[error.reason, error.remedy].append(row.line)
    SpecError.collect(
        CELL_NOT_READ(f"{path}:{first}", what=f"{reason}{_like(len(others))}", remedy=remedy)
        for (reason, remedy), (first, *others) in lines.items()
    )
    return tuple(found)


def _like(others: int) -> str:
    """Return how many further rows have the same fault."""
    rows = "row" if others == 1 else "rows"
    return f" (like {others} more {rows})" if others else ""


def _kept(path: Path, rows: Sequence[Row], mapping: Mapping) -> list[Row]:
    """Return the rows that the mapping keeps, those within the text of a cell taken apart."""
    kept = [
        row
        for row in rows
        if all(_says(row.cells, column, wanted) for column, wanted in mapping.rows.items())
    ]
    taken = _taken_apart(path, kept, mapping.within)
    if not taken:
        what, remedy = _why_none(rows, kept, mapping)
        raise SpecError(NOTHING_TO_IMPORT(str(path), what=what, remedy=remedy))
    return taken


def _says(cells: Cells[str, str], column: str, wanted: Wanted | tuple[Wanted, ...]) -> bool:
    """Tell whether a cell says a value, or one of several, as text or as the same number."""
    if isinstance(wanted, tuple):
        return any(_says(cells, column, one) for one in wanted)
    cell = cells.get(column)
    if cell is None or cell == str(wanted):
        return cell is not None
    try:
        return parse_quantity(cell, "1") == float(wanted)
    except ValueError:
        return False


def _taken_apart(path: Path, rows: Sequence[Row], within: Within | None) -> list[Row]:
    """Return the rows, or one row for each match in the text of their cells.

    Raises:
        SpecError: the pattern finds no end.
    """
    if within is None:
        return list(rows)
    texts = [row.cells.get(within.column, "") for row in rows]
    try:
        found = matches_in(texts, within.pattern, time_limit_s=within.time_limit_s)
    except SearchError as error:
        what, remedy = f"within.pattern: {error}", "repeat nothing inside what is repeated"
        raise SpecError(NOTHING_TO_IMPORT(str(path), what=what, remedy=remedy)) from error
    return [
        Row(line=row.line, cells={**row.cells, **groups})
        for row, matches in zip(rows, found, strict=True)
        for groups in matches
    ]


def _why_none(rows: Sequence[Row], kept: Sequence[Row], mapping: Mapping) -> tuple[str, str]:
    """Say why nothing is kept, and what the file has instead."""
    if not rows:
        return f"it has no row in the format {mapping.format}", "name the format that it has"
    if kept:
        return (
            "the pattern matches nowhere in the kept rows",
            "correct within.pattern or its column",
        )
    for column, wanted in mapping.rows.items():
        values = dict.fromkeys(row.cells[column] for row in rows if column in row.cells)
        if not values:
            known = [name for row in rows for name in row.cells]
            remedy = f"columns are: {_columns(rows)}{did_you_mean(column, known)}"
            return f"no row has a column '{column}'", remedy
        if not any(_says({column: value}, column, wanted) for value in values):
            shown = ", ".join(list(values)[:SHOWN_VALUES])
            values_wanted = wanted if isinstance(wanted, tuple) else (wanted,)
            return (
                f"no row has {column} = {' or '.join(map(str, values_wanted))}",
                f"there it says: {shown}",
            )
    return "no row has all the values under rows at once", "leave one of them out"


def _columns(rows: Sequence[Row]) -> str:
    """Return the names of all columns of the file itself, in their order."""
    return ", ".join(dict.fromkeys(name for row in rows for name in row.cells if name != TABLE))


def _readings(row: Row, mapping: Mapping) -> list[Reading]:
    """Return the runs of one row: as many as there are columns for each metric."""
    workers = _workers(row, mapping)
    levels = {factor: _cell(row, column) for factor, column in mapping.levels.items()}
    setup = {name: _fact(row, where) for name, where in mapping.setup.items()}
    runs = {len(metric.columns) for metric in mapping.metrics.values()}
    if len(runs) > 1:
        raise CellError(
            "the metrics have different numbers of columns", "give every metric a column per run"
        )
    return [
        Reading(
            line=row.line,
            workers=workers,
            levels=levels,
            setup=setup,
            values={
                name: _value(row, metric.columns[run], metric)
                for name, metric in mapping.metrics.items()
            },
        )
        for run in range(*runs)
    ]


def _fact(row: Row, where: str | MappedFact) -> str:
    """Return what a cell, or one of the numbers in it, says of how a row was made."""
    if isinstance(where, str):
        return _cell(row, where)
    cell = _cell(row, where.column)
    numbers = NUMBER.findall(cell)
    if len(numbers) < where.part:
        remedy = "name a part that every kept row has"
        raise CellError(f"'{cell}' has {len(numbers)} numbers, no number {where.part}", remedy)
    return str(numbers[where.part - 1])


def _cell(row: Row, column: str) -> str:
    """Return a cell that must be there."""
    if column not in row.cells:
        known = f"columns are: {_columns([row])}{did_you_mean(column, row.cells)}"
        raise CellError(f"the row has no column '{column}'", known)
    if not row.cells[column]:
        remedy = (
            "look it up at the source, never guess it; a run that failed has no value: keep the other "
            "rows with rows in the mapping, and say in the report how many were left out"
        )
        raise CellError(f"the row has nothing in the column '{column}'", remedy)
    return row.cells[column]


def _workers(row: Row, mapping: Mapping) -> int:
    """Return the number of workers of a row."""
    said = mapping.workers
    if isinstance(said, int):
        return said
    columns = (said,) if isinstance(said, str) else said
    return prod(_count(_cell(row, name), mapping.workers_of) for name in columns)


def _count(cell: str, workers_of: Cells[str, int]) -> int:
    """Return a whole positive number, or what the mapping says that a cell stands for."""
    if cell in workers_of:
        return workers_of[cell]
    remedy = "say under workers_of what it stands for, or keep other rows"
    try:
        count = parse_quantity(cell, "1")
    except QuantityError as error:
        raise CellError(f"'{cell}' is no number of workers", remedy) from error
    if count < 1 or count != int(count):
        raise CellError(f"'{cell}' is no whole number of workers", remedy)
    return int(count)


def _value(row: Row, column: str, metric: MappedMetric) -> Value:
    """Return one value in the mapping's unit."""
    cell = _cell(row, column)
    try:
        amount = parse_quantity(cell, metric.unit)
    except QuantityError as error:
        raise CellError(f"in the column '{column}', {error.reason}", error.remedy) from error
    return Value(
        amount=amount * metric.factor,
        unit=metric.unit,
        scope=metric.scope,
        factor=metric.factor,
        written=cell,
        column=column,
    )
