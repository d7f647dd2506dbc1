"""Which roof a step meets first: arithmetic, memory or the network (book section 41.2.2).

Source: Williams, Waterman and Patterson 2009. Intensities count compulsory traffic, so they are
upper bounds of the true ones.
"""

import math
from dataclasses import dataclass
from typing import Literal

from capstone_report.units import Seconds

DOMINANT_RATIO = 1.25
"""By how much one time must exceed the other before a side is named."""

POOR_SHARE = 0.10
"""Below this share of both roofs it is the implementation that is slow, not the machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """The measured or declared roofs of one machine."""

    flop_per_s: float
    bytes_per_s: float

    @property
    def ridge(self) -> float:
        """Return the intensity at which both roofs meet, pi / beta, in FLOP per byte."""
        return self.flop_per_s / self.bytes_per_s

    def attainable(self, intensity: float) -> float:
        """Return P(I) = min(pi, beta I) in FLOP/s, for an intensity in FLOP per byte."""
        return min(self.flop_per_s, self.bytes_per_s * intensity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one step computes, moves from memory and sends, with the link it sends over."""

    flop: float
    memory_bytes: float
    network_bytes: float = 0
    network_bytes_per_s: float = math.inf
    message_latency_s: Seconds = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Roofline:
    """A step's three times on a machine at its roofs, and what they say."""

    intensity: float
    """In FLOP per byte."""
    ridge: float
    attainable_flop_per_s: float
    compute_s: Seconds
    memory_s: Seconds
    communication_s: Seconds

    @property
    def side(self) -> Literal["compute", "memory"]:
        """Return which local time is longer, however little: the book's test of I against pi/beta.

        At the ridge itself both roofs bind; compute is named.
        """
        return "compute" if self.compute_s >= self.memory_s else "memory"

    @property
    def margin(self) -> float:
        """Return the longer of the two local times over the shorter, at least 1."""
        short, long = sorted((self.compute_s, self.memory_s))
        return long / short if short else math.inf

    @property
    def verdict(self) -> Literal["compute", "memory", "balanced"]:
        """Return compute, memory, or balanced where neither exceeds the other by a quarter."""
        return self.side if self.margin >= DOMINANT_RATIO else "balanced"

    @property
    def communication_dominates(self) -> bool:
        """Tell whether alpha + Q_net / beta_net > W / pi: the book's test, with one worker's work.

        With p workers the work is W / p and the verdict can flip: laws.communication_exceeds_from.
        """
        return self.communication_s > self.compute_s


def place(step: Step, machine: Machine) -> Roofline:
    """Return where a step lies under the roofs of a machine.

    t_comp = W / pi, t_mem = Q / beta, t_net = alpha + Q_net / beta_net.
    """
    intensity = step.flop / step.memory_bytes if step.memory_bytes else math.inf
    return Roofline(
        intensity=intensity,
        ridge=machine.ridge,
        attainable_flop_per_s=machine.attainable(intensity),
        compute_s=step.flop / machine.flop_per_s,
        memory_s=step.memory_bytes / machine.bytes_per_s,
        communication_s=step.message_latency_s + step.network_bytes / step.network_bytes_per_s,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Achieved:
    """Which shares of the roofs a measured step reached."""

    compute_share: float
    bandwidth_share: float

    @property
    def is_inefficient(self) -> bool:
        """Tell whether both shares are so low that the implementation is at fault."""
        return max(self.compute_share, self.bandwidth_share) < POOR_SHARE


def achieved(step: Step, machine: Machine, *, measured_s: Seconds) -> Achieved:
    """Return the shares of both roofs that a step reached in its measured time."""
    return Achieved(
        compute_share=step.flop / measured_s / machine.flop_per_s,
        bandwidth_share=step.memory_bytes / measured_s / machine.bytes_per_s,
    )
