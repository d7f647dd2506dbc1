"""A fault on purpose: one worker of a run is killed at a declared time after its first report."""

import contextlib
import math
import time

import psutil

from capstone_report.measure.guard import tree
from capstone_report.measure.guard.messages import Kill, Killed
from capstone_report.units import Seconds

# While a fault waits for the first report or for its worker, the guard looks this often.
LOOK_S = 0.02


class Injection:
    """A kill that was ordered, or none, until it has happened."""

    def __init__(self, kill: Kill | None, *, started: Seconds) -> None:
        """Begin with a run's start, by the monotonic clock."""
        self._kill, self._started = kill, started
        self._reported: Seconds | None = None
        self._killed: Seconds | None = None

    @property
    def due_at(self) -> Seconds:
        """Return when to look next, by the monotonic clock; never where nothing is to be done."""
        if self._kill is None or self._killed is not None:
            return math.inf
        soon = time.monotonic() + LOOK_S
        return soon if self._reported is None else max(soon, self._reported + self._kill.at_s)

    @property
    def waits_for_report(self) -> bool:
        """Tell whether a fault is ordered whose time has not begun to run."""
        return self._kill is not None and self._reported is None

    def report(self, now: Seconds) -> None:
        """Begin to count the time: the program has reported something for the first time."""
        self._reported = now

    def act(self, now: Seconds) -> None:
        """Kill the worker when it is time; one that is not there yet is looked for again."""
        if self._kill is None or self._reported is None or self._killed is not None:
            return
        if now >= self._reported + self._kill.at_s and (worker := tree.worker(self._kill.rank)):
            with contextlib.suppress(psutil.NoSuchProcess):  # it has just ended by itself
                worker.kill()
                self._killed = time.monotonic()

    def result(self) -> Killed | None:
        """Return what happened; None where nothing was ordered."""
        if self._kill is None:
            return None
        return Killed(
            rank=self._kill.rank,
            reported_after_s=self._since_start(self._reported),
            killed_after_s=self._since_start(self._killed),
            killed_at=self._killed,
        )

    def _since_start(self, at: Seconds | None) -> Seconds | None:
        """Return a time by the monotonic clock as one since the start of the run."""
        return None if at is None else at - self._started
