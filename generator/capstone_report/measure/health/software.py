"""Python, its packages, and the programs that capstone or a study starts."""

import platform
import re
import shutil
import sys
from collections.abc import Iterator
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from capstone_report.measure.health.checkup import Checkup, lacking, weak, well
from capstone_report.measure.health.needs import Needs
from capstone_report.measure.repository import LOCAL_S, ended

DISTRIBUTION = "capstone-report"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
SLURM = ("sbatch", "squeue", "scancel", "sinfo", "srun")
OPTIONAL = {
    "torch": ("PyTorch programs, torchrun, calibrate and probe", "torch"),
    "sklearn": ("the shipped study, ddp-digits", "digits"),
    "ray": ("runs as jobs of a Ray cluster", "ray"),
}
"""Modules of extras: what each is for, and which extra brings it."""


def software(needs: Needs) -> Iterator[Checkup]:
    """Yield how Python, packages and programs stand."""
    yield _python()
    yield _packages()
    for module, (purpose, extra) in OPTIONAL.items():
        install = f"pip install '{DISTRIBUTION}[{extra}]'"
        yield _module(module, purpose, install, is_needed=module in needs.modules)
    for module in sorted(needs.modules.keys() - OPTIONAL.keys()):
        yield _module(module, "programs of a study", needs.modules[module], is_needed=True)
    yield _git()
    yield _program(
        *("mpirun", "mpiexec"),
        purpose="studies whose commands begin with mpirun",
        fix="sudo apt-get install openmpi-bin",
        is_needed=needs.launches("mpirun", "mpiexec"),
    )
    yield _program(
        "torchrun",
        purpose="the launchers torchrun and hosts",
        fix=f"pip install '{DISTRIBUTION}[torch]'",
        is_needed=needs.launches("torchrun", "hosts"),
    )
    yield _slurm(is_needed=needs.launches("slurm"))
    yield _program("py-spy", purpose="capstone diagnose --flame", fix="pip install py-spy")
    yield _program(
        *CHROMIUM,
        purpose="the site as PDF, and capstone's own tests",
        fix="sudo apt-get install chromium",
    )
    for program in sorted(needs.programs - {"mpirun", "mpiexec", "torchrun"}):
        fix = f"install {program}, or put its folder on the PATH"
        yield _program(program, purpose="a study's command", fix=fix, is_needed=True)


def _python() -> Checkup:
    """Return which Python runs capstone; another one could not have started it."""
    return well(
        "Python", platform.python_version(), purpose="everything; 3.11 or later", is_needed=True
    )


def _packages() -> Checkup:
    """Tell whether everything that capstone itself imports is installed."""
    wanted = [
        re.split(r"[\s<>=!~;\[]", line, maxsplit=1)[0]
        for line in metadata.requires(DISTRIBUTION) or ()
        if "extra ==" not in line
    ]
    absent = [name for name in wanted if not _is_installed(name)]
    purpose = "checking, analysing, rendering"
    if not absent:
        found = (
            f"{DISTRIBUTION} {metadata.version(DISTRIBUTION)}, all {len(wanted)} of its packages"
        )
        return well("packages", found, purpose=purpose, is_needed=True)
    return lacking(
        "packages",
        f"without {', '.join(absent)}",
        purpose=purpose,
        fix=f"pip install {' '.join(absent)}",
        is_needed=True,
    )


def _is_installed(name: str) -> bool:
    """Tell whether a distribution is installed."""
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def _module(name: str, purpose: str, install: str, *, is_needed: bool) -> Checkup:
    """Tell whether a module can be imported, without importing it."""
    try:
        is_there = find_spec(name) is not None
    except (ImportError, ValueError):  # its parent is missing, or it is no module's name
        is_there = False
    if is_there:
        found = metadata.version(name) if _is_installed(name) else "installed"
        return well(name, found, purpose=purpose, is_needed=is_needed)
    return lacking(name, "not installed", purpose=purpose, fix=install, is_needed=is_needed)


def _program(*names: str, purpose: str, fix: str, is_needed: bool = False) -> Checkup:
    """Tell whether one of some programs is on the path, or beside Python, where runs find it, too."""
    beside = str(Path(sys.executable).parent)
    found = next(
        (name for name in names if shutil.which(name) or shutil.which(name, path=beside)), None
    )
    if found:
        return well(names[0], f"{found} is there", purpose=purpose, is_needed=is_needed)
    said = f"not on the path: {', '.join(names)}"
    return lacking(names[0], said, purpose=purpose, fix=fix, is_needed=is_needed)


def _git() -> Checkup:
    """Tell whether git answers, and which one it is."""
    purpose = "the commit of each run, finished records, capstone publish"
    answer = ended(["git", "--version"], Path("/"), LOCAL_S)
    if answer.is_well:
        return well("git", answer.said.removeprefix("git version "), purpose=purpose)
    return lacking("git", answer.complaint, purpose=purpose, fix="sudo apt-get install git")


def _slurm(*, is_needed: bool) -> Checkup:
    """Tell whether the commands are there that Slurm is asked by."""
    purpose = "capstone run --launcher slurm"
    absent = [name for name in SLURM if not shutil.which(name)]
    if not absent:
        return well("Slurm", ", ".join(SLURM), purpose=purpose, is_needed=is_needed)
    if len(absent) < len(SLURM) and not is_needed:
        fix = "sudo apt-get install slurm-client"
        return weak("Slurm", f"without {', '.join(absent)}", purpose=purpose, fix=fix)
    return lacking(
        "Slurm",
        f"not on the path: {', '.join(absent)}",
        purpose=purpose,
        fix="run capstone on a login node of the cluster, or: sudo apt-get install slurm-client",
        is_needed=is_needed,
    )
