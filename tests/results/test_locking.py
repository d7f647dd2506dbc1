"""Who may measure: the kernel's lock, the mark beside it, and what a killed campaign leaves."""

import fcntl
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from pydantic import JsonValue

from capstone_report.errors import LockedError, MachineError
from capstone_report.results import locking, running
from capstone_report.results.durable import replace_file
from capstone_report.results.journal import JOURNAL, open_journal, read_journal
from capstone_report.results.records import RunRecord
from capstone_report.results.running import RUNNING, Mark, RunningMark

ELSEWHERE = Mark(pid=1, host="another-host", since="2026-11-21T10:00:00+00:00")
DEAD = 2**22 + 1
"""Larger than any process id of Linux."""


def leave(folder: Path, mark: Mark, *, age: float = 0.0) -> None:
    """Leave a mark behind, with a heartbeat of some age."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / RUNNING).write_text(json.dumps(asdict(mark)))
    then = time.time() - age
    os.utime(folder / RUNNING, (then, then))


def killed(pid: int = DEAD, attempt: dict[str, JsonValue] | None = None) -> Mark:
    """Return the mark of a process of this host that is dead."""
    return replace(ELSEWHERE, host=socket.gethostname(), pid=pid, attempt=attempt)


@contextmanager
def guard(folder: Path, seconds: float) -> Iterator[None]:
    """Let another process inherit the lock and hold it for a while, as a guard does."""
    with (folder / JOURNAL).open("ab") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        code = f"import time; time.sleep({seconds})"
        process = subprocess.Popen([sys.executable, "-c", code], pass_fds=[stream.fileno()])
    try:
        yield
    finally:
        process.kill()
        process.wait()


def test_a_campaign_says_who_it_is_while_it_lasts(tmp_path: Path) -> None:
    assert running.read(tmp_path) is None

    with open_journal(tmp_path) as (_, writer):
        mark = running.read(tmp_path)

        assert mark is not None
        assert (mark.pid, mark.host) == (os.getpid(), socket.gethostname())
        assert (mark.is_here, mark.lives, mark.attempt, writer.left) == (True, True, None, None)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", mark.since)

    assert running.read(tmp_path) is None


def test_no_host_enters_the_records(tmp_path: Path, make_record: Callable[..., RunRecord]) -> None:
    with open_journal(tmp_path) as (_, writer):
        writer.append(make_record())

    assert socket.gethostname().encode() not in (tmp_path / JOURNAL).read_bytes()


def test_a_mark_holds_the_attempt_that_is_under_way(tmp_path: Path) -> None:
    with open_journal(tmp_path) as (_, writer):
        seen = []
        attempts: list[dict[str, JsonValue] | None] = [{"run_id": "serial-0", "repeat": 3}, None]
        for attempt in attempts:
            writer.mark.attempt(attempt)
            mark = running.read(tmp_path)
            assert mark
            seen.append(mark.attempt)

    assert seen == attempts


def test_a_beat_makes_the_mark_young_and_brings_it_back(tmp_path: Path) -> None:
    mark = RunningMark(tmp_path)
    mark.begin()
    os.utime(tmp_path / RUNNING, (0, 0))

    mark.beat()
    young = (tmp_path / RUNNING).stat().st_mtime
    (tmp_path / RUNNING).unlink()
    mark.beat()

    assert young > time.time() - 60
    assert running.read(tmp_path) is not None


def test_the_end_removes_no_mark_of_another(tmp_path: Path) -> None:
    mark = RunningMark(tmp_path)
    mark.begin()
    leave(tmp_path, ELSEWHERE)

    mark.end()

    assert running.read(tmp_path) == ELSEWHERE
    (tmp_path / RUNNING).unlink()
    mark.end()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        '{"pid": 1}',
        '{"pid": "x", "host": "h", "since": "s"}',
        '{"pid": -1, "host": "h", "since": "s"}',
        '{"pid": 1e999, "host": "h", "since": "s"}',
        '{"pid": 99999999999, "host": "h", "since": "s"}',
        "\udcff",
    ],
)
def test_what_is_no_mark_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / RUNNING).write_bytes(text.encode(errors="surrogateescape"))

    assert running.read(tmp_path) is None


def test_an_attempt_that_is_no_object_is_none(tmp_path: Path) -> None:
    (tmp_path / RUNNING).write_text('{"pid": 1, "host": "h", "since": "s", "attempt": 3}')

    mark = running.read(tmp_path)

    assert mark
    assert mark.attempt is None


def test_a_second_campaign_is_refused_with_who_holds_the_lock(tmp_path: Path) -> None:
    began = time.monotonic()
    with (
        open_journal(tmp_path),
        pytest.raises(LockedError) as caught,
        open_journal(tmp_path, take_over=True),
    ):
        pytest.fail("two writers at once")

    said = str(caught.value)
    assert time.monotonic() - began < 10  # it says so at once instead of waiting for the other
    assert caught.value.exit_code == 6
    assert f"process {os.getpid()} on host {socket.gethostname()}, since 20" in said


def test_a_dead_campaign_whose_guard_still_cleans_up_is_waited_for(tmp_path: Path) -> None:
    left = killed(attempt={"run_id": "serial-0"})
    leave(tmp_path, left)

    with guard(tmp_path, 0.5), open_journal(tmp_path) as (_, writer):
        mark = running.read(tmp_path)

        assert writer.left == left
        assert mark
        assert (mark.pid, mark.attempt) == (os.getpid(), {"run_id": "serial-0"})


def test_a_guard_that_never_ends_is_named_after_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locking, "CLEANING_UP_S", 0.3)
    leave(tmp_path, killed())

    with (
        guard(tmp_path, 60),
        pytest.raises(LockedError, match=rf"what is left of process {DEAD} .*was killed"),
        open_journal(tmp_path),
    ):
        pytest.fail("two writers at once")


def test_a_zombie_is_dead(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE)
    assert process.stdout
    process.stdout.read()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)

    assert not killed(pid=process.pid).lives

    process.communicate()
    assert tmp_path.exists()


def test_a_holder_without_a_mark_is_waited_for_a_moment(tmp_path: Path) -> None:
    with guard(tmp_path, 0.2), open_journal(tmp_path) as (_, writer):
        assert writer.left is None

    with (
        guard(tmp_path, 60),
        pytest.raises(LockedError, match="a process that left no mark"),
        open_journal(tmp_path),
    ):
        pytest.fail("two writers at once")


def test_who_inherits_the_descriptor_keeps_the_lock(tmp_path: Path) -> None:
    with open_journal(tmp_path) as (_, writer):
        process = subprocess.Popen(
            [sys.executable, "-c", "input()"],
            stdin=subprocess.PIPE,
            pass_fds=[writer.descriptor],
        )

    with pytest.raises(LockedError), open_journal(tmp_path):
        pytest.fail("two writers at once")
    process.communicate(b"\n")
    with open_journal(tmp_path):
        pass


@pytest.mark.parametrize(
    ("age", "take_over", "remedy"),
    [
        (0.0, False, "wait until it ends"),
        (0.0, True, "wait until it ends"),
        (-3600.0, True, "wait until it ends"),
        (119.0, True, "wait until it ends"),
        (121.0, False, "capstone run --take-over"),
    ],
)
def test_a_mark_of_another_host_beside_a_free_lock_is_refused(
    tmp_path: Path, *, age: float, take_over: bool, remedy: str
) -> None:
    leave(tmp_path, ELSEWHERE, age=age)

    with (
        pytest.raises(LockedError, match=rf"CAP609.*process 1 on host another-host.*{remedy}"),
        open_journal(tmp_path, take_over=take_over),
    ):
        pytest.fail("two writers at once")

    assert running.read(tmp_path) == ELSEWHERE


def test_an_old_mark_of_another_host_can_be_taken_over(tmp_path: Path) -> None:
    leave(tmp_path, ELSEWHERE, age=3600)

    with open_journal(tmp_path, take_over=True) as (_, writer):
        assert writer.left == ELSEWHERE
        mark = running.read(tmp_path)
        assert mark
        assert mark.is_here

    assert running.read(tmp_path) is None


def test_another_host_that_has_the_lock_is_never_waited_for(tmp_path: Path) -> None:
    leave(tmp_path, ELSEWHERE, age=3600)

    with guard(tmp_path, 60), pytest.raises(LockedError, match="another-host"):
        open_journal(tmp_path, take_over=True).__enter__()


def test_reading_never_locks_and_writes_nothing(tmp_path: Path) -> None:
    with open_journal(tmp_path):
        before = sorted(path.name for path in tmp_path.iterdir())

        assert read_journal(tmp_path).records == ()
        assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_a_lock_on_a_file_that_was_replaced_meanwhile_is_none(tmp_path: Path) -> None:
    path = tmp_path / JOURNAL
    path.touch()
    with path.open("rb") as old:
        replace_file(path, b"")

        assert not locking.is_at(path, old.fileno())
        with locking.hold(path) as descriptor:
            assert locking.is_at(path, descriptor)
        path.unlink()
        assert not locking.is_at(path, old.fileno())


def test_a_replaced_file_is_opened_again_until_the_lock_is_on_the_one_that_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / JOURNAL
    path.touch()
    really = fcntl.flock
    opened: list[int] = []

    def replace_first(descriptor: int, how: int) -> None:
        if not opened:
            replace_file(path, b"repaired")
        opened.append(descriptor)
        really(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", replace_first)

    with locking.hold(path) as descriptor:
        assert os.pread(descriptor, 8, 0) == b"repaired"
    assert len(opened) == 2


def test_a_lock_or_a_file_that_the_disk_refuses_is_a_machine_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(37, "No locks available")

    with (
        pytest.raises(MachineError, match=r"CAP703.*ENOENT"),
        locking.hold(tmp_path / "no" / "file"),
    ):
        pytest.fail("it was locked")
    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(MachineError, match=r"CAP703.*ENOLCK"), locking.hold(tmp_path / JOURNAL):
        pytest.fail("it was locked")
