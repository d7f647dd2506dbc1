"""The machine itself: GPUs, clock, disk, processors and what the kernel allows."""

import os
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from capstone_report.measure import nvml
from capstone_report.measure.facts import processor
from capstone_report.measure.health.checkup import Checkup, lacking, weak, well
from capstone_report.measure.reading import ROOT, counted

EARLIEST = datetime(2025, 1, 1, tzinfo=UTC)
"""Before this capstone was written: a clock that says so was never set."""
COARSEST_S = 1e-6
GIBI = 2**30
LEAST_BYTES, ENOUGH_BYTES = GIBI // 64, GIBI


def machine(folder: Path, root: Path = ROOT) -> Iterator[Checkup]:
    """Yield how this machine stands; `folder` lies on the disk that is written to."""
    yield gpus(nvml.gpus())
    yield clock(datetime.now(UTC), time.get_clock_info("monotonic").resolution)
    yield disk(shutil.disk_usage(folder).free)
    told = processor.changing(root)
    yield governor(told["cpu.governor"])
    yield quota(told["cpu.quota"])
    yield namespaces(root, user=os.geteuid())


def gpus(found: tuple[nvml.Gpu, ...]) -> Checkup:
    """Tell whether a driver shows GPUs."""
    purpose = "benchmarks that are accelerated; elsewhere they run on the CPU"
    if found:
        names = sorted({str(gpu.ask("nvmlDeviceGetName")) for gpu in found})
        said = f"{len(found)} GPUs: {', '.join(names)}"
        return well("GPU driver", said, purpose=purpose)
    fix = "nvidia-smi says why it shows no GPU; in a container: docker run --gpus all"
    return lacking("GPU driver", "no NVIDIA GPU is shown", purpose=purpose, fix=fix)


def clock(now: datetime, resolution_s: float) -> Checkup:
    """Tell whether the clocks can date and time a run."""
    purpose = "dates of records; durations by a clock that never steps"
    if now < EARLIEST:
        fix = "sudo timedatectl set-ntp true"
        return weak("clock", f"it is said to be {now:%Y-%m-%d}", purpose=purpose, fix=fix)
    if resolution_s > COARSEST_S:
        found = f"steps of {resolution_s:g} s"
        fix = "measure for longer: raise the steps of the programs"
        return weak("clock", found, purpose=purpose, fix=fix)
    return well("clock", f"{now:%Y-%m-%d}, steps of {resolution_s:g} s", purpose=purpose)


def disk(free_bytes: int) -> Checkup:
    """Tell whether there is room for records and a site."""
    purpose = "records, raw outputs and the site"
    found = f"{free_bytes / GIBI:.1f} GiB free"
    fix = "free space on this disk: du -xh --max-depth=1 . | sort -h"
    if free_bytes < LEAST_BYTES:
        return lacking("disk", found, purpose=purpose, fix=fix, is_needed=True)
    if free_bytes < ENOUGH_BYTES:
        return weak("disk", found, purpose=purpose, fix=fix)
    return well("disk", found, purpose=purpose, is_needed=True)


def governor(said: str | None) -> Checkup:
    """Tell whether the kernel lets the clock of the processors vary with load."""
    purpose = "equal clocks in every run"
    if said is None or said == "performance":
        return well("CPU governor", said or "the kernel tells of none", purpose=purpose)
    fix = "sudo cpupower frequency-set --governor performance"
    return weak("CPU governor", said, purpose=purpose, fix=fix)


def quota(said: str | None) -> Checkup:
    """Tell whether a control group takes processors away from runs."""
    purpose = "runs that are never paused"
    if said in {None, "none"}:
        return well("CPU quota", "none", purpose=purpose)
    fix = "give whole cores instead: docker run --cpuset-cpus 0-3, or cpu.max = max"
    return weak("CPU quota", str(said), purpose=purpose, fix=fix)


def namespaces(root: Path, *, user: int) -> Checkup:
    """Tell whether hosts can be made of network namespaces."""
    purpose = "the launcher hosts with network namespaces for hosts"
    if not (root / "proc/self/ns/net").exists():
        fix = "measure on Linux, or on real hosts"
        return lacking("namespaces", "the kernel has none", purpose=purpose, fix=fix)
    allowed = counted(root / "proc/sys/user/max_net_namespaces")
    if allowed == 0:
        fix = "sudo sysctl user.max_net_namespaces=1024"
        return lacking("namespaces", "the kernel allows none", purpose=purpose, fix=fix)
    if user != 0:
        return weak(
            "namespaces", "only root makes them", purpose=purpose, fix="sudo -E capstone run"
        )
    return well("namespaces", "this user may make them", purpose=purpose)
