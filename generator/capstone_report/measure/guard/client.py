"""Capstone's end of the guard: starts it, orders runs, passes stops on, and sweeps if it dies."""

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from types import TracebackType
from typing import Any, Protocol, Self

from capstone_report.measure.guard import tree
from capstone_report.measure.guard.messages import Ended, Ending, Line, Order, ended_from
from capstone_report.units import Seconds

TICK_S = 0.25
SWEEP_S = 10.0


class Stopping(Protocol):
    """What asks a run to stop, by signals as a rule."""

    def fileno(self) -> int:
        """Return the descriptor that becomes readable when something was asked."""

    def stops(self) -> int:
        """Return how often it was asked: once means clean up, twice means at once."""


class Guard:
    """A guard process, started with the first run and again if somebody kills it."""

    def __init__(
        self,
        *,
        keep_open: Sequence[int] = (),
        stopping: Stopping | None = None,
        tick: Callable[[Seconds], None] = lambda _: None,
    ) -> None:
        """Begin without a process.

        `keep_open` are descriptors that the guard holds as long as it lives, such as a lock;
        `tick` is called several times a second with the seconds since a run began.
        """
        self._keep_open, self._stopping, self.tick = tuple(keep_open), stopping, tick
        self._process: subprocess.Popen[bytes] | None = None
        self._end: socket.socket | None = None
        self._line: Line | None = None
        self._others: set[int] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let the guard end what still runs, and wait until it has gone."""
        if self._end is not None:
            self._end.close()
        if self._process is not None:
            self._process.wait()
        self._process = self._end = self._line = None

    @property
    def pid(self) -> int | None:
        """Return the guard's process id while there is a guard."""
        return self._process.pid if self._process else None

    def run(self, order: Order) -> Ended:
        """Have a program run to its end, whatever ends it.

        Raises:
            OSError: the program could not be started.
        """
        line = self._line or self._start()
        started = time.monotonic()
        line.send(order=asdict(order))
        told = 0
        while True:
            for message in self._wait(line):
                if "ended" in message:
                    return ended_from(message["ended"])
                if "refused" in message:
                    number = int(message["refused"])
                    raise OSError(number, os.strerror(number), message["path"])
            if line.closed:
                return self._lost(started)
            told = self._pass_on(line, told)
            self.tick(time.monotonic() - started)

    def _start(self) -> Line:
        """Start the guard's process."""
        tree.adopt_orphans()
        self._others = {process.pid for process in tree.descendants()}
        ours, theirs = socket.socketpair()
        program = [sys.executable, "-P", "-m", "capstone_report.measure.guard"]
        with theirs:
            self._process = subprocess.Popen(
                [*program, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(), *self._keep_open),
                start_new_session=True,
            )
        self._end = ours
        self._line = Line(ours)
        return self._line

    def _wait(self, line: Line) -> list[dict[str, Any]]:
        """Wait a moment for the guard or for a stop; return what the guard said."""
        sources: list[Any] = [line, *([self._stopping] if self._stopping else [])]
        ready, _, _ = select.select(sources, [], [], TICK_S)
        return list(line.receive()) if line in ready else []

    def _pass_on(self, line: Line, told: int) -> int:
        """Pass stops on to the guard; return how many it has been told."""
        asked = self._stopping.stops() if self._stopping else 0
        if asked > told:
            line.send(**({"kill": True} if asked > 1 else {"stop": True}))
        return max(asked, told)

    def _lost(self, started: float) -> Ended:
        """End what a killed guard left behind: orphans of this process now."""
        status = None
        if self._process is not None:
            status = self._process.wait()
        deadline = time.monotonic() + SWEEP_S
        while (left := tree.descendants(apart_from=self._others)) and time.monotonic() < deadline:
            tree.send_all(left, signal.SIGKILL)
            for process in left:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(process.pid, os.WNOHANG)
            time.sleep(0.01)
        self.close()
        return Ended(
            ending=Ending.GUARD_LOST,
            wall_time_s=time.monotonic() - started,
            exit_code=None,
            signal=-status if status is not None and status < 0 else None,
            survivors=len(left),
        )
