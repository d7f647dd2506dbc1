"""Recursive doubling: the whole message lg p times, best for short messages."""

import math
from typing import ClassVar

from capstone_report.perfmodel.comm.model import CommModel, NonNegativeSeconds
from capstone_report.units import Seconds


class RecursiveDoubling(CommModel):
    """All-reduce in lg p exchanges of the whole message.

    Between powers of two the logarithm is taken as it is, as its source states it; folding the
    workers beyond the last power of two costs a real run up to two steps more.
    """

    kind: ClassVar[str] = "recursive-doubling"
    title: ClassVar[str] = "recursive-doubling all-reduce"
    formula: ClassVar[str] = r"\log_2 p\,(\alpha + \beta + \gamma)"
    source: ClassVar[str] = "Thakur, Rabenseifner and Gropp 2005; comments of MPICH's allreduce.c"
    collective: ClassVar[tuple[str, ...]] = ("all-reduce",)
    assumes: ClassVar[str] = (
        "between powers of two log2 p is taken as it is, as its source states it; a real run folds"
        " the workers beyond one, in up to two steps more"
    )

    gamma: NonNegativeSeconds = 0.0
    """Seconds to reduce the whole message once."""

    def exchange(self, workers: float, *, alpha: Seconds, beta: Seconds) -> Seconds:
        """Return lg p (alpha + beta + gamma), in seconds."""
        return math.log2(workers) * (alpha + beta + self.gamma)
