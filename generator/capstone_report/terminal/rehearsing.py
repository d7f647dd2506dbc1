"""`capstone run --rehearse`: every benchmark once, small, on this machine; nothing is recorded."""

import shlex
import shutil
import sys
from collections.abc import Sequence
from typing import Any

import click

from capstone_report.errors import MeasurementError
from capstone_report.measure import facts
from capstone_report.measure.campaign import check_modules
from capstone_report.measure.rehearsing import rehearsal_cases, rehearse
from capstone_report.measure.trying import Tried
from capstone_report.results.records import Outcome
from capstone_report.results.values import run_value
from capstone_report.spec.load import LoadedStudy
from capstone_report.terminal.figures import figure, printable, with_unit
from capstone_report.terminal.output import print_json

LABEL = "a rehearsal on this machine: its numbers count for nothing and are in no record"


def rehearse_studies(studies: Sequence[LoadedStudy], *, as_json: bool) -> None:
    """Rehearse each study, print how every run went, and end as the worst of them did.

    Raises:
        MachineError: a module that the programs need is not installed.
    """
    for study in studies:
        check_modules(study)
    rows = [row for study in studies for row in _rehearsed(study)]
    if as_json:
        print_json("rehearsal", label=LABEL, runs=rows)
    failed = [row for row in rows if row["outcome"] != Outcome.OK.value]
    if not as_json:
        click.echo(f"{len(rows) - len(failed)} of {len(rows)} runs went well; {LABEL}")
    stopped = [row["stopped_by"] for row in failed if row["stopped_by"] is not None]
    if stopped:
        sys.exit(128 + stopped[0])
    if failed:
        sys.exit(MeasurementError.exit_code)


def _rehearsed(study: LoadedStudy) -> list[dict[str, Any]]:
    """Rehearse one study, telling each run as it ends."""
    environment = facts.environment(study.folder)
    cases = rehearsal_cases(study)
    for case in cases:
        command = case.benchmark.launcher.command(list(case.command), case.allocation)
        click.echo(printable(f"{study.id}: {case.id}: {shlex.join(command)}"), err=True)
    rows = []
    for tried in rehearse(study, cases, environment):
        rows.append(_row(study, tried, cores=environment.cores))
        if tried.record.outcome is Outcome.OK:
            shutil.rmtree(tried.attempt.machine_folder, ignore_errors=True)
        click.echo(printable(_line(study, rows[-1])), err=True)
    return rows


def _row(study: LoadedStudy, tried: Tried, *, cores: int) -> dict[str, Any]:
    """Return how a run went, as JSON holds it."""
    name = study.study.problem.headline_metric
    metric, record = study.study.metrics[name], tried.record
    value = run_value(
        record,
        name,
        kind=metric.kind,
        scope=metric.scope,
        direction=metric.direction,
        unit=metric.unit,
    )
    return {
        "study": study.id,
        "case": record.case_id,
        "command": list(record.command),
        "oversubscribed": tried.attempt.run.case.cores > cores,
        "outcome": record.outcome.value,
        "message": record.message,
        "wall_time_s": record.wall_time_s,
        "metric": name,
        "value": value,
        "unit": metric.unit,
        "outputs": None if record.outcome is Outcome.OK else str(tried.folder),
        "stopped_by": tried.stopped_by,
    }


def _line(study: LoadedStudy, row: dict[str, Any]) -> str:
    """Return how a run went, in one line."""
    said = [row["message"] or f"{row['metric']} {with_unit(figure(row['value']), row['unit'])}"]
    if row["oversubscribed"]:
        said.append("oversubscribed: more workers and threads than this machine has cores")
    if row["outcome"] != Outcome.OK.value:
        said.append(f"its outputs are in {row['outputs']}")
    went = f"{row['outcome']} after {row['wall_time_s']:.1f} s"
    return f"{study.id}: {row['case']}: {went}: {'; '.join(said)}"
