"""The pairwise all-to-all: every worker has a different part for every other one."""

from typing import ClassVar

from capstone_report.perfmodel.comm.model import CommModel, RingForm
from capstone_report.units import Seconds


class AllToAll(CommModel):
    """Each worker keeps its own part of its message and sends the p - 1 others."""

    kind: ClassVar[str] = "all-to-all"
    title: ClassVar[str] = "pairwise all-to-all"
    formula: ClassVar[str] = r"(p-1)\alpha + \frac{p-1}{p}\beta"
    collective: ClassVar[tuple[str, ...]] = ("scatter-gather",)
    source: ClassVar[str] = "Thakur, Rabenseifner and Gropp 2005, all-to-all"

    def exchange(self, workers: float, *, alpha: Seconds, beta: Seconds) -> Seconds:
        """Return (p-1) alpha + (p-1)/p beta, in seconds; beta moves one worker's whole message."""
        return (workers - 1) * alpha + (workers - 1) / workers * beta

    def ring_form(self, *, alpha: Seconds, beta: Seconds) -> RingForm:
        """Return A = alpha and B = beta."""
        return RingForm(alpha, beta)
