"""The closed form of the knee where workers add work, and communication is that of a ring.

T_p = K + max(0, A (p - 1) + B (p - 1)/p - H) for p > 1, with K seconds of a step without
communication, A seconds of latency per worker added, B seconds of bandwidth and H seconds of
communication that hide behind compute.
"""

import math
from dataclasses import dataclass

from capstone_report.perfmodel.ring_step import positive_root
from capstone_report.units import Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class WeakRing:
    """The constants of the step, in seconds; none is negative, and those of one worker positive."""

    one_worker: Seconds
    constant: Seconds
    latency: Seconds
    bandwidth: Seconds
    hidden: Seconds

    def knee(self) -> int | None:
        """Return the p that maximises E S = p (T_1/T_p)^2; None when every larger one does.

        While communication is hidden, E S grows with p. Beyond, its derivative is zero at the roots
        of A p^2 - C p + 3 B = 0 with C = K - H - A + B: it falls, grows between them and falls.
        So no number is better than all of these: 1, 2, those beside where communication is no
        longer hidden, and those beside the larger root.
        """
        middle = self.constant - self.hidden - self.latency + self.bandwidth
        if self.latency == 0 or math.isinf(middle / self.latency):
            return None
        candidates = {1, 2, *_beside(self._exposed_from()), *_beside(self._larger_root(middle))}
        return min(sorted(candidates), key=lambda p: self._step(p) / math.sqrt(p))

    def _exposed_from(self) -> float:
        """Return the p at which A (p - 1) + B (p - 1)/p is exactly H."""
        linear = self.bandwidth - self.latency - self.hidden
        return positive_root(self.latency, linear, self.bandwidth) or 1.0

    def _larger_root(self, middle: Seconds) -> float:
        """Return the larger p with A p^2 - C p + 3 B = 0; 1 where E S only falls."""
        square = middle * middle - 12 * self.latency * self.bandwidth
        return (middle + math.sqrt(square)) / (2 * self.latency) if square > 0 else 1.0

    def _step(self, workers: float) -> Seconds:
        """Return T_p."""
        if workers == 1:
            return self.one_worker
        others = workers - 1
        spent = self.latency * others + self.bandwidth * others / workers
        return self.constant + max(0.0, spent - self.hidden)


def _beside(workers: float) -> tuple[int, int]:
    """Return both whole numbers beside a number, at least 1."""
    below = max(1, math.floor(workers))
    return below, below + 1
