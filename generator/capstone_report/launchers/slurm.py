"""Slurm: a run is a job, and the command is what runs inside it."""

from typing import ClassVar

from capstone_report.launchers.launcher import Allocation
from capstone_report.launchers.scheduler import Scheduler

NODE = ["python", "-P", "-m", "capstone_report.measure.away.node"]
"""What starts a machine's part of a run, and tells what it used."""


class Slurm(Scheduler):
    """Starts the program inside a job of Slurm; [slurm] in capstone.toml says how jobs ask."""

    kind: ClassVar[str] = "slurm"

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
