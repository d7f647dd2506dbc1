"""One line of a journal: how a record is written, and how fast it is known to be unchanged.

A line is canonical JSON, so its keys are sorted and "sum" stands last: what it covers is the line
itself without those last bytes. Nothing is parsed to check chain and sum.
"""

import gc
import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from pydantic import TypeAdapter, ValidationError

from capstone_report.results.records import FORMAT, AnyRecord, Record

FIRST = "0" * 64
"""What the first line names as the hash of the line before it."""
RECORD: TypeAdapter[AnyRecord] = TypeAdapter(Record)
_OPENING = re.compile(rb'\{"format":([1-9]\d{0,8}),"prev":"([0-9a-f]{64})","record":')
_SUM_SIZE = len(b',"sum":"') + 64 + len(b'"}')


def canonical(value: object) -> bytes:
    """Return the one way in which JSON is written here."""
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text.encode()


def written_line(record: AnyRecord, *, seq: int, previous: str) -> bytes:
    """Return the line of a record, without its end, behind the line with the hash `previous`."""
    entry = {
        "format": FORMAT,
        "seq": seq,
        "prev": previous,
        "record": record.model_dump(mode="json"),
    }
    return canonical({**entry, "sum": hashlib.sha256(canonical(entry)).hexdigest()})


def read_lines(lines: Sequence[bytes]) -> tuple[tuple[AnyRecord, ...], str] | None:
    """Return the records of all lines and the hash of the last, or None when any is damaged."""
    records: list[AnyRecord] = []
    previous = FIRST
    with _uncollected():
        for seq, line in enumerate(lines):
            record = _read_line(line, seq=seq, previous=previous)
            if record is None:
                return None
            records.append(record)
            previous = hashlib.sha256(line).hexdigest()
    return tuple(records), previous


def _read_line(line: bytes, *, seq: int, previous: str) -> AnyRecord | None:
    """Return the record of an undamaged line in its place; None for any other."""
    opening = _OPENING.match(line)
    covered = hashlib.sha256(line[:-_SUM_SIZE] + b"}").hexdigest()
    closing = b',"seq":%d,"sum":"%s"}' % (seq, covered.encode())
    if opening is None or int(opening[1]) > FORMAT or opening[2] != previous.encode():
        return None
    if not line.endswith(closing):
        return None
    try:
        record = RECORD.validate_json(line[opening.end() : -len(closing)])
    except ValidationError:
        return None
    return record if _is_compact(line) else None


def _is_compact(line: bytes) -> bool:
    """Tell whether valid JSON has no spaces between its parts; asks precisely where it may have."""
    if b'": ' not in line and b', "' not in line:
        return True
    return canonical(json.loads(line)) == line


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep the garbage collector from looking at each of a million values again and again.

    Records refer to no records, so there is nothing for it to find; it more than doubles the time.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
