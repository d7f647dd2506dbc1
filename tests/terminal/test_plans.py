"""How a plan looks: on a terminal of 100 columns, in a pipe, as JSON; and a status in a line."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capstone_report.analysis.ahead import Ahead, look_ahead
from capstone_report.results.journal import Journal
from capstone_report.results.records import Outcome, RunRecord
from capstone_report.spec.load import load_project
from capstone_report.terminal.amounts import duration, fitted, indented, usd
from capstone_report.terminal.output import print_json
from capstone_report.terminal.plans import plan_row, print_plan, terminal_width
from capstone_report.terminal.statuses import status_line, status_row
from simulated import (
    ENVIRONMENT,
    GONE,
    TIMES,
    Changes,
    analyse,
    load,
    machine_folder,
    pool,
    records,
    write_workspace,
)

TRIAL: Changes = {
    "baseline__tune": {"factor": "threads", "repeats": 3},
    "benchmarks__0__levels": {"threads": [1, 2, 16]},
}


def ahead(
    root: Path,
    made: Sequence[RunRecord] = (),
    *,
    finished: bool = False,
    workspace: Changes | None = None,
    **changes: object,
) -> Ahead:
    """Return what a run of the simulated study, changed, would do with some records there."""
    project = load_project(write_workspace(root, workspace=workspace, **Changes(changes)))
    (loaded,) = project.studies
    journal = Journal(folder=machine_folder(loaded), records=tuple(made), head="", size=0, torn=b"")
    return look_ahead(loaded, project.workspace, journal, ENVIRONMENT, finished=finished)


def measured(root: Path) -> list[RunRecord]:
    """Return the complete records of the simulated study."""
    return records(load(write_workspace(root)), TIMES)


def printed(found: Ahead, capsys: pytest.CaptureFixture[str], width: int | None = None) -> str:
    """Return what is printed of a plan."""
    print_plan(found, width)
    return capsys.readouterr().out


def test_each_case_has_a_line_with_its_counts_and_the_time_that_is_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = [run for run in measured(tmp_path) if run.case_id != pool(4) or run.repeat < 3]

    lines = printed(ahead(tmp_path, made), capsys).splitlines()

    assert [line.split() for line in lines[1:6]] == [
        ["measurement", "state", "done", "stale", "missing", "failed", "time", "left"],
        ["serial/threads=1,workers=1", "done", "6", "of", "6", "0", "0", "0"],
        ["pool/threads=1,workers=1", "done", "6", "of", "6", "0", "0", "0"],
        ["pool/threads=1,workers=2", "done", "6", "of", "6", "0", "0", "0"],
        ["pool/threads=1,workers=4", "missing", "3", "of", "6", "0", "3", "0", "8.3", "s"],
    ]


def test_the_total_names_time_and_money_with_their_bounds_and_the_price_with_its_source(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = [run for run in measured(tmp_path) if run.case_id != pool(4) or run.repeat < 3]

    text = printed(ahead(tmp_path, made), capsys)

    assert "3 runs to make: about 8.3 s, at most 30 min\n" in text
    assert (
        "about 0.0033 USD, at most 0.72 USD at 0.36 USD per hour and core"
        " as of 2026-11-21 (invented)\n" in text
    )
    assert "~" not in text


def test_a_stale_case_says_why_and_marks_its_time_as_an_estimate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = measured(tmp_path)

    text = printed(ahead(tmp_path, made, benchmarks__1__env={"X": "on"}), capsys)

    assert "      stale: X was unset, is on (6)\n" in text
    assert "~17 s" in text
    assert "~ from stale runs of the case, or from other cases of its benchmark" in text


def test_a_failed_case_names_the_last_failure_and_its_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = measured(tmp_path)
    failed = {"outcome": Outcome.FAILED, "message": "its own check failed: \x1b[2Jx"}
    made[-2] = made[-2].model_copy(update=failed | {"raw": {"raw/a/stdout.txt": "0" * 64}})
    made[-1] = made[-1].model_copy(update=failed)

    text = printed(ahead(tmp_path, made), capsys)

    log = machine_folder(load(tmp_path)) / "raw/a/stdout.txt"
    assert f"      failed: its own check failed: ?[2Jx; read {log}\n" in text
    assert "      failed: its own check failed: ?[2Jx\n" in text


def test_what_is_measured_later_elsewhere_or_no_more_stands_below_the_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = measured(tmp_path)

    text = printed(ahead(tmp_path, made, benchmarks__1__name="other", **TRIAL), capsys)

    assert "the baseline's own runs follow once the trial has chosen its level" in text
    assert "skipped: serial/threads=16,workers=1: needs 16 cores; this machine has 4" in text
    assert (
        "beside: 24 stale runs: the case is no longer declared (18), the trial is not complete (6)"
        in text
    )
    assert text.index("trial  ") < text.index("measurement  ")


def test_committed_records_that_miss_a_run_are_said_to_be_begun_anew(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = ahead(tmp_path, measured(tmp_path)[:-1], finished=True)

    text = printed(found, capsys)

    assert "a new folder is begun for all runs" in text
    assert "24 runs to make: about" in text
    assert plan_row(found)["begins_new_folder"] is True


def test_a_complete_plan_says_that_nothing_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = printed(ahead(tmp_path, measured(tmp_path)), capsys)

    assert text.endswith("  nothing is missing\n")


def test_a_study_of_which_nothing_fits_here_has_no_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changes: Changes = {
        "benchmarks__0__levels": {"threads": [16]},
        "benchmarks__1__levels": {"workers": [16]},
    }

    text = printed(ahead(tmp_path, **changes), capsys, 100)

    assert "state" not in text
    assert "skipped: pool/threads=1,workers=16" in text


def test_what_is_measured_though_the_machine_lacks_it_is_labelled(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changes: Changes = {
        "benchmarks__1__levels": {"workers": [2, 16]},
        "benchmarks__1__oversubscribe": True,
    }
    found = ahead(tmp_path, **changes)

    assert "oversubscribed: pool/threads=1,workers=16: needs 16 cores" in printed(
        found, capsys, 100
    )
    assert plan_row(found)["oversubscribed"] == [
        {"case": "pool/threads=1,workers=16", "reason": "needs 16 cores; this machine has 4"}
    ]


def test_unknown_times_are_bounded_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    part = [run for run in measured(tmp_path) if run.benchmark == "pool"][:1]

    nothing = printed(ahead(tmp_path, workspace={"prices__core-hour__estimate": True}), capsys)
    some = printed(ahead(tmp_path, part, cost=GONE), capsys)

    assert "24 runs to make: at most 4 h (nothing like them has been measured)" in nothing
    assert (
        "at most 2.88 USD at 0.36 USD per hour and core as of 2026-11-21 (estimated, inv" in nothing
    )
    assert " and 6 runs of unknown time, at most 3 h 50 min" in some
    assert "USD" not in some


@pytest.mark.parametrize("width", [100, 160])
def test_a_terminals_lines_fit_its_width_and_every_word_of_a_reason_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], width: int
) -> None:
    levels = {"workers": [1, 2], "a_factor_with_a_very_long_name_indeed": ["and a long level, too"]}
    reason: Changes = {
        "benchmarks__1__env": {f"VARIABLE_{number}": "x" * 20 for number in range(6)}
    }
    made = measured(tmp_path)
    third: Changes = {
        "benchmarks__2": {"name": "sweep", "command": ["python", "pool.py"], "levels": levels}
    }

    found = ahead(tmp_path, made, **third, **reason)
    text, wide = printed(found, capsys, width), printed(found, capsys)

    assert max(len(line) for line in text.splitlines()) <= width
    assert " ".join(text.split()).count("VARIABLE_3 was unset, is xxxxxxxxxxxxxxxxxxxx (6)") == 3
    assert ("..." in text) is (width == 100)
    assert "a_factor_with_a_very_long_name_indeed=and a long level, too" in wide


def test_the_json_holds_state_reason_and_estimate_of_every_case(tmp_path: Path) -> None:
    made = measured(tmp_path)
    failed = {"outcome": Outcome.FAILED, "message": "exited with status 1"}
    made[-1] = made[-1].model_copy(update=failed | {"raw": {"raw/a/stderr.txt": "0" * 64}})

    row = json.loads(json.dumps(plan_row(ahead(tmp_path, made))))

    case = next(item for item in row["cases"] if item["case"] == made[-1].case_id)
    assert (case["state"], case["reason"]) == ("failed", "exited with status 1")
    assert (case["wanted"], case["done"], case["missing"], case["failed"]) == (6, 5, 1, 1)
    assert case["last_failure"]["log"].endswith("raw/a/stderr.txt")
    assert case["estimate"]["from"] == "runs of the case"
    assert case["estimate"]["at_most_seconds"] == 600
    assert sorted({run["state"] for run in row["runs"]}) == ["done", "failed"]
    assert all(run["done"] == (run["state"] == "done") for run in row["runs"])
    assert row["estimate"]["runs"] == 1
    assert row["estimate"]["price"] == {
        "usd_per_hour": 0.36,
        "unit": "core",
        "billed_per": "core",
        "date": "2026-11-21",
        "source": "invented",
        "estimate": False,
    }


def test_the_json_of_stale_cases_counts_each_reason_and_unknown_times_are_null(
    tmp_path: Path,
) -> None:
    made = measured(tmp_path)

    row = plan_row(ahead(tmp_path, made, benchmarks__1__env={"X": "on"}, cost=GONE))
    unknown = plan_row(ahead(tmp_path))

    assert row["cases"][-1]["stale_reasons"] == [{"reason": "X was unset, is on", "runs": 6}]
    assert row["cases"][0]["estimate"] is None
    assert row["estimate"]["price"] is None
    assert unknown["estimate"]["seconds"] is None
    assert unknown["estimate"]["usd"] is None


def test_the_status_names_what_is_stale_and_why(tmp_path: Path) -> None:
    def old(run: RunRecord) -> RunRecord:
        first = {"identity": {}, "fingerprint": "0" * 16} if run.repeat == 0 else {}
        return run.model_copy(update=first)

    current, stale = analyse(tmp_path / "a", TIMES), analyse(tmp_path / "b", TIMES, edit=old)

    why = "the program, its inputs or its command changed"
    assert status_line("x1", current) == "simulated on x1: 24 attempts, 0 failed, 0 missing; faster"
    assert f"4 missing, 4 stale ({why} (4)); " in status_line("x1", stale)
    assert status_row("x1", stale, None)["stale_reasons"] == [{"reason": why, "runs": 4}]


def test_only_a_terminal_has_a_width(monkeypatch: pytest.MonkeyPatch) -> None:
    assert terminal_width() is None

    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    widths = []
    for columns in ("40", "100", "180"):
        monkeypatch.setenv("COLUMNS", columns)
        widths.append(terminal_width())

    assert widths == [100, 100, 180]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        *(
            (0.25, "250 ms"),
            (8.34, "8.3 s"),
            (33.04, "33 s"),
            (59.7, "1 min"),
            (86, "1 min 26 s"),
            (720, "12 min"),
            (3600, "1 h"),
            (4200, "1 h 10 min"),
        ),
        *((3599, "1 h"), (7190, "2 h"), (86_400, "24 h"), (273_600, "3 d 4 h"), (259_200, "3 d")),
    ],
)
def test_durations_are_told_in_two_units(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [(0, "0.00 USD"), (0.0033, "0.0033 USD"), (0.04, "0.04 USD"), (1234.5, "1,234.50 USD")],
)
def test_money_is_told_in_cents_or_in_two_digits(amount: float, text: str) -> None:
    assert usd(amount) == text


@given(st.text(max_size=60), st.integers(min_value=12, max_value=80))
def test_a_fitted_text_is_never_wider_and_a_short_one_is_itself(text: str, width: int) -> None:
    assert len(fitted(text, width)) == min(len(text), width)
    assert fitted(text, max(len(text), 1)) == text


@given(st.text(max_size=60))
def test_an_indented_text_commands_no_terminal(text: str) -> None:
    assert indented(text, 4, None).isprintable()


def test_an_answer_is_indented_for_a_reader_unless_nobody_could_read_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_json("plan", studies=[1])
    short = capsys.readouterr().out
    print_json("plan", studies=["x" * 100] * 20_000)
    long = capsys.readouterr().out

    assert short == '{\n "schema": "capstone/plan/1",\n "studies": [\n  1\n ]\n}\n'
    assert long.count("\n") == 1
    assert len(json.loads(long)["studies"]) == 20_000
