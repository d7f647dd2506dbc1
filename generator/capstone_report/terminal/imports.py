"""`capstone import`: brings measurements made elsewhere into a study, or makes a study of a bare table."""

import shlex
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from capstone_report.errors import SpecError, UsageError
from capstone_report.terminal.options import json_option, project_option
from capstone_report.terminal.output import print_json, print_table

if TYPE_CHECKING:
    from capstone_report.analysis.facts import Analysis
    from capstone_report.importing.bare_table import BareTable
    from capstone_report.importing.store import ImportedRuns

ABOUT_TABLE = ("workers", "unit", "scope", "fixed", "source", "date", "machine", "cores")
"""The options that answer what a bare table leaves open."""


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), required=False)
@project_option
@json_option
@click.option("--study", help="The study that the runs belong to.")
@click.option(
    "--mapping",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Which column is what: a TOML file of a few lines.",
)
@click.option("--guess", is_flag=True, help="Write a study from a bare table into FOLDER.")
@click.option("--unit", help="With --guess: the unit of the values, such as s or samples/s.")
@click.option(
    "--scope",
    type=click.Choice(["total", "per-worker"]),
    help="With --guess: whether a value is that of the whole job or of one worker.",
)
@click.option(
    "--fixed",
    type=click.Choice(["work", "work-per-worker"]),
    help="With --guess: what stayed the same (strong or weak scaling).",
)
@click.option("--workers", help="With --guess: the column that counts the workers.")
@click.option("--source", help="With --guess: who measured it.")
@click.option("--date", help="With --guess: when it was measured, YYYY-MM-DD.")
@click.option("--machine", help="With --guess: the machine that it was measured on.")
@click.option("--cores", help="With --guess: how many workers that machine carries at once.")
def import_command(
    file: Path,
    folder: Path | None,
    *,
    project: Path,
    as_json: bool,
    study: str | None,
    mapping: Path | None,
    guess: bool,
    **about: str | None,
) -> None:
    """Bring measurements that were made elsewhere into a study, marked with source and date.

    With --study and --mapping, the rows of FILE become runs of a benchmark that is measured
    elsewhere; the same file twice changes nothing. With --guess, a table of workers and values
    becomes a study of its own, in FOLDER or here; what the table does not say is asked, or listed
    where nobody can answer.
    """
    answers = {name: said for name in ABOUT_TABLE if (said := about[name]) is not None}
    if guess:
        if study or mapping:
            raise click.UsageError("--guess writes study and mapping itself")
        root, name = _write_guessed(file, folder or Path(), answers, as_json=as_json)
        _import(root, name, root / "specs" / name / file.name, None, as_json=as_json)
        if not as_json:
            step = "" if root == Path() else f"cd {shlex.quote(str(root))} && "
            click.echo(f"next: {step}capstone build; placeholders stand in specs/{name}/study.toml")
        return
    if folder or answers:
        raise click.UsageError("FOLDER and answers about a bare table belong to --guess")
    if not (study and mapping):
        raise click.UsageError("name a --study and a --mapping, or --guess a study from a table")
    _import(project, study, file, mapping, as_json=as_json)


def _import(project: Path, study: str, file: Path, mapping: Path | None, *, as_json: bool) -> None:
    """Import one file into one study, and say what came of it."""
    from capstone_report.analysis.analyze import analyze
    from capstone_report.importing.bare_study import MAPPING
    from capstone_report.importing.mapping import read_mapping
    from capstone_report.importing.store import import_file
    from capstone_report.results.journal import read_journal
    from capstone_report.spec.load import find_root, load_project

    loaded = load_project(find_root(project), (study,))
    (chosen,) = loaded.studies
    done = import_file(chosen, file, read_mapping(mapping or chosen.folder / MAPPING))
    analysis = analyze(chosen, loaded.workspace, read_journal(done.folder))
    if as_json:
        print_json("import", **_row(chosen.id, done, analysis))
        return
    click.echo(
        f"{chosen.id}: {done.written} runs imported from {file.name}, {done.already} were there; "
        f"in specs/{chosen.id}/results/{done.folder.name}"
    )
    if analysis.points:
        print_table(["workers", "runs", "value", "speedup", "efficiency"], _points(analysis))


