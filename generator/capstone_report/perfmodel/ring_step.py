"""Closed forms for a step whose communication is that of a ring.

T_p = W/p + A (p - 1) + B (p - 1)/p, with W seconds of compute on one machine, A seconds of latency
per worker added and B seconds of bandwidth. The book's ring has A = alpha and B = 2 beta (book
section 41.4.5, with the bandwidth term that its sqrt(T_comp/alpha) leaves out).
"""

import math
from dataclasses import dataclass

from capstone_report.units import Seconds

# Two times that differ by less than this share are the same time, rounded differently.
TIE = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class RingStep:
    """The three constants of the step, in seconds; the work is positive, the others not negative."""

    work: Seconds
    latency: Seconds
    bandwidth: Seconds

    def optimum(self) -> int | None:
        """Return the p that minimises T_p: the first with p (p + 1) >= X = (W - B)/A.

        p* = ceil((-1 + sqrt(1 + 4X))/2), and 1 when B >= W; None when every further worker helps.
        """
        gain = self.work - self.bandwidth
        if gain <= 0:
            return 1
        if self.latency == 0 or math.isinf(gain / self.latency):
            return None
        root = (math.sqrt(1 + 4 * gain / self.latency) - 1) / 2
        return max(1, math.ceil(root * (1 - TIE)))

    def optimum_continuous(self) -> float | None:
        """Return p* = sqrt((W - B)/A), at least 1; None when every further worker helps."""
        gain = self.work - self.bandwidth
        if gain <= 0:
            return 1.0
        if self.latency == 0 or math.isinf(gain / self.latency):
            return None
        return max(1.0, math.sqrt(gain / self.latency))

    def below_baseline(self) -> int | None:
        """Return the first p >= 2 with T_p > T_1, or None when there is none.

        T_p - T_1 = (p - 1)(A p + B - W)/p, so it is the first p above X = (W - B)/A.
        """
        gain = self.work - self.bandwidth
        if gain < -TIE * self.work:
            return 2
        if self.latency == 0 or math.isinf(gain / self.latency):
            return None
        return max(2, math.floor(gain / self.latency * (1 + TIE)) + 1)

    def ratio_one(self) -> float | None:
        """Return the p at which R(p) = T_comm/(W/p) is exactly one, or None when it never is.

        The positive root of A p^2 + (B - A) p - (B + W) = 0, in the form that does not cancel.
        """
        linear = self.bandwidth - self.latency
        constant = self.bandwidth + self.work
        root = math.sqrt(linear * linear + 4 * self.latency * constant)
        if self.latency == self.bandwidth == 0:
            return None
        if linear >= 0:
            return 2 * constant / (linear + root)
        return (root - linear) / (2 * self.latency)
