"""What exactly is wrong with a journal: every damaged place that can be told, in plain words."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from capstone_report.findings import integrity
from capstone_report.findings.finding import Finding
from capstone_report.results.lines import FIRST, RECORD, canonical, read_lines
from capstone_report.results.records import FORMAT, AnyRecord

_KEYS = {"format", "prev", "record", "seq", "sum"}
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What the whole lines of a journal hold, and what is wrong with them."""

    records: dict[int, AnyRecord]
    """The records that are whole by themselves, by the number of their line, from 0."""
    lines: int
    valid: int
    """How many lines there are before the first damaged one."""
    head: str
    """The hash of the last of those."""
    findings: tuple[Finding, ...]
    is_newer: bool
    """Whether a line has a format that only a later version can read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """One line: its record and its own number when it is whole by itself, and what is wrong."""

    position: int
    hash: str
    previous: str = ""
    seq: int = -1
    record: AnyRecord | None = None
    reason: str = ""
    format: int = FORMAT


class _Damage(Exception):  # noqa: N818 - it never leaves this module
    """Why a line is not whole by itself."""


def scan(path: Path, lines: Sequence[bytes]) -> Scan:
    """Return the records of a journal's lines; look at each for damage only when there is some."""
    if (read := read_lines(lines)) is not None:
        records, head = read
        return Scan(
            records=dict(enumerate(records)),
            lines=len(lines),
            valid=len(lines),
            head=head,
            findings=(),
            is_newer=False,
        )
    inspected = list(_chained(_inspect(position, line) for position, line in enumerate(lines)))
    valid = next(line.position for line in inspected if line.reason)
    return Scan(
        records={line.position: line.record for line in inspected if line.record},
        lines=len(lines),
        valid=valid,
        head=inspected[valid - 1].hash if valid else FIRST,
        findings=tuple(_findings(path, inspected, valid)),
        is_newer=any(line.format > FORMAT for line in inspected),
    )


def _inspect(position: int, line: bytes) -> _Line:
    """Look at a line by itself."""
    digest = hashlib.sha256(line).hexdigest()
    try:
        entry = _entry(line)
        if entry["format"] > FORMAT:
            return _Line(position=position, hash=digest, reason="newer", format=entry["format"])
        record = _record(line, entry)
    except _Damage as damage:
        return _Line(position=position, hash=digest, reason=str(damage))
    return _Line(
        position=position, hash=digest, previous=entry["prev"], seq=entry["seq"], record=record
    )


def _entry(line: bytes) -> dict[str, Any]:
    """Return what a line says in JSON, as far as it has the shape of an entry."""
    if line.startswith(_BYTE_ORDER_MARK):
        raise _Damage(
            "a byte order mark stands before it: an editor or a shell wrote the file anew"
        )
    if line.endswith(b"\r"):
        raise _Damage("its line end is CRLF: git or an editor converted the file")
    try:
        entry = json.loads(line.decode())
    except UnicodeDecodeError as error:
        raise _Damage(f"byte {error.start + 1} of its line is not UTF-8") from error
    except (ValueError, RecursionError) as error:
        joined = line.count(b'{"format":') > 1
        reason = "two lines stand in one" if joined else "not a record in JSON"
        raise _Damage(reason) from error
    if not isinstance(entry, dict) or type(entry.get("format")) is not int or entry["format"] < 1:
        raise _Damage("not a record in JSON")
    return entry


def _record(line: bytes, entry: dict[str, Any]) -> AnyRecord:
    """Return the record of an entry that is what was written, as it was written."""
    if entry.keys() != _KEYS or type(entry["seq"]) is not int:
        raise _Damage("not a record in JSON")
    try:
        covered = canonical({key: value for key, value in entry.items() if key != "sum"})
        whole = canonical(entry)
    except ValueError as error:  # a number that is none, half a character
        raise _Damage("not a record in JSON") from error
    if entry["sum"] != hashlib.sha256(covered).hexdigest():
        raise _Damage("it is not what was written")
    if whole != line:
        raise _Damage("its bytes are not those that were written: spaces, or the order of its keys")
    try:
        return RECORD.validate_json(canonical(entry["record"]))
    except ValidationError as error:
        first = error.errors()[0]
        raise _Damage(f"{first['msg']} at {first['loc']}") from error


def _chained(lines: Iterable[_Line]) -> Iterator[_Line]:
    """Look at each line behind the one before it, as far as that one can be trusted."""
    previous: tuple[str, int] | None = (FIRST, 0)
    for line in lines:
        reason = line.reason or (_misplaced(line, *previous) if previous else "")
        previous = None if line.reason else (line.hash, line.seq + 1)
        yield replace(line, reason=reason)


def _misplaced(line: _Line, previous: str, expected: int) -> str:
    """Return why a line that is whole by itself does not belong behind the one before it."""
    if line.seq > expected:
        return f"it was written as record {line.seq}, so lines before it were deleted or moved"
    if line.seq < expected:
        return f"it was written as record {line.seq}, so it was moved or stands here twice"
    return "" if line.previous == previous else "the line before it is not the one it followed"


def _findings(path: Path, lines: Sequence[_Line], valid: int) -> Iterator[Finding]:
    """Word what is wrong: neighbours with the same damage together, and what lies behind it."""
    for (reason, written), group in groupby(lines, key=lambda line: (line.reason, line.format)):
        positions = [line.position for line in group]
        if written > FORMAT:
            evidence = {"seq": positions[0], "found": written, "known": FORMAT}
            yield integrity.NEWER_FORMAT(str(path), **evidence)
        elif reason:
            yield integrity.DAMAGED(str(path), records=numbered(positions), reason=reason)
    if behind := lines[valid + 1 :]:
        whole = sum(1 for line in behind if not line.reason)
        yield integrity.CHAIN_LOST(str(path), seq=valid, behind=len(behind), whole=whole)


def numbered(positions: Sequence[int]) -> str:
    """Return the numbers of neighbouring records, with their verb."""
    first, last = positions[0], positions[-1]
    return f"record {first} is" if first == last else f"records {first} to {last} are"
