"""The append-only store of one machine's measurements: a journal and the raw outputs beside it.

`journal.jsonl` holds one canonical JSON line per record: {"format", "seq", "prev", "record", "sum"}.
prev is the SHA-256 of the line before, sum that of this line without it: an edit, a loss in the
middle and a swap all show. A record is written and fsynced the moment its run
ends, after the raw outputs that it names. Reading never writes.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pydantic import TypeAdapter, ValidationError

from capstone_report.errors import IntegrityError, LockedError
from capstone_report.findings import integrity
from capstone_report.findings.finding import Finding
from capstone_report.results.records import FORMAT, AnyRecord, Record, RunRecord

JOURNAL = "journal.jsonl"
FIRST = "0" * 64
_RECORD: TypeAdapter[AnyRecord] = TypeAdapter(Record)


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """What a journal holds: its records in order, and where its last whole line ends."""

    folder: Path
    records: tuple[AnyRecord, ...]
    head: str
    size: int
    torn: bytes

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


def read_journal(folder: Path) -> Journal:
    """Read and verify a machine's journal; an absent one is empty.

    Raises:
        IntegrityError: a record is damaged or out of its chain, or a raw output that a record
            names is gone or changed; every such record is named.
    """
    path = folder / JOURNAL
    data = path.read_bytes() if path.exists() else b""
    end = data.rfind(b"\n") + 1
    records, head = _verified(path, data[:end])
    IntegrityError.collect(_raw_problems(folder, records))
    return Journal(folder=folder, records=records, head=head, size=end, torn=data[end:])


def _verified(path: Path, data: bytes) -> tuple[tuple[AnyRecord, ...], str]:
    """Return the records of whole lines and the hash of the last one."""
    records: list[AnyRecord] = []
    previous = FIRST
    for seq, line in enumerate(data.split(b"\n")[:-1]):
        records.append(_record(path, line, seq=seq, previous=previous))
        previous = hashlib.sha256(line).hexdigest()
    return tuple(records), previous


def _record(path: Path, line: bytes, *, seq: int, previous: str) -> AnyRecord:
    """Return the record of one line, or raise an error that names it."""
    try:
        entry = json.loads(line)
        written = int(entry["format"])
        if written > FORMAT:
            raise IntegrityError(
                integrity.NEWER_FORMAT(str(path), seq=seq, found=written, known=FORMAT)
            )
        if entry["prev"] != previous or entry["seq"] != seq:
            raise IntegrityError(
                integrity.DAMAGED(
                    str(path), seq=seq, reason="the line before it is not the one it followed"
                )
            )
        if entry.pop("sum") != hashlib.sha256(_canonical(entry)).hexdigest():
            raise IntegrityError(
                integrity.DAMAGED(str(path), seq=seq, reason="it is not what was written")
            )
        return _RECORD.validate_python(entry["record"])
    except ValidationError as error:
        reason = f"{error.errors()[0]['msg']} at {error.errors()[0]['loc']}"
        raise IntegrityError(integrity.DAMAGED(str(path), seq=seq, reason=reason)) from error
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        reason = "not a record in JSON"
        raise IntegrityError(integrity.DAMAGED(str(path), seq=seq, reason=reason)) from error


def _raw_problems(folder: Path, records: tuple[AnyRecord, ...]) -> Iterator[Finding]:
    """Compare every raw output with the hash that its record holds."""
    for seq, record in enumerate(records):
        if isinstance(record, RunRecord):
            for name, expected in record.raw.items():
                evidence = {"seq": seq, "run_id": record.run_id, "file": name, "folder": folder}
                if not (folder / name).is_file():
                    yield integrity.RAW_GONE(str(folder / JOURNAL), **evidence)
                elif file_hash(folder / name) != expected:
                    yield integrity.RAW_CHANGED(str(folder / JOURNAL), **evidence)


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _canonical(entry: dict[str, object]) -> bytes:
    """Return the one way in which a line is written."""
    text = json.dumps(
        entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text.encode()


class JournalWriter:
    """Appends records, one at a time, each on disk before the call returns."""

    def __init__(self, stream: IO[bytes], journal: Journal) -> None:
        """Continue a verified journal on an open, locked stream."""
        self._stream = stream
        self._head = journal.head
        self._seq = len(journal.records)

    def append(self, record: AnyRecord) -> None:
        """Write one record and wait until it is on disk."""
        entry = {
            "format": FORMAT,
            "seq": self._seq,
            "prev": self._head,
            "record": record.model_dump(mode="json"),
        }
        line = _canonical({**entry, "sum": hashlib.sha256(_canonical(entry)).hexdigest()})
        self._stream.write(line + b"\n")
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._head = hashlib.sha256(line).hexdigest()
        self._seq += 1


def sync_folder(folder: Path) -> None:
    """Wait until a folder's entries are on disk: a file without its entry is lost."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def open_journal(folder: Path) -> Iterator[tuple[Journal, JournalWriter]]:
    """Lock a machine's journal for writing, save and cut a torn tail, and yield it.

    The lock is the kernel's: it ends with the process, however that ends.

    Raises:
        LockedError: another process writes to it.
        IntegrityError: what is there cannot be continued.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / JOURNAL).open("ab") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LockedError(integrity.LOCKED(str(folder))) from error
        sync_folder(folder)
        journal = read_journal(folder)
        if journal.torn:
            _save_torn(folder, journal.torn)
            sync_folder(folder)
            stream.truncate(journal.size)
            os.fsync(stream.fileno())
        yield journal, JournalWriter(stream, journal)


def _save_torn(folder: Path, torn: bytes) -> None:
    """Keep the bytes of a torn line in a file of their own before they are cut."""
    number = len(list(folder.glob("journal.torn-*")))
    with (folder / f"journal.torn-{number}").open("xb") as stream:
        stream.write(torn)
        stream.flush()
        os.fsync(stream.fileno())
