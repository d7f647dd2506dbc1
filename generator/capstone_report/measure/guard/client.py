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
# A guard that does not answer a second stop for so long is stuck, and killed itself.
STUCK_S = 5.0


class NotStartedError(OSError):
    """A program could not be started."""


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
        self._number = 0

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
            try:
                self._process.wait(SWEEP_S + STUCK_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._sweep()
            tree.adopt_orphans(adopt=False)
        self._process = self._end = self._line = None

    @property
    def pid(self) -> int | None:
        """Return the guard's process id while there is a guard."""
        return self._process.pid if self._process else None

    def run(self, order: Order) -> Ended:
        """Have a program run to its end, whatever ends it.

        Whatever else is raised meanwhile ends the guard first, and with it the program.

        Raises:
            NotStartedError: the program could not be started.
        """
        try:
            return self._follow(order)
        except NotStartedError:
            raise
        except BaseException:
            self.close()
            raise

    def _follow(self, order: Order) -> Ended:
        """Give an order and wait for its answer."""
        line = self._line or self._start()
        self._number += 1
        started, told, stop_at = time.monotonic(), 0, float("inf")
        line.send(order=asdict(order), number=self._number)
        while True:
            for message in self._wait(line):
                if message.get("number") == self._number:
                    return _answer(message)
            if line.closed:
                return self._lost(started)
            if (asked := self._pass_on(line, told)) > told:
                told = asked
                stop_at = time.monotonic() + STUCK_S if told > 1 else stop_at
            if time.monotonic() > stop_at and self._process is not None:
                self._process.kill()
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
        survivors = self._sweep()
        self.close()
        return Ended(
            ending=Ending.GUARD_LOST,
            wall_time_s=time.monotonic() - started,
            exit_code=None,
            signal=-status if status is not None and status < 0 else None,
            survivors=survivors,
        )

    def _sweep(self) -> int:
        """Kill and collect what a guard left to this process; return how many would not end."""
        deadline = time.monotonic() + SWEEP_S
        while (left := tree.descendants(apart_from=self._others)) and time.monotonic() < deadline:
            tree.send_all(left, signal.SIGKILL)
            for process in left:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(process.pid, os.WNOHANG)
            time.sleep(0.01)
        return len(left)


def _answer(message: dict[str, Any]) -> Ended:
    """Return the end of a run, or raise why it did not begin."""
    if "refused" in message:
        number = int(message["refused"])
        raise NotStartedError(number, os.strerror(number), message["path"])
    return ended_from(message["ended"])
