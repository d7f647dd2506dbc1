"""Who measures into a machine's folder: a mark beside the lock, for people and for other hosts.

The kernel's lock decides; the mark says who holds it, and speaks alone where a file system's
locks do not reach other hosts. `running.json` is gone when nobody measures.
"""

import json
import os
import socket
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import psutil
from pydantic import JsonValue

from capstone_report.results.durable import replace_file

RUNNING = "running.json"
_LARGEST_PID = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A process that measures, or was killed while it did."""

    pid: int
    host: str
    since: str
    attempt: dict[str, JsonValue] | None = None
    """What it was about to run, in its own words."""

    @property
    def is_here(self) -> bool:
        """Tell whether it ran on this host."""
        return self.host == socket.gethostname()

    @property
    def lives(self) -> bool:
        """Tell whether it is a process of this host that has not ended; a zombie has."""
        try:
            return self.is_here and psutil.Process(self.pid).status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    def __str__(self) -> str:
        """Return who it is, in words."""
        return f"process {self.pid} on host {self.host}, since {self.since}"


def read(folder: Path) -> Mark | None:
    """Return the mark in a machine's folder; None without one, or when it is not readable."""
    try:
        found = json.loads((folder / RUNNING).read_bytes())
        attempt = found.get("attempt")
        mark = Mark(
            pid=int(found["pid"]),
            host=str(found["host"]),
            since=str(found["since"]),
            attempt=attempt if isinstance(attempt, dict) else None,
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ArithmeticError):
        return None
    return mark if 0 < mark.pid <= _LARGEST_PID else None


class RunningMark:
    """This process's mark, from the begin to the end of a campaign."""

    def __init__(self, folder: Path) -> None:
        """Know where it will stand, and who sets it."""
        self._folder = folder
        since = datetime.now(UTC).isoformat(timespec="seconds")
        self._mark = Mark(pid=os.getpid(), host=socket.gethostname(), since=since)

    def begin(self, left: Mark | None = None) -> None:
        """Set the mark; it keeps the attempt of a killed holder until `attempt` is called."""
        self.attempt(left.attempt if left else None)

    def attempt(self, data: Mapping[str, JsonValue] | None) -> None:
        """Say what is about to be run, or that nothing is."""
        self._mark = replace(self._mark, attempt=None if data is None else dict(data))
        replace_file(self._folder / RUNNING, json.dumps(asdict(self._mark)).encode())

    def beat(self) -> None:
        """Give a sign of life: the mark's time of change is the heartbeat."""
        try:
            os.utime(self._folder / RUNNING)
        except FileNotFoundError:
            self.attempt(self._mark.attempt)

    def done(self) -> None:
        """Say that the record of the attempt is on disk; the mark itself follows with the next."""
        self._mark = replace(self._mark, attempt=None)

    def end(self) -> None:
        """Remove the mark, unless an attempt has no record or another holder has set its own."""
        if self._mark.attempt is not None:
            return
        if (found := read(self._folder)) and (found.pid, found.host) == (
            self._mark.pid,
            self._mark.host,
        ):
            (self._folder / RUNNING).unlink(missing_ok=True)
