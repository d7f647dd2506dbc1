"""`capstone diagnose`: what limits the baseline, and why more workers are not faster."""

import gc
import shutil
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from capstone_report.errors import CapstoneError, MachineError, MeasurementError, UsageError
from capstone_report.findings import diagnosing as rules
from capstone_report.findings.finding import Finding, Severity
from capstone_report.terminal.measuring import require_here
from capstone_report.terminal.options import json_option, project_option, studies_argument

if TYPE_CHECKING:
    from capstone_report.analysis.diagnosis import Diagnosed
    from capstone_report.measure.campaign import Campaign, Planner
    from capstone_report.results.records import Environment
    from capstone_report.spec.load import LoadedStudy

PROFILER = "py-spy"


@click.command()
@studies_argument
@project_option
@json_option
@click.option(
    "--workers",
    metavar="P",
    type=click.IntRange(min=2),
    help="Ask why P workers are not P times as fast.",
)
@click.option(
    "--flame",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also draw a flame graph of one run of the baseline, by py-spy.",
)
def diagnose(
    studies: tuple[str, ...],
    project: Path,
    *,
    as_json: bool,
    workers: int | None,
    flame: Path | None,
) -> None:
    """Say what limits the baseline, or why P workers are not faster, by leaving parts out.

    Runs the declared case and its ablations, beside what measures this machine's roofs. Each run is
    recorded like any other and never counts as a measurement; what was run before is not run again.
    """
    from capstone_report.spec.load import find_root, load_project
    from capstone_report.terminal.diagnosis_json import DiagnoseAnswer, study_diagnosis

    if flame and not shutil.which(PROFILER):
        raise MachineError(rules.NO_PROFILER(PROFILER))
    rows, failures = [], []
    for study in load_project(find_root(project), studies).studies:
        require_here(study, "diagnose")
        campaign, found = _diagnosed(study, workers, flame)
        told = _findings(study, found, workers)
        failures += [f for f in campaign.findings if f.severity is Severity.ERROR]
        rows.append(study_diagnosis(study.id, campaign.folder.name, campaign.measured, found, told))
        if not as_json:
            _print(found, told, workers)
    if as_json:
        click.echo(DiagnoseAnswer(studies=rows).model_dump_json(by_alias=True, indent=1))
    if failures:
        raise MeasurementError(*failures)


def _diagnosed(
    study: "LoadedStudy", workers: int | None, flame: Path | None
) -> tuple["Campaign", "Diagnosed"]:
    """Run what the records miss, and read all of them."""
    from capstone_report.ablations import diagnosis_plan, flame_plan
    from capstone_report.analysis.diagnosis import read_diagnosis
    from capstone_report.measure import facts
    from capstone_report.plan import plan_for
    from capstone_report.results.journal import read_journal

    environment = facts.environment(study.folder)
    _require_case(study, environment, workers)
    campaign = _run(study, partial(diagnosis_plan, workers=workers))
    if flame:
        moment = datetime.now(UTC).isoformat()
        drawn = _run(study, partial(flame_plan, file=flame.resolve(), moment=moment))
        campaign.measured += drawn.measured
        campaign.findings += drawn.findings
        click.echo(f"wrote {flame}", err=True)
    journal = read_journal(campaign.folder)
    gc.freeze()
    plan = plan_for(study, environment, journal.runs)
    return campaign, read_diagnosis(study.study, plan, journal.runs)


def _run(study: "LoadedStudy", planner: "Planner") -> "Campaign":
    """Run what a plan misses, told line by line on stderr."""
    from capstone_report.measure.campaign import run_campaign
    from capstone_report.terminal.lines import Lines

    with Lines(study) as report:
        return run_campaign(study, report, planner=planner)


def _require_case(study: "LoadedStudy", environment: "Environment", workers: int | None) -> None:
    """Refuse what no declared case of this machine can tell.

    Raises:
        UsageError: no declared case has that many workers.
        MachineError: it, or the baseline, does not fit this machine.
    """
    from capstone_report.ablations import declared_counts, diagnosis_plan

    if diagnosis_plan(study, environment, (), workers=workers).runs:
        return
    where, known = f"specs/{study.id}", declared_counts(study.study)
    error: type[CapstoneError] = MachineError
    remedy = "`capstone plan` says what does not fit; diagnose on a machine that carries it"
    if workers is not None and workers not in known:
        error = UsageError
        remedy = f"declared are: {', '.join(str(count) for count in known)}"
    what = "the baseline" if workers is None else f"{workers} workers"
    raise error(rules.CANNOT_DIAGNOSE(where, what=what, remedy=remedy))


def _findings(study: "LoadedStudy", found: "Diagnosed", workers: int | None) -> list[Finding]:
    """Return what a reader must know, a missing sampler included."""
    from capstone_report.analysis.diagnosis import diagnosis_findings, sharing_findings

    if workers is None:
        return list(diagnosis_findings(study, found))
    return list(sharing_findings(study, found, workers))


def _print(found: "Diagnosed", told: list[Finding], workers: int | None) -> None:
    """Print what was asked for."""
    from capstone_report.terminal.diagnosis_table import print_limits, print_lost

    if workers is None and found.baseline:
        print_limits(found.baseline)
    for lost in found.workers:
        if lost.workers == workers:
            print_lost(lost)
    for finding in told:
        click.echo(str(finding), err=True)
