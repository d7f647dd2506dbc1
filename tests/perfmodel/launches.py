"""Launches of programs that follow a known law, with a known noise."""

from collections.abc import Callable, Sequence

import numpy as np

from capstone_report.perfmodel.relative_fit import Launches
from capstone_report.perfmodel.scaling_models import STRONG_MODELS, WEAK_MODELS, Law

MODELS = {model.law: model for model in (*STRONG_MODELS, *WEAK_MODELS)}
DOUBLED = (1, 2, 4, 8, 16, 32)
# The book's ring, section 41.4.5: T = 1 s, alpha = 0.8 ms, beta = 40 ms; so sigma = 2 beta/T.
BOOK_USL = (1.0, 0.08, 0.0008)


def ring(p: float) -> float:
    """Return the time of the book's ring."""
    return 1 / p + 0.0008 * (p - 1) + 0.08 * (p - 1) / p


def amdahl(p: float) -> float:
    """Return the time with a serial share of 8 %."""
    return 1 / p + 0.08 * (p - 1) / p


def launches(
    time: Callable[[float], float],
    workers: Sequence[float] = DOUBLED,
    *,
    runs: int = 5,
    noise: float = 0.0,
    seed: int = 0,
) -> Launches:
    """Return launches of a law; q is relative to the smallest number of workers."""
    random = np.random.default_rng(seed)
    return Launches(
        ratios=tuple(p / workers[0] for p in workers),
        times=tuple(
            tuple(float(time(p) * np.exp(noise * random.standard_normal())) for _ in range(runs))
            for p in workers
        ),
    )


def of_law(law: Law, constants: Sequence[float]) -> Callable[[float], float]:
    """Return the time of a law with these constants."""
    return lambda p: float(MODELS[law].times(np.array([constants]), np.array([p]))[0, 0])
