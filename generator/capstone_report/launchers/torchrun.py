"""PyTorch's launcher on one machine: one process per worker, a fresh rendezvous per run."""

from typing import ClassVar

from capstone_report.launchers.launcher import Allocation, Launcher


class Torchrun(Launcher):
    """Starts one process per worker with torchrun; --standalone picks a free port each time."""

    kind: ClassVar[str] = "torchrun"
    requires: ClassVar[tuple[str, ...]] = ("torch",)

    def command(self, program: list[str], allocation: Allocation) -> list[str]:
        """Return torchrun's command line; a program that is not Python is started as it is."""
        workers = f"--nproc-per-node={allocation.workers}"
        torchrun = ["python", "-m", "torch.distributed.run", "--standalone", workers]
        if program[0] == "python":
            return [*torchrun, *program[1:]]
        return [*torchrun, "--no-python", *program]
