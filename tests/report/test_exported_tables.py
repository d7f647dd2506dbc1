"""The tables of an export: what they hold, with units in their headers."""

import csv
import io
from pathlib import Path

from capstone_report.report.exports.tables import tables
from simulated import TIMES, analyse, codes


def rows(text: str) -> list[dict[str, str]]:
    """Read a table."""
    return list(csv.DictReader(io.StringIO(text)))


def test_the_runs_are_those_of_the_site(tmp_path: Path) -> None:
    analysis = analyse(tmp_path, TIMES)

    assert tables(analysis)["runs.csv"] == analysis.runs_csv


def test_a_speedup_stands_with_unit_interval_level_method_and_n(tmp_path: Path) -> None:
    analysis = analyse(tmp_path, TIMES)

    last = rows(tables(analysis)["scaling.csv"])[-1]

    speedup = analysis.points[-1].speedup
    assert speedup.interval
    assert float(last["speedup (1)"]) == speedup.value
    assert float(last["speedup low (1)"]) == speedup.interval.low
    assert float(last["speedup high (1)"]) == speedup.interval.high
    assert last["speedup level (1)"] == "0.95"
    assert last["speedup method"] == "Hodges-Lehmann"
    assert last["speedup n"] == speedup.n
    assert last["oversubscribed"] == str(analysis.points[-1].oversubscribed)


def test_every_case_is_one_row_with_every_metric_in_its_unit(tmp_path: Path) -> None:
    analysis = analyse(tmp_path, TIMES)

    cases = rows(tables(analysis)["cases.csv"])

    assert analysis.baseline
    assert len({case["case id"] for case in cases}) == len(cases) == 1 + len(analysis.points)
    assert float(cases[0]["work_time (s)"]) == analysis.baseline.time.value
    assert "accuracy (1)" in cases[0]
    assert "peak memory bytes (B)" in cases[0]


def test_every_finding_is_one_row_with_what_to_do(tmp_path: Path) -> None:
    analysis = analyse(tmp_path, TIMES)

    findings = rows(tables(analysis)["findings.csv"])

    assert [finding["code"] for finding in findings] == codes(analysis)
    assert all(finding["remedy"] for finding in findings)
    assert {finding["severity"] for finding in findings} <= {"note", "warning", "refusal"}


def test_without_an_interval_its_cells_are_empty(tmp_path: Path) -> None:
    analysis = analyse(tmp_path, {case: times[:3] for case, times in TIMES.items()})

    (first, *_) = rows(tables(analysis)["cases.csv"])

    assert first["time n"] == "3"
    assert "time low (s)" not in first


def test_what_was_not_measured_is_an_empty_table(tmp_path: Path) -> None:
    assert tables(analyse(tmp_path, {}))["scaling.csv"] == ""
