"""What a program wrote is read whole, whatever its size, and what cannot be read is said."""

from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from capstone_report.parsers import output as module
from capstone_report.parsers.output import LINE_LIMIT, Output
from capstone_report.parsers.prefixes import split_rank
from capstone_report.parsers.values import RefusedError, number, whole


def lines(run_folder: Path, source: str = "stdout") -> tuple[list[tuple[int, str]], list[str]]:
    """Return the lines of a source and what was wrong."""
    output = Output(run_folder)
    return [(line.number, line.text) for line in output.lines(source)], output.problems


def compressed(run_folder: Path, everything: bytes, *, beginning: bytes = b"") -> None:
    """Write stdout as the guard keeps it when it is large."""
    (run_folder / "stdout.txt").write_bytes(beginning)
    (run_folder / "stdout.txt.zst").write_bytes(zstandard.compress(everything))


def test_lines_come_with_their_numbers_and_without_colours_or_ends(tmp_path: Path) -> None:
    (tmp_path / "stdout.txt").write_bytes(b"one\r\n\n\x1b[1;31mthree\x1b[0m\nfour")

    assert lines(tmp_path) == ([(1, "one"), (2, ""), (3, "three"), (4, "four")], [])


def test_a_long_line_is_cut_and_the_next_one_keeps_its_number(tmp_path: Path) -> None:
    (tmp_path / "stdout.txt").write_bytes(b"x" * 3 * LINE_LIMIT + b"\nnext\n")

    (first, second), problems = lines(tmp_path)

    assert first == (1, "x" * LINE_LIMIT)
    assert second == (2, "next")
    assert problems == []


def test_what_stdout_txt_does_not_hold_is_read_from_the_compressed_file(tmp_path: Path) -> None:
    everything = b"".join(b"line %d\n" % n for n in range(100_000))
    compressed(tmp_path, everything, beginning=everything[:1000])

    found, problems = lines(tmp_path)

    assert (len(found), found[-1], problems) == (100_000, (100_000, "line 99999"), [])


def test_a_compressed_file_that_was_cut_off_gives_what_it_holds(tmp_path: Path) -> None:
    compressed(tmp_path, b"a line\n" * 50_000)
    whole_file = (tmp_path / "stdout.txt.zst").read_bytes()
    (tmp_path / "stdout.txt.zst").write_bytes(whole_file[: len(whole_file) // 2])

    found, _ = lines(tmp_path)

    assert all(text in {"a line", "a", "a ", "a l", "a li", "a lin", ""} for _, text in found)


def test_a_damaged_compressed_file_is_a_problem_and_no_crash(tmp_path: Path) -> None:
    compressed(tmp_path, b"")
    (tmp_path / "stdout.txt.zst").write_bytes(b"not compressed at all")

    output = Output(tmp_path)

    assert lines(tmp_path)[1][0].startswith("stdout.txt.zst: cannot be decompressed")
    assert output.text(tmp_path / "stdout.txt") == ""
    assert output.problems[0].startswith("stdout.txt.zst: cannot be decompressed")


def test_output_that_even_the_compressed_file_does_not_hold_is_refused(tmp_path: Path) -> None:
    mark = b"x\n[capstone: 5000 bytes left out; stdout.txt.zst holds the first part]\nend\n"
    compressed(tmp_path, b"x\n", beginning=mark)

    assert lines(tmp_path)[1] == ["stdout.txt.zst: holds the first part of the output only"]


def test_more_output_than_the_limit_is_refused_where_the_limit_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FILE_LIMIT", 10)
    (tmp_path / "stdout.txt").write_bytes(b"1234\n" * 3)

    found, problems = lines(tmp_path)
    output = Output(tmp_path)

    assert [number for number, _ in found] == [1, 2]
    assert problems == ["stdout.txt:3: more than 10 bytes; print less, or less often"]
    assert output.text(tmp_path / "stdout.txt") == ""
    assert output.problems == ["stdout.txt: more than 10 bytes; print less, or less often"]


def test_a_star_names_several_files_which_are_read_in_order(tmp_path: Path) -> None:
    (tmp_path / "metrics").mkdir()
    for name in ("b.log", "a.log", "c.txt"):
        (tmp_path / "metrics" / name).write_text(f"{name}\n")

    assert lines(tmp_path, "metrics/*.log")[0] == [(1, "a.log"), (1, "b.log")]


def test_a_folder_and_a_folder_elsewhere_are_no_files_of_the_run(tmp_path: Path) -> None:
    run, elsewhere = tmp_path / "run", tmp_path / "elsewhere"
    (run / "metrics" / "x.log").mkdir(parents=True)
    elsewhere.mkdir()
    (elsewhere / "y.log").write_text("secret\n")
    (run / "metrics" / "d").symlink_to(elsewhere)

    assert lines(run, "metrics/*.log") == ([], ["metrics/x.log: not a regular file of the run"])
    assert lines(run, "metrics/d/*.log") == (
        [],
        ["metrics/d/y.log: not a regular file of the run"],
    )


def test_a_name_that_a_terminal_would_obey_is_written_out(tmp_path: Path) -> None:
    (tmp_path / "\x1b[2Jx.log").mkdir()

    assert lines(tmp_path, "*.log")[1] == [r"'\x1b[2Jx.log': not a regular file of the run"]


@pytest.mark.parametrize(
    ("text", "rank", "rest"),
    [
        ("loss: 1", 0, "loss: 1"),
        ("[1,3]<stdout>:loss", 3, "loss"),
        ("[1,12]<stderr>: loss", 12, " loss"),
        ("[prterun-node-a-42@1,5]<stdout>:loss", 5, "loss"),
        ("[rank7]:loss", 7, "loss"),
        ("[default2]:[rank2]:loss", 2, "loss"),
        ("[4] :::MLLOG {}", 4, " :::MLLOG {}"),
        ("  9: loss", 9, " loss"),
        ("10:", 10, ""),
        ("12:30:15 loss", 0, "12:30:15 loss"),
        ("2026: a year", 2026, " a year"),
        ("[INFO] loss", 0, "[INFO] loss"),
        ("", 0, ""),
    ],
)
def test_the_rank_that_a_launcher_put_before_a_line_is_told_from_the_line(
    text: str, rank: int, rest: str
) -> None:
    assert split_rank(text) == (rank, rest)


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", 1), (" 1,234,567.5 ", 1234567.5), ("-1e-3", -0.001), (".5", 0.5), ("5.", 5)],
)
def test_numbers_are_read_as_programs_print_them(text: str, value: float) -> None:
    assert number(text) == value


@pytest.mark.parametrize(
    "text", ["", "nan", "inf", "-inf", "1e999", "1,23", "1_000", "0x10", "1 2", "\u0661", "9" * 400]
)
def test_what_is_no_finite_number_is_refused(text: str) -> None:
    with pytest.raises(RefusedError, match="is not a finite number"):
        number(text)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_that_python_prints_is_read_back(value: float) -> None:
    assert number(repr(value)) == value


def test_a_step_is_a_whole_number() -> None:
    assert whole("1,000") == 1000
    with pytest.raises(RefusedError, match=r"'1\.5' is not a whole number"):
        whole("1.5")
