"""The command line: load, call one stage, say what it did; errors become exit codes."""

import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from capstone_report import __version__
from capstone_report.calculators.cost import cost
from capstone_report.calculators.predict import predict
from capstone_report.calculators.probe import probe
from capstone_report.calculators.roofline import roofline
from capstone_report.calculators.size import size
from capstone_report.errors import CapstoneError, MachineError, MeasurementError, SpecError
from capstone_report.findings.environment import CANNOT_WRITE
from capstone_report.terminal.calibrating import calibrate
from capstone_report.terminal.collecting import collect
from capstone_report.terminal.diagnosing import diagnose
from capstone_report.terminal.examining import doctor
from capstone_report.terminal.exporting import export
from capstone_report.terminal.imports import import_command
from capstone_report.terminal.journals import journal
from capstone_report.terminal.measuring import run
from capstone_report.terminal.options import json_option, project_option, studies_argument
from capstone_report.terminal.output import print_json, print_json_error
from capstone_report.terminal.publishing import publish
from capstone_report.terminal.serving import serve
from capstone_report.terminal.trying import try_case

if TYPE_CHECKING:
    from capstone_report.analysis.ahead import Ahead
    from capstone_report.spec.load import LoadedStudy, Project

EXIT_FINDING = 1
EXIT_INTERNAL = 70
SCHEMAS = [
    "study",
    "workspace",
    "check",
    "run",
    "calibrate",
    "diagnose",
    "doctor",
    "export",
    "predict",
    "roofline",
    "size",
    "cost",
    "probe",
]
STYLES = ("text", "concise", "json", "github")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="capstone")
def commands() -> None:
    """Turn a declared scale-out study into a measured, defensible report."""


@commands.command()
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.option("--template", default="data", help="What to start from; --list names them.")
@click.option("--list", "listed", is_flag=True, help="List the templates.")
@click.option("--github", is_flag=True, help="Write the workflow that publishes to GitHub Pages.")
def init(folder: Path | None, *, template: str, listed: bool, github: bool) -> None:
    """Write a first workspace into FOLDER: valid, measurable at once, never overwriting."""
    from capstone_report.spec.scaffold import templates, write_scaffold, write_workflow
    from capstone_report.spec.schema import schema_text

    if listed:
        for known, description in templates().items():
            click.echo(f"{known:<14} {description}")
        return
    if folder is None and not github:
        raise click.UsageError("name a FOLDER to write into, or --list the templates")
    written = write_scaffold(folder, template, schema=schema_text()) if folder else []
    goal = folder or Path()
    for path in [*written, *(write_workflow(goal) if github else [])]:
        click.echo(f"wrote {goal / path}")
    if github:
        click.echo('once, in the repository\'s settings on GitHub: Pages, Source, "GitHub Actions"')
        click.echo("and in capstone.toml, under [site], the url where the site will be seen")
    if written:
        click.echo(f"next: cd {goal} && capstone check && capstone run && capstone build")


@commands.command()
@studies_argument
@project_option
@json_option
@click.option(
    "--format", "style", type=click.Choice(STYLES), default=STYLES[0], help="How to say it."
)
@click.option("--set", "changes", multiple=True, metavar="KEY=VALUE", help="What if? (repeatable)")
@click.option("--strict", is_flag=True, help="Fail with exit code 1 on a warning, too.")
@click.option("--notes", is_flag=True, help="Show notes, too; JSON always holds them.")
def check(
    studies: tuple[str, ...],
    project: Path,
    *,
    as_json: bool,
    style: str,
    changes: tuple[str, ...],
    strict: bool,
    notes: bool,
) -> None:
    """Check the workspace and its studies, and report every problem at once.

    With --set, say what a changed value would do: new problems, slots to look at again, and the
    predicted speedup before and after. Nothing is written.
    """
    from capstone_report.spec.load import find_root
    from capstone_report.spec.whatif import parse_changes
    from capstone_report.terminal.checking import check_project, report_check

    wanted = parse_changes(changes)
    checked = check_project(find_root(project), studies, wanted)
    report_check(checked, "json" if as_json else style, notes=notes)
    if checked.has("error"):
        sys.exit(SpecError.exit_code)
    if strict and checked.has("warning"):
        sys.exit(EXIT_FINDING)


@commands.command()
@click.argument("code", required=False)
@json_option
def explain(code: str | None, *, as_json: bool) -> None:
    """Explain a finding, with a bad and a good example, or an erratum of the book.

    CODE is such as CAP231 or ERR15. Without it, list all of them.
    """
    from capstone_report.terminal.explaining import explanation, listed_codes

    if code is None:
        click.echo(listed_codes())
    elif as_json:
        print_json("explain", **explanation(code))
    else:
        click.echo(explanation(code)["page"])


@commands.command()
@click.argument(
    "name",
    type=click.Choice(SCHEMAS),
    required=False,
)
@project_option
def schema(name: str | None, project: Path) -> None:
    """Write specs/study.schema.json, by which editors check a study; or print the schema NAME."""
    from capstone_report.calculators.schemas import ANSWERS, answer_schema
    from capstone_report.spec.load import find_root
    from capstone_report.spec.schema import schema_text, write_schema
    from capstone_report.terminal.published import PUBLISHED

    if name is None:
        click.echo(f"wrote {write_schema(find_root(project))}")
    elif name in ANSWERS:
        click.echo(answer_schema(name), nl=False)
    else:
        click.echo(PUBLISHED[name]() if name in PUBLISHED else schema_text(name), nl=False)


