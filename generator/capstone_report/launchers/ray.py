"""Ray: a run is a job of its job API, on one machine, and the command is what runs inside it."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field

from capstone_report.launchers.launcher import AcrossNodes, Allocation, Launcher, Scheduler
from capstone_report.launchers.local import Local
from capstone_report.launchers.torchrun import Torchrun


class Ray(Scheduler):
    """Starts the program inside a job of Ray; [ray] in capstone.toml says what jobs ask for.

    A job of Ray's is one process on one machine, so all workers of a run share a machine.
    """

    kind: ClassVar[str] = "ray"

    inside: Literal["torchrun", "local"] = "torchrun"
    """What starts the program inside the job: torchrun, one process per worker; or local, the program
    as it is."""

    max_restarts: Annotated[int, Field(ge=0, le=1000, json_schema_extra={"unit": "restarts"})] = 0
    """How often torchrun starts all workers again when one of them dies; 0: the run fails."""

    @classmethod
    def around(cls, inner: Launcher) -> Self:
        """Return the launcher that starts inside a job what torchrun or local start here.

        Raises:
            ValueError: the launcher is another one.
        """
        if isinstance(inner, cls):
            return inner
        each = inner.workers_per_node if isinstance(inner, AcrossNodes) else None
        if isinstance(inner, Torchrun):
            return cls(workers_per_node=each, max_restarts=inner.max_restarts)
        if inner.kind == "local":
            return cls(inside="local", workers_per_node=each)
        raise ValueError(f"what the launcher {inner.kind} starts cannot be started inside a job")

    def allocation(self, workers: int, threads: int) -> Allocation:
        """Return one machine for all workers.

        Raises:
            ValueError: they do not fit on one machine.
        """
        allocation = super().allocation(workers, threads)
        if allocation.nodes > 1:
            raise ValueError(
                f"{workers} workers would need {allocation.nodes} machines, and a job of Ray's gets "
                "one: take slurm or hosts for several, or fewer workers"
            )
        return allocation

    def here(self) -> Launcher:
        """Return what starts the workers of one machine."""
        return Torchrun(max_restarts=self.max_restarts) if self.inside == "torchrun" else Local()

    def command(self, program: list[str], allocation: Allocation) -> list[str]:
        """Return the line inside the job: what starts the same workers here."""
        return self.here().command(program, allocation)
