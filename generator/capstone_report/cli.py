"""The command line: load, call one stage, say what it did; errors become exit codes."""

import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from capstone_report import __version__
from capstone_report.errors import CapstoneError, MachineError, MeasurementError, Problem, SpecError
from capstone_report.findings.environment import CANNOT_WRITE

if TYPE_CHECKING:
    from capstone_report.analysis.facts import Analysis
    from capstone_report.measure.campaign import Campaign, Progress
    from capstone_report.spec.load import LoadedStudy, Project

EXIT_INTERNAL = 70
SHOWN_RUNS = 6
BAR_WIDTH = 24

project_option = click.option(
    "--project",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    default=Path(),
    help="A folder of the workspace; by default the current one. Its parents are searched, too.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Write JSON to stdout.")
studies_argument = click.argument("studies", nargs=-1)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="capstone")
def commands() -> None:
    """Turn a declared scale-out study into a measured, defensible report."""


@commands.command()
@click.argument("folder", type=click.Path(path_type=Path))
def init(folder: Path) -> None:
    """Write a first workspace into FOLDER: valid, measurable at once, never overwriting."""
    from capstone_report.spec.scaffold import write_scaffold

    for name in write_scaffold(folder):
        click.echo(f"wrote {folder / name}")
    click.echo(f"next: cd {folder} && capstone run && capstone build --machine here")


@commands.command()
@studies_argument
@project_option
@json_option
def check(studies: tuple[str, ...], project: Path, *, as_json: bool) -> None:
    """Check the workspace and its studies, and report every problem at once."""
    from capstone_report.report.prose import prose_problems

    problems: tuple[Problem, ...] = ()
    names: list[str] = []
    try:
        loaded = _load(project, studies)
        names = [study.id for study in loaded.studies]
        SpecError.collect(p for study in loaded.studies for p in prose_problems(study))
    except SpecError as error:
        problems = error.problems
        if not as_json:
            raise
    if as_json:
        rows = [_problem_row(problem) for problem in problems]
        _print_json("check", ok=not problems, studies=names, problems=rows)
        if problems:
            sys.exit(SpecError.exit_code)
        return
    for name in names:
        click.echo(f"specs/{name}: ok")
    if not names:
        click.echo("specs/: there is no study yet")


@commands.command()
@studies_argument
@project_option
@json_option
def plan(studies: tuple[str, ...], project: Path, *, as_json: bool) -> None:
    """Show what `run` would measure here, in its order, and what is there already."""
    from capstone_report.measure import facts
    from capstone_report.measure.campaign import results_here

    rows = []
    for study in _load(project, studies).studies:
        environment = facts.environment(study.folder)
        planned = results_here(study, environment, begin=False)
        missing = {(run.case.id, run.phase, run.repeat) for run in planned.missing}
        rows.append(
            {
                "study": study.id,
                "machine": planned.folder.name,
                "seed": planned.plan.seed,
                "baseline_decided_by_trial": planned.plan.tuned is None,
                "runs": [
                    {
                        "case": run.case.id,
                        "phase": run.phase.value,
                        "repeat": run.repeat,
                        "done": (run.case.id, run.phase, run.repeat) not in missing,
                        "command": list(run.case.command),
                        "launcher": run.case.benchmark.launcher.kind,
                    }
                    for run in planned.plan.runs
                ],
                "skipped": [{"case": s.case_id, "reason": s.reason} for s in planned.plan.skipped],
            }
        )
    if as_json:
        _print_json("plan", studies=rows)
    else:
        for row in rows:
            _print_plan(row)


@commands.command()
@studies_argument
@project_option
@json_option
def run(studies: tuple[str, ...], project: Path, *, as_json: bool) -> None:
    """Measure what this machine's records miss; each run is on disk before the next begins."""
    from capstone_report.measure.campaign import run_campaign

    rows = []
    failures: list[Problem] = []
    for study in _load(project, studies).studies:
        with _Live(study.id) as live:
            campaign = run_campaign(study, live)
        failures += [f for f in campaign.findings if f.severity.value == "error"]
        notes = [f for f in campaign.findings if f.severity.value != "error"]
        for note in notes:
            click.echo(str(note), err=True)
        rows.append(_campaign_row(study, campaign))
        if not as_json:
            _print_campaign(study, campaign)
    if as_json:
        _print_json("run", studies=rows, problems=[_problem_row(f) for f in failures])
    if failures:
        raise MeasurementError(*failures)


