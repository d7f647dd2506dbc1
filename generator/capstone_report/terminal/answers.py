"""What commands answer in JSON: typed, versioned, published as JSON Schema."""

import json
from collections.abc import Iterable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from capstone_report.errors import Place, Problem
from capstone_report.findings.finding import Severity
from capstone_report.terminal.diagnostics import severity_of


class Answer(BaseModel):
    """A part of an answer."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class PlaceRow(Answer):
    """A stretch of one line of a file."""

    file: str
    """The file, relative to the project; "--set" for a value of the command line."""
    line: int = Field(ge=1)
    """The line, counted from 1."""
    column: int = Field(ge=1)
    """The first column in characters, counted from 1."""
    end_column: int = Field(ge=1)
    """The first column after the stretch."""
    utf16_column: int = Field(ge=1)
    """The first column in UTF-16 units, as language servers count, from 1."""
    key: str
    """The key path, such as benchmarks[1].levels.workers; empty for the file as a whole."""


class ProblemRow(Answer):
    """One problem."""

    code: str = Field(pattern=r"^CAP\d{3}$")
    """The stable code; `capstone explain CODE` says more."""
    severity: Severity
    """note, warning, refusal or error."""
    where: str
    """The place in words."""
    place: PlaceRow | None
    """The place in a file, where there is one."""
    beside: list[PlaceRow]
    """The other places of a disagreement."""
    what: str
    """What is wrong."""
    remedy: str
    """What to do about it."""


class PredictedRow(Answer):
    """A predicted speedup."""

    workers: int
    """The number of workers."""
    what: str
    """Why this number is shown."""
    before: float | None
    """The speedup that the study as it stands predicts."""
    after: float | None
    """The speedup that it would predict after the change."""


class WhatIfRow(Answer):
    """What a change of --set would do to one study."""

    study: str
    """The study."""
    new: list[ProblemRow]
    """The problems that the change makes."""
    gone: list[ProblemRow]
    """The problems that it removes."""
    kept_errors: int
    """How many errors it has before and after."""
    touches: dict[str, str]
    """The other slots of the design to look at again, and why."""
    relative_to_workers: int
    """The number of workers that the predicted speedups are relative to."""
    predicted: list[PredictedRow]
    """The predicted speedup before and after."""


class CheckAnswer(Answer):
    """The answer of `capstone check --format json`."""

    schema_: Literal["capstone/check/1"] = Field(default="capstone/check/1", alias="schema")
    """The name and version of this schema."""
    ok: bool
    """Whether no error was found."""
    studies: list[str]
    """The studies that are valid."""
    problems: list[ProblemRow]
    """Everything that was found, by place."""
    what_if: list[WhatIfRow] = Field(default_factory=list)
    """With --set: what the change would do, study by study."""


def problem_row(problem: Problem) -> ProblemRow:
    """Return one problem for JSON."""
    return ProblemRow(
        code=problem.code,
        severity=severity_of(problem),
        where=problem.where,
        place=_place_row(problem.place) if problem.place else None,
        beside=[_place_row(place) for place in problem.beside],
        what=problem.what,
        remedy=problem.remedy,
    )


def problem_rows(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    """Return problems for the JSON of any command."""
    return [problem_row(problem).model_dump(mode="json") for problem in problems]


def check_schema() -> str:
    """Return the published JSON Schema of the answer of `check`."""
    return json.dumps(CheckAnswer.model_json_schema(by_alias=True), indent=1, sort_keys=True) + "\n"


def _place_row(place: Place) -> PlaceRow:
    """Return one place for JSON."""
    before = place.text[: place.column - 1]
    return PlaceRow(
        file=place.file,
        line=place.line,
        column=place.column,
        end_column=place.end_column,
        utf16_column=len(before.encode("utf-16-le")) // 2 + 1,
        key=place.key,
    )
