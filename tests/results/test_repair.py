"""Verifying tells the whole truth; repairing keeps the proven beginning and loses no byte."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capstone_report.errors import IntegrityError, LockedError, MachineError
from capstone_report.results.journal import JOURNAL, open_journal, read_journal
from capstone_report.results.records import RunRecord
from capstone_report.results.repair import repair_journal
from capstone_report.results.verification import State, verify_chain, verify_journal
from journals import append, lines_of, rewrite


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_a_whole_journal_is_whole_and_is_left_alone(three: Path) -> None:
    before = contents(three)
    seen: list[tuple[int, int]] = []

    found = verify_journal(three, lambda done, total: seen.append((done, total)))

    assert repair_journal(three) is None
    assert contents(three) == before
    assert (found.state, found.records, found.kept, found.ok) == (State.WHOLE, 3, 3, True)
    assert found.size == found.kept_size == len(before[JOURNAL])
    assert (found.raw_outputs, found.raw_problems) == (3, 0)
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_the_outputs_of_readable_records_are_verified_behind_a_damage_too(three: Path) -> None:
    first, second, third = lines_of(three)
    rewrite(three, [first, second.replace(b"run-1", b"run-7", 1), third, b"half"])
    (three / "raw/run-0/stdout.txt").unlink()
    (three / "raw/run-2/stdout.txt").write_text("better")

    found = verify_journal(three)

    codes = [finding.code for finding in found.findings]
    assert codes == ["CAP604", "CAP613", "CAP601", "CAP602", "CAP603"]
    assert (found.state, found.records, found.kept) == (State.DAMAGED, 3, 1)
    assert (found.raw_outputs, found.raw_problems, found.ok) == (2, 2, False)


def test_a_torn_journal_is_no_error_and_is_repaired(three: Path) -> None:
    whole = (three / JOURNAL).read_bytes()
    (three / JOURNAL).write_bytes(whole + b'{"for')

    found = verify_journal(three)
    done = repair_journal(three)

    assert (found.state, found.ok, found.kept_size) == (State.TORN, True, len(whole))
    assert done
    assert (done.kept, done.cut, done.torn) == (3, 0, 5)
    assert (three / JOURNAL).read_bytes() == whole
    assert (three / "journal.damaged-0.jsonl").read_bytes() == whole + b'{"for'


def test_an_absent_journal_is_whole_and_empty(tmp_path: Path) -> None:
    found = verify_journal(tmp_path)

    assert (found.state, found.records, found.size) == (State.WHOLE, 0, 0)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_repair_keeps_the_proven_beginning_and_every_byte(
    tmp_path_factory: pytest.TempPathFactory,
    make_record: Callable[..., RunRecord],
    data: st.DataObject,
) -> None:
    folder = tmp_path_factory.mktemp("repaired")
    written = [make_record(repeat=number) for number in range(4)]
    damaged = bytearray(append(folder, *written))
    place = data.draw(st.integers(damaged.index(b"\n") + 1, len(damaged) - 1), label="place")
    damaged[place] ^= 1 << data.draw(st.integers(0, 7), label="bit")
    (folder / JOURNAL).write_bytes(damaged)
    found = verify_chain(folder)
    if found.is_newer:
        return

    done = repair_journal(folder)

    kept = read_journal(folder)
    assert done
    assert done.saved.read_bytes() == damaged
    assert list(kept.records) == written[: done.kept]
    assert done.kept >= bytes(damaged[:place]).count(b"\n")
    assert done.kept + done.cut == bytes(damaged).count(b"\n")
    assert append(folder, make_record(repeat=9)).startswith(bytes(damaged[: kept.size]))


def test_each_damaged_file_is_kept_and_outputs_are_not_touched(three: Path) -> None:
    outputs = contents(three / "raw")
    for number in (0, 1):
        *before, last = lines_of(three)
        rewrite(three, [*before, last.replace(b"0.1", b"0.2")])
        damaged = (three / JOURNAL).read_bytes()

        done = repair_journal(three)

        assert done
        assert done.saved.name == f"journal.damaged-{number}.jsonl"
        assert done.saved.read_bytes() == damaged
    assert contents(three / "raw") == outputs
    assert len(read_journal(three).records) == 1


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (lambda _: b"", "CAP607"),
        (lambda whole: whole[1:], "CAP611"),
        (lambda whole: whole.replace(b'"format":2', b'"format":3', 1), "CAP605"),
        (lambda whole: whole.replace(b"\n", b"\r\n"), "CAP611"),
    ],
    ids=["emptied", "first record", "newer", "CRLF"],
)
def test_a_repair_that_could_only_harm_is_refused(
    three: Path, damage: Callable[[bytes], bytes], code: str
) -> None:
    (three / JOURNAL).write_bytes(damage((three / JOURNAL).read_bytes()))
    before = contents(three)

    with pytest.raises(IntegrityError, match=code):
        repair_journal(three)

    assert contents(three) == before


def test_a_folder_in_the_journals_place_is_not_repaired(tmp_path: Path) -> None:
    (tmp_path / JOURNAL).mkdir()

    with pytest.raises(IntegrityError, match="CAP608"):
        repair_journal(tmp_path)


def test_a_journal_that_is_being_written_is_not_repaired(three: Path) -> None:
    with open_journal(three):
        (three / JOURNAL).write_bytes((three / JOURNAL).read_bytes() + b"half")

        with pytest.raises(LockedError):
            repair_journal(three)

    assert not list(three.glob("journal.damaged*"))


def test_a_journal_that_somebody_else_repaired_meanwhile_is_left_alone(
    three: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = (three / JOURNAL).read_bytes()
    (three / JOURNAL).write_bytes(whole + b"half")
    really = os.open

    def mend(path: Path, *how: int) -> int:
        (three / JOURNAL).write_bytes(whole)
        return really(path, *how)

    monkeypatch.setattr(os, "open", mend)

    assert repair_journal(three) is None


def test_a_repair_that_the_disk_refuses_changes_nothing(
    three: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (three / JOURNAL).write_bytes((three / JOURNAL).read_bytes() + b"half")
    before = contents(three)

    def refuse(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)

    with pytest.raises(MachineError, match="CAP711"):
        repair_journal(three)

    assert contents(three) == before
