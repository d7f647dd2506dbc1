"""Reading hostile TOML: what is refused, by which rule, and where it stands."""

import os
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capstone_report.spec.positions import Span
from capstone_report.spec.reading import Located, Reading, read_toml
from capstone_report.spec.scanning import MAX_DEPTH, MAX_KEYS
from sites import REPOSITORY

MEBIBYTE = 2**20


def reading(tmp_path: Path, content: bytes | str) -> Reading:
    """Return the reading of a file with that content."""
    path = tmp_path / "study.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_toml(path, root=tmp_path)


def only(found: Reading) -> Located:
    """Return the one problem of a file."""
    (problem,) = found.problems
    return problem


def refused(found: Reading) -> tuple[str, str]:
    """Return the code and the place of the one problem that leaves nothing to go on with."""
    assert found.document is None
    return only(found).finding.code, only(found).finding.where


def piece(found: Reading, problem: Located) -> str:
    """Return the piece of the text that a problem is about."""
    assert problem.span is not None
    return found.text[problem.span.offset : problem.span.end_offset]


def test_a_good_file_gives_its_data_its_text_and_its_positions(tmp_path: Path) -> None:
    found = reading(tmp_path, '[axis]\r\nname = "training"\r\n')

    assert found.problems == ()
    assert found.text == '[axis]\nname = "training"\n'
    assert found.document is not None
    assert found.document.data == {"axis": {"name": "training"}}
    assert found.document.positions.value(("axis", "name")) == Span(
        line=2, column=8, end_line=2, end_column=18, offset=14, end_offset=24
    )


@pytest.mark.parametrize("name", ["capstone.toml", "specs/ddp-digits/study.toml"])
def test_the_shipped_files_are_read_without_a_problem(name: str) -> None:
    found = read_toml(REPOSITORY / name, root=REPOSITORY)

    assert found.document is not None
    assert found.problems == ()


def test_a_missing_file_is_a_problem(tmp_path: Path) -> None:
    found = read_toml(tmp_path / "study.toml", root=tmp_path)

    assert refused(found) == ("CAP002", "study.toml")
    assert only(found).span is None


def test_what_is_no_regular_file_is_never_opened(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")

    found = [read_toml(tmp_path / name, root=tmp_path) for name in ("folder", "pipe")]

    assert [refused(one) for one in found] == [("CAP008", "folder"), ("CAP008", "pipe")]
    assert ["folder" in only(one).finding.what for one in found] == [True, False]


@pytest.mark.parametrize("target", ["../outside.toml", "/dev/zero", "/etc/passwd"])
def test_a_link_out_of_the_project_is_refused(tmp_path: Path, target: str) -> None:
    (tmp_path / "outside.toml").write_text("secret = 1\n")
    root = tmp_path / "project"
    root.mkdir()
    (root / "study.toml").symlink_to(target)

    found = read_toml(root / "study.toml", root=root)

    assert refused(found) == ("CAP008", "study.toml")
    assert found.text == ""


def test_a_path_out_of_the_project_is_refused(tmp_path: Path) -> None:
    (tmp_path / "outside.toml").write_text("secret = 1\n")
    root = tmp_path / "project"
    root.mkdir()

    climbing = read_toml(root / ".." / "outside.toml", root=root)
    absolute = read_toml(tmp_path / "outside.toml", root=root)

    assert refused(climbing) == ("CAP008", "../outside.toml")
    assert refused(absolute) == ("CAP008", str(tmp_path / "outside.toml"))


def test_a_link_inside_the_project_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real.toml").write_text("format = 1\n")
    (tmp_path / "study.toml").symlink_to("real.toml")

    assert read_toml(tmp_path / "study.toml", root=tmp_path).document is not None


def test_a_link_to_itself_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "study.toml").symlink_to("study.toml")

    assert refused(read_toml(tmp_path / "study.toml", root=tmp_path)) == ("CAP002", "study.toml")


