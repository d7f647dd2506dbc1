"""The two-level all-reduce: a ring inside every node, and rings between the nodes."""

import math
from typing import Annotated, ClassVar

from pydantic import Field

from capstone_report.perfmodel.comm.model import CommModel, NonNegativeSeconds
from capstone_report.units import Seconds


class TwoLevel(CommModel):
    """Workers of one node reduce over fast links; each then carries its share between the nodes.

    alpha and beta are those of the link between nodes, one link for each worker of a node. Up to g
    workers share one node, and a node that is not full costs as much as a full one.
    """

    kind: ClassVar[str] = "two-level"
    title: ClassVar[str] = "two-level ring all-reduce"
    formula: ClassVar[str] = (
        r"2(g-1)\alpha_1 + \frac{2(g-1)}{g}\beta_1"
        r" + 2(N-1)\alpha + \frac{2(N-1)}{N}\frac{\beta}{g},\quad N = \left\lceil\frac{p}{g}\right\rceil"
    )
    source: ClassVar[str] = "two rings (Thakur, Rabenseifner and Gropp 2005), one inside the other"
    collective: ClassVar[tuple[str, ...]] = ("all-reduce",)
    assumes: ClassVar[str] = "a node that is not full costs as much as a full one"
    continuous: ClassVar[bool] = False

    workers_per_node: Annotated[int, Field(ge=1)] = 8
    """Workers (g) that share a node's fast links."""
    fast_alpha: NonNegativeSeconds | None = None
    """Latency of a message inside a node (alpha_1), in seconds; None is that between nodes."""
    bandwidth_ratio: Annotated[float, Field(gt=0)] = 1.0
    """How many times the bandwidth between nodes the links inside one have: beta / beta_1."""
    gamma: NonNegativeSeconds = 0.0
    """Seconds to reduce the whole message once."""

    def exchange(self, workers: float, *, alpha: Seconds, beta: Seconds) -> Seconds:
        """Return the ring inside a node and the ring of 1/g of the message between nodes, in seconds."""
        inside = min(workers, self.workers_per_node)
        return self._levels(inside, math.ceil(workers / inside), alpha=alpha, beta=beta)

    def per_worker_least(self, low: int, high: int, *, alpha: Seconds, beta: Seconds) -> Seconds:
        """Return what fractions of nodes would cost: less, without jumps, and lowest at an end.

        The first ring ends and the second begins at the workers of one full node: an end, too.
        """
        full = self.workers_per_node
        ends = [low, high, *([full] if low < full < high else [])]
        return min(self._fractional(end, alpha=alpha, beta=beta) / end for end in ends)

    def _fractional(self, workers: float, *, alpha: Seconds, beta: Seconds) -> Seconds:
        inside = min(workers, self.workers_per_node)
        return self._levels(inside, workers / inside, alpha=alpha, beta=beta)

    def _levels(self, inside: float, nodes: float, *, alpha: Seconds, beta: Seconds) -> Seconds:
        fast_alpha = alpha if self.fast_alpha is None else self.fast_alpha
        fast_beta = beta / self.bandwidth_ratio
        within = 2 * (inside - 1) * fast_alpha
        within += (inside - 1) / inside * (2 * fast_beta + self.gamma)
        between = 2 * (nodes - 1) * alpha
        between += (nodes - 1) / nodes * (2 * beta + self.gamma) / inside
        return within + between
