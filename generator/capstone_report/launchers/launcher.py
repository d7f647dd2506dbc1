"""What a launcher is: options that a study may set, and the command line they lead to."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from capstone_report.registry import kinds


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """What a run gets: processes that do the work, and threads for each of them."""

    workers: int
    threads: int


class Launcher(BaseModel, ABC):
    """Turns a program and an allocation into the command line that starts it."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True
    )

    kind: ClassVar[str]
    requires: ClassVar[tuple[str, ...]] = ()
    """Python modules that the launcher itself needs."""

    @abstractmethod
    def command(self, program: list[str], allocation: Allocation) -> list[str]:
        """Return the command line that starts the program on the allocation."""


def launchers() -> dict[str, type[Launcher]]:
    """Return every launcher that a file of this package defines, by its kind."""
    return kinds("capstone_report.launchers", Launcher)  # type: ignore[type-abstract] # only subclasses are returned
