"""What a killed campaign left: processes of its last run, and outputs that no record names.

The guard ends a run's processes when capstone dies. Only if both were killed at once may something
live on; it is known by the folder that its environment names.
"""

import contextlib
import os
import signal
import time
from collections.abc import Collection
from pathlib import Path

import psutil
from pydantic import ValidationError

from capstone_report.errors import LockedError
from capstone_report.findings import integrity
from capstone_report.measure.aside import ORPHAN, aside
from capstone_report.measure.guard import tree
from capstone_report.measure.one_run import cut_short
from capstone_report.results.durable import sync_folder
from capstone_report.results.journal import Journal, JournalWriter
from capstone_report.results.records import RunRecord
from capstone_report.results.running import Mark

GRACE_S = 2.0
GIVE_UP_S = 15.0
MARK = "CAPSTONE_METRICS_DIR"


def recover(
    journal: Journal, writer: JournalWriter, *, on_their_way: Collection[str] = ()
) -> list[RunRecord]:
    """Make good what a killed campaign left; return the records that this added.

    Its processes are ended, its broken run is recorded as interrupted, and outputs that no record
    names are set aside; those of runs that are still on their way in a job are left alone.
    """
    end_processes(journal.folder, apart_from=on_their_way)
    named = {run.run_id for run in journal.runs}
    broken = _broken(writer.left, journal.folder, named)
    for record in broken:
        writer.append(record)
    writer.mark.done()
    set_aside(journal.folder, named | {record.run_id for record in broken} | {*on_their_way})
    return broken


def _broken(left: Mark | None, folder: Path, named: Collection[str]) -> list[RunRecord]:
    """Return the record of the run that a killed campaign was at, unless it stands already."""
    if left is None or left.attempt is None or left.attempt.get("run_id") in named:
        return []
    if not _is_name(left.attempt.get("run_id")):
        return []
    why = "capstone was killed while it ran; found by the next `capstone run`"
    try:
        return [cut_short(left.attempt, folder, message=why)]
    except (ValidationError, KeyError):  # another version's words: its outputs are set aside
        return []


def _is_name(run_id: object) -> bool:
    """Tell whether something is the name of one folder: a mark may come from anybody."""
    return isinstance(run_id, str) and run_id not in {"", ".", ".."} and Path(run_id).name == run_id


def end_processes(machine_folder: Path, *, apart_from: Collection[str] = ()) -> int:
    """End every process that writes to these records; return how many there were.

    Call it with the journal's lock held: whoever runs for these records now is left over, but for
    the runs that are named, by their ids.

    Raises:
        LockedError: some of them would not end.
    """
    raw = machine_folder.resolve() / "raw"
    number, ended = signal.SIGTERM, 0
    deadline = time.monotonic() + GIVE_UP_S
    while left := [
        process for process in psutil.process_iter() if _belongs(process, raw, apart_from)
    ]:
        if time.monotonic() > deadline:
            raise LockedError(integrity.LEFTOVERS(str(machine_folder), pids=_named(left)))
        tree.send_all(left, number)
        _, alive = psutil.wait_procs(left, timeout=GRACE_S)
        ended += len(left) - len(alive)
        number = signal.SIGKILL  # what does not obey, and what was started meanwhile
    return ended


def _named(processes: list[psutil.Process]) -> str:
    """Return the ids of processes, a few of them."""
    return ", ".join(str(process.pid) for process in processes[:8])


def set_aside(machine_folder: Path, named: Collection[str]) -> list[Path]:
    """Rename raw folders that no record names, so that they stay and are taken for nothing else."""
    raw = machine_folder / "raw"
    if not raw.is_dir():
        return []
    moved = [
        aside(folder)
        for folder in sorted(raw.iterdir())
        if folder.is_dir() and folder.name not in named and ORPHAN not in folder.name
    ]
    if moved:
        sync_folder(raw)
    return moved


def _belongs(process: psutil.Process, raw: Path, apart_from: Collection[str]) -> bool:
    """Tell whether a process is a run of these records: its environment names their folder."""
    with contextlib.suppress(psutil.Error, OSError):
        if process.pid != os.getpid():
            metrics = Path(process.environ().get(MARK, "/"))
            return metrics.is_relative_to(raw) and metrics.parent.name not in apart_from
    return False
