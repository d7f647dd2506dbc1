"""The check of a whole project, and how it is said."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import click

from capstone_report.errors import Problem
from capstone_report.findings.finding import Severity
from capstone_report.spec.declared import WHAT_IF, WhatIf
from capstone_report.spec.load import read_project
from capstone_report.spec.positions import KeyPath
from capstone_report.spec.references import prose_problems
from capstone_report.spec.schema import schema_findings
from capstone_report.spec.whatif import Consequences, consequences, written_changes
from capstone_report.terminal.answers import CheckAnswer, problem_row
from capstone_report.terminal.consequences import print_consequences, what_if_row
from capstone_report.terminal.diagnostics import Style, severity_of, show_problems, summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What was found in a project, or would be after a what-if."""

    studies: tuple[str, ...]
    problems: tuple[Problem, ...]
    changes: Mapping[KeyPath, WhatIf]
    consequences: tuple[Consequences, ...]

    def has(self, severity: str) -> bool:
        """Tell whether a problem of that weight was found."""
        return any(severity_of(problem) == severity for problem in self.problems)


def check_project(root: Path, only: tuple[str, ...], changes: Mapping[KeyPath, WhatIf]) -> Checked:
    """Read a project and everything that is to be said about it.

    Raises:
        UsageError: a named study does not exist.
    """
    seen = tuple(consequences(root, only, changes)) if changes else ()
    read = read_project(root, only, changes)
    studies = read.project.studies if read.project else ()
    prose = chain.from_iterable(prose_problems(study) for study in studies)
    found = sorted(
        (*read.findings, *prose, *schema_findings(root)), key=lambda problem: problem.order
    )
    broken = {problem.where.split("/")[1] for problem in found if _breaks_a_study(problem)}
    return Checked(
        studies=tuple(study.id for study in studies if study.id not in broken),
        problems=tuple(found),
        changes=changes,
        consequences=seen,
    )


def report_check(checked: Checked, style: str, *, notes: bool) -> None:
    """Say what was found, in a style; notes only where they are asked for, and always in JSON."""
    if style == Style.JSON:
        click.echo(_answer(checked).model_dump_json(indent=1, by_alias=True))
        return
    if checked.changes:
        for seen in checked.consequences:
            print_consequences(seen, written_changes(checked.changes), Style(style), notes=notes)
        elsewhere = [problem for problem in checked.problems if _is_elsewhere(problem, checked)]
        show_problems(elsewhere, Style(style))
        return
    shown = [p for p in checked.problems if notes or severity_of(p) is not Severity.NOTE]
    show_problems(shown, Style(style))
    for study in checked.studies:
        click.echo(f"specs/{study}: ok")
    if checked.problems:
        hidden = len(shown) < len(checked.problems)
        more = " (--notes shows them)" if hidden else ""
        click.echo(f"{summary(checked.problems)}{more}", err=True)
    elif not checked.studies:
        click.echo("specs/: there is no study yet")


def _answer(checked: Checked) -> CheckAnswer:
    """Return the answer for JSON."""
    return CheckAnswer(
        ok=not checked.has("error"),
        studies=list(checked.studies),
        problems=[problem_row(problem) for problem in checked.problems],
        what_if=[what_if_row(seen) for seen in checked.consequences],
    )


def _is_elsewhere(problem: Problem, checked: Checked) -> bool:
    """Tell whether an error is one that the consequences do not hold: of prose, of the workspace."""
    told = {id(finding) for seen in checked.consequences for finding in seen.new}
    in_study = problem.place is not None and problem.place.file.endswith(("study.toml", WHAT_IF))
    return severity_of(problem) == "error" and not in_study and id(problem) not in told


def _breaks_a_study(problem: Problem) -> bool:
    """Tell whether a problem makes a study invalid."""
    return severity_of(problem) == "error" and problem.where.startswith("specs/")
