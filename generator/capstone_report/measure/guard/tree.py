"""The processes below this one: found, signalled, collected."""

import contextlib
import ctypes
import os
import signal
import sys
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil

from capstone_report.units import Bytes

PR_SET_CHILD_SUBREAPER = 36
# Linux counts in KiB, macOS in bytes.
MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024
PROCESSES = Path("/proc")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A look at the living processes below this one."""

    processes: int
    memory_bytes: Bytes
    stopped: bool
    """Whether any of them was stopped by a signal."""


def adopt_orphans(*, adopt: bool = True) -> None:
    """Ask Linux to make this process the parent of orphans below it, so that none escapes."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, int(adopt))


def descendants(*, apart_from: Iterable[int] = ()) -> list[psutil.Process]:
    """Return the living processes below this one, the innermost first."""
    left_out = set(apart_from)
    return [p for p in reversed(_below()) if p.pid not in left_out and _lives(p)]


def _below() -> list[psutil.Process]:
    """Return the processes below this one, ended ones included, the outermost first.

    Linux lists a process's children; elsewhere every process of the machine is asked for its parent.
    """
    if not (PROCESSES / "thread-self" / "children").exists():
        return psutil.Process().children(recursive=True)
    found: list[int] = []
    waiting = deque(_children(os.getpid()))
    while waiting:
        pid = waiting.popleft()
        found.append(pid)
        waiting.extend(_children(pid))
    processes = []
    for pid in found:
        with contextlib.suppress(psutil.NoSuchProcess):
            processes.append(psutil.Process(pid))
    return processes


def _children(pid: int) -> list[int]:
    """Return the children of every thread of a process; none when it has ended."""
    children: list[int] = []
    with contextlib.suppress(OSError):
        for thread in os.scandir(PROCESSES / str(pid) / "task"):
            with contextlib.suppress(OSError):
                children += map(int, Path(thread.path, "children").read_text().split())
    return children


def worker(rank: int) -> psutil.Process | None:
    """Return the outermost living process of a rank, the one that a launcher started."""
    found = [process for process in descendants() if _rank(process) == rank]
    return found[-1] if found else None


def ranks() -> list[int]:
    """Return the ranks that have a living process, in their order."""
    return sorted({rank for process in descendants() if (rank := _rank(process)) is not None})


def _rank(process: psutil.Process) -> int | None:
    """Return the rank that a process was started with; None without one, or when it has ended."""
    try:
        said = process.environ().get("RANK", "")
    except (psutil.Error, OSError):
        return None
    return int(said) if said.isdecimal() else None


def look() -> Seen:
    """Count the living processes below this one and add up their memory."""
    processes = descendants()
    return Seen(
        processes=len(processes),
        memory_bytes=sum(_memory(process) for process in processes),
        stopped=any(_status(process) == psutil.STATUS_STOPPED for process in processes),
    )


def send_all(processes: Iterable[psutil.Process], number: signal.Signals) -> None:
    """Signal processes; one that has just ended is left alone, as is one with its number."""
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.send_signal(number)


def _lives(process: psutil.Process) -> bool:
    """Tell whether a process still does anything."""
    return _status(process) not in {psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD, ""}


def _status(process: psutil.Process) -> str:
    """Return a process's state, empty when it has ended."""
    try:
        return str(process.status())
    except psutil.NoSuchProcess:
        return ""


def _memory(process: psutil.Process) -> Bytes:
    """Return a process's resident memory, 0 when it has ended."""
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0
