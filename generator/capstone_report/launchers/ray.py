"""Ray: a run is a job of its job API, on one machine, and the command is what runs inside it."""

from typing import ClassVar

from capstone_report.launchers.launcher import Allocation
from capstone_report.launchers.scheduler import Scheduler


class Ray(Scheduler):
    """Starts the program inside a job of Ray; [ray] in capstone.toml says what jobs ask for.

    A job of Ray's is one process on one machine, so all workers of a run share a machine.
    """

    kind: ClassVar[str] = "ray"

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

    def command(self, program: list[str], allocation: Allocation) -> list[str]:
        """Return the line inside the job: what starts the same workers here."""
        return self.here().command(program, allocation)
