"""Each format reads its rows with their lines, and refuses by line what it does not allow."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capstone_report.importing.formats.format import Row, formats

words = st.text(string.ascii_letters + string.digits + " .", min_size=1, max_size=8).map(str.strip)


def rows(kind: str, text: str) -> list[tuple[int, dict[str, str]]]:
    """Return the lines and cells of a text, without the number of the table."""
    table = formats()[kind]().read(text)
    assert not table.refused
    return [(row.line, {k: v for k, v in row.cells.items() if k != "table"}) for row in table.rows]


def refused(kind: str, text: str) -> list[tuple[int, str]]:
    """Return the lines that a format refuses, and why."""
    return [(found.line, found.reason) for found in formats()[kind]().read(text).refused]


@pytest.mark.parametrize("kind", list(formats()))
def test_a_format_reads_an_empty_file_as_no_rows(kind: str) -> None:
    assert formats()[kind]().read("") == formats()[kind]().read("\n\n")
    assert formats()[kind]().read("").rows == ()


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_separated_table_has_comments_and_its_own_separator(separator: str) -> None:
    text = "# a comment\np,t\n\n1,8.5\n2,4.5\n".replace(",", separator)

    assert rows("csv", text) == [(4, {"p": "1", "t": "8.5"}), (5, {"p": "2", "t": "4.5"})]


def test_a_quoted_cell_keeps_its_separator() -> None:
    assert rows("csv", 'a,b\n"x, y",2\n') == [(2, {"a": "x, y", "b": "2"})]


def test_a_row_with_another_number_of_cells_is_refused_at_its_line() -> None:
    text = "p,t\n1,2\n3\n4,5,6\n"

    assert refused("csv", text) == [
        (3, "the row has 1 cells, the header has 2"),
        (4, "the row has 3 cells, the header has 2"),
    ]


def test_a_quote_that_is_never_closed_is_refused() -> None:
    ((line, _),) = refused("csv", 'p,t\n1,"2\n')

    assert line == 2


def test_tables_that_follow_each_other_without_an_empty_line_are_two() -> None:
    text = "words\n\n| a | b |\n|---|--:|\n| 1 | **2** |\n| c |\n|---|\n| [3](x) |\n"

    table = formats()["markdown"]().read(text)

    assert table.rows == (
        Row(line=5, cells={"table": "1", "a": "1", "b": "2"}),
        Row(line=8, cells={"table": "2", "c": "3"}),
    )


@settings(max_examples=30)
@given(st.lists(st.tuples(words, words), min_size=1, max_size=5))
def test_a_markdown_table_gives_back_the_words_of_its_cells(cells: list[tuple[str, str]]) -> None:
    text = "| left | right |\n|---|---|\n" + "".join(f"| {a} | {b} |\n" for a, b in cells)

    assert [tuple(found.values()) for _, found in rows("markdown", text)] == cells


def test_every_value_of_extra_p_stands_beside_its_point_region_and_metric() -> None:
    text = (
        "# two parameters\nEXPERIMENT x\nPARAMETER p\nPARAMETER n\nPOINTS ( 2 10 ) ( 4 20 )\n"
        "REGION solve\nMETRIC time\nDATA 1.5 1.6\nDATA 2.5\n"
    )
    about = {"region": "solve", "metric": "time"}

    assert rows("extra-p", text) == [
        (8, {**about, "p": "2", "n": "10", "value": "1.5"}),
        (8, {**about, "p": "2", "n": "10", "value": "1.6"}),
        (9, {**about, "p": "4", "n": "20", "value": "2.5"}),
    ]


def test_points_of_one_parameter_need_no_brackets_and_each_metric_begins_anew() -> None:
    text = "PARAMETER p\nPOINTS 2 4\nMETRIC a\nDATA 1\nDATA 2\nMETRIC b\nDATA 3\n"

    assert [(cells["metric"], cells["p"]) for _, cells in rows("extra-p", text)] == [
        ("a", "2"),
        ("a", "4"),
        ("b", "2"),
    ]


def test_extra_p_refuses_other_keywords_and_values_without_a_point() -> None:
    assert refused("extra-p", "PARAMETER p\nPOINTS (2)\nDATA 1\nDATA 2\nSPEED 3\n") == [
        (4, "this DATA line has no point: POINTS names 1"),
        (5, "SPEED is no keyword of Extra-P"),
    ]


RESULT = "1024 256 float sum -1 10.5 0.10 0.15 0 11.5 0.09 0.14 0"


@pytest.mark.parametrize("prefix", ["", "[1,0]<stdout>:", "0: ", "[0]: "])
def test_nccl_tests_are_read_behind_what_a_launcher_puts_before_each_line(prefix: str) -> None:
    lines = ["# Rank  3 Group  0 on host", "#  size  count", RESULT, "# Avg bus bandwidth : 0.1"]

    ((line, cells),) = rows("nccl-tests", "\n".join(prefix + line for line in lines))

    assert line == 3
    assert (cells["ranks"], cells["size"], cells["busbw"]) == ("4", "1024", "0.15")
    assert (cells["in_place_time"], cells["in_place_wrong"]) == ("11.5", "0")


def test_a_result_of_another_nccl_tests_is_refused() -> None:
    ((line, reason),) = refused("nccl-tests", "1024 256 float sum -1 10.5\n")

    assert (line, reason) == (1, "6 numbers where nccl-tests prints 13")


def test_objects_inside_an_object_are_named_with_dots() -> None:
    text = '{"params": {"p": 4}, "value": 1.5, "name": "x"}\n\n{"value": null}\n'

    assert rows("jsonl", text) == [
        (1, {"params.p": "4", "value": "1.5", "name": "x"}),
        (3, {"value": "null"}),
    ]


def test_a_line_that_is_no_json_object_is_refused() -> None:
    assert [line for line, _ in refused("jsonl", "[1]\n{\n{}\n")] == [1, 2]


def test_ranks_of_nccl_tests_that_share_a_device_are_counted_as_one_accelerator() -> None:
    # Device lists are often shortened to the first and the last rank: what is not listed is not shared.
    lines = [
        "# Rank  0 Group  0 Pid 1 on lab device  0 [0000:02:00] A GPU",
        "# Rank  1 Group  0 Pid 2 on lab device  0 [0000:02:00] A GPU",
        "# Rank  7 Group  0 Pid 3 on other device  0 [0000:02:00] A GPU",
        RESULT,
    ]

    ((_, cells),) = rows("nccl-tests", "\n".join(lines))

    assert (cells["ranks"], cells["accelerators"]) == ("8", "7")
