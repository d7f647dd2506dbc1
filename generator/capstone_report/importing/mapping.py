"""The mapping: which cells of a foreign file are workers, levels and values, and where it comes from."""

import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints, ValidationError, field_validator
from pydantic_core import PydanticCustomError

from capstone_report.errors import SpecError
from capstone_report.findings.finding import Finding, Severity
from capstone_report.importing.formats.format import formats
from capstone_report.spec.base import Count, Declared, Line, MetricName, Name, Text
from capstone_report.spec.declared import read_declared
from capstone_report.spec.kinds import unknown_kind
from capstone_report.spec.problems import problems_of
from capstone_report.spec.sections import as_json
from capstone_report.spec.vocabulary import Scope
from capstone_report.units import UNITS

Day = Annotated[str, StringConstraints(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$|^unknown$")]
"""YYYY-MM-DD, or what is known of it; as_json has turned a TOML date into this."""


Wanted = str | int | float
"""A value that a kept row has in a column."""


class MappedMetric(Declared):
    """One metric of the study, and where its values stand."""

    column: Line | Annotated[tuple[Line, ...], Field(min_length=1)]
    """The column of its values; several columns are as many runs."""
    unit: Line
    """What a cell without a unit of its own is in: a unit of the closed table."""
    scope: Scope
    """total: a value is that of the whole job; per-worker: of one worker, on average."""
    factor: Annotated[float, Field(gt=0)] = 1.0
    """What every cell is multiplied by: 9.89e12 for per cents of 989 TFLOP/s."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the columns, one per run."""
        return (self.column,) if isinstance(self.column, str) else self.column

    @field_validator("unit")
    @classmethod
    def _known_unit(cls, unit: str) -> str:
        """Accept only units of the closed table."""
        if unit not in UNITS:
            known = ", ".join(UNITS)
            raise PydanticCustomError(
                "unknown_unit",
                "there is no unit '{unit}'; known: {known}",
                {"unit": unit, "known": known},
            )
        return unit


class Within(Declared):
    """Rows that stand in the text of a cell: each match of a pattern is one."""

    column: Line
    """The column whose text is searched."""
    pattern: Line
    """A regular expression whose named groups, (?P<name>...), become columns."""
    time_limit_s: Annotated[float, Field(gt=0, le=600)] = 10.0
    """How long the pattern may take for all kept rows together."""

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        """Accept only a regular expression that names a group."""
        try:
            named = re.compile(pattern).groupindex
        except re.error as error:
            raise PydanticCustomError("pattern", "{why}", {"why": str(error)}) from error
        if not named:
            raise PydanticCustomError("pattern", "the pattern names no group: (?P<name>...)")
        return pattern


class MappedFact(Declared):
    """One number of a cell that has several."""

    column: Line
    """The column."""
    part: Count
    """Which of the numbers in the cell, from 1: of "128 and 256" the second is 256."""


class Mapping(Declared):
    """How one file of foreign measurements becomes runs of one benchmark."""

    format: Line
    """How the file is written: csv, markdown, extra-p, nccl-tests or jsonl."""
    benchmark: Name | None = None
    """The benchmark that is measured elsewhere; not needed where the study has only one."""
    workers: Line | Count | Annotated[tuple[Line, ...], Field(min_length=1)]
    """The column of the workers, columns to multiply (machines, GPUs of each), or their number."""
    workers_of: dict[str, Count] = Field(default_factory=dict)
    """What the cells of that column stand for, where they are no numbers."""
    levels: dict[MetricName, Line] = Field(default_factory=dict)
    """The column of each further factor of the benchmark that has several levels."""
    setup: dict[MetricName, Line | MappedFact] = Field(default_factory=dict)
    """The columns that say how a row was made, by the name of the fact: precision, global_batch, nodes."""
    rows: dict[str, Wanted | Annotated[tuple[Wanted, ...], Field(min_length=1)]] = Field(
        default_factory=dict
    )
    """Which rows are kept: those with these values in these columns; "table" counts tables from 1."""
    within: Within | None = None
    """Where the numbers stand in the text of one cell."""
    metrics: Annotated[dict[MetricName, MappedMetric], Field(min_length=1)]
    """The study's metrics that the file holds."""
    source: Text
    """Who measured or published it: a link, a paper, a person."""
    date: Day
    """When it was measured or published: YYYY-MM-DD, YYYY-MM, YYYY, or "unknown"."""
    machine: Line
    """The machine's name, such as "4 x V100"."""
    cores: Count
    """How many workers that machine carries at once: its cores or its accelerators."""

    @field_validator("format")
    @classmethod
    def _known_format(cls, name: str) -> str:
        """Accept only formats that a file defines."""
        if name not in formats():
            raise unknown_kind("format", name, formats())
        return name

    @field_validator("date")
    @classmethod
    def _is_a_day(cls, written: str) -> str:
        """Accept only days that a calendar has."""
        try:
            date.fromisoformat(f"{written}-01-01"[:10] if written != "unknown" else "2000-01-01")
        except ValueError as error:
            raise PydanticCustomError("day", "{why}", {"why": str(error)}) from error
        return written


def mapping_of(text: str) -> Mapping:
    """Return the mapping that a text of our own says."""
    return Mapping.model_validate_json(as_json(tomllib.loads(text)))


def read_mapping(path: Path) -> Mapping:
    """Read a mapping.

    Raises:
        SpecError: it is not valid; every problem is told at its place.
    """
    file = read_declared(path, path.parent)
    problems: list[Finding] = file.problems()
    SpecError.collect(problem for problem in problems if problem.severity is Severity.ERROR)
    try:
        return Mapping.model_validate_json(as_json(file.data))
    except ValidationError as error:
        raise SpecError(*problems_of(error, Mapping, file)) from error
