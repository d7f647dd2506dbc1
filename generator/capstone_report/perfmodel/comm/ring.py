"""The ring all-reduce: a reduce-scatter and an all-gather, p - 1 messages each."""

from typing import ClassVar

from capstone_report.perfmodel.comm.model import CommModel, NonNegativeSeconds, RingForm
from capstone_report.units import Seconds


class Ring(CommModel):
    """All-reduce around a ring: lowest volume, latency of every neighbour twice."""

    kind: ClassVar[str] = "ring"
    title: ClassVar[str] = "ring all-reduce"
    formula: ClassVar[str] = r"2(p-1)\alpha + \frac{2(p-1)}{p}\beta + \frac{p-1}{p}\gamma"
    source: ClassVar[str] = "Thakur, Rabenseifner and Gropp 2005; Patarasuk and Yuan 2009"
    collective: ClassVar[tuple[str, ...]] = ("all-reduce",)

    gamma: NonNegativeSeconds = 0.0
    """Seconds to reduce the whole message once."""

    def exchange(self, workers: float, *, alpha: Seconds, beta: Seconds) -> Seconds:
        """Return 2(p-1) alpha + 2(p-1)/p beta + (p-1)/p gamma, in seconds."""
        others = workers - 1
        return 2 * others * alpha + others / workers * (2 * beta + self.gamma)

    def ring_form(self, *, alpha: Seconds, beta: Seconds) -> RingForm:
        """Return A = 2 alpha and B = 2 beta + gamma."""
        return RingForm(2 * alpha, 2 * beta + self.gamma)
