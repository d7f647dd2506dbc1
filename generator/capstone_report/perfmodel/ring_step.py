"""Closed forms for a step whose communication is that of a ring.

T_p = K + W/p + A (p - 1) + B (p - 1)/p, with K seconds that no worker shortens, W seconds of compute
on one machine, A seconds of latency per worker added and B seconds of bandwidth. The book's ring has A = alpha and B = 2 beta (book
section 41.4.5, with the bandwidth term that its sqrt(T_comp/alpha) leaves out).
"""

import math
from dataclasses import dataclass

from capstone_report.units import Seconds

# Two times that differ by less than this share are the same time, rounded differently.
TIE = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class RingStep:
    """The constants of the step, in seconds; the work is positive, the others not negative."""

    work: Seconds
    latency: Seconds
    bandwidth: Seconds
    constant: Seconds = 0.0

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

        The root of A p^2 + (B - A) p = B + W.
        """
        linear = self.bandwidth - self.latency
        return positive_root(self.latency, linear, self.bandwidth + self.work)

    def knee(self) -> int | None:
        """Return the p that maximises E S, so that minimises p T_p^2; None when every larger one does.

        With C = K + B - A its derivative is zero at the root of 3 A p^2 + C p = W - B. Without
        latency that is (W - B)/(K + B): 1/sigma - 1, for a share sigma that no worker shortens.
        """
        gain = self.work - self.bandwidth
        if gain <= 0:
            return 1
        root = positive_root(3 * self.latency, self._flat, gain)
        if root is None:
            return None
        below = max(1, math.floor(root))
        return min((below, below + 1), key=lambda p: math.sqrt(p) * self._step(p))

    def largest_at_efficiency(self, efficiency: float) -> int | None:
        """Return the largest p with T_1/(p T_p) at or above an efficiency; None when there is no end.

        With C = K + B - A it lies below the root of A p^2 + C p = (K + W)/E - (W - B). Domain:
        0 < efficiency <= 1.
        """
        most = (self.constant + self.work) / efficiency - (self.work - self.bandwidth)
        root = positive_root(self.latency, self._flat, most)
        return None if root is None else max(1, math.floor(root * (1 + TIE)))

    @property
    def _flat(self) -> Seconds:
        """Return C = K + B - A, the part of T_p that does not depend on p."""
        return self.constant + self.bandwidth - self.latency

    def _step(self, workers: float) -> Seconds:
        """Return T_p."""
        return self._flat + (self.work - self.bandwidth) / workers + self.latency * workers


def positive_root(square: float, linear: float, constant: float) -> float | None:
    """Return the positive x with a x^2 + b x = c, for a, c >= 0, or None when there is none.

    In the form that does not cancel.
    """
    if square == 0:
        return constant / linear if linear > 0 and math.isfinite(constant / linear) else None
    root = math.sqrt(linear * linear + 4 * square * constant)
    if linear >= 0:
        return 2 * constant / (linear + root)
    return (root - linear) / (2 * square)
