"""What the launchers share whose runs are jobs of a scheduler, on machines that it chooses."""

from abc import ABC
from typing import Annotated, Literal, Self

from pydantic import Field

from capstone_report.launchers.launcher import AcrossNodes, Launcher, launchers
from capstone_report.launchers.local import Local
from capstone_report.launchers.torchrun import Torchrun


class Scheduler(AcrossNodes, ABC):
    """Starts inside a job what torchrun or local start here."""

    inside: Literal["torchrun", "local"] = "torchrun"
    """What starts the program inside the job: torchrun, one process per worker; or local, the program
    as it is, and on several machines one task of the scheduler per worker."""

    max_restarts: Annotated[int, Field(ge=0, le=1000, json_schema_extra={"unit": "restarts"})] = 0
    """How often torchrun starts all workers again when one of them dies; 0: the run fails."""

    @classmethod
    def around(cls, inner: Launcher) -> Self:
        """Return the launcher that starts inside a job what another one starts here.

        Raises:
            ValueError: that launcher has no place inside a job.
        """
        if isinstance(inner, cls):
            return inner
        each = inner.workers_per_node if isinstance(inner, AcrossNodes) else None
        if isinstance(inner, Torchrun):
            return cls(workers_per_node=each, max_restarts=inner.max_restarts)
        if inner.kind == "local":
            return cls(inside="local", workers_per_node=each)
        raise ValueError(f"what the launcher {inner.kind} starts cannot be started inside a job")

    def here(self) -> Launcher:
        """Return what starts the workers of one machine."""
        return Torchrun(max_restarts=self.max_restarts) if self._is_torch else Local()

    @property
    def _is_torch(self) -> bool:
        """Tell whether torchrun starts the program."""
        return self.inside == "torchrun"


def schedulers() -> dict[str, type[Scheduler]]:
    """Return every launcher whose runs are jobs, by its kind."""
    return {kind: found for kind, found in launchers().items() if issubclass(found, Scheduler)}
