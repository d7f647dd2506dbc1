"""Tables, MLPerf's log and step logs: what a line says, and where it says something wrong."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from capstone_report.parsers.mllog import MlPerfLog
from capstone_report.parsers.output import LINE_LIMIT
from capstone_report.parsers.parser import Parsed
from capstone_report.parsers.step_log import StepLog
from parsers.runs import parse, values

SECONDS = {"column": "seconds", "metric": "step_time", "unit": "s"}
RUN_START, RUN_STOP = ("INTERVAL_START", "run_start"), ("INTERVAL_END", "run_stop")


def csv(run_folder: Path, text: str, **options: Any) -> Parsed:  # noqa: ANN401 - the parser's options
    """Parse a table that a program printed."""
    columns = options.pop("columns", [SECONDS])
    return parse(run_folder, "csv", {"stdout.txt": text}, columns=columns, **options)


def event(kind: tuple[str, str], time_ms: object, value: object = None, **metadata: object) -> str:
    """Return one line of MLPerf's log."""
    said = {"time_ms": time_ms, "event_type": kind[0], "key": kind[1], "value": value}
    return f":::MLLOG {json.dumps({**said, 'metadata': metadata})}\n"


def mllog(run_folder: Path, *lines: str, **options: Any) -> Parsed:  # noqa: ANN401 - the parser's options
    """Parse lines that a program printed."""
    return parse(run_folder, "mllog", {"stdout.txt": "".join(lines)}, **options)


def step_log(run_folder: Path, text: str, **options: Any) -> Parsed:  # noqa: ANN401 - the parser's options
    """Parse lines that a program printed."""
    return parse(run_folder, "step-log", {"stdout.txt": text}, **options)


def test_reading_ends_where_no_more_values_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("capstone_report.parsers.values.MOST_SAMPLES", 3)

    parsed = csv(tmp_path, "seconds\n" + "1\n" * 100)

    assert len(parsed.samples) == 3
    assert parsed.problems == ("stdout.txt:5: more than 3 values until here; report fewer",)


def test_reading_ends_after_too_many_problems(tmp_path: Path) -> None:
    parsed = step_log(tmp_path, "step: 1 loss: nan\n" * 5000)

    assert len(parsed.problems) == 1001
    assert parsed.problems[-1].startswith("stdout.txt:1001: too many problems until here")


def test_rows_without_a_step_are_counted(tmp_path: Path) -> None:
    assert values(csv(tmp_path, "seconds\n1\n2\n")) == [(1.0, 0, 0), (2.0, 0, 1)]


def test_other_separators_quotes_and_a_phase_are_read(tmp_path: Path) -> None:
    text = 'name;seconds;phase\n"a;b";1.5;warmup\n"c\nd";2.5;\n'

    parsed = csv(tmp_path, text, delimiter=";", phase="phase")

    assert [(s.value, s.phase) for s in parsed.samples] == [(1.5, "warmup"), (2.5, None)]
    assert parsed.matched == {("stdout.txt", 1), ("stdout.txt", 2), ("stdout.txt", 4)}


def test_every_file_has_a_header_of_its_own(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "metrics/0.csv": "rank,seconds\n0,1\n",
        "metrics/1.csv": "seconds,rank\n2,1\n",
    }

    parsed = parse(tmp_path, "csv", files, columns=[SECONDS], rank="rank", file="metrics/*.csv")

    assert values(parsed) == [(1.0, 0, None), (2.0, 1, None)]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("seconds,step\n1\n", "stdout.txt:2: 1 cells under a header of 2"),
        ("seconds,step\nfast,1\n", "stdout.txt:2: 'fast' is not a finite number"),
        ("seconds,step\n1,1.5\n", "stdout.txt:2: '1.5' is not a whole number"),
        ('seconds,step\n"1"x,1\n', "stdout.txt:2: ',' expected after '\"'"),
        ("seconds\n1\n", "stdout.txt: no line names the columns seconds, step"),
        (
            f"seconds,step\n1,{' ' * LINE_LIMIT}1\n",
            f"stdout.txt:2: a row of more than {LINE_LIMIT}",
        ),
    ],
    ids=["short row", "no number", "no step", "quotes", "no column", "long row"],
)
def test_a_row_that_cannot_be_read_is_refused_with_its_line(
    text: str, problem: str, tmp_path: Path
) -> None:
    parsed = csv(tmp_path, text, step="step")

    assert len(parsed.problems) == 1
    assert parsed.problems[0].startswith(problem)


