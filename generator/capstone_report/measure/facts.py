"""The facts of this machine and its software, as records carry them."""

import contextlib
import os
import platform
import re
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import cpuinfo
import psutil
import pynvml

from capstone_report import __version__
from capstone_report.measure.identity import git
from capstone_report.results.records import Environment

PACKAGES = ("torch", "numpy", "scikit-learn")


def environment(folder: Path) -> Environment:
    """Return the facts of this machine, with the git commit of a folder."""
    status = git(folder, "status", "--porcelain", "--untracked-files=no")
    return Environment(
        cpu=_processor(),
        cores=usable_cores(),
        physical_cores=psutil.cpu_count(logical=False),
        memory_bytes=psutil.virtual_memory().total,
        gpus=_gpus(),
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        python=platform.python_version(),
        packages=_packages(),
        capstone=__version__,
        git_commit=git(folder, "rev-parse", "HEAD"),
        git_dirty=None if status is None else bool(status),
    )


def usable_cores() -> int:
    """Return how many cores this process may use: its affinity, which a scheduler may limit."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@lru_cache(maxsize=1)
def _processor() -> str:
    """Return the processor's name.

    Linux on x86 says it in one line; elsewhere a library asks around, which takes a second.
    """
    with contextlib.suppress(OSError):
        said = Path("/proc/cpuinfo").read_text(errors="replace")
        if named := re.search(r"^model name\s*: (.+)$", said, re.MULTILINE):
            return named[1]
    return str(cpuinfo.get_cpu_info().get("brand_raw") or platform.machine())


def _gpus() -> tuple[str, ...]:
    """Return the names of the NVIDIA GPUs, none where there is no driver."""
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return ()
    try:
        handles = [pynvml.nvmlDeviceGetHandleByIndex(i) for i in range(pynvml.nvmlDeviceGetCount())]
        return tuple(str(pynvml.nvmlDeviceGetName(handle)) for handle in handles)
    finally:
        pynvml.nvmlShutdown()


def _packages() -> dict[str, str]:
    """Return the versions of the numerical packages that are installed, without importing them."""
    found: dict[str, str] = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
