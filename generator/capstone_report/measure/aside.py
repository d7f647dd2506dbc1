"""Folders that are in the way: kept beside, under a name that says so."""

from itertools import count
from pathlib import Path

ORPHAN = ".orphan-"


def aside(folder: Path) -> Path:
    """Rename a folder to the next free name beside it, and return that."""
    names = (folder.with_name(f"{folder.name}{ORPHAN}{number}") for number in count())
    return folder.rename(next(name for name in names if not name.exists()))
