"""Runs one program as a process tree: own session, deadline, and nothing of it survives."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import psutil

from capstone_report.units import Bytes, Seconds

Listening = Callable[[], AbstractContextManager[None]]

GRACE_S = 2.0
PR_SET_CHILD_SUBREAPER = 36
# Peak memory is sampled: often enough to see a training run, rarely enough not to disturb it.
SAMPLE_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a process tree ended, and what it used."""

    wall_time_s: Seconds
    exit_code: int | None
    signal: int | None
    timed_out: bool
    peak_memory_bytes: Bytes
    cpu_time_s: Seconds
    other_load: float
    """How many cores other work kept busy meanwhile, time stolen from a virtual machine included."""
    outlived: bool
    """Whether processes were still there when the program itself had ended; they were killed."""


class _Waiter(threading.Thread):
    """Waits for a process, so that its end is seen at once and its rusage is read."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        super().__init__(daemon=True)
        self._process = process
        self.done = threading.Event()
        self.ended_at = 0.0
        self.status = 0
        self.cpu_time_s = 0.0
        self.max_rss = 0

    def run(self) -> None:
        """Block until the process ends."""
        _, self.status, usage = os.wait4(self._process.pid, 0)
        self.ended_at = time.monotonic()
        self._process.returncode = os.waitstatus_to_exitcode(self.status)
        self.cpu_time_s = usage.ru_utime + usage.ru_stime
        self.max_rss = usage.ru_maxrss * 1024
        self.done.set()


def run_process(
    command: list[str],
    *,
    cwd: Path,
    env: dict[str, str],
    output: Path,
    timeout_s: Seconds,
    listening: Listening = nullcontext,
) -> Ended:
    """Run a command to its end or its deadline; stdout and stderr go to files in `output`.

    The command gets a session of its own. When it ends, times out, or this process is
    interrupted, every process that it left behind is terminated, and killed after a grace.

    Raises:
        OSError: the program could not be started.
    """
    with (output / "stdout.txt").open("wb") as out, (output / "stderr.txt").open("wb") as err:
        _adopt_orphans()
        tree = _Tree()
        started, busy = time.monotonic(), _busy_s()
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
        waiter = _Waiter(process)
        waiter.start()
        tree.follow(process.pid)
        try:
            with listening():
                timed_out = _watch(waiter, tree, deadline=started + timeout_s)
        finally:
            outlived = tree.stop(waiter)
    code, wall_time = process.returncode, waiter.ended_at - started
    return Ended(
        wall_time_s=wall_time,
        exit_code=code if code >= 0 else None,
        signal=-code if code < 0 else None,
        timed_out=timed_out,
        peak_memory_bytes=max(tree.peak, waiter.max_rss),
        cpu_time_s=waiter.cpu_time_s,
        other_load=max(0.0, _busy_s() - busy - waiter.cpu_time_s) / wall_time,
        outlived=outlived,
    )


def _watch(waiter: _Waiter, tree: "_Tree", *, deadline: float) -> bool:
    """Sample the tree until the program ends; tell whether the deadline passed first."""
    while not waiter.done.wait(min(SAMPLE_S, max(0.0, deadline - time.monotonic()))):
        tree.sample()
        if time.monotonic() >= deadline:
            return True
    return False


class _Tree:
    """The processes that a program started, followed while it runs."""

    def __init__(self) -> None:
        self._before = {c.pid for c in psutil.Process().children(recursive=True)}
        self._session = 0
        self._known: dict[int, psutil.Process] = {}
        self.peak: Bytes = 0

    def follow(self, pid: int) -> None:
        """Begin with the program itself."""
        self._session = pid
        with contextlib.suppress(psutil.NoSuchProcess):
            self._known[pid] = psutil.Process(pid)

    def sample(self) -> None:
        """Look for new descendants and add up the memory of the living ones."""
        root = self._known.get(self._session)
        if root is not None:
            with contextlib.suppress(psutil.NoSuchProcess):
                for child in root.children(recursive=True):
                    self._known.setdefault(child.pid, child)
        self.peak = max(self.peak, sum(_memory(process) for process in self._known.values()))

    def stop(self, waiter: _Waiter) -> bool:
        """End every living process of the tree; tell whether any outlived the program."""
        outlived = waiter.done.is_set() and self._alive()
        if not waiter.done.is_set():
            self.sample()
        self._end(signal.SIGTERM)
        deadline = time.monotonic() + GRACE_S
        while time.monotonic() < deadline and not (waiter.done.is_set() and not self._alive()):
            time.sleep(0.02)
        self._end(signal.SIGKILL)
        waiter.done.wait()
        psutil.wait_procs(self._others(), timeout=GRACE_S)  # a kill takes the kernel a moment
        return outlived

    def _alive(self) -> bool:
        """Tell whether anything of the tree, the program itself left out, still lives."""
        return bool(self._others())

    def _others(self) -> list[psutil.Process]:
        """Return the living processes of the tree, the program itself left out."""
        self._adopt()
        return [p for pid, p in self._known.items() if pid != self._session and _lives(p)]

    def _adopt(self) -> None:
        """Find what the program left to us when it ended, and collect what of it has ended."""
        for child in psutil.Process().children(recursive=True):
            if child.pid not in self._before:
                self._known.setdefault(child.pid, child)
        for pid in self._known.keys() - {self._session}:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)

    def _end(self, number: signal.Signals) -> None:
        """Signal the program's process group and every known process outside it."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._session, number)
        for process in self._others():
            with contextlib.suppress(psutil.Error):
                process.send_signal(number)


def _adopt_orphans() -> None:
    """Ask Linux to make this process the parent of orphans below it, so that none escapes."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)


def _lives(process: psutil.Process) -> bool:
    """Tell whether a process still does anything."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _memory(process: psutil.Process) -> Bytes:
    """Return a process's resident memory, 0 when it has ended."""
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def _busy_s() -> Seconds:
    """Return how long all cores together have been busy since the machine started."""
    times = psutil.cpu_times()
    idle = times.idle + getattr(times, "iowait", 0.0)
    guests = getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0)
    return float(sum(times) - idle - guests)
