"""What bounds this machine's processors from above: cores, clock, caches, the memory that is free."""

import os
import re
from collections.abc import Iterable
from pathlib import Path

import psutil

from capstone_report.measure import cgroups
from capstone_report.measure.facts.collected import usable_cores
from capstone_report.measure.reading import ROOT, counted, said
from capstone_report.perfmodel.peaks import Processor
from capstone_report.units import Bytes

CPUS = "sys/devices/system/cpu"
KIBI = 1024
HERTZ_PER_KHZ = 1000


def usable_cpus() -> set[int]:
    """Return the numbers of the processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return os.sched_getaffinity(0)
    return set(range(usable_cores()))


def cores_for_threads(root: Path = ROOT) -> int:
    """Return how many threads can run at once: by affinity, and by the control group's quota."""
    quota = cgroups.cpu_quota(root)
    return usable_cores() if quota is None else max(1, int(min(usable_cores(), quota)))


def physical_cores(cpus: Iterable[int], root: Path = ROOT) -> int:
    """Return on how many cores some processors are: two threads of a core share what computes."""
    files = ((cpu, root / CPUS / f"cpu{cpu}/topology/thread_siblings_list") for cpu in cpus)
    return len({said(file) or str(cpu) for cpu, file in files})


def last_level_cache(cpus: Iterable[int], root: Path = ROOT) -> Bytes | None:
    """Return the size of all last-level caches that some processors have; None where nothing tells."""
    caches: dict[tuple[int, str], int] = {}
    for cpu in cpus:
        for index in (root / CPUS / f"cpu{cpu}/cache").glob("index[0-9]*"):
            size = re.fullmatch(r"(\d+)K", said(index / "size") or "")
            if size and said(index / "type") != "Instruction":
                place = (counted(index / "level") or 0, said(index / "shared_cpu_list") or str(cpu))
                caches[place] = int(size[1]) * KIBI
    last = max((level for level, _ in caches), default=0)
    return sum(size for (level, _), size in caches.items() if level == last) or None


def free_memory(root: Path = ROOT) -> Bytes:
    """Return how much memory can be had: what is available, and what the control groups allow."""
    available = int(psutil.virtual_memory().available)
    limit = cgroups.memory_limit(root)
    return available if limit is None else int(min(available, limit))


def is_virtual(root: Path = ROOT) -> bool:
    """Tell whether a hypervisor has told the processor that it is not the machine's own (x86 only)."""
    return "hypervisor" in (_field(said(root / "proc/cpuinfo") or "", "flags") or "").split()


def processor(root: Path = ROOT) -> Processor:
    """Return what is known of this machine's processors to compute their peak from."""
    told = said(root / "proc/cpuinfo") or ""
    files = (root / CPUS).glob("cpu[0-9]*/cpufreq/cpuinfo_max_freq")
    highest = max((khz for file in files if (khz := counted(file)) is not None), default=None)
    family, model = _field(told, "cpu family"), _field(told, "model")
    return Processor(
        vendor=_field(told, "vendor_id"),
        family=int(family) if family else None,
        model=int(model) if model else None,
        hertz=None if is_virtual(root) or highest is None else float(highest * HERTZ_PER_KHZ),
    )


def _field(told: str, name: str) -> str | None:
    """Return a field of the first processor in /proc/cpuinfo."""
    found = re.search(rf"^{name}\s*: (.+)$", told, re.MULTILINE)
    return found[1] if found else None
