"""Gossip: each worker averages with a few neighbours, for some rounds."""

import math
from typing import Annotated, ClassVar

from pydantic import Field

from capstone_report.perfmodel.comm.model import CommModel
from capstone_report.units import Seconds


class Gossip(CommModel):
    """Neighbours exchange whole messages; nobody has more of them than there are other workers.

    The number of rounds is held fixed, though more workers take more of them to agree.
    """

    kind: ClassVar[str] = "gossip"
    title: ClassVar[str] = "gossip averaging"
    formula: ClassVar[str] = r"r\,(\alpha + \min(d, p - 1)\,\beta)"
    source: ClassVar[str] = "Boyd, Ghosh, Prabhakar and Shah 2006; Lian et al. 2017"
    collective: ClassVar[tuple[str, ...]] = ("gossip",)
    assumes: ClassVar[str] = (
        "the number of rounds is held fixed, though more workers take more rounds to agree"
    )

    degree: Annotated[int, Field(ge=1)] = 2
    """To how many neighbours (d) a worker sends in a round; 2 is a ring."""
    rounds: Annotated[float, Field(gt=0)] = 1.0
    """Rounds (r) per step; `rounds_to_agree` says how many an agreement needs."""

    def exchange(self, workers: float, *, alpha: Seconds, beta: Seconds) -> Seconds:
        """Return r (alpha + min(d, p - 1) beta), in seconds."""
        return self.rounds * (alpha + min(self.degree, workers - 1) * beta)


def rounds_to_agree(*, epsilon: float, spectral_gap: float) -> float:
    """Return ln(1 / epsilon) / (1 - lambda_2), the rounds until disagreement shrinks to epsilon.

    lambda_2 is the second largest eigenvalue of the mixing matrix, 1 - lambda_2 its spectral gap.
    Domain: 0 < epsilon < 1, 0 < spectral_gap <= 1.
    """
    return math.log(1 / epsilon) / spectral_gap
