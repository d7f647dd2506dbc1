"""PyTorch's launcher on one machine: one process per worker, a fresh rendezvous per run."""

from typing import Annotated, ClassVar

from pydantic import Field

from capstone_report.launchers.launcher import Allocation, Launcher


class Torchrun(Launcher):
    """Starts one process per worker with torchrun; --standalone picks a free port each time."""

    kind: ClassVar[str] = "torchrun"
    requires: ClassVar[tuple[str, ...]] = ("torch",)

    max_restarts: Annotated[int, Field(ge=0, le=1000, json_schema_extra={"unit": "restarts"})] = 0
    """How often all workers are started again when one of them ends badly; each of them meets the
    others anew and goes on from a checkpoint, as `workloads.elastic` does."""

    def command(self, program: list[str], allocation: Allocation) -> list[str]:
        """Return torchrun's command line; a program that is not Python is started as it is."""
        workers = f"--nproc-per-node={allocation.workers}"
        torchrun = ["python", "-m", "torch.distributed.run", "--standalone", workers]
        if self.max_restarts:
            torchrun.append(f"--max-restarts={self.max_restarts}")
        if program[0] == "python":
            return [*torchrun, *program[1:]]
        return [*torchrun, "--no-python", *program]
