"""Whether a machine is quiet enough to measure on."""

import time
from dataclasses import dataclass

import psutil

from capstone_report.errors import MachineError
from capstone_report.findings import environment as rules
from capstone_report.measure.guard.machine import busy_s
from capstone_report.units import Seconds

LOOK_S: Seconds = 1.0
NAMED = 3
WORTH_NAMING = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What keeps a machine busy."""

    cores: float
    """How many cores are busy, on average over the look."""
    busiest: tuple[str, ...]
    """The programs that take most of it, with their share of a core."""


def load() -> Load:
    """Look at the machine for a second."""
    processes = list(psutil.process_iter(["name"]))
    for process in processes:
        _share(process)
    started, before = time.monotonic(), busy_s()
    time.sleep(LOOK_S)
    cores = (busy_s() - before) / (time.monotonic() - started)
    shares = sorted(((_share(p), str(p.info["name"])) for p in processes), reverse=True)
    named = [f"{name} ({share:.2f})" for share, name in shares[:NAMED] if share > WORTH_NAMING]
    return Load(cores=cores, busiest=tuple(named))


def require_quiet(most_cores: float) -> None:
    """Refuse to measure while other work keeps more than so many cores busy.

    Raises:
        MachineError: it does; the busiest programs are named.
    """
    now = load()
    if now.cores > most_cores:
        busiest = ", ".join(now.busiest) or "none of them alone"
        raise MachineError(
            rules.NOT_QUIET("this machine", cores=now.cores, most=most_cores, busiest=busiest)
        )


def _share(process: psutil.Process) -> float:
    """Return the share of a core that a process took since it was asked last."""
    try:
        return float(process.cpu_percent()) / 100
    except psutil.Error:
        return 0.0
