"""Journals as users damage them: every place that can be told is told by its number."""

import gc
import hashlib
import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capstone_report.errors import IntegrityError
from capstone_report.results.diagnosis import scan
from capstone_report.results.journal import JOURNAL, open_journal, read_journal
from capstone_report.results.lines import canonical, read_lines
from capstone_report.results.records import RunRecord
from journals import append, lines_of, rewrite

Lines = list[bytes]


def forged(line: bytes, **changes: object) -> bytes:
    """Return a line whose entry was changed, with a sum that fits again."""
    entry = {**json.loads(line), **changes}
    del entry["sum"]
    entry["sum"] = hashlib.sha256(canonical(entry)).hexdigest()
    return canonical(entry) + b"\n"


def spaced(line: bytes) -> bytes:
    """Return a line as other programs write the same JSON."""
    return json.dumps(json.loads(line), sort_keys=True).encode() + b"\n"


def spaced_with_a_sum_of_its_bytes(line: bytes) -> bytes:
    """Return such a line whose sum covers its own bytes."""
    entry = json.loads(line)
    record = json.dumps(entry["record"], sort_keys=True)
    start = f'{{"format":2,"prev":"{entry["prev"]}","record":{record},"seq":{entry["seq"]}'
    digest = hashlib.sha256(f"{start}}}".encode()).hexdigest()
    return f'{start},"sum":"{digest}"}}\n'.encode()


DAMAGES: dict[str, tuple[Callable[[Lines], Lines], str]] = {
    "byte order mark": (
        lambda x: [b"\xef\xbb\xbf" + x[0], *x[1:]],
        "record 0 is .*byte order mark",
    ),
    "CRLF": (lambda x: [line[:-1] + b"\r\n" for line in x], "records 0 to 2 are .*CRLF"),
    "UTF-16": (lambda x: [b"".join(x).decode().encode("utf-16")], "record 0 is .*not UTF-8"),
    "one byte not UTF-8": (lambda x: [x[0], b"\xff" + x[1][1:], x[2]], "record 1 is .*byte 1 "),
    "deleted first": (lambda x: x[1:], "record 0 is .*written as record 1"),
    "deleted": (lambda x: [x[0], x[2]], "record 1 is .*written as record 2, so lines before it"),
    "swapped": (lambda x: [x[0], x[2], x[1]], "record 1 is .*written as record 2"),
    "repeated": (lambda x: [*x, x[2]], "record 3 is .*written as record 2, so it was moved or"),
    "two journals": (lambda x: [*x, *x], "record 3 is .*written as record 0"),
    "joined": (lambda x: [x[0], x[1][:-1] + x[2]], "record 1 is .*two lines stand in one"),
    "a blank line": (lambda x: [*x, b"\n"], "record 3 is .*not a record in JSON"),
    "words by hand": (lambda x: [*x, b"# rerun this one\n"], "record 3 is .*not a record in JSON"),
    "another format": (lambda x: [forged(x[0], format=0), *x[1:]], "record 0 is .*not a record"),
    "a format that is no number": (
        lambda x: [forged(x[0], format=True)],
        "record 0 is .*not a rec",
    ),
    "a number that is no number": (lambda x: [forged(x[0], seq="0")], "record 0 is .*not a record"),
    "another key": (lambda x: [forged(x[0], note="mine")], "record 0 is .*not a record"),
    "no record": (
        lambda x: [*x[:2], forged(x[2], record={"kind": "run"})],
        "record 2 is .*required",
    ),
    "no such record": (lambda x: [*x[:2], forged(x[2], record=[])], "record 2 is .*at"),
    "half a character": (
        lambda x: [*x[:2], x[2].replace(b'"message":""', b'"message":"\\ud800"')],
        "record 2 is .*not a record in JSON",
    ),
    "not a number": (
        lambda x: [*x[:2], x[2].replace(b'"wall_time_s":0.1', b'"wall_time_s":NaN')],
        "record 2 is .*not a record in JSON",
    ),
    "spaces": (lambda x: [*x[:2], spaced(x[2])], "record 2 is .*spaces, or the order"),
    "spaces under a sum": (
        lambda x: [*x[:2], spaced_with_a_sum_of_its_bytes(x[2])],
        "record 2 is .*not what was written",
    ),
    "another chain": (
        lambda x: [*x[:2], forged(x[2], prev="0" * 64)],
        "record 2 is .*the line before it is not the one it followed",
    ),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_is_told_by_the_number_of_the_record_and_its_cause(three: Path, name: str) -> None:
    damage, told = DAMAGES[name]
    rewrite(three, damage(lines_of(three)))
    before = (three / JOURNAL).read_bytes()

    for reading in (read_journal, lambda folder: open_journal(folder).__enter__()):
        with pytest.raises(IntegrityError, match=told) as caught:
            reading(three)

        assert {problem.code for problem in caught.value.problems} <= {"CAP604", "CAP613"}
    assert (three / JOURNAL).read_bytes() == before


def with_raw(line: bytes, name: str) -> bytes:
    """Return a run's line whose record names another raw output, with a sum that fits."""
    return forged(line, record={**json.loads(line)["record"], "raw": {name: "0" * 64}})


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/hostname",
        "/etc/hostname",
        "raw/run-1/stdout.txt",
        "raw/run-2",
        "raw/run-2/",
        "raw/run-2/../run-1/stdout.txt",
        "raw/./run-2/stdout.txt",
        "raw//run-2/stdout.txt",
        "raw/run-2/a\0b",
        "journal.jsonl",
        "",
    ],
)
def test_a_raw_output_outside_of_its_runs_folder_is_damage(three: Path, name: str) -> None:
    *others, last = lines_of(three)
    rewrite(three, [*others, with_raw(last, name)])

    with pytest.raises(IntegrityError, match=r"record 2 is .*not inside the run's own folder"):
        read_journal(three)


