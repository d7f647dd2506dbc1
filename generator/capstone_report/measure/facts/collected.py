"""All facts together: those that identify where a run was made, and those that are recorded only."""

import contextlib
import os
import platform
import re
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import cpuinfo
import psutil

from capstone_report import __version__
from capstone_report.measure.facts import gpus, memory, processor, software, surroundings
from capstone_report.measure.facts.allowed import allowed
from capstone_report.measure.identity import git
from capstone_report.measure.nvml import gpus as gpus_here
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


def surveyed(here: Environment, folder: Path, *, with_torch: bool) -> Environment:
    """Return an environment with every fact that this machine tells; asking torch takes seconds.

    `folder` is the study's, whose storage is looked at.
    """
    lasting = {
        **processor.lasting(),
        **gpus.lasting(gpus_here()),
        **software.lasting(with_torch=with_torch),
        **surroundings.lasting(folder),
    }
    return facts_now(here.model_copy(update={"facts": allowed(lasting)}))


def facts_now(here: Environment) -> Environment:
    """Return an environment whose facts are as they are now, where they may change between runs."""
    changing = {**processor.changing(), **memory.changing(), **gpus.changing(gpus_here())}
    lasting = {name: value for name, value in here.facts.items() if name not in changing}
    return here.model_copy(update={"facts": lasting | allowed(changing)})


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
    return tuple(str(gpu.ask("nvmlDeviceGetName")) for gpu in gpus_here())


def _packages() -> dict[str, str]:
    """Return the versions of the numerical packages that are installed, without importing them."""
    found: dict[str, str] = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
