"""Small files in which a kernel tells about itself."""

from pathlib import Path

ROOT = Path("/")


def said(path: Path) -> str | None:
    """Return what a file says, without its line end; None where it cannot be read."""
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return None


def counted(path: Path) -> int | None:
    """Return the number that a file holds; None where it holds none."""
    text = said(path)
    return int(text) if text is not None and text.isdecimal() else None


def total(numbers: list[int | None]) -> int | None:
    """Return the sum of what is known; None where nothing is."""
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None