@pytest.mark.parametrize("run_id", ["", ".", "..", "a/b", "/a", "a\0"])
def test_a_run_whose_id_is_not_one_name_is_damage(three: Path, run_id: str) -> None:
    *others, last = lines_of(three)
    record = {**json.loads(last)["record"], "run_id": run_id, "raw": {}}
    rewrite(three, [*others, forged(last, record=record)])

    with pytest.raises(IntegrityError, match=r"record 2 is .*not the name of one folder"):
        read_journal(three)


@pytest.mark.parametrize("linked", ["raw", "raw/run-1", "raw/run-1/stdout.txt"])
def test_a_link_stands_for_no_raw_output_even_to_the_same_bytes(
    three: Path, tmp_path: Path, linked: str
) -> None:
    elsewhere = tmp_path / "elsewhere"
    (three / linked).rename(elsewhere)
    (three / linked).symlink_to(elsewhere)

    with pytest.raises(IntegrityError) as caught:
        read_journal(three)

    assert {problem.code for problem in caught.value.problems} == {"CAP602"}
    assert len(caught.value.problems) == (3 if linked == "raw" else 1)


def test_a_journal_that_lost_everything_is_refused_while_outputs_are_there(three: Path) -> None:
    for content in (b"", b"half a li"):
        (three / JOURNAL).write_bytes(content)

        for reading in (read_journal, lambda folder: open_journal(folder).__enter__()):
            with pytest.raises(IntegrityError, match=r"CAP607.*runs \(3\).*backup or from git"):
                reading(three)

        assert (three / JOURNAL).read_bytes() == content


def test_an_empty_journal_without_outputs_has_lost_nothing(tmp_path: Path) -> None:
    (tmp_path / JOURNAL).touch()

    assert read_journal(tmp_path).records == ()


def test_a_journal_that_is_gone_is_refused_while_outputs_are_there(three: Path) -> None:
    (three / JOURNAL).unlink()

    with pytest.raises(IntegrityError, match="CAP607"), open_journal(three):
        pass

    assert not (three / JOURNAL).exists()


@pytest.mark.parametrize("kind", ["a folder", "a device or a pipe"])
def test_what_is_no_file_is_named(three: Path, kind: str) -> None:
    (three / JOURNAL).unlink()
    if kind == "a folder":
        (three / JOURNAL).mkdir()
    else:
        (three / JOURNAL).symlink_to("/dev/null")

    with pytest.raises(IntegrityError, match=f"CAP608.*{kind} stands where"):
        read_journal(three)


def test_every_damaged_place_is_told_and_where_the_chain_is_lost(
    tmp_path: Path, make_record: Callable[..., RunRecord]
) -> None:
    append(tmp_path, *(make_record(repeat=number) for number in range(9)))
    lines = lines_of(tmp_path)
    for number in (2, 3, 6):
        lines[number] = lines[number].replace(b'"wall_time_s":0.1', b'"wall_time_s":0.2')
    rewrite(tmp_path, [*lines[:8], lines[7], lines[8]])

    with pytest.raises(IntegrityError) as caught:
        read_journal(tmp_path)

    assert [problem.what for problem in caught.value.problems] == [
        "records 2 to 3 are damaged: it is not what was written",
        "record 6 is damaged: it is not what was written",
        "record 8 is damaged: it was written as record 7, so it was moved or stands here twice",
        "behind record 2 the chain cannot be followed: of 7 more records, 4 are whole by themselves",
    ]


def test_a_newer_format_is_no_damage(three: Path) -> None:
    first, second, third = lines_of(three)
    rewrite(three, [first, forged(second, format=3), forged(third, format=4)])

    with pytest.raises(IntegrityError) as caught:
        read_journal(three)

    assert [problem.code for problem in caught.value.problems] == ["CAP605", "CAP605", "CAP613"]


def test_text_that_looks_like_spaces_between_parts_is_no_damage(
    tmp_path: Path, make_record: Callable[..., RunRecord]
) -> None:
    record = make_record(message='he said: "a": "b", "c", ', notes=("x, ",))

    append(tmp_path, record)

    assert read_journal(tmp_path).records == (record,)


@pytest.mark.parametrize("enabled", [True, False])
def test_reading_leaves_the_garbage_collector_as_it_was(three: Path, *, enabled: bool) -> None:
    before = gc.isenabled()
    (gc.enable if enabled else gc.disable)()
    try:
        read_journal(three)

        assert gc.isenabled() is enabled
    finally:
        (gc.enable if before else gc.disable)()


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_the_fast_look_and_the_precise_one_agree(
    tmp_path_factory: pytest.TempPathFactory,
    make_record: Callable[..., RunRecord],
    data: st.DataObject,
) -> None:
    folder = tmp_path_factory.mktemp("agree")
    whole = append(folder, *(make_record(repeat=number) for number in range(3)))
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(whole))] * 2), label="cut"))
    lines = (whole[:start] + whole[end:]).split(b"\n")[:-1]

    found = scan(folder / JOURNAL, lines)

    assert (read_lines(lines) is None) == bool(found.findings)
    assert found.valid == max(n for n in range(len(lines) + 1) if read_lines(lines[:n]))
    assert all(a < b for a, b in pairwise(found.records))
