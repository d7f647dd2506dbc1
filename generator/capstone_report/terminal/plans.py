"""What is planned, how it stands and what it will take, and what was measured: tables and JSON."""

import shutil
import sys
from typing import TYPE_CHECKING, Any

import click

from capstone_report.analysis.ahead import Ahead
from capstone_report.analysis.remaining import Basis, Remaining
from capstone_report.analysis.staleness import tally, worded
from capstone_report.analysis.standing import CaseStanding
from capstone_report.plan import lacking
from capstone_report.terminal.amounts import (
    bounded_duration,
    bounded_usd,
    duration,
    fitted,
    indented,
)
from capstone_report.terminal.statuses import stale_rows

if TYPE_CHECKING:
    from capstone_report.measure.campaign import Campaign
    from capstone_report.spec.load import LoadedStudy

SHOWN_RUNS = 6
COUNTED = ("state", "done", "stale", "missing", "failed", "time left")
NARROWEST = 100
"""The width that a table always may take, in columns."""
NARROWEST_CASE = 12


def campaign_row(study: "LoadedStudy", campaign: "Campaign") -> dict[str, Any]:
    """Return what a campaign did, for JSON."""
    return {
        "study": study.id,
        "folder": str(campaign.folder),
        "measured": campaign.measured,
        "failed": campaign.failures.total(),
    }


def print_campaign(study: "LoadedStudy", campaign: "Campaign") -> None:
    """Say what a campaign did."""
    if not campaign.measured and not campaign.failures:
        click.echo(f"{study.id}: nothing is missing in {campaign.folder}")
        return
    failed = f", {campaign.failures.total()} failed" if campaign.failures else ""
    click.echo(f"{study.id}: {campaign.measured} runs measured{failed}, in {campaign.folder}")


def plan_row(ahead: Ahead) -> dict[str, Any]:
    """Return one study's plan, for JSON."""
    missing = {(run.case.id, run.phase, run.repeat) for run in ahead.missing}
    states = {(case.case.id, case.phase): case.state.value for case in ahead.standing.cases}
    commands = {run.case.id: list(run.case.command) for run in ahead.plan.runs}
    rows = []
    for run in ahead.plan.runs:
        done = (run.case.id, run.phase, run.repeat) not in missing
        rows.append(
            {
                "case": run.case.id,
                "phase": run.phase.value,
                "repeat": run.repeat,
                "done": done,
                "state": "done" if done else states[run.case.id, run.phase],
                "command": commands[run.case.id],
                "launcher": run.case.benchmark.launcher.kind,
            }
        )
    return {
        "study": ahead.study_id,
        "machine": ahead.folder.name,
        "seed": ahead.plan.seed,
        "baseline_decided_by_trial": ahead.plan.tuned is None,
        "begins_new_folder": ahead.begins_anew,
        "cases": [_case_row(ahead, case) for case in ahead.standing.cases],
        "runs": rows,
        "skipped": [{"case": s.case_id, "reason": s.reason} for s in ahead.plan.skipped],
        "oversubscribed": [
            {"case": name, "reason": why} for name, why in _oversubscribed(ahead).items()
        ],
        "stale_beside": stale_rows(ahead.standing.beside),
        "estimate": {**_estimate_row(ahead.total), "price": _price_row(ahead)},
    }


def _case_row(ahead: Ahead, case: CaseStanding) -> dict[str, Any]:
    """Return one case's standing, for JSON."""
    failure, estimate = case.last_failure, ahead.by_case.get((case.case.id, case.phase))
    log = failure and failure.log
    return {
        "case": case.case.id,
        "phase": case.phase.value,
        "state": case.state.value,
        "reason": case.reason,
        "wanted": case.wanted,
        "done": case.done,
        "stale": len(case.stale),
        "stale_reasons": stale_rows(case.stale),
        "missing": case.missing,
        "failed": case.failed,
        "last_failure": failure
        and {
            "run": failure.run_id,
            "message": failure.message,
            "log": str(ahead.folder / log) if log else None,
        },
        "estimate": estimate and _estimate_row(estimate),
    }


def _estimate_row(part: Remaining) -> dict[str, Any]:
    """Return what runs will take, for JSON; seconds are null where no run has been timed."""
    known = part.unknown < part.runs or not part.runs
    return {
        "runs": part.runs,
        "runs_of_unknown_time": part.unknown,
        "seconds": part.seconds if known else None,
        "at_most_seconds": part.at_most_s,
        "usd": part.usd if known else None,
        "at_most_usd": part.at_most_usd,
        "from": part.basis and part.basis.value,
    }


def _price_row(ahead: Ahead) -> dict[str, Any] | None:
    """Return the price that estimates rest on, with its date and source, for JSON."""
    if ahead.paid is None:
        return None
    price = ahead.paid.price
    return {
        "usd_per_hour": price.usd_per_hour,
        "unit": price.unit,
        "billed_per": ahead.paid.billed_per.value,
        "date": price.date.isoformat(),
        "source": price.source,
        "estimate": price.estimate,
    }


