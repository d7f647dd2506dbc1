"""Journals to write, to look into and to damage, as every test of the store needs them."""

from pathlib import Path

from capstone_report.results.journal import JOURNAL, open_journal
from capstone_report.results.records import AnyRecord


def append(folder: Path, *records: AnyRecord) -> bytes:
    """Append records through the real writer and return the file's bytes."""
    with open_journal(folder) as (_, writer):
        for record in records:
            writer.append(record)
    return (folder / JOURNAL).read_bytes()


def rewrite(folder: Path, lines: list[bytes]) -> None:
    """Replace the journal's lines."""
    (folder / JOURNAL).write_bytes(b"".join(lines))


def lines_of(folder: Path) -> list[bytes]:
    """Return the journal's lines, with their ends."""
    return (folder / JOURNAL).read_bytes().splitlines(keepends=True)
