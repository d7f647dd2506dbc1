"""Problems as people and machines read them: with the line and a caret, or as JSON or commands."""

import os
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from enum import StrEnum

import click

from capstone_report.errors import Place, Problem
from capstone_report.findings.finding import Finding, Severity
from capstone_report.spec.declared import WHAT_IF

LONGEST_LINE = 100
WIDE = {"W", "F"}
COLOURS = {
    Severity.NOTE: "cyan",
    Severity.WARNING: "yellow",
    Severity.REFUSAL: "red",
    Severity.ERROR: "red",
}
GITHUB_LEVELS = {
    Severity.NOTE: "notice",
    Severity.WARNING: "warning",
    Severity.REFUSAL: "error",
    Severity.ERROR: "error",
}


class Style(StrEnum):
    """How problems are printed."""

    TEXT = "text"
    """With the line, a caret and what to do: for reading."""
    CONCISE = "concise"
    """One line each: for editors and logs."""
    JSON = "json"
    """One document of a published schema: for programs."""
    GITHUB = "github"
    """Workflow commands, which GitHub shows beside the changed lines."""


def severity_of(problem: Problem) -> Severity:
    """Return how much a problem weighs; one without a rule behind it is an error."""
    return problem.severity if isinstance(problem, Finding) else Severity.ERROR


def show_problems(problems: Iterable[Problem], style: Style) -> None:
    """Print problems to stderr, or workflow commands to stdout, where GitHub reads them."""
    for problem in problems:
        if style is Style.GITHUB:
            click.echo(github_command(problem))
        elif style is Style.CONCISE:
            click.echo(concise(problem), err=True)
        else:
            click.echo(_coloured(problem), err=True)


def concise(problem: Problem) -> str:
    """Return a problem as one line."""
    return f"{_head(problem)}; {problem.remedy}"


def text(problem: Problem) -> str:
    """Return a problem with its lines, carets under what is meant, and what to do about it."""
    if problem.place is None:
        return str(problem)
    lines = [_head(problem)]
    for number, place in enumerate(_places(problem)):
        if number:
            lines.append(f"  beside {place}: {place.key}".rstrip(": "))
        lines += excerpt(place)
    return "\n".join([*lines, f"  do: {problem.remedy}"])


def excerpt(place: Place) -> list[str]:
    """Return a place's line, clipped around what is meant, and the line of carets below it."""
    start, end = place.column - 1, max(place.end_column - 1, place.column)
    first = max(0, min(start, len(place.text) - LONGEST_LINE)) if start > LONGEST_LINE // 2 else 0
    shown = _visible(place.text[first : first + LONGEST_LINE])
    meant = place.text[start : min(end, first + LONGEST_LINE)]
    before = "".join(c if c == "\t" else " " * _width(c) for c in place.text[first:start])
    carets = "^" * max(1, sum(_width(c) for c in meant))
    return [f"{place.line:>6} | {shown}", f"       | {before}{carets}"]


def github_command(problem: Problem) -> str:
    """Return a problem as a workflow command of GitHub Actions."""
    severity = severity_of(problem)
    properties = {"title": f"{problem.code} {getattr(problem, 'title', '')}".strip()}
    if problem.place and problem.place.file != WHAT_IF:
        properties = {
            "file": problem.place.file,
            "line": str(problem.place.line),
            "endLine": str(problem.place.line),
            "col": str(problem.place.column),
            "endColumn": str(problem.place.end_column),
        } | properties
    key = f"{problem.place.key}: " if problem.place and problem.place.key else ""
    where = "" if problem.place else f"{problem.where}: "
    listed = ",".join(f"{name}={_escaped(value, ',:')}" for name, value in properties.items())
    message = f"{where}{key}{problem.what}; {problem.remedy}"
    return f"::{GITHUB_LEVELS[severity]} {listed}::{_escaped(message)}"


def summary(problems: Sequence[Problem]) -> str:
    """Return how many problems there are of each weight."""
    counts = dict.fromkeys(reversed(Severity), 0)
    for problem in problems:
        counts[severity_of(problem)] += 1
    said = [
        f"{count} {severity}{'s' if count > 1 else ''}"
        for severity, count in counts.items()
        if count
    ]
    return ", ".join(said) or "no problem"


def _head(problem: Problem) -> str:
    """Return where, how bad, which code, which key and what."""
    key = f"{problem.place.key}: " if problem.place and problem.place.key else ""
    return f"{problem.where}: {severity_of(problem)}[{problem.code}] {key}{problem.what}"


def _coloured(problem: Problem) -> str:
    """Return a problem's text, coloured where a person reads it on a terminal."""
    said = text(problem)
    if "NO_COLOR" in os.environ or not sys.stderr.isatty():
        return said
    label = f"{severity_of(problem) if problem.place else ''}[{problem.code}]"
    styled = click.style(label, fg=COLOURS[severity_of(problem)], bold=True)
    return said.replace(label, styled, 1)


def _places(problem: Problem) -> list[Place]:
    """Return the places of a problem whose line is known."""
    places = [*([problem.place] if problem.place else []), *problem.beside]
    return [place for place in places if place.text]


def _visible(line: str) -> str:
    """Return a line in which nothing can steer a terminal or hide."""
    return "".join(
        c if c == "\t" or not _is_hidden(c) else "\N{REPLACEMENT CHARACTER}" for c in line
    )


def _is_hidden(character: str) -> bool:
    """Tell whether a character is a control or a format character."""
    return unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}


def _width(character: str) -> int:
    """Return how many columns of a terminal a character takes."""
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in WIDE else 1


def _escaped(value: str, further: str = "") -> str:
    """Return a text as workflow commands carry it."""
    for character in "%\r\n" + further:
        value = value.replace(character, f"%{ord(character):02X}")
    return value
