"""The control groups of Linux that this process is in: what they allow, and how often they made it wait.

Both versions are read. A limit holds for all groups below it, so the tightest of all levels counts.
"""

from pathlib import Path

from capstone_report.measure.reading import ROOT, counted, said
from capstone_report.units import Bytes

MOUNTED = "sys/fs/cgroup"
# Version 1 says "no limit" with the largest multiple of a page that fits in 63 bits.
NO_LIMIT: Bytes = 1 << 60


def levels(controller: str, root: Path = ROOT) -> list[Path]:
    """Return the folders of this process's groups, the innermost first; none without control groups."""
    for line in (said(root / "proc/self/cgroup") or "").splitlines():
        _, controllers, inside = line.split(":", 2)
        if controller in controllers.split(","):
            return _upwards(root / MOUNTED / controller, inside)
    unified = [
        line for line in (said(root / "proc/self/cgroup") or "").splitlines() if "::" in line
    ]
    if unified and (root / MOUNTED / "cgroup.controllers").exists():
        return _upwards(root / MOUNTED, unified[0].split("::", 1)[1])
    return []


def cpu_quota(root: Path = ROOT) -> float | None:
    """Return how many cores the groups allow, infinite without a limit; None where nothing tells."""
    folders = levels("cpu", root)
    return min((_cores(folder) for folder in folders), default=None)


def memory_limit(root: Path = ROOT) -> float | None:
    """Return how many bytes the groups allow, infinite without a limit; None where nothing tells."""
    folders = levels("memory", root)
    return min((_bytes(folder) for folder in folders), default=None)


def quota_waits(root: Path = ROOT) -> int | None:
    """Return in how many periods the groups made their processes wait; None where nothing tells."""
    found = [
        int(line.split()[1])
        for folder in levels("cpu", root)
        for line in (said(folder / "cpu.stat") or "").splitlines()
        if line.startswith("nr_throttled ")
    ]
    return sum(found) if found else None


def _upwards(mounted: Path, inside: str) -> list[Path]:
    """Return a group's folder and those above it; of a container's, those that it can see."""
    group = mounted / inside.strip("/")
    above = [group, *group.parents]
    inner = above[: above.index(mounted) + 1]
    return [folder for folder in inner if folder.is_dir()]


def _cores(folder: Path) -> float:
    """Return how many cores one group allows (CPU bandwidth control of the kernel)."""
    quota, _, period = (said(folder / "cpu.max") or "max").partition(" ")
    if quota == "max":
        old = counted(folder / "cpu.cfs_quota_us")
        return old / (counted(folder / "cpu.cfs_period_us") or 1) if old else float("inf")
    return int(quota) / int(period)


def _bytes(folder: Path) -> float:
    """Return how much memory one group allows."""
    limit = counted(folder / "memory.max") or counted(folder / "memory.limit_in_bytes")
    return limit if limit and limit < NO_LIMIT else float("inf")