@commands.command()
@studies_argument
@project_option
@json_option
def status(studies: tuple[str, ...], project: Path, *, as_json: bool) -> None:
    """Show, for every machine with records, what is measured, failed and missing."""
    from capstone_report.analysis.analyze import analyze
    from capstone_report.results.journal import read_journal
    from capstone_report.results.machines import machine_folders

    loaded = _load(project, studies)
    rows = []
    for study in loaded.studies:
        for name, folder in machine_folders(study.folder).items():
            journal = read_journal(folder)
            for notice in journal.findings("`capstone run` saves and cuts it"):
                click.echo(str(notice), err=True)
            facts = analyze(study, loaded.workspace, journal)
            _print_warnings(facts)
            rows.append(
                {
                    "study": study.id,
                    "machine": name,
                    "attempts": facts.attempts,
                    "failed": facts.failed,
                    "missing": facts.missing,
                    "verdict": facts.claim.verdict.value,
                }
            )
    if as_json:
        _print_json("status", studies=rows)
        return
    for row in rows:
        click.echo(
            f"{row['study']} on {row['machine']}: {row['attempts']} attempts, "
            f"{row['failed']} failed, {row['missing']} missing; {row['verdict']}"
        )
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

    loaded = _load(project, studies)
    analyses = [_analysis(loaded, study, machine) for study in loaded.studies]
    reports = [render_report(analysis) for analysis in analyses]
    index = build_site(loaded.workspace, reports, out or loaded.root / "site")
    rows = [
        {
            "study": analysis.loaded.id,
            "machine": analysis.machine,
            "verdict": analysis.claim.verdict.value,
            "summary": unmarked(sentence(verdict_line(analysis))),
            "claim": unmarked(claim_sentence(analysis)),
            "findings": [_problem_row(finding) for finding in analysis.findings],
        }
        for analysis in analyses
    ]
    if as_json:
        _print_json("build", index=str(index), studies=rows)
    else:
        for row, analysis in zip(rows, analyses, strict=True):
            click.echo(f"{row['study']}: {row['summary']}. {row['claim']}")
            _print_warnings(analysis)
        click.echo(f"wrote {index}")
    if strict:
        _require_complete(analyses)


def main() -> None:
    """Run the command line; a user's mistake is a message and an exit code, never a traceback."""
    try:
        code = commands.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except CapstoneError as error:
        for problem in error.problems:
            click.echo(str(problem), err=True)
        if "--json" in sys.argv and not isinstance(error, MeasurementError):
            _print_json("error", ok=False, problems=[_problem_row(p) for p in error.problems])
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt) as stop:
        number = int(getattr(stop.__cause__ or stop, "number", 2))  # click wraps it in Abort
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


def _analysis(project: "Project", study: "LoadedStudy", machine: str | None) -> "Analysis":
    """Analyse the records of the chosen machine."""
    from capstone_report.analysis.analyze import analyze
    from capstone_report.results.journal import read_journal

    folder = _machine_folder(project, study, machine)
    journal = read_journal(folder) if folder else None
    notices = journal.findings("`capstone run` saves and cuts it") if journal else ()
    for notice in notices:
        click.echo(str(notice), err=True)
    return analyze(study, project.workspace, journal, notices)


def _machine_folder(project: "Project", study: "LoadedStudy", machine: str | None) -> Path | None:
    """Return the results folder to show: named here, named by the workspace, or the only one."""
    from capstone_report.errors import UsageError
    from capstone_report.findings.environment import NO_RECORDS_HERE
    from capstone_report.results.machines import machine_folders

    known = machine_folders(study.folder)
    if machine == "here":
        from capstone_report.measure import facts, identity

        here = identity.folder_here(study.folder / "results", facts.environment(study.folder))
        return known.get(here.name)
    wanted = machine or project.workspace.site.machine
    if wanted in known:
        return known[wanted]
    anywhere = {name for other in project.studies for name in machine_folders(other.folder)}
    if wanted is None and len(known) <= 1:
        return next(iter(known.values()), None)
    names = ", ".join(known) or "none"
    where = f"specs/{study.id}/results"
    absent = NO_RECORDS_HERE(where, machine=wanted or "(none is named)", known=names)
    if wanted is None or (machine and machine not in anywhere):
        raise UsageError(absent)
    click.echo(str(absent), err=True)
    return None


def _print_warnings(analysis: "Analysis") -> None:
    """Say what weakens the result; refusals stand in the claim itself."""
    for finding in analysis.findings:
        if finding.severity.value == "warning":
            click.echo(str(finding), err=True)


