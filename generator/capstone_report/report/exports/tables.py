"""The analysis as CSV: every attempt, every case, the scaling points and the findings, units in the header."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum

from capstone_report.analysis.estimates import Estimate
from capstone_report.analysis.facts import Analysis, CaseFacts, ScalingPoint
from capstone_report.findings.finding import Finding
from capstone_report.report.exports.walk import Hint, fields_of
from capstone_report.report.exports.walked_schema import unit_of

Cell = str | int | float | bool
Row = dict[str, Cell]

FINDING_COLUMNS = ("code", "severity", "where", "title", "what", "why", "remedy", "section")


def tables(analysis: Analysis) -> dict[str, str]:
    """Return every table by its file name; a cell is empty where nothing is known."""
    return {
        "runs.csv": analysis.runs_csv,
        "cases.csv": _table([dict(_cells(case)) for case in _cases(analysis)]),
        "scaling.csv": _table([_scaling_row(point) for point in analysis.points]),
        "findings.csv": _table([_finding_row(finding) for finding in analysis.findings]),
    }


def _cases(analysis: Analysis) -> list[CaseFacts]:
    """Return the baseline, one worker and the scaling cases, each once."""
    points = [point.case for point in analysis.points]
    found = [analysis.baseline, analysis.one_worker, *points]
    return list({case.case_id: case for case in found if case}.values())


def _scaling_row(point: ScalingPoint) -> Row:
    """Return a scaling point as one row; what its case is alone stands in the table of cases."""
    named: Row = {
        "case id": point.case.case_id,
        "workers": point.case.workers,
        "runs": point.case.runs,
    }
    return named | dict(_cells(point)) | {"oversubscribed": point.oversubscribed}


def _cells(fact: CaseFacts | ScalingPoint) -> Iterator[tuple[str, Cell]]:
    """Yield the cells of a fact with their headers: plain values, numbers and metrics.

    What is known run by run stands in the table of runs.
    """
    kind: Hint = type(fact)
    for name in fields_of(kind):
        value, title = getattr(fact, name), name.replace("_", " ")
        if isinstance(value, Estimate):
            yield from _estimate(title, value)
        elif isinstance(value, Mapping):
            for metric, estimate in value.items():
                if isinstance(estimate, Estimate):
                    yield from _estimate(metric, estimate)
        elif isinstance(value, str | int | float):
            unit = unit_of(name)
            yield f"{title} ({unit})" if unit else title, value


def _estimate(title: str, estimate: Estimate) -> Iterator[tuple[str, Cell]]:
    """Yield a number with its interval, the interval's level and method, and n."""
    yield f"{title} ({estimate.unit})", estimate.value
    if estimate.interval:
        yield f"{title} low ({estimate.unit})", estimate.interval.low
        yield f"{title} high ({estimate.unit})", estimate.interval.high
        yield f"{title} level (1)", estimate.interval.level
        yield f"{title} method", estimate.interval.method.value
    yield f"{title} n", estimate.n


def _finding_row(finding: Finding) -> Row:
    """Return a finding as one row."""
    return {name: _plain(getattr(finding, name)) for name in FINDING_COLUMNS}


def _plain(value: Cell) -> Cell:
    """Return a value as a cell holds it."""
    return str(value.value) if isinstance(value, Enum) else value


def _table(rows: Sequence[Row]) -> str:
    """Return rows as CSV whose columns are those that any row has; without rows, the empty text."""
    columns = list(dict.fromkeys(header for row in rows for header in row))
    stream = io.StringIO()
    writer = csv.DictWriter(stream, columns, restval="", lineterminator="\n")
    if columns:
        writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()
