"""Appends records to a journal, each wholly on disk before the call returns, or not at all."""

import hashlib
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from capstone_report.errors import CapstoneError, IntegrityError
from capstone_report.findings import integrity
from capstone_report.results.durable import Reserve, refusal
from capstone_report.results.fact_lines import shortened
from capstone_report.results.lines import written_line
from capstone_report.results.locking import is_at
from capstone_report.results.records import AnyRecord, CampaignRecord
from capstone_report.results.running import Mark, RunningMark
from capstone_report.units import Bytes


class JournalWriter:
    """Appends records, one at a time, to a journal whose lock is held."""

    def __init__(
        self,
        path: Path,
        descriptor: int,
        *,
        head: str,
        seq: int,
        size: Bytes,
        reserve: Reserve,
        mark: RunningMark,
        left: Mark | None,
        facts: Mapping[str, str],
    ) -> None:
        """Continue a verified journal of so many records and bytes on an open, locked file.

        `facts` are those of its newest campaign.
        """
        self.descriptor = descriptor
        """The open file that has the lock; a process that inherits it keeps the lock."""
        self.mark = mark
        """The mark that says who measures, and what; it needs a beat now and then."""
        self.left = left
        """What a campaign that was killed left in its mark; None after an orderly end."""
        self._path = path
        self._head = head
        self._seq = seq
        self._size = size
        self._reserve = reserve
        self._facts = facts
        self._refused: CapstoneError | None = None

    def append(self, record: AnyRecord) -> None:
        """Write one record and wait until it is on disk.

        Raises:
            MachineError: the disk refused; the journal ends where it ended before. After a failed
                fsync nobody knows what is on disk, so that every later call is refused, too.
            IntegrityError: another program changed the journal meanwhile.
        """
        if self._refused:
            raise self._refused
        short = shortened(record, self._facts)
        line = written_line(short, seq=self._seq, previous=self._head)
        self._check_alone()
        self._write(line + b"\n")
        self._head = hashlib.sha256(line).hexdigest()
        self._seq += 1
        self._size += len(line) + 1
        if isinstance(record, CampaignRecord):
            self._facts = record.environment.facts

    def append_last(self, record: AnyRecord) -> None:
        """Write one last record, into the room that was reserved for it."""
        self._reserve.release()
        self.append(record)

    def _check_alone(self) -> None:
        """Refuse to write into a file that is not as the last record left it."""
        if not is_at(self._path, self.descriptor):
            how = "it was deleted or replaced"
        elif os.fstat(self.descriptor).st_size != self._size:
            how = "its size is not what it was"
        else:
            return
        changed = integrity.CHANGED_MEANWHILE(str(self._path), how=how, seq=self._seq)
        self._refused = IntegrityError(changed)
        raise self._refused

    def _write(self, data: bytes) -> None:
        """Put bytes at the end and wait for the disk; whatever fails leaves none of them."""
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(self.descriptor, rest) :]
        except OSError as error:
            self._cut()
            raise refusal(self._path, error) from error
        try:
            os.fsync(self.descriptor)
        except OSError as error:
            self._refused = refusal(self._path, error)
            self._cut()
            raise self._refused from error

    def _cut(self) -> None:
        """Take back what was written of a record, once; the next campaign cuts what is left."""
        with suppress(OSError):
            os.ftruncate(self.descriptor, self._size)