def _require_complete(analyses: Sequence["Analysis"]) -> None:
    """Fail when a planned run has not been measured."""
    from capstone_report.findings.measuring import MISSING_RUNS

    MeasurementError.collect(
        MISSING_RUNS(
            f"specs/{a.loaded.id}", missing=a.missing, planned=a.missing + a.attempts - a.failed
        )
        for a in analyses
        if a.missing
    )


class _Live:
    """Shows a campaign: a bar that moves on a terminal, plain lines in a pipe."""

    def __init__(self, study_id: str) -> None:
        self._study_id = study_id
        self._shown: set[str] = set()
        self._durations: list[float] = []
        self._moves = sys.stderr.isatty()

    def __enter__(self) -> Callable[["Progress"], None]:
        return self._show

    def __exit__(self, *_: object) -> None:
        if self._moves and self._shown:
            click.echo(err=True)

    def _show(self, progress: "Progress") -> None:
        """Show one step; the command of a case is printed before it first runs."""
        case, record = progress.run.case.id, progress.record
        if record is None and case not in self._shown:
            self._shown.add(case)
            self._line(f"{self._study_id}: {case}: {progress.command}", keep=True)
        if record is None:
            self._line(f"{self._bar(progress)} {case}", keep=False)
            return
        self._durations.append(record.wall_time_s)
        if not self._moves or record.message:
            said = f": {record.message}" if record.message else ""
            result = f"{case}: {record.outcome} after {record.wall_time_s:.1f} s{said}"
            self._line(f"[{progress.done}/{progress.total}] {result}", keep=True)

    def _bar(self, progress: "Progress") -> str:
        """Return a bar with the share that is done and the time that is probably left."""
        filled = BAR_WIDTH * progress.done // max(progress.total, 1)
        text = f"[{'#' * filled:-<{BAR_WIDTH}}] {progress.done}/{progress.total}"
        if not self._durations:
            return text
        mean = sum(self._durations) / len(self._durations)
        return f"{text}, about {(progress.total - progress.done) * mean:.0f} s left:"

    def _line(self, text: str, *, keep: bool) -> None:
        """Write a line that stays, or, on a terminal only, one that the next line replaces."""
        if self._moves:
            click.echo(f"\r\x1b[2K{text}", nl=keep, err=True)
        elif keep:
            click.echo(text, err=True)


def _campaign_row(study: "LoadedStudy", campaign: "Campaign") -> dict[str, Any]:
    """Return what a campaign did, for JSON."""
    return {
        "study": study.id,
        "folder": str(campaign.folder),
        "measured": campaign.measured,
        "failed": campaign.failures.total(),
    }


def _print_campaign(study: "LoadedStudy", campaign: "Campaign") -> None:
    """Say what a campaign did."""
    if not campaign.measured and not campaign.failures:
        click.echo(f"{study.id}: nothing is missing in {campaign.folder}")
        return
    failed = f", {campaign.failures.total()} failed" if campaign.failures else ""
    click.echo(f"{study.id}: {campaign.measured} runs measured{failed}, in {campaign.folder}")


def _print_plan(row: dict[str, Any]) -> None:
    """Print one study's plan as a table of cases."""
    click.echo(f"{row['study']} on {row['machine']}, seed {row['seed']}")
    cases: dict[tuple[str, str], list[bool]] = {}
    for item in row["runs"]:
        cases.setdefault((item["phase"], item["case"]), []).append(item["done"])
    for (phase, case), done in cases.items():
        click.echo(f"  {phase:<12} {case:<40} {sum(done)} of {len(done)} done")
    if row["baseline_decided_by_trial"]:
        click.echo("  the baseline's own runs follow once the trial has chosen its level")
    for item in row["skipped"]:
        click.echo(f"  skipped      {item['case']:<40} {item['reason']}")
    order = [item["case"] for item in row["runs"] if not item["done"]][:SHOWN_RUNS]
    click.echo(f"  next: {', '.join(order)}" if order else "  nothing is missing")


def _problem_row(problem: Problem) -> dict[str, str]:
    """Return one problem for JSON."""
    return {
        "code": problem.code,
        "where": problem.where,
        "what": problem.what,
        "remedy": problem.remedy,
    }


def _print_json(command: str, **data: Any) -> None:  # noqa: ANN401 - whatever JSON holds
    """Print a command's answer, with the name and version of its schema."""
    click.echo(json.dumps({"schema": f"capstone/{command}/1", **data}, indent=1))
