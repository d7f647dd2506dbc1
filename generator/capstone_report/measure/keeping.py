"""What a run left on disk: flushed, hashed, named; no link is followed."""

import os
from dataclasses import dataclass
from pathlib import Path

from capstone_report.results.durable import sync_folder
from capstone_report.results.journal import file_hash


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The outputs of a run."""

    hashes: dict[str, str]
    """The SHA-256 of every file, by its path inside the machine's folder."""
    unreadable: tuple[str, ...]
    """What the program left in a state that nobody can read."""


def keep(machine_folder: Path, raw: Path) -> Kept:
    """Flush a run's output files and folders to disk and hash them; drop empty files.

    Raises:
        OSError: the disk refused.
    """
    if raw.is_symlink():
        return Kept(hashes={}, unreadable=(f"raw/{raw.name} (a link in its place)",))
    hashes: dict[str, str] = {}
    unreadable: list[str] = []
    entries = sorted(path for path in raw.rglob("*") if not path.is_symlink())
    for path in entries:
        name = path.relative_to(machine_folder).as_posix()
        if name.encode(errors="ignore").decode() != name:
            continue  # no text, so no record can name it
        try:
            if path.is_dir():
                os.close(os.open(path, os.O_RDONLY | os.O_DIRECTORY))
            elif path.is_file():
                _keep_file(path, name, hashes)
        except (PermissionError, FileNotFoundError) as error:
            if error.filename is None:  # an fsync, not an open: the disk itself
                raise
            unreadable.append(f"{name} ({error.strerror})")
    bad = {said.rpartition(" (")[0] for said in unreadable}
    inner = [
        p for p in entries if p.is_dir() and p.relative_to(machine_folder).as_posix() not in bad
    ]
    for folder in (*inner, raw, raw.parent, machine_folder):
        sync_folder(folder)
    return Kept(hashes=hashes, unreadable=tuple(unreadable))


def what_is_there(machine_folder: Path, run_id: str) -> dict[str, str]:
    """Return the hashes of what an attempt left, for a record; nothing is changed.

    Nothing, too, where the name is not that of a run's own folder or the disk does not even take
    reading it.
    """
    raw = machine_folder / "raw" / run_id
    if raw.parent != machine_folder / "raw" or raw.name != run_id or raw.is_symlink():
        return {}
    try:
        return {
            path.relative_to(machine_folder).as_posix(): file_hash(path)
            for path in sorted(raw.rglob("*"))
            if path.is_file() and not path.is_symlink() and path.stat().st_size
        }
    except (OSError, UnicodeError):
        return {}


def _keep_file(path: Path, name: str, hashes: dict[str, str]) -> None:
    """Flush and hash one file, or drop it when it is empty."""
    if path.stat().st_size == 0:
        path.unlink()
        return
    with path.open("rb") as stream:
        os.fsync(stream.fileno())
    hashes[name] = file_hash(path)
