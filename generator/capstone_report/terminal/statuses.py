"""What one machine's records hold of a study, in a line and for JSON."""

from pathlib import Path
from typing import Any

from capstone_report.analysis.facts import Analysis
from capstone_report.analysis.staleness import StaleRun, tally, worded
from capstone_report.results import running
from capstone_report.results.machines import submitted_runs
from capstone_report.terminal.repetition import noise_words, repetition_rows


def stale_rows(stale: tuple[StaleRun, ...]) -> list[dict[str, Any]]:
    """Return why runs are stale with how many, for JSON, the most frequent reason first."""
    return [{"reason": reason, "runs": runs} for reason, runs in tally(stale)]


def measuring_now(folder: Path) -> str | None:
    """Return who measures into a machine's records, or was killed while it did; None: nobody.

    Runs that are on their way in jobs of a cluster are told, too.
    """
    mark = running.read(folder)
    if mark is None:
        waiting = submitted_runs(folder)
        told = f"{waiting} runs are submitted and not yet recorded; `capstone collect` records them"
        return told if waiting else None
    if mark.lives or not mark.is_here:
        return f"{mark} measures into these records"
    return f"{mark} was killed while it measured; `capstone run` makes good what it left"


def status_row(machine: str, analysis: Analysis, now: str | None) -> dict[str, Any]:
    """Return what is measured, failed, missing and stale on a machine, for JSON."""
    return {
        "study": analysis.loaded.id,
        "machine": machine,
        "attempts": analysis.attempts,
        "failed": analysis.failed,
        "interrupted": analysis.interrupted,
        "missing": analysis.missing,
        "stale": len(analysis.stale),
        "stale_reasons": stale_rows(analysis.stale),
        "measuring_now": now,
        "verdict": analysis.claim.verdict.value,
        **repetition_rows(analysis),
    }


def status_line(machine: str, analysis: Analysis) -> str:
    """Return the same in one line."""
    stale = analysis.stale
    said = f", {len(stale)} stale ({worded(tally(stale))})" if stale else ""
    stopped = f", {analysis.interrupted} interrupted" if analysis.interrupted else ""
    return (
        f"{analysis.loaded.id} on {machine}: {analysis.attempts} attempts, "
        f"{analysis.failed} failed{stopped}, {analysis.missing} missing{said}; {analysis.claim.verdict.value}"
        f"{noise_words(analysis.noise_floor)}"
    )
