"""The journal: append-only, chained, and readable after any cut."""

import fcntl
import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capstone_report.errors import IntegrityError, LockedError
from capstone_report.results.journal import JOURNAL, open_journal, read_journal
from capstone_report.results.machines import machine_folders
from capstone_report.results.records import (
    FORMAT,
    CampaignRecord,
    Check,
    Environment,
    Outcome,
    RunRecord,
    Sample,
)
from journals import append, lines_of, rewrite

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
SAMPLES = st.builds(
    Sample,
    metric=st.text(),
    value=NUMBERS,
    unit=st.sampled_from(["s", "1"]),
    rank=st.integers(0, 9),
    step=st.none() | st.integers(0),
    phase=st.none() | st.text(),
)
FIELDS = st.fixed_dictionaries(
    {
        "run_id": st.text(min_size=3).filter(lambda name: not {"/", "\0"} & {*name}),
        "message": st.text(),
        "outcome": st.sampled_from(Outcome),
        "levels": st.dictionaries(st.text(), st.integers() | NUMBERS | st.text(), max_size=3),
        "wall_time_s": NUMBERS,
        "exit_code": st.none() | st.integers(),
        "samples": st.lists(SAMPLES, max_size=3),
        "checks": st.lists(st.builds(Check, name=st.text(), ok=st.booleans()), max_size=2),
        "notes": st.lists(st.text(), max_size=2),
    }
)


def test_an_absent_journal_is_empty_and_reading_it_writes_nothing(tmp_path: Path) -> None:
    journal = read_journal(tmp_path / "nowhere")

    assert journal.records == ()
    assert journal.findings("it is cut") == ()
    assert list(tmp_path.iterdir()) == []


def test_records_come_back_equal_and_in_order(
    tmp_path: Path, make_record: Callable[..., RunRecord], environment: Environment
) -> None:
    opening = CampaignRecord(
        seed=1, planned_runs=1, started_at="2026-11-21T10:00:00+00:00", environment=environment
    )
    run = make_record(message="Grüße: \u2028 and \x1b[31m", levels={"rate": 0.1, "name": "1"})

    append(tmp_path, opening, run)

    assert read_journal(tmp_path).records == (opening, run)
    assert read_journal(tmp_path).runs == (run,)


def test_a_line_is_canonical_json_with_the_hash_of_the_line_before(three: Path) -> None:
    previous = "0" * 64
    for seq, line in enumerate(lines_of(three)):
        entry = json.loads(line)

        assert list(entry) == sorted(entry)
        assert (entry["format"], entry["seq"], entry["prev"]) == (FORMAT, seq, previous)
        previous = hashlib.sha256(line.rstrip(b"\n")).hexdigest()


@settings(max_examples=60, deadline=None)
@given(records=st.lists(FIELDS, max_size=4), data=st.data())
def test_a_journal_cut_at_any_byte_holds_a_prefix_of_its_records(
    tmp_path_factory: pytest.TempPathFactory,
    make_record: Callable[..., RunRecord],
    records: list[dict[str, object]],
    data: st.DataObject,
) -> None:
    folder = tmp_path_factory.mktemp("cut")
    written = [make_record(**fields) for fields in records]
    whole = append(folder, *written)
    size = data.draw(st.integers(0, len(whole)), label="size")
    (folder / JOURNAL).write_bytes(whole[:size])

    journal = read_journal(folder)

    assert list(journal.records) == written[: len(journal.records)]
    assert len(journal.records) == whole[:size].count(b"\n")
    assert whole[: journal.size] + journal.torn == whole[:size]
    assert bool(journal.torn) == bool(journal.findings("it is cut"))


@settings(max_examples=25, deadline=None)
@given(fraction=st.floats(0, 1))
def test_a_cut_journal_can_be_continued_without_losing_a_byte(
    tmp_path_factory: pytest.TempPathFactory,
    make_record: Callable[..., RunRecord],
    fraction: float,
) -> None:
    folder = tmp_path_factory.mktemp("continued")
    whole = append(folder, *(make_record(repeat=number) for number in range(3)))
    cut = whole[: int(fraction * len(whole))]
    (folder / JOURNAL).write_bytes(cut)
    kept = cut[: cut.rfind(b"\n") + 1]

    after = append(folder, make_record(repeat=99))

    saved = b"".join(path.read_bytes() for path in folder.glob("journal.torn-*"))
    assert after.startswith(kept)
    assert kept + saved == cut
    assert read_journal(folder).runs[-1].repeat == 99
    assert len(read_journal(folder).runs) == kept.count(b"\n") + 1


def test_a_torn_last_line_is_saved_and_cut(three: Path) -> None:
    first, second, third = lines_of(three)
    rewrite(three, [first, second, third[:40]])

    with open_journal(three) as (journal, _):
        assert journal.torn == third[:40]
        assert "40 bytes" in str(journal.findings("it was saved")[0])

    assert (three / "journal.torn-0").read_bytes() == third[:40]
    assert lines_of(three) == [first, second]


