"""`capstone try`: runs one case once, and shows what was captured and what was not matched."""

import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from capstone_report.errors import MeasurementError, UsageError
from capstone_report.terminal.measuring import require_here
from capstone_report.terminal.options import json_option, project_option
from capstone_report.terminal.output import print_json, print_labelled, print_table

if TYPE_CHECKING:
    from capstone_report.cases import Case
    from capstone_report.findings.finding import Finding
    from capstone_report.measure.trying import Tried
    from capstone_report.plan import Skipped
    from capstone_report.results.records import Sample
    from capstone_report.spec.benchmarks import Metric
    from capstone_report.spec.load import LoadedStudy

SHOWN_PROBLEMS = 20
SHOWN_RANKS = 8
LONGEST_LINE = 160
HEADERS = ("metric", "unit", "count", "ranks", "first", "last", "run's value", "")


@click.command(name="try")
@click.argument("study")
@click.argument("case", required=False)
@project_option
@json_option
def try_case(study: str, case: str | None, project: Path, *, as_json: bool) -> None:
    """Run one CASE of STUDY once, and show what was captured and what was not matched.

    CASE is an id or a beginning of one; without it the cases are listed. Nothing is recorded: the
    outputs go to a temporary folder. Exit code 4 if the run would not count.
    """
    from capstone_report.measure import facts
    from capstone_report.measure.trying import prepare, try_once, tryable
    from capstone_report.spec.load import find_root, load_project

    (loaded,) = load_project(find_root(project), (study,)).studies
    require_here(loaded, "try")
    environment = facts.environment(loaded.folder)
    cases, skipped = tryable(loaded, environment)
    if case is None:
        _list(loaded, cases, skipped, as_json=as_json)
        return
    attempt = prepare(loaded, _the_case(loaded, cases, case), environment)
    command = shlex.join(attempt.command)
    click.echo(f"{loaded.id}: {attempt.run.case.id}: {command}", err=True)
    tried = try_once(attempt)
    if as_json:
        print_json("try", **_answer(loaded, tried))
    else:
        _show(loaded, tried)
    if tried.stopped_by is not None:
        sys.exit(128 + tried.stopped_by)
    if tried.record.outcome.value != "ok":
        sys.exit(MeasurementError.exit_code)


def _list(
    loaded: "LoadedStudy",
    cases: "tuple[Case, ...]",
    skipped: "tuple[Skipped, ...]",
    *,
    as_json: bool,
) -> None:
    """List the cases, and why others cannot be run here."""
    rows = [{"case": c.id, "command": list(_command(c))} for c in cases]
    lacking = [{"case": skip.case_id, "reason": skip.reason} for skip in skipped]
    if as_json:
        print_json("try", study=loaded.id, cases=rows, skipped=lacking)
        return
    print_labelled([(case.id, shlex.join(_command(case))) for case in cases])
    for skip in skipped:
        click.echo(f"  {skip.case_id}: {skip.reason}", err=True)


def _command(case: "Case") -> list[str]:
    """Return a case's command line as its launcher makes it."""
    return case.benchmark.launcher.command(list(case.command), case.allocation)


def _the_case(loaded: "LoadedStudy", cases: "tuple[Case, ...]", name: str) -> "Case":
    """Return the one case that is named.

    Raises:
        UsageError: none is, or several are.
    """
    from capstone_report.findings.environment import NO_SUCH_CASE
    from capstone_report.measure.trying import named_cases

    found = named_cases(cases, name)
    if len(found) == 1:
        return found[0]
    raise UsageError(
        NO_SUCH_CASE(
            f"specs/{loaded.id}",
            case=name,
            found=f"{len(found)} cases" if found else "no case",
            study=loaded.id,
            known=", ".join(case.id for case in cases) or "none",
        )
    )


def _answer(loaded: "LoadedStudy", tried: "Tried") -> dict[str, Any]:
    """Return everything as JSON holds it."""
    from capstone_report.terminal.answers import problem_rows

    record = tried.record
    return {
        "study": loaded.id,
        "case": record.case_id,
        "command": list(record.command),
        "outcome": record.outcome.value,
        "message": record.message,
        "wall_time_s": record.wall_time_s,
        "exit_code": record.exit_code,
        "signal": record.signal,
        "folder": str(tried.folder),
        "metrics": list(_rows(loaded, tried)),
        "checks": [check.model_dump(mode="json") for check in record.checks],
        "problems": list(tried.parsed.problems),
        "notes": list(record.notes),
        "findings": problem_rows(_contradictions(loaded, tried)),
        "unmatched_lines": tried.unmatched_lines,
        "unmatched": [
            {"file": line.file, "line": line.number, "text": line.text} for line in tried.unmatched
        ],
    }


