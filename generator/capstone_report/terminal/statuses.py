"""What one machine's records hold of a study, in a line and for JSON."""

from typing import Any

from capstone_report.analysis.facts import Analysis
from capstone_report.analysis.staleness import StaleRun, tally, worded
from capstone_report.terminal.repetition import noise_words, repetition_rows


def stale_rows(stale: tuple[StaleRun, ...]) -> list[dict[str, Any]]:
    """Return why runs are stale with how many, for JSON, the most frequent reason first."""
    return [{"reason": reason, "runs": runs} for reason, runs in tally(stale)]


def status_row(machine: str, analysis: Analysis) -> dict[str, Any]:
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
