"""Folders that are in the way: kept beside, under a name that says so."""

from pathlib import Path

ORPHAN = ".orphan-"


def aside(folder: Path) -> Path:
    """Rename a folder to the next free name beside it, and return that."""
    number = len(list(folder.parent.glob(f"{folder.name}{ORPHAN}*")))
    return folder.rename(folder.with_name(f"{folder.name}{ORPHAN}{number}"))