@commands.command()
@studies_argument
@project_option
@json_option
def plan(studies: tuple[str, ...], project: Path, *, as_json: bool) -> None:
    """Show what `run` would measure here: how each case stands and why, the time and the price."""
    from capstone_report.terminal.plans import plan_row, print_plan, terminal_width

    project_here = _load(project, studies)
    plans = [_ahead(project_here, study) for study in project_here.studies]
    if as_json:
        print_json("plan", studies=[plan_row(ahead) for ahead in plans])
        return
    for ahead in plans:
        print_plan(ahead, terminal_width())


@commands.command()
@studies_argument
@project_option
@json_option
def status(studies: tuple[str, ...], project: Path, *, as_json: bool) -> None:
    """Show, for every machine with records, what is measured, failed and missing."""
    from capstone_report.analysis.analyze import analyze
    from capstone_report.results.machines import machine_folders
    from capstone_report.terminal.analyses import print_warnings, read_records
    from capstone_report.terminal.statuses import measuring_now, status_line, status_row

    loaded = _load(project, studies)
    rows = []
    for study in loaded.studies:
        for name, folder in machine_folders(study.folder).items():
            journal = read_records(folder)
            for notice in journal.findings("`capstone run` saves and cuts it"):
                click.echo(str(notice), err=True)
            facts = analyze(study, loaded.workspace, journal)
            print_warnings(facts)
            now = measuring_now(folder)
            rows.append(status_row(name, facts, now))
            if not as_json:
                click.echo(status_line(name, facts))
                click.echo(f"  {now}" if now else "", nl=bool(now))
    if as_json:
        print_json("status", studies=rows)
        return
    if not rows:
        click.echo("nothing has been measured yet; `capstone run` measures")


@commands.command()
@studies_argument
@project_option
@json_option
@click.option("--machine", help='Whose records to show: a machine\'s name, or "here".')
@click.option("--out", type=click.Path(path_type=Path), help="The folder to write; default: site/.")
@click.option("--strict", is_flag=True, help="Fail when a planned run is missing.")
def build(
    studies: tuple[str, ...],
    project: Path,
    *,
    as_json: bool,
    machine: str | None,
    out: Path | None,
    strict: bool,
) -> None:
    """Render the reports and slides as a site. Never runs what a study names."""
    from capstone_report.report.pages import render_report
    from capstone_report.report.verdict import claim_sentence, verdict_line
    from capstone_report.report.words import sentence, unmarked
    from capstone_report.site.build import build_site
    from capstone_report.terminal.analyses import analyses_of, print_warnings, require_complete
    from capstone_report.terminal.answers import problem_rows

    loaded = _load(project, studies)
    analyses = analyses_of(loaded, machine)
    reports = [render_report(analysis) for analysis in analyses]
    index = build_site(loaded.workspace, reports, out or loaded.root / "site")
    rows = [
        {
            "study": analysis.loaded.id,
            "machine": analysis.machine,
            "verdict": analysis.claim.verdict.value,
            "summary": unmarked(sentence(verdict_line(analysis))),
            "claim": unmarked(claim_sentence(analysis)),
            "findings": problem_rows(analysis.findings),
        }
        for analysis in analyses
    ]
    if as_json:
        print_json("build", index=str(index), studies=rows)
    else:
        for row, analysis in zip(rows, analyses, strict=True):
            click.echo(f"{row['study']}: {row['summary']}. {row['claim']}")
            print_warnings(analysis)
        click.echo(f"wrote {index}")
    if strict:
        require_complete(analyses)


for command in (
    calibrate,
    collect,
    diagnose,
    doctor,
    export,
    import_command,
    journal,
    publish,
    run,
    serve,
    try_case,
    predict,
    roofline,
    size,
    cost,
    probe,
):
    commands.add_command(command)


def main() -> None:
    """Run the command line; a user's mistake is a message and an exit code, never a traceback."""
    try:
        code = commands.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except CapstoneError as error:
        from capstone_report.terminal.answers import problem_rows
        from capstone_report.terminal.diagnostics import Style, show_problems

        show_problems(error.problems, Style.TEXT)
        asked = "--json" in sys.argv or "json" in sys.argv
        if asked and not isinstance(error, MeasurementError):
            print_json_error(problem_rows(error.problems))
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt) as stop:
        number = int(getattr(stop.__cause__ or stop, "number", 2))  # click wraps it in Abort
        with contextlib.suppress(OSError):  # the window may be what was closed
            click.echo(
                "stopped; what was measured is kept, and `capstone run` goes on from here", err=True
            )
        sys.exit(128 + number)
    except OSError as error:
        reason = error.strerror or str(error)
        click.echo(
            str(CANNOT_WRITE(str(error.filename or "this machine"), reason=reason)), err=True
        )
        sys.exit(MachineError.exit_code)
    except Exception as error:  # the last line of defence: a bug is named as one
        if os.environ.get("CAPSTONE_DEBUG"):
            raise
        click.echo(f"internal error in capstone: {error!r}; CAPSTONE_DEBUG=1 shows where", err=True)
        sys.exit(EXIT_INTERNAL)
    sys.exit(code if isinstance(code, int) else 0)


def _load(project: Path, studies: tuple[str, ...]) -> "Project":
    """Load the workspace around a folder, and the studies that were named."""
    from capstone_report.spec.load import find_root, load_project

    return load_project(find_root(project), studies)


def _ahead(project: "Project", study: "LoadedStudy") -> "Ahead":
    """Look at this machine's records and at what they miss."""
    from capstone_report.analysis.ahead import look_ahead
    from capstone_report.measure import facts, identity
    from capstone_report.terminal.analyses import read_records

    environment = facts.environment(study.folder)
    folder = identity.folder_here(study.folder / "results", environment)
    finished = identity.is_tracked(folder)
    journal = read_records(folder)
    return look_ahead(study, project.workspace, journal, environment, finished=finished)
