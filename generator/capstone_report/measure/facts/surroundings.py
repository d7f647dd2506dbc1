"""What lies around the processors: the system, the study's storage, the network, the timer."""

import os
import platform
import time
from pathlib import Path

import psutil

from capstone_report.measure.facts.allowed import Found
from capstone_report.measure.reading import ROOT, counted

OPTIONS = {
    "async", "atime", "dax", "dirsync", "discard", "hard", "lazytime", "noatime", "nobarrier",
    "nodiratime", "relatime", "ro", "rw", "soft", "strictatime", "sync",
}  # fmt: skip
"""Mount options that change how fast a file is; others may name a server or a user."""
NETWORK = {"nfs", "nfs4", "cifs", "smb3", "lustre", "gpfs", "ceph", "glusterfs", "beegfs", "9p"}
IN_MEMORY = {"tmpfs", "ramfs"}
VIRTUAL = ("vd", "xvd", "nbd", "zd", "loop", "dm-")
"""How disks are called of which the kernel does not know what stands behind them."""
CONTAINERS = {".dockerenv": "docker", "run/.containerenv": "podman"}
READINGS = 200
LOOPBACK = 772
"""What the kernel calls a link to itself (ARPHRD_LOOPBACK)."""


def lasting(folder: Path, root: Path = ROOT) -> Found:
    """Return what does not change while a campaign measures below a folder."""
    return {
        "os.release": _release(),
        "os.libc": " ".join(platform.libc_ver()).strip() or None,
        "os.container": next((c for mark, c in CONTAINERS.items() if (root / mark).exists()), None),
        "network.links": _links(root),
        "network.rdma": _rdma(root),
        "timer.resolution": f"{time.get_clock_info('monotonic').resolution * 1e9:.0f} ns",
        "timer.cost": _reading_cost(),
        **_storage(folder, root),
    }


def _release() -> str | None:
    """Return the distribution and its version."""
    try:
        told = platform.freedesktop_os_release()
    except OSError:
        return None
    return f"{told['ID']} {told.get('VERSION_ID', '')}".strip()


def _links(root: Path) -> str | None:
    """Return speed and packet size of the network links that are up, never their names."""
    found = {
        f"{link.speed} Mb/s, MTU {link.mtu}" if link.speed else f"MTU {link.mtu}"
        for name, link in psutil.net_if_stats().items()
        if link.isup and counted(root / "sys/class/net" / name / "type") != LOOPBACK
    }
    return "; ".join(sorted(found)) or None


def _rdma(root: Path) -> str | None:
    """Return how many devices can read another machine's memory."""
    folder = root / "sys/class/infiniband"
    return str(len(list(folder.iterdir()))) if folder.is_dir() else None


def _reading_cost() -> str:
    """Return how long a reading of the timer takes, on average."""
    started = time.monotonic_ns()
    for _ in range(READINGS):
        time.monotonic_ns()
    return f"{(time.monotonic_ns() - started) // READINGS} ns"


def _storage(folder: Path, root: Path) -> Found:
    """Return file system, mount options and kind of the storage below a folder, never its place."""
    here = folder.resolve()
    mounted = [p for p in psutil.disk_partitions(all=True) if here.is_relative_to(p.mountpoint)]
    if not mounted:
        return {}
    nearest = max(mounted, key=lambda p: len(p.mountpoint))  # of equals the last hides the others
    options = sorted(OPTIONS & set(nearest.opts.split(",")))
    return {
        "storage.filesystem": nearest.fstype,
        "storage.options": ",".join(options) or None,
        "storage.kind": _kind(nearest.fstype, here.stat().st_dev, root),
    }


def _kind(filesystem: str, device: int, root: Path) -> str | None:
    """Return what holds the data; None for what the kernel does not tell."""
    if filesystem in NETWORK:
        return "network"
    if filesystem in IN_MEMORY:
        return "memory"
    block = (root / f"sys/dev/block/{os.major(device)}:{os.minor(device)}").resolve()
    if block.name.startswith(VIRTUAL):
        return None
    for owner in (block, block.parent):  # a partition's queue is its disk's
        if (rotates := counted(owner / "queue/rotational")) is not None:
            return "rotating" if rotates else "solid state"
    return None
