"""What the whole machine did meanwhile: its clocks, its busy cores, its want of memory."""

import contextlib
import os
import re
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from capstone_report.units import Bytes, Seconds

# Two clocks cannot be read at the same instant.
CLOCK_NOISE_S = 0.05
# A clock that is kept right by small corrections moves less than this in a run.
CLOCK_STEP_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The machine at one instant."""

    at: Seconds
    """The monotonic clock: durations come from it alone."""
    wall: Seconds
    """The wall clock, which somebody may set."""
    asleep_s: Seconds
    """How long the machine has been suspended since it started."""
    busy_s: Seconds
    """How long all cores together have been busy since it started."""
    oom_kills: int
    """How many processes the kernel has killed for want of memory."""

    def clock_step_s(self, before: "Look") -> Seconds:
        """Return by how much the wall clock was set since another look; 0 below a second."""
        asleep_s = self.asleep_s - before.asleep_s
        step = (self.wall - before.wall) - (self.at - before.at) - asleep_s
        return step if abs(step) > CLOCK_STEP_S else 0.0


def look() -> Look:
    """Look at the machine."""
    now = time.monotonic()
    since_start = (
        time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else now
    )
    return Look(
        at=now,
        wall=time.time(),
        asleep_s=since_start - now,
        busy_s=busy_s(),
        oom_kills=_oom_kills(),
    )


def busy_s() -> Seconds:
    """Return how long all cores together have been busy since the machine started."""
    times = psutil.cpu_times()
    idle = times.idle + getattr(times, "iowait", 0.0)
    guests = getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0)
    return float(sum(times) - idle - guests)


def folder_bytes(folder: Path) -> Bytes:
    """Return how much the files of a folder hold, 0 when it is gone."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        return sum(entry.stat(follow_symlinks=False).st_size for entry in entries)
    return 0


def _oom_kills() -> int:
    """Return the kernel's count of processes killed for want of memory; 0 where it keeps none."""
    try:
        counters = Path("/proc/vmstat").read_text()
    except OSError:
        return 0
    found = re.search(r"^oom_kill (\d+)$", counters, re.MULTILINE)
    return int(found[1]) if found else 0
