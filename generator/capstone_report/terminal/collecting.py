"""`capstone run --detach` and `capstone collect`: what was submitted, what came home, what is left."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from capstone_report.errors import MachineError, MeasurementError
from capstone_report.terminal.options import json_option, project_option, studies_argument
from capstone_report.terminal.output import print_json

if TYPE_CHECKING:
    from capstone_report.findings.finding import Finding
    from capstone_report.measure.away.collecting import Collected
    from capstone_report.measure.away.detaching import Detached, Sent
    from capstone_report.measure.options import Options
    from capstone_report.results.records import RunRecord
    from capstone_report.spec.load import LoadedStudy, Project

SHOWN_JOBS = 8


@click.command()
@studies_argument
@project_option
@json_option
@click.option("--wait", is_flag=True, help="Wait until every job has ended.")
@click.option("--cancel", is_flag=True, help="Cancel every job first, and record how it ended.")
def collect(
    studies: tuple[str, ...], project: Path, *, as_json: bool, wait: bool, cancel: bool
) -> None:
    """Record the submitted runs that have ended; say what still waits or runs.

    Each run is recorded once, whoever was killed meanwhile. Exit code 4 if a run failed, 7 if the
    cluster does not answer.
    """
    from capstone_report.measure.away.collecting import collect as collect_from
    from capstone_report.measure.away.elsewhere import cluster_of
    from capstone_report.measure.away.outstanding import outstanding, scheduler_of
    from capstone_report.spec.load import find_root, load_project
    from capstone_report.spec.through import through_where_possible

    loaded = load_project(find_root(project), studies)
    rows: list[dict[str, Any]] = []
    failures: list[Finding] = []
    silent: list[Finding] = []
    for declared in loaded.studies:
        folders = sorted((declared.folder / "results").glob("*"))
        for folder in [folder for folder in folders if outstanding(folder)]:
            kind = scheduler_of(folder)
            study = through_where_possible(declared, kind)
            cluster = cluster_of(kind, loaded.workspace)
            told = partial(_tell, study)
            found = collect_from(study, cluster, folder, wait=wait, cancel=cancel, tell=told)
            rows.append(_row(study, found))
            failures += _failures(study, found)
            silent += _silence(study, found, kind)
            if not as_json:
                _say_what_is_left(study, found)
    if as_json:
        print_json("collect", studies=rows)
    elif not rows:
        click.echo("nothing was submitted that is not recorded")
    MeasurementError.collect(failures)
    MachineError.collect(silent)


def submit_studies(
    project: "Project", launcher: str | None, options: "Options", *, as_json: bool
) -> None:
    """Submit what the studies miss, and say which jobs that made.

    Raises:
        UsageError: a study has nothing to do with a cluster, and none was named.
    """
    from capstone_report.analysis.freezing import prediction_to_freeze
    from capstone_report.measure.away.detaching import submit_missing
    from capstone_report.measure.away.elsewhere import elsewhere_for

    rows = []
    for declared in project.studies:
        study, cluster = elsewhere_for(declared, launcher, project.workspace)
        if cluster is None:
            raise click.UsageError(f"{study.id} asks for no cluster: add --launcher slurm or ray")
        detached = submit_missing(
            study,
            cluster,
            options,
            partial(_tell_sent, study),
            partial(prediction_to_freeze, study),
        )
        rows.append(_sent_row(study, detached))
        if not as_json:
            _say_what_was_sent(study, detached)
    if as_json:
        print_json("submitted", studies=rows)


def _tell_sent(study: "LoadedStudy", sent: "Sent") -> None:
    """Say that a run was submitted."""
    click.echo(f"{study.id}: {sent.case_id}: job {sent.job}", err=True)


def _sent_row(study: "LoadedStudy", detached: "Detached") -> dict[str, Any]:
    """Return what was submitted for a study, for JSON."""
    return {
        "study": study.id,
        "folder": str(detached.folder),
        "submitted": [{"run": s.run_id, "case": s.case_id, "job": s.job} for s in detached.sent],
        "on_their_way": detached.on_their_way,
        "whole": detached.tuned,
    }


def _say_what_was_sent(study: "LoadedStudy", detached: "Detached") -> None:
    """Say how many runs were submitted, and what follows."""
    before = f", {detached.on_their_way} are on their way already" if detached.on_their_way else ""
    if not detached.sent and not before:
        click.echo(f"{study.id}: nothing is missing in {detached.folder}")
        return
    jobs = _named([sent.job for sent in detached.sent])
    click.echo(f"{study.id}: {len(detached.sent)} runs submitted{jobs}{before}")
    click.echo("  next: capstone collect --wait")
    if not detached.tuned:
        click.echo("  then submit again: what the trial decides is not submitted yet")


def _tell(study: "LoadedStudy", record: "RunRecord") -> None:
    """Say how a collected run ended."""
    why = f": {record.message}" if record.message else f" after {record.wall_time_s:.1f} s"
    job = (
        f", job {record.job.id} after {record.job.queued_s:.0f} s in the queue"
        if record.job
        else ""
    )
    click.echo(f"{study.id}: {record.case_id}: {record.outcome.value}{why}{job}", err=True)


def _row(study: "LoadedStudy", found: "Collected") -> dict[str, Any]:
    """Return what was collected for a study, for JSON."""
    return {
        "study": study.id,
        "folder": str(found.folder),
        "collected": [
            {"run": r.run_id, "outcome": r.outcome.value, "job": r.job.id if r.job else None}
            for r in found.records
        ],
        "waiting": list(found.waiting),
        "running": list(found.running),
        "answered": found.answered,
    }


def _say_what_is_left(study: "LoadedStudy", found: "Collected") -> None:
    """Say what came home and what did not yet."""
    click.echo(f"{study.id}: {len(found.records)} runs recorded, in {found.folder}")
    for jobs, word in ((found.waiting, "waiting"), (found.running, "running")):
        if jobs:
            click.echo(f"  {len(jobs)} {word}{_named(jobs)}")


def _named(jobs: Sequence[str]) -> str:
    """Return the numbers of jobs in brackets, a few of them."""
    shown = ", ".join(jobs[:SHOWN_JOBS])
    more = ", ..." if len(jobs) > SHOWN_JOBS else ""
    return f" ({'job' if len(jobs) == 1 else 'jobs'} {shown}{more})" if jobs else ""


def _silence(study: "LoadedStudy", found: "Collected", scheduler: str) -> "Iterator[Finding]":
    """Yield a finding where the scheduler did not answer."""
    from capstone_report.findings import environment

    if not found.answered:
        yield environment.NO_TIDINGS(
            f"specs/{study.id}", scheduler=scheduler, reason="it does not answer at the moment"
        )


def _failures(study: "LoadedStudy", found: "Collected") -> "Iterator[Finding]":
    """Yield a finding for each run that did not end well."""
    from capstone_report.findings import measuring

    for record in found.records:
        if record.outcome.value != "ok":
            log = found.folder / "raw" / record.run_id
            yield measuring.RUN_FAILED(
                f"specs/{study.id}", run_id=record.run_id, message=record.message, log=log
            )