def test_a_second_torn_line_does_not_replace_the_first(three: Path) -> None:
    for torn in (b"first", b"second"):
        with (three / JOURNAL).open("ab") as stream:
            stream.write(torn)
        with open_journal(three):
            pass

    assert (three / "journal.torn-0").read_bytes() == b"first"
    assert (three / "journal.torn-1").read_bytes() == b"second"


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_flipped_bit_before_the_last_line_is_always_noticed(
    tmp_path_factory: pytest.TempPathFactory,
    make_record: Callable[..., RunRecord],
    data: st.DataObject,
) -> None:
    folder = tmp_path_factory.mktemp("flipped")
    whole = bytearray(append(folder, *(make_record(repeat=number) for number in range(3))))
    place = data.draw(st.integers(0, whole[:-1].rfind(b"\n")), label="place")
    whole[place] ^= 1 << data.draw(st.integers(0, 7), label="bit")
    (folder / JOURNAL).write_bytes(whole)

    with pytest.raises(IntegrityError, match=r"record [0-2] is damaged|record [0-2] has format"):
        read_journal(folder)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_whatever_stands_in_the_journal_only_ever_raises_an_integrity_error(
    tmp_path_factory: pytest.TempPathFactory,
    make_record: Callable[..., RunRecord],
    data: st.DataObject,
) -> None:
    folder = tmp_path_factory.mktemp("garbage")
    whole = append(folder, *(make_record(repeat=number) for number in range(2)))
    start = data.draw(st.integers(0, len(whole)), label="start")
    end = data.draw(st.integers(start, len(whole)), label="end")
    garbage = data.draw(st.binary(max_size=20), label="garbage")
    (folder / JOURNAL).write_bytes(whole[:start] + garbage + whole[end:])

    try:
        records = read_journal(folder).records
    except IntegrityError as error:
        assert error.problems  # noqa: PT017 - either way is right; nothing else is

    else:
        assert len(records) <= 3


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"null",
        b"[]",
        b"7",
        b'"format"',
        b"{}",
        b'{"format":null}',
        b'{"format":1e999}',
        b'{"format":1,"seq":3,"prev":"0"}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_a_line_that_is_no_record_is_named(three: Path, line: bytes) -> None:
    rewrite(three, [*lines_of(three), line + b"\n"])

    with pytest.raises(IntegrityError, match="record 3 is damaged"):
        read_journal(three)


def test_a_deleted_line_is_noticed(three: Path) -> None:
    first, _, third = lines_of(three)
    rewrite(three, [first, third])

    with pytest.raises(IntegrityError, match="record 1 is damaged"):
        read_journal(three)


def test_a_swapped_pair_of_lines_is_noticed(three: Path) -> None:
    first, second, third = lines_of(three)
    rewrite(three, [first, third, second])

    with pytest.raises(IntegrityError, match="record 1 is damaged"):
        read_journal(three)


def test_a_repeated_line_is_noticed(three: Path) -> None:
    first, second, third = lines_of(three)
    rewrite(three, [first, second, third, third])

    with pytest.raises(IntegrityError, match="record 3 is damaged"):
        read_journal(three)


def test_a_changed_number_in_the_last_line_is_noticed(three: Path) -> None:
    *before, last = lines_of(three)
    rewrite(three, [*before, last.replace(b'"wall_time_s":0.1', b'"wall_time_s":0.2')])

    with pytest.raises(IntegrityError, match="record 2 is damaged"):
        read_journal(three)


def test_a_record_of_a_newer_format_asks_for_a_newer_capstone(three: Path) -> None:
    first, second, third = lines_of(three)
    rewrite(three, [first, second, third.replace(b'"format":2', b'"format":3')])

    with pytest.raises(IntegrityError, match=r"record 2 has format 3.*newer capstone"):
        read_journal(three)


def test_every_raw_output_that_is_gone_or_changed_is_named(three: Path) -> None:
    (three / "raw/run-0/stdout.txt").unlink()
    (three / "raw/run-2/stdout.txt").write_text("something else")

    with pytest.raises(IntegrityError) as caught:
        read_journal(three)

    gone, changed = caught.value.problems
    assert (gone.code, changed.code) == ("CAP602", "CAP603")
    assert "record 0 (run run-0) names raw/run-0/stdout.txt" in gone.what
    assert "record 2 (run run-2) names raw/run-2/stdout.txt" in changed.what


def test_a_damaged_journal_is_not_opened_for_writing_nor_changed(three: Path) -> None:
    rewrite(three, lines_of(three)[1:])
    before = (three / JOURNAL).read_bytes()

    with pytest.raises(IntegrityError), open_journal(three):
        pytest.fail("it was opened")

    assert (three / JOURNAL).read_bytes() == before


def test_one_writer_excludes_another_and_its_end_lets_the_next_one_in(three: Path) -> None:
    before = (three / JOURNAL).read_bytes()
    with open_journal(three), pytest.raises(LockedError, match="CAP606"), open_journal(three):
        pytest.fail("two writers at once")

    with (three / JOURNAL).open("rb") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)

    assert (three / JOURNAL).read_bytes() == before


def test_a_record_is_in_the_file_before_append_returns(
    tmp_path: Path, make_record: Callable[..., RunRecord]
) -> None:
    with open_journal(tmp_path) as (_, writer):
        for count in (1, 2, 3):
            writer.append(make_record(repeat=count))

            assert len(read_journal(tmp_path).records) == count


def test_machines_are_the_folders_with_a_journal(tmp_path: Path) -> None:
    for name in ("b", "a"):
        append(tmp_path / "results" / name)
    (tmp_path / "results" / "empty").mkdir()

    assert list(machine_folders(tmp_path)) == ["a", "b"]


def test_a_record_and_its_folder_are_on_disk_before_the_call_returns(
    tmp_path: Path, make_record: Callable[..., RunRecord], monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    really = os.fsync

    def watch(handle: int) -> None:
        synced.append(Path(f"/proc/self/fd/{handle}").readlink().name)
        really(handle)

    monkeypatch.setattr(os, "fsync", watch)

    with open_journal(tmp_path / "machine") as (_, writer):
        writer.append(make_record())

    mark = f".running.json.{os.getpid()}.new"
    above = [tmp_path.name, tmp_path.parent.name]
    assert synced == ["machine", *above, mark, "machine", "journal.jsonl"]
