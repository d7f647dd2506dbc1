"""CAP45x to CAP48x for real: the first planted flaw of each code, and the clean study that it was planted in."""

from collections.abc import Callable
from pathlib import Path

from findings.situation import Seen
from flaws.planted import FLAWS, Flaw
from simulated import codes


def situation_of(flaw: Flaw) -> Callable[[Path], Seen]:
    """Return the function that analyses both studies of a flaw."""

    def situation(root: Path) -> Seen:
        return Seen(bad=codes(flaw.study(root / "bad")), good=codes(flaw.parent(root / "good")))

    return situation


DECLARED = {"CAP487"}
"""What a declared file shows by itself."""

globals().update(
    {flaw.code.lower(): situation_of(flaw) for flaw in reversed(FLAWS) if flaw.code not in DECLARED}
)