def print_plan(ahead: Ahead, width: int | None = None) -> None:
    """Print one study's plan as a table of cases, cut to a width where one is given."""
    lines = [f"{ahead.study_id} on {ahead.folder.name}, seed {ahead.plan.seed}"]
    lines += _table(ahead, width)
    order = ", ".join(run.case.id for run in ahead.to_make[:SHOWN_RUNS])
    ending = [f"next: {order}", *_total(ahead)] if order else ["nothing is missing"]
    lines += [indented(line, 2, width) for line in (*_notes(ahead), *ending)]
    click.echo("\n".join(lines))


def terminal_width() -> int | None:
    """Return how wide a table may be: at least 100 columns; None in a pipe, where nothing is cut."""
    return max(NARROWEST, shutil.get_terminal_size().columns) if sys.stdout.isatty() else None


def _table(ahead: Ahead, width: int | None) -> list[str]:
    """Return a row for each case under its phase, and below it why it is not done."""
    rows = [_cells(ahead, case) for case in ahead.standing.cases]
    headers = {case.phase: (case.phase.value, *COUNTED) for case in ahead.standing.cases}
    widths = [max(map(len, column)) for column in zip(*headers.values(), *rows, strict=True)]
    if width is not None and widths:
        widths[0] = max(NARROWEST_CASE, min(widths[0], width - sum(widths[1:]) - 2 * len(widths)))
    lines = []
    for case, cells in zip(ahead.standing.cases, rows, strict=True):
        if case.phase in headers:
            lines.append(_aligned(headers.pop(case.phase), widths))
        lines.append(_aligned((fitted(cells[0], widths[0]), *cells[1:]), widths))
        lines += [indented(reason, 6, width) for reason in _reasons(ahead, case)]
    return lines


def _cells(ahead: Ahead, case: CaseStanding) -> tuple[str, ...]:
    """Return what one row of the table says."""
    part = ahead.by_case.get((case.case.id, case.phase))
    counts = (len(case.stale), case.missing, case.failed)
    return (
        case.case.id,
        case.state.value,
        f"{case.done} of {case.wanted}",
        *(str(count) for count in counts),
        _time_left(part) if part else "",
    )


def _time_left(part: Remaining) -> str:
    """Return how long the runs of a case will take; ~ marks what other runs are asked for."""
    if part.unknown:
        return f"at most {duration(part.at_most_s)}"
    own = part.basis is Basis.OWN
    return f"{'' if own else '~'}{duration(part.seconds)}"


def _aligned(cells: tuple[str, ...], widths: list[int]) -> str:
    """Return one line: words flush left, numbers flush right."""
    words = [f"{cell:<{width}}" for cell, width in zip(cells[:2], widths[:2], strict=True)]
    numbers = [f"{cell:>{width}}" for cell, width in zip(cells[2:], widths[2:], strict=True)]
    return "  " + "  ".join([*words, *numbers]).rstrip()


def _reasons(ahead: Ahead, case: CaseStanding) -> list[str]:
    """Return why runs are stale, and how the last attempt failed and where its log is."""
    said = [f"stale: {worded(tally(case.stale))}"] if case.stale else []
    if case.missing and case.last_failure:
        log = case.last_failure.log
        where = f"; read {ahead.folder / log}" if log else ""
        said.append(f"failed: {case.last_failure.message}{where}")
    return said


def _notes(ahead: Ahead) -> list[str]:
    """Return what the table does not show."""
    beside = ahead.standing.beside
    said = [f"beside: {len(beside)} stale runs: {worded(tally(beside))}"] if beside else []
    if ahead.plan.tuned is None:
        said.append("the baseline's own runs follow once the trial has chosen its level")
    said += [f"skipped: {item.case_id}: {item.reason}" for item in ahead.plan.skipped]
    said += [f"oversubscribed: {name}: {why}" for name, why in _oversubscribed(ahead).items()]
    if ahead.begins_anew:
        said.append("these records are committed and finished; a new folder is begun for all runs")
    return said


def _oversubscribed(ahead: Ahead) -> dict[str, str]:
    """Return, by case, what is measured all the same though the machine lacks what it needs."""
    environment = ahead.plan.environment
    cases = {run.case.id: run.case for run in ahead.plan.runs}.values() if environment else ()
    found = {case.id: lacking(case, environment) for case in cases if environment}
    return {name: why for name, why in found.items() if why}


def _total(ahead: Ahead) -> list[str]:
    """Return what everything still to be made takes: time, then money at its price."""
    total, guessed = ahead.total, {part.basis for part in ahead.by_case.values()}
    runs = "1 run" if total.runs == 1 else f"{total.runs} runs"
    lines = [f"{runs} to make: {bounded_duration(total)}"]
    if guessed & {Basis.EARLIER, Basis.OTHERS}:
        lines.append("~ from stale runs of the case, or from other cases of its benchmark")
    if ahead.paid:
        price, per = ahead.paid.price, ahead.paid.billed_per.value
        guess = "estimated, " if price.estimate else ""
        lines.append(
            f"{bounded_usd(total)} at {price.usd_per_hour:g} USD per hour and {per}"
            f" as of {price.date} ({guess}{price.source})"
        )
    return lines
