"""Slurm: a run is a job, and the command is what runs inside it."""

from typing import ClassVar, Literal, Self

from capstone_report.launchers.launcher import AcrossNodes, Allocation, Launcher, Scheduler
from capstone_report.launchers.torchrun import Torchrun

NODE = ["python", "-P", "-m", "capstone_report.measure.away.node"]
"""What starts a machine's part of a run, and tells what it used."""


class Slurm(Scheduler):
    """Starts the program inside a job of Slurm; [slurm] in capstone.toml says how jobs ask."""

    kind: ClassVar[str] = "slurm"

    inside: Literal["torchrun", "local"] = "torchrun"
    """What starts the program inside the job: torchrun, one process per worker; or local, the program
    as it is, and with several machines one task of Slurm per worker."""

    @classmethod
    def around(cls, inner: Launcher) -> Self:
        """Return the launcher that starts inside a job what torchrun or local start here.

        Raises:
            ValueError: the launcher is another one.
        """
        if isinstance(inner, cls):
            return inner
        each = inner.workers_per_node if isinstance(inner, AcrossNodes) else None
        if inner.kind == "torchrun":
            return cls(inside="torchrun", workers_per_node=each)
        if inner.kind == "local":
            return cls(inside="local", workers_per_node=each)
        raise ValueError(f"what the launcher {inner.kind} starts cannot be started inside a job")

    def command(self, program: list[str], allocation: Allocation) -> list[str]:
        """Return the line inside the job; srun where there are several machines.

        The machines meet where PET_RDZV_ENDPOINT says, which torchrun reads from its environment:
        the address is known only when the job has begun.
        """
        if allocation.nodes == 1:
            return Torchrun().command(program, allocation) if self._is_torch else program
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
        rest = program[1:] if program[0] == "python" else ["--no-python", *program]
        return [*srun, *NODE, *torchrun, *rest]

    @property
    def _is_torch(self) -> bool:
        """Tell whether torchrun starts the program."""
        return self.inside == "torchrun"