def test_empty_lines_and_empty_cells_are_no_values(tmp_path: Path) -> None:
    parsed = csv(tmp_path, "seconds,step\n\n,1\n2,2\n", step="step")

    assert values(parsed) == [(2.0, 0, 2)]
    assert parsed.problems == ()


def test_an_interval_lasts_from_its_start_to_its_end_in_the_unit_asked_for(
    tmp_path: Path,
) -> None:
    told = [{"key": "epoch", "metric": "epoch_time", "unit": "ms"}]
    lines = [
        event((kind, f"epoch_{end}"), time_ms)
        for kind, end, time_ms in (
            ("INTERVAL_START", "start", 10),
            ("INTERVAL_END", "stop", 40),
            ("INTERVAL_START", "start", 50),
            ("INTERVAL_END", "end", 90),
        )
    ]

    parsed = mllog(tmp_path, *lines, intervals=told)

    assert values(parsed) == [(pytest.approx(30.0), 0, 0), (pytest.approx(40.0), 0, 1)]
    assert parsed.problems == ()


def test_old_logs_that_name_both_ends_alike_are_paired(tmp_path: Path) -> None:
    told = [{"key": "block", "metric": "block_time"}]
    lines = [
        event((kind, "block"), ms) for kind, ms in (("INTERVAL_START", 0), ("INTERVAL_END", 9))
    ]

    assert values(mllog(tmp_path, *lines, intervals=told)) == [(pytest.approx(0.009), 0, None)]


def test_ranks_have_intervals_of_their_own(tmp_path: Path) -> None:
    lines = [
        f"{rank}: {event(kind, 1000 * time)}"
        for kind, time in ((RUN_START, 1), (RUN_STOP, 3))
        for rank in (0, 1)
    ]

    assert values(mllog(tmp_path, *lines)) == [(2.0, 0, None), (2.0, 1, None)]


def test_a_repeated_line_counts_once(tmp_path: Path) -> None:
    lines = [event(RUN_START, 0), event(RUN_START, 0), event(RUN_STOP, 5), event(RUN_STOP, 5)]

    parsed = mllog(tmp_path, *lines)

    assert values(parsed) == [(0.005, 0, None)]
    assert parsed.problems == ()
    assert len(parsed.matched) == 4


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ([event(RUN_STOP, 5)], "stdout.txt:1: run ends without having begun"),
        ([event(RUN_START, 5)], "stdout.txt:1: run begins here and never ends"),
        (
            [event(RUN_START, 5), event(RUN_START, 6), event(RUN_STOP, 7)],
            "stdout.txt:2: run begins again before it has ended",
        ),
        (
            [event(RUN_START, 5), event(RUN_STOP, 4)],
            "stdout.txt:2: run ends before it begins, at stdout.txt:1",
        ),
        (
            [event(RUN_START, 5), event(RUN_STOP, "late")],
            "stdout.txt:2: time_ms is 'late', not a number",
        ),
        ([":::MLLOG {broken\n"], "stdout.txt:1: Expecting property name"),
        ([":::MLLOG [1]\n"], "stdout.txt:1: not a JSON object"),
        ([":::MLLOG\n"], "stdout.txt:1: Expecting value"),
    ],
)
def test_events_that_do_not_fit_together_are_refused_with_their_line(
    lines: list[str], problem: str, tmp_path: Path
) -> None:
    parsed = mllog(tmp_path, *lines)

    assert len(parsed.problems) == 1
    assert parsed.problems[0].startswith(problem)


@pytest.mark.parametrize(("status", "ok"), [("success", True), ("aborted", False)])
def test_a_run_that_was_aborted_is_a_check_that_failed(
    status: str, ok: object, tmp_path: Path
) -> None:
    parsed = mllog(tmp_path, event(RUN_START, 0), event(RUN_STOP, 5, status=status))

    assert [(c.name, c.ok, c.detail) for c in parsed.checks] == [
        ("mlperf_run_status", ok, f'"{status}"')
    ]


def test_events_that_nobody_asked_for_say_nothing(tmp_path: Path) -> None:
    parsed = mllog(
        tmp_path,
        event(("INTERVAL_START", "init_start"), 0),
        event(("INTERVAL_END", "init_stop"), 1),
        event(("POINT_IN_TIME", "seed"), 2, 41),
        event(("POINT_IN_TIME", "eval_accuracy"), 3, 0.5),
        values=[{"key": "eval_accuracy", "metric": "accuracy", "unit": "1"}],
    )

    assert values(parsed) == [(0.5, 0, None)]
    assert parsed.problems == ()


