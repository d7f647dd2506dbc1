"""A disk that refuses: nothing is lost, nothing half stays, and what is wrong is said."""

import errno
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from capstone_report.errors import IntegrityError, MachineError
from capstone_report.results.durable import RESERVE, RESERVE_SIZE, Reserve, replace_file, save_aside
from capstone_report.results.journal import JOURNAL, open_journal, read_journal
from capstone_report.results.records import RunRecord
from journals import append

Make = Callable[..., RunRecord]


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let no file grow beyond a size, by the kernel's own limit: a real partial write."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def failing(number: int) -> Callable[..., int]:
    """Return a system call that fails, once for each time it is called."""

    def fail(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    return fail


def test_a_write_that_the_disk_breaks_off_is_taken_back(tmp_path: Path, make_record: Make) -> None:
    whole = append(tmp_path, make_record())
    with open_journal(tmp_path) as (_, writer):
        with largest_file(len(whole) + 100), pytest.raises(MachineError) as caught:
            writer.append(make_record(repeat=1))
        assert (tmp_path / JOURNAL).read_bytes() == whole

        writer.append(make_record(repeat=2))

    assert "File too large (EFBIG)" in str(caught.value)
    assert str(tmp_path / JOURNAL) in str(caught.value)
    assert [run.repeat for run in read_journal(tmp_path).runs] == [0, 2]


def test_a_write_in_pieces_is_one_line(
    tmp_path: Path, make_record: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: really(handle, data[:100]))

    append(tmp_path, make_record())

    assert read_journal(tmp_path).runs == (make_record(),)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_told_with_what_is_free(
    tmp_path: Path, make_record: Make, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    with open_journal(tmp_path) as (_, writer):
        monkeypatch.setattr(os, "write", failing(number))

        with pytest.raises(MachineError, match=r"CAP711.*bytes are free; free space") as caught:
            writer.append(make_record())

    assert caught.value.exit_code == 7
    assert errno.errorcode[number] in str(caught.value)
    assert (tmp_path / JOURNAL).read_bytes() == b""


def test_after_a_failed_fsync_nothing_is_tried_again(
    tmp_path: Path, make_record: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = append(tmp_path, make_record())
    with open_journal(tmp_path) as (_, writer):
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", failing(errno.EIO))
            with pytest.raises(MachineError, match=r"CAP703.*Input/output error \(EIO\)"):
                writer.append(make_record(repeat=1))

        for again in (writer.append, writer.append_last):
            with pytest.raises(MachineError, match="EIO"):
                again(make_record(repeat=1))

    assert (tmp_path / JOURNAL).read_bytes() == whole


def test_a_half_line_that_cannot_be_taken_back_is_cut_by_the_next_campaign(
    tmp_path: Path, make_record: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = append(tmp_path, make_record())
    with open_journal(tmp_path) as (_, writer), monkeypatch.context() as patch:
        patch.setattr(os, "ftruncate", failing(errno.EIO))
        with largest_file(len(whole) + 100), pytest.raises(MachineError, match="EFBIG"):
            writer.append(make_record(repeat=1))
        with pytest.raises(IntegrityError, match="CAP612"):
            writer.append(make_record(repeat=1))

    assert append(tmp_path) == whole
    assert (tmp_path / "journal.torn-0").stat().st_size == 100


def test_a_torn_tail_that_cannot_be_cut_stops_the_campaign(
    tmp_path: Path, make_record: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    torn = append(tmp_path, make_record())[:-10]
    (tmp_path / JOURNAL).write_bytes(torn)
    monkeypatch.setattr(os, "ftruncate", failing(errno.EIO))

    with pytest.raises(MachineError, match="CAP703"), open_journal(tmp_path):
        pytest.fail("it was opened")

    assert (tmp_path / JOURNAL).read_bytes() == torn


def test_the_reserve_is_there_while_a_campaign_lasts_and_really_allocated(
    tmp_path: Path, make_record: Make
) -> None:
    with open_journal(tmp_path) as (_, writer):
        reserve = (tmp_path / RESERVE).stat()
        writer.append_last(make_record())

        assert not (tmp_path / RESERVE).exists()

    assert reserve.st_size == RESERVE_SIZE
    assert reserve.st_blocks * 512 >= RESERVE_SIZE
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == [JOURNAL]


def test_no_campaign_begins_without_its_reserve(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "posix_fallocate", failing(errno.ENOSPC))

    with pytest.raises(MachineError, match="CAP711"), open_journal(tmp_path):
        pytest.fail("it was opened")

    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == [JOURNAL]


FILLED = """
import sys
from pathlib import Path
from capstone_report.errors import MachineError
from capstone_report.results.journal import open_journal, read_journal
from capstone_report.results.records import RunRecord

folder, record = Path(sys.argv[1]), RunRecord.model_validate_json(sys.argv[2])
with open_journal(folder) as (_, writer):
    try:
        for _ in range(100_000):
            writer.append(record)
    except MachineError as error:
        print(error)
    writer.append_last(record.model_copy(update={"message": "the disk is full"}))
print(len(read_journal(folder).runs), read_journal(folder).torn, read_journal(folder).runs[-1].message)
"""


def test_a_really_full_disk_takes_one_last_record(tmp_path: Path, make_record: Make) -> None:
    mount = f'mount -t tmpfs -o size=1500k none "{tmp_path}" && exec "$@"'
    private = ["unshare", "--map-root-user", "--mount", "sh", "-c", mount, "sh"]
    if (
        shutil.which("unshare") is None
        or subprocess.run([*private, "true"], check=False).returncode
    ):
        pytest.skip("no file system can be mounted here")
    record = make_record(message="x" * 20_000)

    answer = subprocess.run(
        [*private, sys.executable, "-c", FILLED, tmp_path, record.model_dump_json()],
        capture_output=True,
        text=True,
        check=False,
    )

    assert answer.returncode == 0, answer.stderr
    assert "CAP711" in answer.stdout
    assert "No space left on device (ENOSPC)" in answer.stdout
    count, torn, message = answer.stdout.splitlines()[-1].split(maxsplit=2)
    assert (int(count) > 10, torn, message) == (True, "b''", "the disk is full")


def grown(path: Path) -> None:
    """Append to a file, as an editor or a second writer would."""
    with path.open("ab") as stream:
        stream.write(b"{}\n")


@pytest.mark.parametrize(
    ("change", "how"),
    [
        (grown, "its size is not what it was"),
        (Path.unlink, "it was deleted or replaced"),
        (lambda path: replace_file(path, path.read_bytes()), "it was deleted or replaced"),
    ],
)
def test_a_journal_that_changes_under_its_writer_gets_no_record(
    tmp_path: Path, make_record: Make, change: Callable[[Path], object], how: str
) -> None:
    with open_journal(tmp_path) as (_, writer):
        writer.append(make_record())
        change(tmp_path / JOURNAL)

        for _ in range(2):
            with pytest.raises(IntegrityError, match=f"CAP612.*{how}; record 1 was not written"):
                writer.append(make_record())


def test_a_replacement_that_the_disk_refuses_leaves_the_old_content_alone(tmp_path: Path) -> None:
    path = tmp_path / "file"
    replace_file(path, b"old")

    with largest_file(10), pytest.raises(MachineError, match="EFBIG"):
        replace_file(path, b"new" * 10)

    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_saved_aside_never_overwrites_and_is_whole_or_not_there(tmp_path: Path) -> None:
    (tmp_path / "saved-1").write_text("mine")

    names = [save_aside(tmp_path, "saved-{}", data).name for data in (b"a", b"b")]
    with largest_file(10), pytest.raises(MachineError, match="EFBIG"):
        save_aside(tmp_path, "saved-{}", b"c" * 20)

    assert names == ["saved-0", "saved-2"]
    assert (tmp_path / "saved-1").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["saved-0", "saved-1", "saved-2"]


def test_a_reserve_of_a_killed_campaign_is_taken_over(tmp_path: Path) -> None:
    (tmp_path / RESERVE).write_bytes(b"short")

    Reserve(tmp_path).take()

    assert (tmp_path / RESERVE).stat().st_size == RESERVE_SIZE
