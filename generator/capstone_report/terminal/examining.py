"""`capstone doctor`: what this machine has, what it lacks, and the line that mends it."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from capstone_report.errors import MachineError, UsageError
from capstone_report.terminal.options import json_option, project_option

if TYPE_CHECKING:
    from capstone_report.measure.health.checkup import Checkup

LONGEST = "git attributes"
"""The longest of our own names, so that the columns stand alike everywhere."""
COLOURS = {"ok": "green", "degraded": "yellow", "missing": "red"}


@click.command()
@project_option
@json_option
def doctor(project: Path, *, as_json: bool) -> None:
    """Look at everything that capstone and the studies here may need, and say what mends it.

    Starts nothing that a study names. Exit code 7 when something is missing that a study, or every
    command, needs; what nobody needs may be missing.
    """
    from capstone_report.findings.environment import NEEDED_IS_MISSING
    from capstone_report.measure.health import examine
    from capstone_report.measure.health.checkup import failing
    from capstone_report.terminal.diagnostics import Style, show_problems
    from capstone_report.terminal.doctor_json import doctor_answer

    root = _workspace(project)
    checkups = examine(root)
    if as_json:
        answer = doctor_answer(checkups, workspace=root is not None)
        click.echo(answer.model_dump_json(by_alias=True, indent=1))
    else:
        _print(checkups)
    absent = [
        NEEDED_IS_MISSING("this machine", name=c.name, found=c.found, purpose=c.purpose, fix=c.fix)
        for c in failing(checkups)
    ]
    if absent:
        show_problems(absent, Style.TEXT)
        sys.exit(MachineError.exit_code)


def _workspace(project: Path) -> Path | None:
    """Return the workspace around a folder; None outside of any."""
    from capstone_report.spec.load import find_root

    try:
        return find_root(project)
    except UsageError:
        return None


def _print(checkups: "list[Checkup]") -> None:
    """Print one line for each thing, and what mends those that are not as they should be."""
    width = max(len(LONGEST), *(len(checkup.name) for checkup in checkups))
    for checkup in checkups:
        label = click.style(f"{checkup.condition.value:<8}", fg=COLOURS[checkup.condition.value])
        wanted = ", needed here" if checkup.is_needed and checkup.fix else ""
        fix = f"; {checkup.fix}" if checkup.fix else ""
        click.echo(
            f"{label}  {checkup.name:<{width}}  {checkup.found} (for {checkup.purpose}{wanted}){fix}"
        )
