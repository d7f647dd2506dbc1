"""The whole truth about one machine's records, for `capstone journal verify`."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from capstone_report.findings import integrity
from capstone_report.findings.finding import Finding, Severity
from capstone_report.results.diagnosis import scan
from capstone_report.results.journal import JOURNAL, raw_outputs, raw_problem, unreadable
from capstone_report.results.records import AnyRecord
from capstone_report.units import Bytes

_ACTION = "`capstone run` saves and cuts it, and so does `capstone journal repair`"
Progress = Callable[[int, int], None]
"""Receives how many raw outputs have been read, and how many there are."""


class State(StrEnum):
    """What became of a journal."""

    WHOLE = "whole"
    TORN = "torn"
    """It ends inside a line: a record was being written when everything stopped."""
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What one machine's journal and raw outputs are."""

    folder: Path
    state: State
    size: Bytes
    records: int
    """Whole lines, damaged ones included."""
    kept: int
    """The records before the first damage: what a repair keeps."""
    kept_size: Bytes
    """Where the last of those ends."""
    is_newer: bool
    """Whether only a later version can read some of it."""
    findings: tuple[Finding, ...]
    raw_outputs: int = 0
    """How many raw outputs the readable records name."""
    raw_problems: int = 0
    """How many of them are gone or changed."""

    @property
    def ok(self) -> bool:
        """Tell whether everything that was recorded is there and unchanged."""
        return all(finding.severity is not Severity.ERROR for finding in self.findings)


def verify_chain(folder: Path) -> Verification:
    """Verify the chain, the sums and the records of a machine's journal; never raise, never write."""
    return _chain(folder)[0]


def verify_journal(folder: Path, progress: Progress = lambda _done, _total: None) -> Verification:
    """Verify a machine's journal and every raw output that it names; never write."""
    found, records = _chain(folder)
    outputs = raw_outputs(records)
    problems = []
    for done, output in enumerate(outputs, start=1):
        problem = raw_problem(folder, output)
        problems += [problem] if problem else []
        progress(done, len(outputs))
    return replace(
        found,
        raw_outputs=len(outputs),
        findings=(*found.findings, *problems),
        raw_problems=len(problems),
    )


def _chain(folder: Path) -> tuple[Verification, dict[int, AnyRecord]]:
    """Return what a journal is by itself, and its readable records."""
    path = folder / JOURNAL
    lost = tuple(unreadable(folder))
    data = path.read_bytes() if path.is_file() else b""
    end = data.rfind(b"\n") + 1
    lines, torn = data[:end].split(b"\n")[:-1], data[end:]
    scanned = scan(path, lines)
    damage = (*lost, *scanned.findings)
    tail = (integrity.TORN_TAIL(str(path), size=len(torn), action=_ACTION),) if torn else ()
    found = Verification(
        folder=folder,
        state=State.DAMAGED if damage else State.TORN if torn else State.WHOLE,
        size=len(data),
        records=len(lines),
        kept=scanned.valid,
        kept_size=sum(len(line) + 1 for line in lines[: scanned.valid]),
        is_newer=scanned.is_newer,
        findings=(*damage, *tail),
    )
    return found, scanned.records