def test_a_file_of_one_mebibyte_is_read_and_a_larger_one_is_not(tmp_path: Path) -> None:
    largest = b"#" * MEBIBYTE

    assert reading(tmp_path, largest).problems == ()
    assert refused(reading(tmp_path, largest + b"#")) == ("CAP004", "study.toml")


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (f"{'a.' * 20_000}a = 1", "1:129"),
        (f"\n[{'a.' * 20_000}a]", "2:130"),
        (f"a = {'[' * 100_000}{']' * 100_000}", "1:69"),
        (f"a = {'{a=' * 100_000}1", None),
    ],
    ids=["dotted-key", "header", "arrays", "inline-tables"],
)
def test_what_is_nested_too_deeply_is_refused_where_it_begins_to_be(
    tmp_path: Path, content: str, place: str | None
) -> None:
    code, where = refused(reading(tmp_path, content))

    assert code == "CAP005"
    assert place is None or where == f"study.toml:{place}"


def test_too_many_keys_are_refused_at_the_first_one_too_many(tmp_path: Path) -> None:
    found = reading(tmp_path, "[[a]]\n" * 150_000)

    assert refused(found) == ("CAP006", f"study.toml:{MAX_KEYS + 1}:3")
    assert "10,000" in only(found).finding.what


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_called_by_its_name(tmp_path: Path, encoding: str) -> None:
    found = reading(tmp_path, "format = 1\n".encode(encoding))

    assert refused(found) == ("CAP007", "study.toml:1:1")
    assert only(found).finding.what == "the file is UTF-16"


@pytest.mark.parametrize("encoding", ["utf-32", "utf-32-le", "utf-32-be"])
def test_utf_32_is_called_by_its_name(tmp_path: Path, encoding: str) -> None:
    found = reading(tmp_path, "format = 1\n".encode(encoding))

    assert refused(found) == ("CAP007", "study.toml:1:1")
    assert only(found).finding.what == "the file is UTF-32"


@pytest.mark.parametrize("mark", [b"\xfe\xff", b"\x00\x00\xfe\xff"])
def test_a_mark_of_the_other_byte_order_is_known_too(tmp_path: Path, mark: bytes) -> None:
    assert refused(reading(tmp_path, mark)) == ("CAP007", "study.toml:1:1")


def test_a_byte_order_mark_is_called_by_its_name(tmp_path: Path) -> None:
    found = reading(tmp_path, "format = 1\n".encode("utf-8-sig"))

    assert refused(found) == ("CAP007", "study.toml:1:1")
    assert "byte order mark" in only(found).finding.what


def test_the_first_byte_that_is_not_utf_8_is_named_with_its_place(tmp_path: Path) -> None:
    found = reading(tmp_path, 'a = 1\r\nb = "größe"\r\nc = "'.encode() + b'\xe4\xff"\r\n')

    assert refused(found) == ("CAP007", "study.toml:3:6")
    assert "0xe4" in only(found).finding.what
    assert piece(found, only(found)) == "\N{REPLACEMENT CHARACTER}"


def test_a_file_cut_inside_a_letter_is_not_utf_8(tmp_path: Path) -> None:
    assert refused(reading(tmp_path, b'a = "\xc3')) == ("CAP007", "study.toml:1:6")


@pytest.mark.parametrize(
    ("content", "place"), [("a = 1\rb = 2\r", "1:6"), ("a = 1\r\nb = 'x\ry'\r\n", "2:7")]
)
def test_a_carriage_return_alone_is_said(tmp_path: Path, content: str, place: str) -> None:
    assert refused(reading(tmp_path, content)) == ("CAP011", f"study.toml:{place}")


@pytest.mark.parametrize(
    ("content", "place", "reason"),
    [
        ("format = 1\nformat = 2\n", "2:11", "Cannot overwrite a value"),
        ("a = 1\n\n[b\nc = 2\n", "3:3", "Expected ']'"),
        ('a = "\x00"\n', "1:6", "Illegal character"),
        ("a = 2026-02-30\n", "1:5", "Invalid date"),
        ("a = 1\nb = [1,\n\n\n", "2:8", "Invalid value"),
        ('a = """\nnever closed\n', "2:13", "Unterminated string"),
        ("a = 1 b = 2", "1:7", "Expected newline"),
        ("a", "1:2", "Expected '='"),
    ],
)
def test_a_mistake_in_the_toml_stands_where_it_is(
    tmp_path: Path, content: str, place: str, reason: str
) -> None:
    found = reading(tmp_path, content)

    assert refused(found) == ("CAP001", f"study.toml:{place}")
    assert only(found).finding.what.startswith(f"not valid TOML: {reason}")
    assert "(at " not in only(found).finding.what


