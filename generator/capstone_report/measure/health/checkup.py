"""How one thing stands that capstone may need."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Condition(StrEnum):
    """How a thing stands."""

    OK = "ok"
    DEGRADED = "degraded"
    """It is there, but does less than it could, or disturbs what is measured."""
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkup:
    """One thing: how it stands, what it is for, and what mends it."""

    name: str
    condition: Condition
    found: str
    """What was found, in a few words."""
    purpose: str
    """What it is for."""
    fix: str = ""
    """The command, or the key of a file, that mends it; empty where nothing is to be mended."""
    is_needed: bool = False
    """Whether a study of the workspace, or every command, needs it."""

    @property
    def fails(self) -> bool:
        """Tell whether something that is needed is missing."""
        return self.is_needed and self.condition is Condition.MISSING


def well(name: str, found: str, *, purpose: str, is_needed: bool = False) -> Checkup:
    """Return that a thing is as it should be."""
    return Checkup(
        name=name, condition=Condition.OK, found=found, purpose=purpose, is_needed=is_needed
    )


def lacking(name: str, found: str, *, purpose: str, fix: str, is_needed: bool = False) -> Checkup:
    """Return that a thing is not there."""
    return Checkup(
        name=name,
        condition=Condition.MISSING,
        found=found,
        purpose=purpose,
        fix=fix,
        is_needed=is_needed,
    )


def weak(name: str, found: str, *, purpose: str, fix: str) -> Checkup:
    """Return that a thing does less than it could."""
    return Checkup(name=name, condition=Condition.DEGRADED, found=found, purpose=purpose, fix=fix)


def failing(checkups: Sequence[Checkup]) -> list[Checkup]:
    """Return what is needed and missing."""
    return [checkup for checkup in checkups if checkup.fails]
