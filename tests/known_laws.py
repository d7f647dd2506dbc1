"""Laws of scaling with known constants, and simulated studies of them, for the benchmarks of fits."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from capstone_report.perfmodel.relative_fit import Launches
from capstone_report.perfmodel.scaling_models import Law

NOISE = 0.02
RUNS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """A law with its constants, T_1 = 1 s."""

    law: Law
    shares: dict[str, float]
    time: Callable[[float], float]
    peak: float = math.inf


TRUTHS = (
    Truth(law=Law.IDEAL, shares={}, time=lambda p: 1 / p),
    Truth(law=Law.AMDAHL, shares={"sigma": 0.08}, time=lambda p: 1 / p + 0.08 * (p - 1) / p),
    Truth(
        law=Law.USL,
        shares={"sigma": 0.08, "kappa": 0.0008},
        time=lambda p: 1 / p + 0.08 * (p - 1) / p + 0.0008 * (p - 1),
        peak=math.sqrt(0.92 / 0.0008),
    ),
    Truth(
        law=Law.TREE,
        shares={"sigma": 0.05, "lambda": 0.012},
        time=lambda p: 1 / p + 0.05 * (p - 1) / p + 0.012 * math.log2(p),
        peak=0.95 * math.log(2) / 0.012,
    ),
)


def study(truth: Truth, workers: Sequence[float], random: np.random.Generator) -> Launches:
    """Return the launches of one simulated study."""
    times = [
        tuple(float(t) for t in truth.time(p) * np.exp(NOISE * random.standard_normal(RUNS)))
        for p in workers
    ]
    return Launches(ratios=tuple(map(float, workers)), times=tuple(times))