@pytest.mark.parametrize(
    "number",
    [
        "inf",
        "-inf",
        "+nan",
        "1e400",
        "-1e999",
        "9223372036854775808",
        "-9223372036854775809",
        "0x1_0000_0000_0000_0000",
        f"0b{'1' * 20_000}",
    ],
)
def test_a_number_that_64_bits_cannot_hold_is_refused_but_the_rest_is_read(
    tmp_path: Path, number: str
) -> None:
    found = reading(tmp_path, f"a = 1\n[[b]]\nc = [0, {{ d = {number} }}]\ne = true\n")

    assert found.document is not None
    assert only(found).finding.code == "CAP009"
    assert only(found).finding.where == "study.toml:3:15"
    assert piece(found, only(found)) == number
    assert len(only(found).finding.what) < 100


@pytest.mark.parametrize("number", ["9223372036854775807", "-9223372036854775808", "1e308"])
def test_the_largest_numbers_of_64_bits_are_read(tmp_path: Path, number: str) -> None:
    assert reading(tmp_path, f"a = {number}").problems == ()


def test_integers_that_python_does_not_convert_are_refused_where_they_stand(tmp_path: Path) -> None:
    digits = sys.get_int_max_str_digits() + 1
    found = reading(
        tmp_path, f"a = '{'9' * digits}'\nb = -{'9' * digits}\nc = [1, 1{'_0' * digits}]"
    )

    assert found.document is None
    assert [one.finding.where for one in found.problems] == ["study.toml:2:5", "study.toml:3:9"]
    assert {one.finding.code for one in found.problems} == {"CAP009"}
    assert all(len(one.finding.what) < 100 for one in found.problems)


@pytest.mark.parametrize(
    ("key", "character"),
    [
        ('"a\N{RIGHT-TO-LEFT OVERRIDE}b"', "U+202E (RIGHT-TO-LEFT OVERRIDE)"),
        ("'a\N{ZERO WIDTH SPACE}'", "U+200B (ZERO WIDTH SPACE)"),
        ('"a\N{LINE SEPARATOR}"', "U+2028 (LINE SEPARATOR)"),
        (r'"a\u0007"', "U+0007 (a control character)"),
        ('"a\tb"', "U+0009 (a control character)"),
    ],
)
@pytest.mark.parametrize("text", ["x = 1\nKEY = 2\n", "[y]\n[KEY]\n", "[[z]]\n[[KEY]]\n"])
def test_a_key_with_a_hidden_character_is_refused_at_the_key(
    tmp_path: Path, text: str, key: str, character: str
) -> None:
    found = reading(tmp_path, text.replace("KEY", key))

    problem = found.problems[0]
    assert found.document is not None
    assert problem.finding.code == "CAP010"
    assert character in problem.finding.what
    assert piece(found, problem) == key


def test_letters_of_any_language_may_stand_in_a_key_and_anything_in_a_value(tmp_path: Path) -> None:
    text = '"größe é 日本 a.b" = "right to left: \N{RIGHT-TO-LEFT OVERRIDE}"\n'

    assert reading(tmp_path, text).problems == ()


def test_every_problem_of_a_file_is_reported_at_once(tmp_path: Path) -> None:
    found = reading(tmp_path, '"a\\u200b" = inf\nb = nan\n"c\\u200b" = 1\n')

    places = sorted((one.finding.where, one.finding.code) for one in found.problems)
    assert places == [
        ("study.toml:1:1", "CAP010"),
        ("study.toml:1:13", "CAP009"),
        ("study.toml:2:5", "CAP009"),
        ("study.toml:3:1", "CAP010"),
    ]


def test_a_deep_file_within_the_limit_is_read(tmp_path: Path) -> None:
    levels = MAX_DEPTH - 1

    assert reading(tmp_path, f"a = {'[' * levels}{']' * levels}").document is not None


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.binary(max_size=40), st.text("a.=[]{},\"'\\#\n\r1 ", max_size=30)))
def test_any_bytes_are_read_or_refused_at_a_place_inside_them(
    tmp_path_factory: pytest.TempPathFactory, content: bytes | str
) -> None:
    found = reading(tmp_path_factory.getbasetemp(), content)

    lines = found.text.split("\n")
    assert (found.document is None) <= bool(found.problems)
    for problem in found.problems:
        assert problem.span is not None
        assert problem.span.column <= len(lines[problem.span.line - 1]) + 1
        assert problem.span.end_line <= len(lines)
