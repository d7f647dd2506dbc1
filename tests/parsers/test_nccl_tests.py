"""The tables of nccl-tests: columns by their header, wrong results refused, names that do not lie."""

from pathlib import Path

import pytest

from parsers.runs import parse, values

HEADER = (
    "#       size         count      type   redop    root     time   algbw   busbw  #wrong"
    "     time   algbw   busbw  #wrong"
)
ROW = "        1024           256     float     sum      -1    30.00    0.03    0.05       0"
IN_PLACE = "    29.00    0.04    0.06       0"


def table(*rows: str, header: str = HEADER, prefix: str = "") -> dict[str, str | bytes]:
    """Return what a program prints."""
    return {"stdout.txt": "".join(f"{prefix}{line}\n" for line in (header, *rows))}


def test_one_size_is_one_value_so_that_sizes_never_mix_in_a_median(tmp_path: Path) -> None:
    larger = ROW.replace("1024", "2048").replace("30.00", "55.00")
    printed = table(ROW + IN_PLACE, larger + IN_PLACE)

    largest = parse(tmp_path, "nccl-tests", printed)
    smaller = parse(tmp_path, "nccl-tests", printed, size_bytes=1024)

    assert [value for value, _, _ in values(largest)] == [55.0, 0.03, 0.05]
    assert [value for value, _, _ in values(smaller)] == [30.0, 0.03, 0.05]


def test_the_bus_bandwidth_is_named_normalised_and_a_note_says_why(tmp_path: Path) -> None:
    parsed = parse(tmp_path, "nccl-tests", table(ROW + IN_PLACE), placement="in-place")

    assert [(s.metric, s.value, s.unit) for s in parsed.samples] == [
        ("collective_time", 29.0, "us"),
        ("algbw", 0.04, "GB/s"),
        ("busbw_normalised", 0.06, "GB/s"),
    ]
    assert parsed.notes == (
        "busbw_normalised is algbw times the collective's factor: normalised, not measured",
    )


def test_a_result_with_wrong_elements_is_refused_with_its_line(tmp_path: Path) -> None:
    wrong = f"{ROW[:-1]}4{IN_PLACE}"

    parsed = parse(tmp_path, "nccl-tests", table(ROW + IN_PLACE, wrong.replace("1024", "4096")))

    assert parsed.problems == ("stdout.txt:3: 4 elements are wrong",)


@pytest.mark.parametrize(
    "summary",
    ["# Out of bounds values : 12 FAILED", "# Avg bus bandwidth    : 1.2 FAILED"],
)
def test_a_summary_that_failed_is_refused(summary: str, tmp_path: Path) -> None:
    parsed = parse(tmp_path, "nccl-tests", table(ROW + IN_PLACE, summary))

    assert parsed.problems[0].startswith("stdout.txt:3: ")
    assert parsed.problems[0].endswith("FAILED")


def test_results_that_nobody_checked_are_read_with_a_note(tmp_path: Path) -> None:
    unchecked = f"{ROW[:-1]}N/A{IN_PLACE}"

    parsed = parse(tmp_path, "nccl-tests", table(unchecked))

    assert len(parsed.samples) == 3
    assert "the results were not checked (#wrong is N/A)" in parsed.notes
    assert parsed.problems == ()


def test_a_table_run_twice_gives_two_values_of_its_size(tmp_path: Path) -> None:
    parsed = parse(tmp_path, "nccl-tests", table(ROW + IN_PLACE, ROW + IN_PLACE))

    assert [(s.step, s.value) for s in parsed.samples if s.metric == "algbw"] == [
        (0, 0.03),
        (1, 0.03),
    ]


def test_programs_that_each_print_a_table_are_told_apart_by_their_rank(tmp_path: Path) -> None:
    first = table(ROW + IN_PLACE, prefix="0: ")["stdout.txt"]
    second = table(ROW + IN_PLACE, prefix="1: ")["stdout.txt"]
    assert isinstance(first, str)
    assert isinstance(second, str)

    parsed = parse(tmp_path, "nccl-tests", {"stdout.txt": first + second})

    assert {sample.rank for sample in parsed.samples} == {0, 1}


def test_columns_are_found_by_the_header_with_percentiles_and_timestamps(tmp_path: Path) -> None:
    result = " time algbw busbw #wrong i_min i_max i_p99 i_cv%"
    header = f"# size count type redop root{result}{result} timestamp"
    row = (
        " 1024 256 float sum -1 30 0.03 0.05 0 28 33 32 2.0"
        " 29 0.04 0.06 0 27 31 30 2.0 2026-11-21 10:00:00"
    )

    parsed = parse(tmp_path, "nccl-tests", table(row, header=header), placement="in-place")

    assert [value for value, _, _ in values(parsed)] == [29.0, 0.04, 0.06]
    assert parsed.problems == ()


def test_the_times_of_the_processor_are_times_too(tmp_path: Path) -> None:
    parsed = parse(
        tmp_path, "nccl-tests", table(ROW + IN_PLACE, header=HEADER.replace("time", "cputime"))
    )

    assert len(parsed.samples) == 3


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (ROW, "stdout.txt:2: 9 cells under a header of 13"),
        (ROW.replace("30.00", "  nan") + IN_PLACE, "stdout.txt:2: 'nan' is not a finite number"),
        (ROW[:-1] + "x" + IN_PLACE, "stdout.txt:2: 'x' is not a finite number"),
    ],
)
def test_a_row_that_does_not_fit_is_refused_with_its_line(
    row: str, problem: str, tmp_path: Path
) -> None:
    assert parse(tmp_path, "nccl-tests", table(row)).problems == (problem,)


def test_a_header_that_ends_in_the_middle_is_refused(tmp_path: Path) -> None:
    parsed = parse(
        tmp_path, "nccl-tests", table(" 1024 256 float 30", header="# size count type time")
    )

    assert parsed.problems == ("stdout.txt:2: the header ends in the middle of a result",)


def test_a_size_that_was_not_measured_is_refused_with_those_that_were(tmp_path: Path) -> None:
    parsed = parse(tmp_path, "nccl-tests", table(ROW + IN_PLACE), size_bytes=7)

    assert parsed.problems == ("stdout: there is no size of 7 bytes; there are 1024",)


def test_lines_of_the_library_between_the_rows_match_nothing(tmp_path: Path) -> None:
    library = "node-a:1002 [1] NCCL INFO comm 0x1"

    parsed = parse(tmp_path, "nccl-tests", table(library, ROW + IN_PLACE))

    assert parsed.matched == {("stdout.txt", 1), ("stdout.txt", 3)}
    assert parsed.problems == ()
