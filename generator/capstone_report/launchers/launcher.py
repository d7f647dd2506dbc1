"""What a launcher is: options that a study may set, and the command line they lead to."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from capstone_report.registry import kinds

WORKLOADS = "capstone_report/workloads"
"""Before the name of a program of ours in a command, wherever capstone is installed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """What a run gets: processes that do the work, threads for each of them, machines for all."""

    workers: int
    threads: int
    nodes: int = 1
    """How many machines share the workers evenly."""

    @property
    def workers_per_node(self) -> int:
        """Return how many workers each machine gets."""
        return self.workers // self.nodes


class Launcher(BaseModel, ABC):
    """Turns a program and an allocation into the command line that starts it."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True
    )

    kind: ClassVar[str]
    requires: ClassVar[tuple[str, ...]] = ()
    """Python modules that the launcher itself needs."""

    def allocation(self, workers: int, threads: int) -> Allocation:
        """Return what a case with so many workers gets.

        Raises:
            ValueError: the workers cannot be shared evenly.
        """
        return Allocation(workers=workers, threads=threads)

    def here(self) -> "Launcher":
        """Return the launcher that starts the same workers on this machine alone."""
        return self

    @abstractmethod
    def command(self, program: list[str], allocation: Allocation) -> list[str]:
        """Return the command line that starts the program on the allocation."""


class AcrossNodes(Launcher, ABC):
    """What the launchers share that can start the workers of a run on several machines."""

    workers_per_node: Annotated[int, Field(ge=1)] | None = None
    """How many workers each machine gets; without it one machine gets them all."""

    def allocation(self, workers: int, threads: int) -> Allocation:
        """Return as many machines as the workers fill; fewer workers than one machine takes get one.

        Raises:
            ValueError: the last machine would get fewer workers than the others.
        """
        most = self.workers_per_node or workers
        nodes = max(1, -(-workers // most))
        if workers % nodes or workers // nodes > most:
            raise ValueError(f"{workers} workers cannot be shared evenly, {most} on each machine")
        return Allocation(workers=workers, threads=threads, nodes=nodes)


def launchers() -> dict[str, type[Launcher]]:
    """Return every launcher that a file of this package defines, by its kind."""
    return kinds("capstone_report.launchers", Launcher)  # type: ignore[type-abstract] # only subclasses are returned
