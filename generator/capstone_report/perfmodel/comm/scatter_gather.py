"""Scatter and gather: one coordinator asks all workers and waits for the slowest answer."""

import math
from typing import Annotated, ClassVar

from pydantic import Field

from capstone_report.perfmodel.comm.model import CommModel, NonNegativeSeconds, RingForm
from capstone_report.units import Seconds


class ScatterGather(CommModel):
    """A flat coordinator sends every part itself, takes every answer itself, and meets the tail."""

    kind: ClassVar[str] = "scatter-gather"
    title: ClassVar[str] = "flat scatter and gather"
    formula: ClassVar[str] = (
        r"2(p-1)\alpha + \frac{2(p-1)}{p}\beta + \left(1 - (1-q)^p\right) t_\text{slow}"
    )
    source: ClassVar[str] = "Thakur, Rabenseifner and Gropp 2005; Dean and Barroso 2013"
    collective: ClassVar[tuple[str, ...]] = ("scatter-gather",)

    slow_share: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Which share (q) of a worker's answers is slow."""
    slow_seconds: NonNegativeSeconds = 0.0
    """How many seconds later (t_slow) a slow answer comes."""

    def exchange(self, workers: float, *, alpha: Seconds, beta: Seconds) -> Seconds:
        """Return both passes and the expected wait for a slow answer, in seconds."""
        wait = any_slow(workers, slow_share=self.slow_share) * self.slow_seconds
        return 2 * (workers - 1) * (alpha + beta / workers) + wait

    def ring_form(self, *, alpha: Seconds, beta: Seconds) -> RingForm | None:
        """Return A = 2 alpha and B = 2 beta, unless answers can be slow."""
        if self.slow_share * self.slow_seconds > 0:
            return None
        return RingForm(2 * alpha, 2 * beta)


def any_slow(workers: float, *, slow_share: float) -> float:
    """Return 1 - (1-q)^p, the probability that at least one of p answers is slow.

    Dean and Barroso 2013: one in a hundred slow answers makes 63 % of hundredfold queries slow.
    Domain: 0 <= q <= 1.
    """
    if slow_share == 1:
        return 1.0
    return -math.expm1(workers * math.log1p(-slow_share))
