"""The binomial broadcast: one worker's message to all others."""

import math
from typing import ClassVar

from capstone_report.perfmodel.comm.model import CommModel
from capstone_report.units import Seconds


class Broadcast(CommModel):
    """Everybody who has the message passes it on, so twice as many have it after each step."""

    kind: ClassVar[str] = "broadcast"
    title: ClassVar[str] = "binomial broadcast"
    formula: ClassVar[str] = r"\lceil\log_2 p\rceil\,(\alpha + \beta)"
    collective: ClassVar[tuple[str, ...]] = ("scatter-gather", "parameter-server")
    source: ClassVar[str] = "Thakur, Rabenseifner and Gropp 2005, broadcast"
    continuous: ClassVar[bool] = False

    def exchange(self, workers: float, *, alpha: Seconds, beta: Seconds) -> Seconds:
        """Return ceil(lg p) (alpha + beta), in seconds."""
        return math.ceil(math.log2(workers)) * (alpha + beta)
