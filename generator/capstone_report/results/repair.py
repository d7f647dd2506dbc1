"""Repairs a journal: the damaged file is saved first, then its proven beginning takes its place."""

from dataclasses import dataclass
from pathlib import Path

from capstone_report.errors import IntegrityError
from capstone_report.findings import integrity
from capstone_report.results.durable import replace_file, save_aside
from capstone_report.results.journal import JOURNAL
from capstone_report.results.locking import hold, left_behind
from capstone_report.results.verification import State, Verification, verify_chain
from capstone_report.units import Bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """What a repair kept and what it cut."""

    saved: Path
    """Where the damaged file is kept, byte for byte."""
    kept: int
    """The number of records that stand in the journal now."""
    cut: int
    """The number of whole lines behind them that do not."""
    torn: Bytes
    """The size of the unfinished line that does not."""


def repair_journal(folder: Path) -> Repair | None:
    """Replace a damaged journal by its proven beginning; leave one that is whole alone.

    Nothing is edited in place, and raw outputs are never touched.

    Raises:
        LockedError: a campaign holds it.
        IntegrityError: nothing of it could be kept, or only a newer version can judge it.
        MachineError: the disk refused; the journal is as it was.
    """
    if _refused_or_whole(verify_chain(folder)):
        return None
    path = folder / JOURNAL
    with hold(path):
        left_behind(folder)
        found = verify_chain(folder)
        if _refused_or_whole(found):
            return None
        data = path.read_bytes()
        saved = save_aside(folder, "journal.damaged-{}.jsonl", data)
        replace_file(path, data[: found.kept_size])
    return Repair(
        saved=saved,
        kept=found.kept,
        cut=found.records - found.kept,
        torn=found.size - data.rfind(b"\n") - 1,
    )


def _refused_or_whole(found: Verification) -> bool:
    """Tell whether there is nothing to repair; refuse where a repair could only do harm."""
    if found.state is State.WHOLE:
        return True
    where = str(found.folder / JOURNAL)
    if found.is_newer or not found.records:
        IntegrityError.collect(f for f in found.findings if f.code != integrity.TORN_TAIL.code)
    if not found.kept and found.records:
        raise IntegrityError(integrity.NOTHING_TO_KEEP(where, folder=found.folder))
    return False
