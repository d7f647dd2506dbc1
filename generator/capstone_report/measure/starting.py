"""What makes a run: here a guard on this machine, elsewhere a job of a scheduler."""

from collections.abc import Callable
from typing import Protocol

from capstone_report.measure.guard.messages import Ended, Order
from capstone_report.units import Seconds


class Starter(Protocol):
    """Has programs run to their end, one after the other."""

    tick: Callable[[Seconds], None]
    """Called several times a second with the seconds since a run began."""

    def run(self, order: Order) -> Ended:
        """Have a program run to its end, whatever ends it.

        Raises:
            NotStartedError: the program could not be started.
        """
