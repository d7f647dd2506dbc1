"""One process on this machine: the program itself decides what it starts."""

from typing import ClassVar

from capstone_report.launchers.launcher import Allocation, Launcher


class Local(Launcher):
    """Starts the program as it is."""

    kind: ClassVar[str] = "local"

    def command(self, program: list[str], allocation: Allocation) -> list[str]:  # noqa: ARG002 - the program takes its workers from its arguments
        """Return the program's own command line."""
        return program
