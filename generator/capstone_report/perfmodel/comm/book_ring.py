"""The ring all-reduce as the book prints it, with p - 1 latencies instead of 2(p - 1)."""

from typing import ClassVar

from capstone_report.perfmodel.comm.model import CommModel, RingForm
from capstone_report.units import Seconds


class BookRing(CommModel):
    """The book's ring: its alpha holds the latency of both passes of one neighbour."""

    kind: ClassVar[str] = "book-ring"
    title: ClassVar[str] = "ring all-reduce as printed in the book"
    formula: ClassVar[str] = r"\alpha(p-1) + 2\beta\frac{p-1}{p}"
    source: ClassVar[str] = "book section 41.4.5"
    collective: ClassVar[tuple[str, ...]] = ("all-reduce",)

    def exchange(self, workers: float, *, alpha: Seconds, beta: Seconds) -> Seconds:
        """Return T_comm(p) = alpha (p-1) + 2 beta (p-1)/p, in seconds, book section 41.4.5."""
        return alpha * (workers - 1) + 2 * beta * (workers - 1) / workers

    def ring_form(self, *, alpha: Seconds, beta: Seconds) -> RingForm:
        """Return A = alpha and B = 2 beta."""
        return RingForm(alpha, 2 * beta)
