"""The append-only store of one machine's measurements: a journal and the raw outputs beside it.

`journal.jsonl` holds one canonical JSON line per record: {"format", "prev", "record", "seq", "sum"}.
prev is the SHA-256 of the line before, sum that of this line without it: an edit, a loss in the
middle and a swap all show. A record is written and fsynced the moment its run
ends, after the raw outputs that it names. Reading never writes, and never locks.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from capstone_report.errors import IntegrityError
from capstone_report.findings import integrity
from capstone_report.findings.finding import Finding
from capstone_report.results.diagnosis import scan
from capstone_report.results.durable import Reserve, refusal, save_aside, sync_folder
from capstone_report.results.fact_lines import completed, latest_facts
from capstone_report.results.lines import FIRST
from capstone_report.results.locking import hold, left_behind
from capstone_report.results.records import AnyRecord, RunRecord
from capstone_report.results.running import RunningMark
from capstone_report.results.writer import JournalWriter

__all__ = [
    "JOURNAL",
    "Journal",
    "JournalWriter",
    "RawOutput",
    "file_hash",
    "open_journal",
    "raw_outputs",
    "raw_problem",
    "read_journal",
    "sync_folder",
    "unreadable",
]

JOURNAL = "journal.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """What a journal holds: its records in order, and where its last whole line ends."""

    folder: Path
    records: tuple[AnyRecord, ...] = ()
    head: str = FIRST
    size: int = 0
    torn: bytes = b""

    @property
    def runs(self) -> tuple[RunRecord, ...]:
        """Return the run records, in the order they were written."""
        return tuple(record for record in self.records if isinstance(record, RunRecord))

    def findings(self, action: str) -> tuple[Finding, ...]:
        """Return what a reader should know about the file; `action` says what happens to it."""
        if not self.torn:
            return ()
        where = str(self.folder / JOURNAL)
        return (integrity.TORN_TAIL(where, size=len(self.torn), action=action),)


@dataclass(frozen=True, slots=True, kw_only=True)
class RawOutput:
    """A file with what a run wrote, as its record names it."""

    seq: int
    """The number of the record."""
    run: RunRecord
    name: str
    """Relative to the machine's folder."""


def read_journal(folder: Path, *, outputs: bool = True) -> Journal:
    """Read and verify a machine's journal; an absent one is empty.

    `outputs` is whether the raw outputs are compared with their hashes, too.

    Raises:
        IntegrityError: a record is damaged or out of its chain, or a raw output that a record
            names is gone or changed; every such record is named. Or there are outputs of runs
            beside a journal without any record.
    """
    path = folder / JOURNAL
    IntegrityError.collect(unreadable(folder))
    data = path.read_bytes() if path.exists() else b""
    end = data.rfind(b"\n") + 1
    scanned = scan(path, data[:end].split(b"\n")[:-1])
    if scanned.findings:
        raise IntegrityError(*scanned.findings)
    named = raw_outputs(scanned.records) if outputs else []
    compared = (raw_problem(folder, output) for output in named)
    IntegrityError.collect(problem for problem in compared if problem)
    records = tuple(completed(scanned.records.values()))
    return Journal(folder=folder, records=records, head=scanned.head, size=end, torn=data[end:])


def unreadable(folder: Path) -> Iterator[Finding]:
    """Find a journal that is no file, or that lost all its records though runs were made."""
    path = folder / JOURNAL
    if path.exists() and not path.is_file():
        kind = "a folder" if path.is_dir() else "a device or a pipe"
        yield integrity.NOT_A_FILE(str(path), kind=kind, folder=folder)
    elif not (path.exists() and _has_line(path)) and (runs := _run_folders(folder)):
        yield integrity.EMPTIED(str(path), runs=runs, folder=folder)


def _has_line(path: Path) -> bool:
    """Tell whether a file has a line end."""
    with path.open("rb") as stream:
        return stream.readline().endswith(b"\n")


def _run_folders(folder: Path) -> int:
    """Return how many runs left a folder of outputs."""
    return sum(1 for path in (folder / "raw").glob("*") if path.is_dir())


def raw_outputs(records: Mapping[int, AnyRecord]) -> list[RawOutput]:
    """Return every raw output that records name."""
    return [
        RawOutput(seq=seq, run=record, name=name)
        for seq, record in records.items()
        if isinstance(record, RunRecord)
        for name in record.raw
    ]


def raw_problem(folder: Path, output: RawOutput) -> Finding | None:
    """Compare a raw output with the hash that its record holds.

    A link is no output, nor is what lies behind one: it may lead to any file of this machine.
    """
    where, path = str(folder / JOURNAL), folder / output.name
    evidence = {"run_id": output.run.run_id, "file": output.name, "folder": folder}
    inside = (path, *path.parents)[: len(PurePosixPath(output.name).parts)]
    if not path.is_file() or any(step.is_symlink() for step in inside):
        return integrity.RAW_GONE(where, seq=output.seq, **evidence)
    if file_hash(path) != output.run.raw[output.name]:
        return integrity.RAW_CHANGED(where, seq=output.seq, **evidence)
    return None


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def open_journal(
    folder: Path, *, take_over: bool = False
) -> Iterator[tuple[Journal, JournalWriter]]:
    """Lock a machine's journal for writing, save and cut a torn tail, and yield it.

    The lock is the kernel's: it ends with the process, however that ends, and with whoever
    inherited `writer.descriptor`. `writer.mark` tells others who measures; what a killed campaign
    left in its own is `writer.left`. `take_over` passes the mark of another host whose heartbeat
    is old.

    Raises:
        LockedError: another process writes to it.
        IntegrityError: what is there cannot be continued.
        MachineError: the disk refused.
    """
    path = folder / JOURNAL
    folder.mkdir(parents=True, exist_ok=True)
    IntegrityError.collect(unreadable(folder))
    with hold(path) as descriptor:
        left = left_behind(folder, take_over=take_over)
        for made in (folder, folder.parent, folder.parent.parent):  # the study's own folder at last
            sync_folder(made)
        journal = _continued(folder, descriptor)
        mark, reserve = RunningMark(folder), Reserve(folder)
        try:
            mark.begin(left)
            reserve.take()
            yield (
                journal,
                JournalWriter(
                    path,
                    descriptor,
                    head=journal.head,
                    seq=len(journal.records),
                    size=journal.size,
                    reserve=reserve,
                    mark=mark,
                    left=left,
                    facts=latest_facts(journal.records),
                ),
            )
        finally:
            reserve.release()
            mark.end()


def _continued(folder: Path, descriptor: int) -> Journal:
    """Read a locked journal and cut its torn tail, which is saved first."""
    if os.fstat(descriptor).st_size == 0:
        return Journal(folder=folder)  # just begun; an emptied one was refused before
    journal = read_journal(folder)
    if journal.torn:
        save_aside(folder, "journal.torn-{}", journal.torn)
        try:
            os.ftruncate(descriptor, journal.size)
            os.fsync(descriptor)
        except OSError as error:
            raise refusal(folder / JOURNAL, error) from error
    return journal
