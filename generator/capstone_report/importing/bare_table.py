"""A bare table of workers and values: what its text says, and which questions it leaves open; pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from capstone_report.importing.formats.format import TABLE, Table
from capstone_report.units import UNITS, is_rate, is_time, parse_quantity

WORKERS = re.compile(
    r"(n_?|num_?|number of )?(p|workers?|proc(esse)?s|nprocs?|ranks?|cores|threads|gpus?|gcds?|nodes|"
    r"machines|accelerators?)",
    re.IGNORECASE,
)
"""What a column of workers is usually called."""
SPELT = {"second": "s", "seconds": "s", "sec": "s", "milliseconds": "ms", "microseconds": "us"}
UNIT = re.compile(r"(?:.*[\s_(\[])?([A-Za-z/]+)[)\]]?")
"""A unit at the end of a column's name: seconds, time_s, runtime (ms)."""
TWO = 2
MEASURES = tuple(unit for unit in UNITS if is_time(unit) or is_rate(unit))
"""The units whose values can make a speedup."""
SCOPES = ("total", "per-worker")
FIXED = ("work", "work-per-worker")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Something that a bare table does not say."""

    name: str
    option: str
    words: str
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BareTable:
    """Two columns of numbers, as far as they explain themselves."""

    columns: tuple[str, str]
    workers_column: str | None
    """None where both could be the workers."""
    counts: Mapping[str, tuple[int, ...]]
    """The distinct whole numbers of each column that may be the workers."""

    def value_column(self, workers_column: str) -> str:
        """Return the other column."""
        return next(name for name in self.columns if name != workers_column)

    def questions(self, answers: Mapping[str, str]) -> Iterator[Question]:
        """Yield what neither the table nor the answers say, in the order to ask."""
        if self.workers_column is None and "workers" not in answers:
            words = "which column counts the workers?"
            yield Question(name="workers", option="--workers", words=words, answers=self.columns)
        workers = self.workers_column or answers.get("workers", self.columns[0])
        value = self.value_column(workers)
        if "unit" not in answers and unit_said(value) is None:
            words = f"in which unit is '{value}'?"
            yield Question(name="unit", option="--unit", words=words, answers=MEASURES)
        if "scope" not in answers:
            words = f"is '{value}' that of the whole job (total), or of one worker (per-worker)?"
            yield Question(name="scope", option="--scope", words=words, answers=SCOPES)
        if "fixed" not in answers:
            words = (
                "what stayed the same: all the work (work: strong scaling), or the work of each "
                "worker (work-per-worker: weak scaling)?"
            )
            yield Question(name="fixed", option="--fixed", words=words, answers=FIXED)


def bare_table(table: Table) -> BareTable | str:
    """Return the two columns of a table, or why it is no bare table."""
    columns = [
        name for name in dict.fromkeys(n for r in table.rows for n in r.cells) if name != TABLE
    ]
    if not table.rows or len(columns) != TWO:
        return f"it has {len(columns)} columns, and a bare table has two: workers and a value"
    if any(_whole(name) is not None for name in columns):
        return "its first line names no columns"
    counts = {name: _counts(table, name) for name in columns}
    known = {name: found for name, found in counts.items() if found}
    named = [name for name in known if WORKERS.fullmatch(name)]
    if not known:
        return "no column holds whole numbers of workers"
    sure = named if len(named) == 1 else list(known)
    first, second = columns
    return BareTable(
        columns=(first, second),
        workers_column=sure[0] if len(sure) == 1 else None,
        counts=known,
    )


def unit_said(column: str) -> str | None:
    """Return the unit that a column's name ends with, or nothing."""
    found = UNIT.fullmatch(column.strip())
    word = found[1] if found else ""
    unit = SPELT.get(word.lower(), word)
    return unit if unit in MEASURES else None


def _counts(table: Table, column: str) -> tuple[int, ...]:
    """Return the distinct numbers of a column, rising; none where one is no number of workers."""
    counts = [_whole(row.cells[column]) for row in table.rows]
    known = {count for count in counts if count is not None}
    return tuple(sorted(known)) if None not in counts else ()


def _whole(cell: str) -> int | None:
    """Return a whole number of at least 1, or nothing."""
    try:
        number = parse_quantity(cell, "1")
    except ValueError:
        return None
    return int(number) if number >= 1 and number == int(number) else None
