"""Several machines, each entered by a command: network namespaces, containers, a node of a test."""

import shlex
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from capstone_report.launchers.launcher import WORKLOADS, AcrossNodes, Allocation, Launcher
from capstone_report.launchers.torchrun import Torchrun

STARTER = f"{WORKLOADS}/on_hosts.py"
Word = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]+$")]


class Host(BaseModel):
    """One machine of a run, and how to start something there."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True
    )

    address: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z][0-9A-Za-z.:-]*$")]
    """Where the other hosts reach it."""
    enter: Annotated[tuple[Word, ...], Field(strict=False)] = ()
    """The command before the program, such as ["ip", "netns", "exec", "h0"]; it keeps environment
    and folder."""


class Hosts(AcrossNodes):
    """Starts one torchrun agent on each of as many hosts as the workers fill.

    Without hosts it is torchrun on one machine.
    """

    kind: ClassVar[str] = "hosts"
    requires: ClassVar[tuple[str, ...]] = ("torch",)

    hosts: Annotated[tuple[Host, ...], Field(strict=False)] = ()
    """The machines, in the order in which they are filled; the first one is where all meet."""
    interface: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_.-]*$")] = ""
    """The network device through which gloo and NCCL talk, such as "eth0"."""
    # A host of its own for each worker, so that the network between them is what is measured.
    workers_per_node: Annotated[int, Field(ge=1)] | None = 1
    """How many workers each machine gets."""

    def allocation(self, workers: int, threads: int) -> Allocation:
        """Return as many of the hosts as the workers fill; without hosts, this machine.

        Raises:
            ValueError: the workers cannot be shared evenly, or there are too few hosts.
        """
        if not self.hosts:
            return Allocation(workers=workers, threads=threads)
        allocation = super().allocation(workers, threads)
        if allocation.nodes > len(self.hosts):
            raise ValueError(
                f"{workers} workers need {allocation.nodes} hosts, and {len(self.hosts)} are declared"
            )
        return allocation

    def here(self) -> Launcher:
        """Return what starts the workers of one machine."""
        return Torchrun()

    def command(self, program: list[str], allocation: Allocation) -> list[str]:
        """Return the command line that starts an agent on every host that is filled."""
        if not self.hosts:
            return Torchrun().command(program, allocation)
        options = [f"--workers-per-host={allocation.workers_per_node}"]
        options += [f"--interface={self.interface}"] if self.interface else []
        options += [
            f"--host={shlex.join([host.address, *host.enter])}"
            for host in self.hosts[: allocation.nodes]
        ]
        if program[0] == "python":
            return ["python", STARTER, *options, "--", *program[1:]]
        return ["python", STARTER, *options, "--no-python", "--", *program]
