"""The laws of scaling, each one formula: Amdahl, Gustafson, Karp and Flatt, isoefficiency, USL.

A value that does not exist is None, never NaN.
"""

import math
from dataclasses import dataclass

from capstone_report.units import Seconds


def efficiency(workers: float, *, speedup: float) -> float:
    """Return E = S/p."""
    return speedup / workers


def relative_cost(workers: float, *, speedup: float) -> float:
    """Return what a result costs in worker-seconds relative to one worker: p T_p/T_1 = p/S."""
    return workers / speedup


def efficiency_from_ratio(ratio: float) -> float:
    """Return E = 1/(1 + R), for a step that is nothing but compute and communication.

    So "R reaches 1" and "efficiency falls to 50 %" are the same statement.
    """
    return 1 / (1 + ratio)


def amdahl_speedup(workers: float, *, serial_share: float) -> float:
    """Return S = 1/(s + (1-s)/p); s is the serial share of the run on one worker (Amdahl 1967)."""
    return 1 / (serial_share + (1 - serial_share) / workers)


def amdahl_limit(*, serial_share: float) -> float | None:
    """Return 1/s, what Amdahl's speedup approaches; None when nothing is serial."""
    return 1 / serial_share if serial_share > 0 else None


def gustafson_speedup(workers: float, *, serial_share: float) -> float:
    """Return the scaled speedup p - s(p-1); s is the serial share of the parallel run.

    Gustafson 1988. Weak scaling: it belongs in another chart than Amdahl's.
    """
    return workers - serial_share * (workers - 1)


def amdahl_share(workers: float, *, gustafson_share: float) -> float:
    """Return the serial share of the one-worker run that has this share of the run on p workers.

    s_A = s_G/(s_G + (1 - s_G) p).
    """
    return gustafson_share / (gustafson_share + (1 - gustafson_share) * workers)


def gustafson_share(workers: float, *, amdahl_share: float) -> float:
    """Return the serial share of the run on p workers that has this share of the one-worker run.

    s_G = s_A p/(s_A p + 1 - s_A).
    """
    return amdahl_share * workers / (amdahl_share * workers + 1 - amdahl_share)


def karp_flatt(workers: float, *, speedup: float) -> float | None:
    """Return the experimentally determined serial share e = (1/S - 1/p)/(1 - 1/p).

    Karp and Flatt 1990. None for one worker; negative for a super-linear speedup, which asks for a
    look at caches and baseline.
    """
    if workers == 1:
        return None
    return (1 / speedup - 1 / workers) / (1 - 1 / workers)


def karp_flatt_ring(workers: float, *, t_comp: Seconds, alpha: Seconds, beta: Seconds) -> float:
    """Return e(p) = (alpha p + 2 beta)/T_comp of the book's ring, a straight line.

    Its slope is the share of latency, its intercept that of bandwidth.
    """
    return (alpha * workers + 2 * beta) / t_comp


def isoefficiency_work_ring(
    workers: float, *, efficiency: float, alpha: Seconds, beta: Seconds
) -> Seconds | None:
    """Return the T_comp that p workers need to reach an efficiency with the book's ring.

    W = K T_o with K = E/(1 - E) and T_o = alpha p(p-1) + 2 beta (p-1) (Grama, Gupta and Kumar 1993):
    it grows with p squared. None for an efficiency of one, which no amount of work reaches.
    """
    if efficiency >= 1:
        return None
    overhead = alpha * workers * (workers - 1) + 2 * beta * (workers - 1)
    return efficiency / (1 - efficiency) * overhead


@dataclass(frozen=True, slots=True, kw_only=True)
class Usl:
    """The universal scalability law's constants (Gunther 2007)."""

    sigma: float
    """Contention: what has to be waited for, once for each other worker."""
    kappa: float
    """Coherency: what has to be agreed, once for each pair of workers."""
    gamma: float = 1.0
    """Throughput of one worker, in the unit of the throughput; 1 makes throughput speedup."""

    def throughput(self, workers: float) -> float:
        """Return X = gamma N/(1 + sigma (N-1) + kappa N (N-1))."""
        others = workers - 1
        return self.gamma * workers / (1 + self.sigma * others + self.kappa * workers * others)

    def peak(self) -> float | None:
        """Return N* = sqrt((1 - sigma)/kappa), at least 1; None when throughput never falls."""
        if self.sigma >= 1:
            return 1.0
        return max(1.0, math.sqrt((1 - self.sigma) / self.kappa)) if self.kappa > 0 else None


def usl_of_ring(*, t_comp: Seconds, alpha: Seconds, beta: Seconds) -> Usl:
    """Return the USL that the book's ring is: sigma = 2 beta/T_comp, kappa = alpha/T_comp.

    The two laws are one: T_p = T/p + alpha (p-1) + 2 beta (p-1)/p gives exactly this S(p), so a
    measured link and a fitted curve estimate the same two numbers.
    """
    return Usl(sigma=2 * beta / t_comp, kappa=alpha / t_comp)


@dataclass(frozen=True, slots=True, kw_only=True)
class RingConstants:
    """The book's two communication constants."""

    alpha: Seconds
    """Latency per neighbour, both passes together."""
    beta: Seconds
    """Time to move the model once."""


def ring_of_usl(usl: Usl, *, t_comp: Seconds) -> RingConstants:
    """Return the book's ring that a USL is: alpha = kappa T_comp, beta = sigma T_comp/2."""
    return RingConstants(alpha=usl.kappa * t_comp, beta=usl.sigma * t_comp / 2)


def speedup_without_overlap(workers: float, *, t_comp: Seconds, t_comm: Seconds) -> float:
    """Return S = T_comp/(T_comp/p + T_comm) for a communication that takes the same on any p > 1."""
    return t_comp / (t_comp / workers + t_comm) if workers > 1 else 1.0


def speedup_with_full_overlap(workers: float, *, t_comp: Seconds, t_comm: Seconds) -> float:
    """Return S = T_comp/max(T_comp/p, T_comm) for a communication that takes the same on any p > 1."""
    return t_comp / max(t_comp / workers, t_comm) if workers > 1 else 1.0


def communication_exceeds_from(*, t_comp: Seconds, t_comm: Seconds) -> int | None:
    """Return the first p >= 2 with T_comm > T_comp/p, or None when there is nothing to communicate.

    The test of book section 41.2.2, which is strict; R >= 1 of section 41.4.5 is in optima.
    """
    if t_comm == 0:
        return None
    # Rounding must not turn equality, as with 0.3 s over 0.1 s, into more.
    return max(2, math.floor(t_comp / t_comm * (1 + 1e-12)) + 1)
