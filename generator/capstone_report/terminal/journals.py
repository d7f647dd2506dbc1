"""`capstone journal`: verifies what machines recorded, and repairs what was damaged."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import click

from capstone_report.errors import IntegrityError, UsageError
from capstone_report.terminal.options import json_option, project_option, studies_argument
from capstone_report.terminal.output import print_json

if TYPE_CHECKING:
    from capstone_report.results.verification import Verification

SHOWN = 20
"""How many problems of one journal are printed; JSON holds all of them."""
QUIET_S = 1.0
"""How long something may take before its progress is shown."""


@click.group()
def journal() -> None:
    """Verify what machines recorded, or repair a journal that was damaged."""


@journal.command()
@studies_argument
@project_option
@json_option
def verify(studies: tuple[str, ...], project: Path, *, as_json: bool) -> None:
    """Verify every machine's journal: chain, sums, records, raw outputs. Writes nothing.

    Every damaged place that can be told is told. Exit code 5 if there is any.
    """
    from capstone_report.results.verification import verify_journal
    from capstone_report.terminal.answers import problem_rows

    rows: list[dict[str, Any]] = []
    for study, folder in _folders(project, studies):
        with _Counting(f"{study} on {folder.name}") as counting:
            found = verify_journal(folder, counting.show)
        row = {"study": study, "machine": folder.name, **_row(found)}
        rows.append({**row, "ok": found.ok, "problems": problem_rows(found.findings)})
        if not as_json:
            _print(row, found)
    ok = all(row["ok"] for row in rows)
    if as_json:
        print_json("journal-verify", ok=ok, journals=rows)
    elif not rows:
        click.echo("nothing has been measured yet; `capstone run` measures")
    if not ok:
        sys.exit(IntegrityError.exit_code)


@journal.command()
@click.argument("study", required=False)
@project_option
@json_option
@click.option("--machine", help='Whose journal: a machine\'s name, or "here".')
def repair(study: str | None, project: Path, *, as_json: bool, machine: str | None) -> None:
    """Keep what stands before the first damage of a journal; save the damaged file beside it.

    A whole journal is left alone, and so are raw outputs. A journal that git tracks is refused.
    """
    from capstone_report.errors import CapstoneError
    from capstone_report.results.repair import repair_journal

    rows: list[dict[str, Any]] = []
    refused: list[CapstoneError] = []
    for name, folder in _chosen(project, (study,) if study else (), machine):
        try:
            _refuse_tracked(folder)
            done = repair_journal(folder)
        except CapstoneError as error:
            refused.append(error)
            continue
        row: dict[str, Any] = {"study": name, "machine": folder.name, "repaired": done is not None}
        if done:
            row |= {"kept": done.kept, "cut": done.cut, "torn_bytes": done.torn}
            row |= {"saved": str(done.saved)}
        rows.append(row)
        if not as_json:
            click.echo(_repaired(row))
    if refused:
        raise type(refused[0])(*(problem for error in refused for problem in error.problems))
    if as_json:
        print_json("journal-repair", journals=rows)


def _folders(project: Path, studies: tuple[str, ...]) -> Iterator[tuple[str, Path]]:
    """Yield the machines' folders of the named studies, or of all; a study need not be valid."""
    from capstone_report.results.machines import machine_folders
    from capstone_report.spec.load import find_root, read_project

    root = find_root(project)
    for study in read_project(root, studies).files:
        for folder in machine_folders(root / "specs" / study).values():
            yield study, folder


def _chosen(project: Path, studies: tuple[str, ...], machine: str | None) -> list[tuple[str, Path]]:
    """Return the folders of one machine, or of all."""
    from capstone_report.findings.environment import NO_RECORDS_HERE
    from capstone_report.measure import facts, identity

    folders = list(_folders(project, studies))
    if machine is None:
        return folders
    if machine == "here":
        wanted = {identity.folder_here(f.parent, facts.environment(f)).name for _, f in folders}
    else:
        wanted = {machine}
    if not (chosen := [(study, folder) for study, folder in folders if folder.name in wanted]):
        known = ", ".join(sorted({folder.name for _, folder in folders})) or "none"
        raise UsageError(
            NO_RECORDS_HERE(" ".join(studies) or "specs", machine=machine, known=known)
        )
    return chosen


def _refuse_tracked(folder: Path) -> None:
    """Refuse to shorten what git keeps as finished; what is whole may be as it likes."""
    from capstone_report.findings.integrity import TRACKED
    from capstone_report.measure.identity import is_tracked
    from capstone_report.results.journal import JOURNAL
    from capstone_report.results.verification import State, verify_chain

    if is_tracked(folder) and verify_chain(folder).state is not State.WHOLE:
        raise IntegrityError(TRACKED(str(folder / JOURNAL), file=folder / JOURNAL))


def _row(found: "Verification") -> dict[str, Any]:
    """Return the numbers of a verification."""
    return {
        "state": found.state.value,
        "records": found.records,
        "bytes": found.size,
        "before_damage": found.kept,
        "raw_outputs": found.raw_outputs,
        "raw_problems": found.raw_problems,
    }


def _print(row: dict[str, Any], found: "Verification") -> None:
    """Print one journal's line on stdout, and what is wrong with it on stderr."""
    click.echo(
        f"{row['study']} on {row['machine']}: {row['state']}; {row['records']} records, "
        f"{row['bytes']} bytes; {row['raw_outputs']} raw outputs, "
        f"{row['raw_problems']} missing or changed"
    )
    for finding in found.findings[:SHOWN]:
        click.echo(str(finding), err=True)
    if (more := len(found.findings) - SHOWN) > 0:
        click.echo(f"and {more} more; --json lists all", err=True)


def _repaired(row: dict[str, Any]) -> str:
    """Say what a repair did to one journal, by record number."""
    which = f"{row['study']} on {row['machine']}"
    if not row["repaired"]:
        return f"{which}: the journal is whole and was left alone"
    kept, cut = row["kept"], row["cut"]
    parts = [_numbers("cut", kept, cut)] if cut else []
    parts += [f"cut {row['torn_bytes']} bytes of an unfinished line"] if row["torn_bytes"] else []
    return (
        f"{which}: {_numbers('kept', 0, kept)}, {', '.join(parts)}; "
        f"the damaged file is kept as {row['saved']}"
    )


def _numbers(verb: str, first: int, count: int) -> str:
    """Return which records something happened to."""
    if count <= 1:
        return f"{verb} record {first}" if count else f"{verb} no record"
    return f"{verb} records {first} to {first + count - 1}"


class _Counting:
    """Shows on a terminal how far something is, once it takes longer than a second."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._began = time.monotonic()
        self._shown = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown:
            click.echo("\r\x1b[2K", nl=False, err=True)

    def show(self, done: int, total: int) -> None:
        """Show how many of all raw outputs have been read."""
        now = time.monotonic()
        if now - self._began > QUIET_S and sys.stderr.isatty():
            text = f"\r\x1b[2K{self._what}: {done} of {total} raw outputs"
            click.echo(text, nl=False, err=True)
            self._shown = True
