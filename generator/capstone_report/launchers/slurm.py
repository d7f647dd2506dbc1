"""Slurm: a run is a job, and the command is what runs inside it."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field

from capstone_report.launchers.launcher import AcrossNodes, Allocation, Launcher, Scheduler
from capstone_report.launchers.local import Local
from capstone_report.launchers.torchrun import Torchrun

NODE = ["python", "-P", "-m", "capstone_report.measure.away.node"]
"""What starts a machine's part of a run, and tells what it used."""


class Slurm(Scheduler):
    """Starts the program inside a job of Slurm; [slurm] in capstone.toml says how jobs ask."""

    kind: ClassVar[str] = "slurm"

    inside: Literal["torchrun", "local"] = "torchrun"
    """What starts the program inside the job: torchrun, one process per worker; or local, the program
    as it is, and with several machines one task of Slurm per worker."""

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

    def here(self) -> Launcher:
        """Return what starts the workers of one machine."""
        return Torchrun(max_restarts=self.max_restarts) if self._is_torch else Local()

    def command(self, program: list[str], allocation: Allocation) -> list[str]:
        """Return the line inside the job; srun where there are several machines.

        The machines meet where PET_RDZV_ENDPOINT says, which torchrun reads from its environment:
        the address is known only when the job has begun.
        """
        if allocation.nodes == 1:
            return self.here().command(program, allocation)
        each = allocation.workers_per_node
        tasks = allocation.nodes if self._is_torch else allocation.workers
        srun = [
            *("srun", f"--nodes={allocation.nodes}", f"--ntasks={tasks}"),
            f"--ntasks-per-node={1 if self._is_torch else each}",
            *("--kill-on-bad-exit=1", "--export=ALL", "--quiet"),
        ]
        if not self._is_torch:
            return [*srun, f"--cpus-per-task={allocation.threads}", *program]
        torchrun = [
            *("python", "-m", "torch.distributed.run", "--rdzv-backend=c10d"),
            *(f"--nnodes={allocation.nodes}", f"--nproc-per-node={each}"),
        ]
        if self.max_restarts:
            torchrun += [f"--max-restarts={self.max_restarts}"]
        rest = program[1:] if program[0] == "python" else ["--no-python", *program]
        return [*srun, *NODE, *torchrun, *rest]

    @property
    def _is_torch(self) -> bool:
        """Tell whether torchrun starts the program."""
        return self.inside == "torchrun"
