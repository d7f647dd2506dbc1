"""What capstone and its guard say to each other: one JSON object per line on a socket."""

import json
import socket
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from capstone_report.units import Bytes, Seconds

CHUNK = 1 << 16


class Ending(StrEnum):
    """Why a run ended."""

    OWN = "own"
    TIMEOUT = "timeout"
    SILENCE = "silence"
    STOPPED = "stopped"
    CROWD = "crowd"
    DISK = "disk"
    GUARD_LOST = "guard lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """A fault to be injected: which worker is killed, and when."""

    rank: int
    at_s: Seconds
    """After the program's first metric, or its first line on stdout."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Killed:
    """What came of a fault that was to be injected; None for what never happened."""

    rank: int
    reported_after_s: Seconds | None
    """When the program first reported anything, since its start."""
    killed_after_s: Seconds | None
    """When the worker was killed, since the start of the run."""
    killed_at: Seconds | None
    """The same by the machine's monotonic clock, which the program can read, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A run to be made: what is started, where, and what ends it."""

    command: list[str]
    cwd: str
    env: dict[str, str]
    output: str
    """The folder that gets stdout.txt and stderr.txt, and whose metrics/ counts as output."""
    timeout_s: Seconds
    idle_timeout_s: Seconds | None = None
    """After how long without any output the run counts as hung; None: never."""
    most_processes: int = 4096
    """How many processes at once are taken for a program out of control."""
    grace_s: Seconds = 2.0
    """How long the program may clean up between SIGTERM and SIGKILL."""
    gpus: bool = False
    """Whether it computes on GPUs, so that they are watched, too."""
    kill: Kill | None = None
    """A fault to be injected."""
    nodes: int = 1
    """How many machines the run is for; a guard's own is one of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a run's processes ended, and what they used."""

    ending: Ending
    wall_time_s: Seconds
    """From before the start to the program's own end, by the monotonic clock."""
    exit_code: int | None
    signal: int | None
    peak_memory_bytes: Bytes = 0
    cpu_time_s: Seconds = 0.0
    other_load: float = 0.0
    """How many cores other work kept busy meanwhile, time stolen from a virtual machine included."""
    outlived: int = 0
    """How many processes were still there when the program itself had ended; they were killed."""
    survivors: int = 0
    """How many could not even be killed: they hang inside the kernel."""
    suspended_s: Seconds = 0.0
    """How long the program, its guard or the whole machine stood still."""
    clock_step_s: Seconds = 0.0
    """By how much the wall clock was set meanwhile; durations do not depend on it."""
    output_bytes: Bytes = 0
    """How much was written to stdout and stderr, what was not kept included."""
    disk_errno: int | None = None
    """Why the output could not be kept."""
    oom_kills: int = 0
    """How many processes of this machine the kernel killed for want of memory meanwhile."""
    thermal_events: int | None = None
    """How often processors were slowed down for heat or power; None where the kernel cannot tell."""
    quota_waits: int | None = None
    """In how many periods the control group waited for its CPU quota."""
    swapped_bytes: Bytes | None = None
    """How much the machine moved to and from swap."""
    gpu_throttling: Sequence[str] = ()
    """Why GPUs were slow when they were looked at."""
    gpu_sharers: int | None = None
    """How many other processes computed on the GPUs before or after; None where none is used."""
    joules: float | None = None
    """From the start to the program's own end, where counters tell."""
    energy_method: str | None = None
    """What the energy is of."""
    killed: Killed | None = None
    """What came of a fault that was to be injected."""
    silent_ranks: Sequence[int] = ()
    """Where the run fell silent: the ranks that still had a process then, as far as RANK tells."""


class Line:
    """One end of the socket: sends objects, and hands over those that have arrived."""

    def __init__(self, end: socket.socket) -> None:
        """Begin with nothing received."""
        self._end = end
        self._buffer = b""
        self._arrived: deque[bytes] = deque()
        self.closed = False
        """Whether the other side is gone."""

    def fileno(self) -> int:
        """Return the descriptor to wait for."""
        return self._end.fileno()

    def send(self, **message: object) -> None:
        """Send one object; when nobody is there any more, that shows in `closed`."""
        try:
            self._end.sendall(json.dumps(message).encode() + b"\n")
        except OSError:
            self.closed = True

    def receive(self) -> Iterator[dict[str, Any]]:
        """Yield what has arrived; call it when the descriptor is readable."""
        try:
            data = self._end.recv(CHUNK)
        except OSError:
            data = b""
        self.closed = self.closed or not data
        *whole, self._buffer = (self._buffer + data).split(b"\n")
        self._arrived.extend(whole)
        yield from self.arrived()

    def arrived(self) -> Iterator[dict[str, Any]]:
        """Yield what was received together with an object that somebody else acts on already."""
        while self._arrived:
            yield json.loads(self._arrived.popleft())


def order_from(message: dict[str, Any]) -> Order:
    """Return a run to be made as capstone ordered it."""
    kill = message["kill"]
    return Order(**message | {"kill": kill and Kill(**kill)})


def ended_from(message: dict[str, Any]) -> Ended:
    """Return the end of a run as the guard told it."""
    killed = message["killed"]
    return Ended(
        **message | {"ending": Ending(message["ending"]), "killed": killed and Killed(**killed)}
    )
