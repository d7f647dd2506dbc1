"""Did you mean: the nearest known name."""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(written: str, known: Iterable[str]) -> str:
    """Return the nearest known name, whatever its capitals; empty when none is near."""
    names = {name.lower(): name for name in known}
    close = get_close_matches(written.lower(), names, n=1)
    return names[close[0]] if close else ""


def did_you_mean(written: str, known: Iterable[str]) -> str:
    """Return the nearest known name as the end of a sentence, or nothing when none is near."""
    name = nearest(written, known)
    return f"; did you mean '{name}'?" if name and name != written else ""
