"""The tree all-reduce: a binomial reduction to one worker, and a binomial broadcast back."""

import math
from typing import ClassVar

from capstone_report.perfmodel.comm.model import CommModel, NonNegativeSeconds
from capstone_report.units import Seconds


class Tree(CommModel):
    """All-reduce through a root: few messages, each of them the whole message."""

    kind: ClassVar[str] = "tree"
    title: ClassVar[str] = "binomial reduce and broadcast"
    formula: ClassVar[str] = r"\lceil\log_2 p\rceil\,(2\alpha + 2\beta + \gamma)"
    source: ClassVar[str] = "Thakur, Rabenseifner and Gropp 2005, reduce and broadcast"
    collective: ClassVar[tuple[str, ...]] = ("all-reduce",)
    continuous: ClassVar[bool] = False

    gamma: NonNegativeSeconds = 0.0
    """Seconds to reduce the whole message once."""

    def exchange(self, workers: float, *, alpha: Seconds, beta: Seconds) -> Seconds:
        """Return ceil(lg p) (2 alpha + 2 beta + gamma), in seconds."""
        return math.ceil(math.log2(workers)) * (2 * alpha + 2 * beta + self.gamma)
