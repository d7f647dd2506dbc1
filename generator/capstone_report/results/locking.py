"""One writer at a time: the kernel's lock on the journal, and what its holder's mark adds.

The lock belongs to an open file, so a guard process that inherits the descriptor holds it until
it, too, has ended; nothing ever has to be unlocked by hand.
"""

import fcntl
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from capstone_report.errors import LockedError
from capstone_report.findings import integrity
from capstone_report.results import running
from capstone_report.results.durable import refusal
from capstone_report.results.running import RUNNING, Mark
from capstone_report.units import Seconds

CLEANING_UP_S: Seconds = 5.0
"""How long a dead holder's guard may still be ending its programs."""
UNNAMED_S: Seconds = 1.0
"""How long a holder may have no mark: it has just begun, or is about to end."""
STALE_S: Seconds = 120.0
"""How old the heartbeat of a living holder never gets."""
_POLL_S: Seconds = 0.05


@contextmanager
def hold(path: Path) -> Iterator[int]:
    """Hold the lock on a journal, made if it is not there; yield its open descriptor.

    Raises:
        LockedError: another process holds it.
        MachineError: the file cannot be opened or locked.
    """
    began = time.monotonic()
    while (descriptor := _take(path)) is None:
        _wait_or_refuse(path.parent, time.monotonic() - began)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _take(path: Path) -> int | None:
    """Return a locked descriptor of the file that has this path now, or None."""
    try:
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        descriptor = os.open(path, flags, 0o666)
    except OSError as error:
        raise refusal(path, error) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if is_at(path, descriptor):
            return descriptor
    except BlockingIOError:
        pass
    except OSError as error:
        os.close(descriptor)
        raise refusal(path, error) from error
    os.close(descriptor)  # held by another, or a repair has put another file in its place
    return None


def is_at(path: Path, descriptor: int) -> bool:
    """Tell whether an open file is still the one with this path."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _wait_or_refuse(folder: Path, waited: Seconds) -> None:
    """Wait a moment for a holder that is ending; refuse when it lives or takes too long."""
    mark = running.read(folder)
    if mark is None:
        holder, patience = "a process that left no mark", UNNAMED_S
    elif mark.lives or not mark.is_here:
        holder, patience = str(mark), 0.0
    else:
        holder, patience = f"what is left of {mark}, which was killed", CLEANING_UP_S
    if waited >= patience:
        raise LockedError(integrity.LOCKED(str(folder), holder=holder))
    time.sleep(_POLL_S)


def left_behind(folder: Path, *, take_over: bool = False) -> Mark | None:
    """Return the mark of a holder that was killed; ask it with the lock held.

    A mark of this host beside a free lock is left over. One of another host may be alive where
    locks do not reach it: with a fresh heartbeat it is never passed, with an old one only if the
    caller takes over.

    Raises:
        LockedError: the mark of another host stands.
    """
    mark = running.read(folder)
    if mark is None or mark.is_here:
        return mark
    age = _age_s(folder)
    if age < STALE_S or not take_over:
        how = "wait until it ends, or end it there"
        if age >= STALE_S:
            how = "make sure that it has ended there, then run: capstone run --take-over"
        evidence = {"holder": mark, "age": max(round(age), 0), "remedy": how}
        raise LockedError(integrity.HELD_ELSEWHERE(str(folder), **evidence))
    return mark


def _age_s(folder: Path) -> Seconds:
    """Return the age of the last heartbeat, by the clock of the file system that dated it."""
    with tempfile.TemporaryFile(dir=folder) as fresh:
        now = os.fstat(fresh.fileno()).st_mtime
    return now - (folder / RUNNING).stat().st_mtime