@pytest.mark.parametrize(
    ("value", "problem"),
    [("0.7", "value is '0.7', not a number"), (None, "value is None, not a number")],
)
def test_an_event_whose_value_is_no_number_is_refused(
    value: object, problem: str, tmp_path: Path
) -> None:
    told = [{"key": "eval_accuracy", "metric": "accuracy", "unit": "1"}]

    parsed = mllog(tmp_path, event(("POINT_IN_TIME", "eval_accuracy"), 3, value), values=told)

    assert parsed.problems == (f"stdout.txt:1: {problem}",)


def test_a_step_that_the_metadata_lacks_is_refused(tmp_path: Path) -> None:
    told = [{"key": "loss", "metric": "loss", "unit": "1", "step": "epoch_num"}]

    parsed = mllog(tmp_path, event(("POINT_IN_TIME", "loss"), 3, 1.0), values=told)

    assert parsed.problems == ("stdout.txt:1: metadata.epoch_num is None, not a number",)


def test_a_duration_has_a_unit_of_time() -> None:
    told = {"key": "run", "metric": "time_to_train", "unit": "GiB"}

    with pytest.raises(ValidationError, match="'GiB' is not a unit of time"):
        MlPerfLog.model_validate({"intervals": [told]})


def test_the_time_to_train_is_read_without_any_option(tmp_path: Path) -> None:
    parsed = mllog(tmp_path, event(RUN_START, 0), event(RUN_STOP, 90_000))

    assert [(s.metric, s.value, s.unit) for s in parsed.samples] == [("time_to_train", 90.0, "s")]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("step: 3 time: 250ms", 0.25),
        ("step=3, time=0.25s, loss=1", 0.25),
        ("Step 3 | time = 250000us", 0.25),
        ("epoch 1 step: 3  time: 0.25", 0.25),
        ("step: 3 time: 2.5e-01 loss: 4", 0.25),
        ("step: 3 time: 0.25.", 0.25),
    ],
)
def test_a_line_names_its_step_and_values_in_many_ways(
    line: str, expected: float, tmp_path: Path
) -> None:
    told = [{"key": "time", "metric": "step_time", "unit": "s"}]

    assert values(step_log(tmp_path, line, keys=told)) == [(pytest.approx(expected), 0, 3)]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("step: 3 loss: nan", "stdout.txt:1: loss: 'nan' is not a finite number"),
        ("step: 3 loss: -inf", "stdout.txt:1: loss: '-inf' is not a finite number"),
        ("step: 3 loss: high", "stdout.txt:1: loss: 'high' is not a finite number"),
        ("step: 3 memory: 5ms", "stdout.txt:1: memory: '5ms' is not in a unit like GiB"),
        ("step: 3 memory: 5furlongs", "stdout.txt:1: memory: '5furlongs' is not in a unit like"),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_its_line(
    line: str, problem: str, tmp_path: Path
) -> None:
    parsed = step_log(tmp_path, line)

    assert len(parsed.problems) == 1
    assert parsed.problems[0].startswith(problem)


def test_lines_without_a_step_or_without_a_key_match_nothing(tmp_path: Path) -> None:
    parsed = step_log(tmp_path, "loss: 3\nstep: 4 lr: 0.1\nstep: 5 loss: 2\n")

    assert values(parsed) == [(2.0, 0, 5)]
    assert parsed.matched == {("stdout.txt", 3)}


def test_ranks_that_print_without_their_prefix_are_noticed(tmp_path: Path) -> None:
    told = step_log(tmp_path, "[rank0]:step: 1 loss: 2\n[rank1]:step: 1 loss: 3\n")
    untold = step_log(tmp_path, "step: 1 loss: 2\nstep: 1 loss: 3\n")

    assert told.problems == ()
    assert untold.problems == (
        "loss was reported twice by one rank; give repeated values their step=...",
    )


def test_memory_in_another_binary_unit_is_converted(tmp_path: Path) -> None:
    assert values(step_log(tmp_path, "step: 1 memory: 512MiB(3%)")) == [(0.5, 0, 1)]


def test_a_key_has_a_unit_of_the_table() -> None:
    with pytest.raises(ValidationError, match="there is no unit 'TFLOPS'"):
        StepLog.model_validate({"keys": [{"key": "tflops", "metric": "rate", "unit": "TFLOPS"}]})
