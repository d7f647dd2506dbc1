"""JSON that other tools export: every single time is taken, and what failed is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from capstone_report.parsers.parser import Parsed
from parsers.runs import parse, values

HYPERFINE = {"command": "sort a", "times": [0.2, 0.1], "exit_codes": [0, 0]}
BENCHMARK = {"name": "test_a", "fullname": "tests/t.py::test_a", "stats": {"data": [0.2, 0.1]}}
TRANSFER = {"time": 50.0, "alg_bw": 2.0, "bus_bw": 4.0, "nwrong": 0}
RESULT = {"size": 1024, "out_of_place": TRANSFER, "in_place": TRANSFER}


def hyperfine(run_folder: Path, *results: object, **options: Any) -> Parsed:  # noqa: ANN401 - the parser's options
    """Parse an export of some results."""
    text = json.dumps({"results": results})
    return parse(run_folder, "hyperfine", {"metrics/a.json": text}, **options)


def benchmarks(run_folder: Path, *items: object, **options: Any) -> Parsed:  # noqa: ANN401 - the parser's options
    """Parse an export of some benchmarks."""
    text = json.dumps({"benchmarks": items})
    return parse(run_folder, "pytest-benchmark", {"metrics/a.json": text}, **options)


def nccl(run_folder: Path, *results: object, **options: Any) -> Parsed:  # noqa: ANN401 - the parser's options
    """Parse an export of some results."""
    text = json.dumps({"results": results})
    return parse(run_folder, "nccl-tests-json", {"metrics/a.json": text}, **options)


def test_json_in_the_middle_of_what_was_printed_is_found_with_its_lines(tmp_path: Path) -> None:
    text = f"Benchmark 1\n{json.dumps({'results': [HYPERFINE]}, indent=1)}\nbye\n"

    parsed = parse(tmp_path, "hyperfine", {"stdout.txt": text}, file="stdout")

    assert values(parsed) == [(0.2, 0, 0), (0.1, 0, 1)]
    assert parsed.matched == {("stdout.txt", line) for line in range(2, text.count("\n"))}
    assert parsed.problems == ()


def test_output_without_any_json_says_nothing(tmp_path: Path) -> None:
    assert parse(tmp_path, "hyperfine", {"stdout.txt": "x {\n"}, file="stdout") == Parsed()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{\n"results": [\n}', "metrics/a.json:3: Expecting value"),
        ('note\n{\n"results": [1,]\n}', "metrics/a.json:3: "),
        ('{"results": NaN}', "metrics/a.json: NaN is not a number"),
        ('{"results": 1e999}', "metrics/a.json: 1e999 is too large"),
        ('{"results": 1, "results": 2}', "metrics/a.json: a key stands twice"),
        ('{"results": 5}', "metrics/a.json: results is not a list"),
        ("{}", "metrics/a.json: results is not a list"),
        ('{"results": ' + "[" * 50_000, "metrics/a.json: maximum recursion depth"),
        ('{"results": ' + "9" * 5000 + "}", "metrics/a.json: Exceeds the limit"),
    ],
)
def test_what_is_not_the_json_it_should_be_is_refused_at_its_place(
    text: str, problem: str, tmp_path: Path
) -> None:
    parsed = parse(tmp_path, "hyperfine", {"metrics/a.json": text})

    assert len(parsed.problems) == 1
    assert parsed.problems[0].startswith(problem)
    assert parsed.samples == ()


def test_one_of_several_commands_is_named_by_the_study(tmp_path: Path) -> None:
    other = {**HYPERFINE, "command": "sort b", "times": [7]}

    parsed = hyperfine(tmp_path, HYPERFINE, other, command="sort b", metric="work_time")

    assert [(s.metric, s.value, s.unit) for s in parsed.samples] == [("work_time", 7.0, "s")]


def test_several_commands_without_a_name_are_refused_with_their_names(tmp_path: Path) -> None:
    parsed = hyperfine(tmp_path, HYPERFINE, {**HYPERFINE, "command": "sort b"})

    assert parsed.problems == (
        "metrics/a.json: there are 2 commands; say command = one of 'sort a', 'sort b'",
    )


def test_a_command_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert "0 commands called 'x'" in hyperfine(tmp_path, HYPERFINE, command="x").problems[0]


@pytest.mark.parametrize("code", [1, -9, None])
def test_a_run_that_hyperfine_saw_fail_says_nothing(code: int | None, tmp_path: Path) -> None:
    parsed = hyperfine(tmp_path, {**HYPERFINE, "exit_codes": [0, code]})

    assert parsed.samples == ()
    assert parsed.problems == (
        "metrics/a.json: results[0].exit_codes[1] is not 0: a run that failed says nothing",
    )


def test_an_old_export_without_exit_codes_is_read(tmp_path: Path) -> None:
    assert len(hyperfine(tmp_path, {"command": "a", "times": [1, 2]}).samples) == 2


@pytest.mark.parametrize("time", [None, "1", True, [1], 10**400])
def test_a_time_that_is_no_number_is_refused_with_its_place(time: object, tmp_path: Path) -> None:
    parsed = hyperfine(tmp_path, {**HYPERFINE, "times": [1.0, time]})

    assert parsed.samples == ()
    assert parsed.problems[0].startswith("metrics/a.json: results[0].times[1] is ")


def test_an_export_without_the_single_times_is_refused(tmp_path: Path) -> None:
    assert "results[0].times is not a list" in hyperfine(tmp_path, {"command": "a"}).problems[0]


@pytest.mark.parametrize("name", ["test_b", "tests/t.py::test_b"])
def test_one_of_several_benchmarks_is_named_by_either_of_its_names(
    name: str, tmp_path: Path
) -> None:
    other = {"name": "test_b", "fullname": "tests/t.py::test_b", "stats": {"data": [3]}}

    parsed = benchmarks(tmp_path, BENCHMARK, other, benchmark=name)

    assert values(parsed) == [(3.0, 0, 0)]


@pytest.mark.parametrize(
    ("items", "options", "problem"),
    [
        ([BENCHMARK, BENCHMARK], {}, "there are 2 benchmarks; say benchmark = one of"),
        ([BENCHMARK], {"benchmark": "x"}, "there are 0 benchmarks called 'x'"),
        ([{**BENCHMARK, "stats": {}}], {}, "benchmarks[0].stats.data is not a list"),
    ],
)
def test_benchmarks_that_do_not_say_one_thing_are_refused(
    items: list[object], options: dict[str, str], problem: str, tmp_path: Path
) -> None:
    parsed = benchmarks(tmp_path, *items, **options)

    assert parsed.problems[0].startswith(f"metrics/a.json: {problem}")


def test_two_exports_of_one_metric_number_their_times_alike_and_are_refused(
    tmp_path: Path,
) -> None:
    text = json.dumps({"results": [HYPERFINE]})

    parsed = parse(tmp_path, "hyperfine", {"metrics/a.json": text, "metrics/b.json": text})

    assert "was reported twice" in parsed.problems[0]


def test_the_json_of_nccl_tests_gives_the_largest_size_out_of_place(tmp_path: Path) -> None:
    larger = {**RESULT, "size": 4096, "out_of_place": {**TRANSFER, "time": 80.0}}

    parsed = nccl(tmp_path, larger, RESULT)

    assert [(s.metric, s.value) for s in parsed.samples] == [
        ("collective_time", 80.0),
        ("algbw", 2.0),
        ("busbw_normalised", 4.0),
    ]
    assert "normalised, not measured" in parsed.notes[0]


def test_wrong_elements_in_json_are_refused_with_their_place(tmp_path: Path) -> None:
    parsed = nccl(tmp_path, {**RESULT, "out_of_place": {**TRANSFER, "nwrong": 3}})

    assert parsed.problems == ("metrics/a.json: results[0].out_of_place: 3 elements are wrong",)


def test_a_summary_that_says_wrong_is_refused(tmp_path: Path) -> None:
    text = json.dumps({"results": [RESULT], "out_of_bounds": {"count": 2, "okay": False}})

    parsed = parse(tmp_path, "nccl-tests-json", {"metrics/a.json": text})

    assert "elements are wrong" in parsed.problems[0]


@pytest.mark.parametrize("size", ["1024", None, 1e300])
def test_a_size_of_json_that_is_no_number_is_no_size(size: object, tmp_path: Path) -> None:
    parsed = nccl(tmp_path, {**RESULT, "size": size}, size_bytes=7)

    assert len(parsed.problems) == 1
