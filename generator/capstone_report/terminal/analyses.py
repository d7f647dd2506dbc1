"""Whose records a report shows, and what is said of them before it is built."""

import gc
from collections.abc import Sequence
from pathlib import Path

import click

from capstone_report.analysis.analyze import analyze
from capstone_report.analysis.facts import Analysis
from capstone_report.errors import MeasurementError, UsageError
from capstone_report.findings.environment import NO_RECORDS_HERE
from capstone_report.findings.measuring import MISSING_RUNS
from capstone_report.measure import facts, identity
from capstone_report.results.journal import Journal, read_journal
from capstone_report.results.machines import machine_folders
from capstone_report.spec.load import LoadedStudy, Project

HERE = "here"
ACTION = "`capstone run` saves and cuts it"
"""What becomes of the torn end of a journal."""


def read_records(folder: Path) -> Journal:
    """Read a machine's journal, which then lives as long as the command."""
    journal = read_journal(folder)
    # Else the collector looks through all records again and again: half the time of a large plan.
    gc.freeze()
    return journal


def chosen_journal(project: Project, study: LoadedStudy, machine: str | None) -> Journal | None:
    """Read the records of the chosen machine, and say what was found wrong with their file."""
    return noticed(machine_folder(project, study, machine))


def noticed(folder: Path | None) -> Journal | None:
    """Read a machine's records, and say what was found wrong with their file."""
    journal = read_records(folder) if folder else None
    for notice in journal.findings(ACTION) if journal else ():
        click.echo(str(notice), err=True)
    return journal


def analysis_of(project: Project, study: LoadedStudy, journal: Journal | None) -> Analysis:
    """Analyse a machine's records, with what was found wrong with their file beside the claim."""
    notices = journal.findings(ACTION) if journal else ()
    return analyze(study, project.workspace, journal, notices)


def analyses_of(project: Project, machine: str | None) -> list[Analysis]:
    """Analyse, for each study, the records of the chosen machine."""
    return [
        analysis_of(project, study, chosen_journal(project, study, machine))
        for study in project.studies
    ]


def machine_folder(project: Project, study: LoadedStudy, machine: str | None) -> Path | None:
    """Return the results folder to show: named here, named by the workspace, or the only one.

    Raises:
        UsageError: the machine has no records at all, or several have and none is named.
    """
    known = machine_folders(study.folder)
    if machine == HERE:
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


def print_warnings(analysis: Analysis) -> None:
    """Say what weakens the result; refusals stand in the claim itself."""
    for finding in analysis.findings:
        if finding.severity.value == "warning":
            click.echo(str(finding), err=True)


def require_complete(analyses: Sequence[Analysis]) -> None:
    """Go on only where every planned run has been measured.

    Raises:
        MeasurementError: one is missing.
    """
    MeasurementError.collect(
        MISSING_RUNS(
            f"specs/{a.loaded.id}",
            missing=a.missing,
            planned=a.missing + a.attempts - a.failed - a.interrupted,
        )
        for a in analyses
        if a.missing
    )