def _row(study: str, done: "ImportedRuns", analysis: "Analysis") -> dict[str, Any]:
    """Return what an import did, and what the imported runs say together."""
    return {
        "study": study,
        "machine": done.folder.name,
        "imported": done.written,
        "already_there": done.already,
        "points": [
            {
                "workers": point.case.workers,
                "runs": point.case.runs,
                "value": point.case.headline.value,
                "unit": point.case.headline.unit,
                "speedup": point.speedup.value,
                "efficiency": point.efficiency.value,
            }
            for point in analysis.points
        ],
    }


def _points(analysis: "Analysis") -> list[list[str]]:
    """Return what the imported runs say, one row per number of workers."""
    return [
        [
            str(point.case.workers),
            str(point.case.runs),
            f"{point.case.headline.value:.6g} {point.case.headline.unit}",
            f"{point.speedup.value:.3g}",
            f"{100 * point.efficiency.value:.3g} %",
        ]
        for point in analysis.points
    ]


def _write_guessed(
    file: Path, folder: Path, answers: dict[str, str], *, as_json: bool
) -> tuple[Path, str]:
    """Write the study of a bare table; return the workspace's folder and the study's name."""
    from capstone_report.importing.bare_study import MAPPING, STUDY, bare_study, study_id_of
    from capstone_report.importing.mapping import mapping_of
    from capstone_report.importing.reading import read_measurements
    from capstone_report.spec.scaffold import write_study
    from capstone_report.spec.schema import schema_text

    bare = _bare_table(file)
    known = _answered(bare, answers, file)
    name = study_id_of(file.stem)
    texts = bare_study(bare, known, file=file.name, today=datetime.now(tz=UTC).date())
    shipped = {STUDY: texts[STUDY].encode(), MAPPING: texts[MAPPING].encode()}
    read_measurements(file, mapping_of(texts[MAPPING]))  # refused before anything is written
    root = _root(folder)
    written = write_study(
        root, name, {**shipped, file.name: file.read_bytes()}, schema=schema_text()
    )
    for path in written if not as_json else ():
        click.echo(f"wrote {root / path}")
    return root, name


def _root(folder: Path) -> Path:
    """Return the workspace that a folder belongs to, or the folder where there is none."""
    from capstone_report.spec.load import find_root

    try:
        return find_root(folder)
    except UsageError:
        return folder


def _bare_table(file: Path) -> "BareTable":
    """Read a bare table, or say why it is none."""
    from capstone_report.findings.importing import NOTHING_TO_IMPORT
    from capstone_report.importing.bare_table import bare_table
    from capstone_report.importing.reading import read_table

    bare = bare_table(read_table(file, "csv"))
    if isinstance(bare, str):
        remedy = (
            "make it two columns with names, such as workers,seconds, or describe it with --mapping, "
            "as docs/importing.md does for each format"
        )
        raise SpecError(NOTHING_TO_IMPORT(str(file), what=bare, remedy=remedy))
    return bare


def _answered(bare: "BareTable", answers: dict[str, str], file: Path) -> dict[str, str]:
    """Return all answers: those given, and those asked for on a terminal.

    Raises:
        UsageError: nobody is there to answer; every open question is listed with its option.
    """
    from capstone_report.findings.importing import NOT_ANSWERED
    from capstone_report.importing.bare_table import unit_said

    _refuse_unknown(bare, answers)
    if _on_a_terminal():
        while open_ones := list(bare.questions(answers)):
            asked = open_ones[0]
            kind = click.Choice(asked.answers)
            answers[asked.name] = click.prompt(asked.words, type=kind, err=True)
    UsageError.collect(
        NOT_ANSWERED(
            str(file),
            question=asked.words.removesuffix("?"),
            option=f"{asked.option} {'|'.join(asked.answers)}",
        )
        for asked in bare.questions(answers)
    )
    value = bare.value_column(bare.workers_column or answers["workers"])
    if "unit" not in answers:
        click.echo(f"unit: {unit_said(value)}, as the column '{value}' says", err=True)
    return answers


def _on_a_terminal() -> bool:
    """Tell whether somebody can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def _refuse_unknown(bare: "BareTable", answers: dict[str, str]) -> None:
    """Refuse a unit that makes no speedup, and a column that the table does not have."""
    from capstone_report.importing.bare_table import MEASURES

    if answers.get("unit", MEASURES[0]) not in MEASURES:
        raise click.UsageError(f"--unit is one of {', '.join(MEASURES)}")
    if answers.get("workers", next(iter(bare.counts))) not in bare.counts:
        raise click.UsageError(f"--workers is one of {', '.join(bare.counts)}")