def _contradictions(loaded: "LoadedStudy", tried: "Tried") -> "list[Finding]":
    """Return which rates contradict the work of this one run and its time."""
    from capstone_report.analysis.claimed_rates import wrong_scopes

    found = wrong_scopes(f"specs/{loaded.id}", loaded.study, [tried.record], None)
    return [finding for _, finding in found]


def _rows(loaded: "LoadedStudy", tried: "Tried") -> Iterator[dict[str, Any]]:
    """Yield each metric, first those that the study declares, with what was captured of it."""
    declared = loaded.study.metrics
    captured: dict[str, list[Sample]] = {name: [] for name in declared}
    for sample in tried.record.samples:
        captured.setdefault(sample.metric, []).append(sample)
    for name, samples in captured.items():
        metric = declared.get(name)
        yield {
            "metric": name,
            "units": sorted({sample.unit for sample in samples}),
            "count": len(samples),
            "ranks": sorted({sample.rank for sample in samples}),
            "first": samples[0].value if samples else None,
            "last": samples[-1].value if samples else None,
            "value": _value(tried, name, metric) if metric else None,
            "declared_unit": metric.unit if metric else None,
            "remark": _remark(metric, samples),
        }


def _value(tried: "Tried", name: str, metric: "Metric") -> float | None:
    """Return the one value that the run would count with."""
    from capstone_report.results.values import run_value

    return run_value(
        tried.record,
        name,
        kind=metric.kind,
        scope=metric.scope,
        direction=metric.direction,
        unit=metric.unit,
    )


def _remark(metric: "Metric | None", samples: "list[Sample]") -> str:
    """Return what does not fit between what was declared and what was captured."""
    from capstone_report.results.values import SHARED_SAMPLES

    if metric is None:
        return "added by capstone" if samples[0].metric == SHARED_SAMPLES else "not declared"
    if not samples:
        return "missing"
    if any(sample.unit != metric.unit for sample in samples):
        return f"declared in {metric.unit}"
    return ""


def _show(loaded: "LoadedStudy", tried: "Tried") -> None:
    """Print everything for a reader."""
    record = tried.record
    print_labelled(
        [
            ("outcome", ": ".join(filter(None, (record.outcome.value, record.message)))),
            ("wall time", f"{record.wall_time_s:.3f} s"),
            ("outputs", str(tried.folder)),
            *(("check", f"{c.name}: {'ok' if c.ok else 'failed'}") for c in record.checks),
            *(("problem", problem) for problem in tried.parsed.problems[:SHOWN_PROBLEMS]),
            *(("note", note) for note in record.notes),
            *(
                ("warning", f"[{f.code}] {f.what}; {f.remedy}")
                for f in _contradictions(loaded, tried)
            ),
        ]
    )
    print_table(HEADERS, [_cells(row) for row in _rows(loaded, tried)])
    click.echo(f"{tried.unmatched_lines} lines of output matched nothing")
    for line in tried.unmatched:
        click.echo(f"  {line}: {_printable(line.text)}")
    if (more := tried.unmatched_lines - len(tried.unmatched)) > 0:
        click.echo(f"  and {more} more")


def _cells(row: dict[str, Any]) -> list[str]:
    """Return a metric's row of the table."""
    numbers = [row["first"], row["last"], row["value"]]
    return [
        row["metric"],
        " ".join(row["units"]) or row["declared_unit"],
        str(row["count"]),
        _ranks(row["ranks"]),
        *("-" if number is None else f"{number:.6g}" for number in numbers),
        row["remark"],
    ]


def _ranks(ranks: list[int]) -> str:
    """Return the ranks that reported, many of them in short."""
    if len(ranks) > SHOWN_RANKS:
        return f"{ranks[0]}...{ranks[-1]} ({len(ranks)})"
    return ",".join(str(rank) for rank in ranks) or "-"


def _printable(text: str) -> str:
    """Return a line with nothing that a terminal obeys, and not too long."""
    safe = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return safe if len(safe) <= LONGEST_LINE else f"{safe[:LONGEST_LINE]}..."
