"""Rabenseifner's all-reduce: recursive halving, then recursive doubling."""

import math
from typing import ClassVar

from capstone_report.perfmodel.comm.model import CommModel, NonNegativeSeconds
from capstone_report.units import Seconds


class Rabenseifner(CommModel):
    """All-reduce in 2 lg p steps; a number of workers that is no power of two pays for folding.

    A fractional number of workers counts as no power of two.
    """

    kind: ClassVar[str] = "rabenseifner"
    title: ClassVar[str] = "Rabenseifner's all-reduce"
    formula: ClassVar[str] = (
        r"\begin{cases}"
        r"2\log_2 p\,\alpha + \frac{2(p-1)}{p}\beta + \frac{p-1}{p}\gamma & p = 2^k\\"
        r"(2\lfloor\log_2 p\rfloor + 2)\alpha + \left(\frac{2(p-1)}{p} + 2\right)\beta"
        r" + \left(1 + \frac{p-1}{p}\right)\gamma & \text{otherwise}"
        r"\end{cases}"
    )
    source: ClassVar[str] = "Thakur, Rabenseifner and Gropp 2005; comments of MPICH's allreduce.c"
    collective: ClassVar[tuple[str, ...]] = ("all-reduce",)
    continuous: ClassVar[bool] = False

    gamma: NonNegativeSeconds = 0.0
    """Seconds to reduce the whole message once."""

    def exchange(self, workers: float, *, alpha: Seconds, beta: Seconds) -> Seconds:
        """Return the seconds of both halves, and of folding unless p is a power of two."""
        mantissa, _ = math.frexp(workers)
        if mantissa == 0.5:  # noqa: PLR2004 - frexp writes 2^k as 0.5 * 2^(k+1)
            return self._unfolded(workers, alpha=alpha, beta=beta)
        share = (workers - 1) / workers
        steps = 2 * math.floor(math.log2(workers)) + 2
        return steps * alpha + 2 * (share + 1) * beta + (1 + share) * self.gamma

    def range_seconds(
        self, low: int, high: int, *, alpha: Seconds, beta: Seconds
    ) -> tuple[Seconds, Seconds]:
        """Return the least and the most of the range, from its ends and its lowest power of two.

        Among powers of two the cost rises, and so it does among all others; a power of two costs
        less than its neighbours.
        """
        power = 1 << (low - 1).bit_length()
        candidates = {low, min(power, high), max(low, high - 1), high}
        costs = [self.seconds(p, alpha=alpha, beta=beta) for p in candidates]
        return min(costs), max(costs)

    def _unfolded(self, workers: float, *, alpha: Seconds, beta: Seconds) -> Seconds:
        share = (workers - 1) / workers
        return 2 * math.log2(workers) * alpha + share * (2 * beta + self.gamma)
