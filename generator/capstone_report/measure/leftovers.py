"""What a killed campaign left: processes of its last run, and outputs that no record names.

The guard ends a run's processes when capstone dies. Only if both were killed at once may something
live on; it is known by the folder that its environment names.
"""

import contextlib
import os
import signal
from collections.abc import Collection
from pathlib import Path

import psutil

from capstone_report.measure.guard import tree
from capstone_report.results.journal import sync_folder

GRACE_S = 2.0
MARK = "CAPSTONE_METRICS_DIR"


def end_processes(machine_folder: Path) -> int:
    """End every process that writes to these records; return how many there were.

    Call it with the journal's lock held: whoever runs for these records now is left over.
    """
    raw = machine_folder.resolve() / "raw"
    left = [process for process in psutil.process_iter() if _belongs(process, raw)]
    tree.send_all(left, signal.SIGTERM)
    _, stubborn = psutil.wait_procs(left, timeout=GRACE_S)
    tree.send_all(stubborn, signal.SIGKILL)
    psutil.wait_procs(stubborn, timeout=GRACE_S)
    return len(left)


def set_aside(machine_folder: Path, named: Collection[str]) -> list[Path]:
    """Rename raw folders that no record names, so that they stay and are taken for nothing else."""
    raw = machine_folder / "raw"
    if not raw.is_dir():
        return []
    moved = [
        aside(folder)
        for folder in sorted(raw.iterdir())
        if folder.is_dir() and folder.name not in named and ".orphan-" not in folder.name
    ]
    if moved:
        sync_folder(raw)
    return moved


def aside(folder: Path) -> Path:
    """Rename a folder to the next free name beside it, and return that."""
    number = len(list(folder.parent.glob(f"{folder.name}.orphan-*")))
    return folder.rename(folder.with_name(f"{folder.name}.orphan-{number}"))


def _belongs(process: psutil.Process, raw: Path) -> bool:
    """Tell whether a process is a run of these records: its environment names their folder."""
    with contextlib.suppress(psutil.Error, OSError):
        if process.pid != os.getpid():
            return Path(process.environ().get(MARK, "/")).is_relative_to(raw)
    return False
