"""Which further runs would settle what a fit leaves open, found by simulating studies that have them.

A simulated study follows the fitted law, with noise as large as that of the launches. So it says
what to expect if the law is right, and nothing about what will be found.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from capstone_report.perfmodel.fastest_size import CONSIDERABLE
from capstone_report.perfmodel.model_choice import FARTHEST, SUPPORTED, Judged, compared
from capstone_report.perfmodel.relative_fit import Launches, Sums, fitted_constants, sums_of
from capstone_report.perfmodel.scaling_bootstrap import SEED, fitted_times, percentiles
from capstone_report.perfmodel.scaling_models import Array, ScalingModel

STUDIES = 100
"""How many studies are simulated for each candidate: a share of 80 % is then known to 8 points."""
SETTLES = 0.8
"""The share of the simulated studies that must settle the question: the usual power of a test."""
RUNS = (5, 10, 20)
MOST_RUNS = RUNS[-1]


class Question(StrEnum):
    """What is to be settled."""

    FASTEST = "fastest"
    """Where the fastest number of workers lies."""
    LAW = "law"
    """Which law holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Further runs at one number of workers."""

    ratio: float
    """q = p/p0."""
    runs: int
    cost: float
    """Whatever is minimised; a sum over the runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settling:
    """Further runs that would settle a question, if the fitted law holds."""

    candidate: Candidate
    share: float
    """Of the simulated studies, how many are settled."""
    low: float
    """The interval to expect: of q* for the fastest size, of the law's last constant, relative to the
    time of one worker, for the law."""
    high: float


def cheapest_settling(
    question: Question,
    truth: Judged,
    models: Sequence[ScalingModel],
    launches: Launches,
    *,
    ratios: Sequence[float],
    cost: Callable[[float], float],
) -> Settling | None:
    """Return the cheapest runs, at one of some q, that would settle a question; None where none would.

    `truth` is the fitted law that is taken for true, `ratios` rise, `cost` is what one run at a q costs.
    """
    wanted = [
        Candidate(ratio=ratio, runs=runs, cost=runs * cost(ratio))
        for ratio in ratios
        for runs in RUNS
    ]
    widest = wanted[-1]  # the most runs at the most workers: what it leaves open, no other settles
    most = _settled(question, truth, models, launches, widest)
    if most is None:
        return None
    cheaper = sorted((one for one in wanted if one.cost < widest.cost), key=lambda one: one.cost)
    found = (_settled(question, truth, models, launches, candidate) for candidate in cheaper)
    return next((settling for settling in found if settling is not None), most)


def _settled(
    question: Question,
    truth: Judged,
    models: Sequence[ScalingModel],
    launches: Launches,
    candidate: Candidate,
) -> Settling | None:
    """Return what a candidate leads to, or None where it does not settle the question."""
    studies = _simulated(truth, launches, candidate)
    ends = {Question.FASTEST: _fastest, Question.LAW: _last_constant}[question](studies, truth)
    lead = CONSIDERABLE if question is Question.FASTEST else SUPPORTED
    share = _share_chosen(truth, models, studies, lead=lead) if ends else 0.0
    if ends is None or share < SETTLES:
        return None
    return Settling(candidate=candidate, share=share, low=ends[0], high=ends[1])


def noise(launches: Launches) -> float:
    """Return the standard deviation of the launches' log times within their numbers of workers."""
    logs = [np.log(np.array(times)) for times in launches.times]
    spare = sum(len(one) - 1 for one in logs)
    return float(np.sqrt(sum(((one - one.mean()) ** 2).sum() for one in logs) / spare))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Studies:
    """Simulated studies with further runs."""

    ratios: Array
    counts: Array
    sums: Sums


def _simulated(truth: Judged, launches: Launches, candidate: Candidate) -> _Studies:
    """Return studies that follow a law, with the launches that there are and further ones."""
    runs = {q: len(times) for q, times in zip(launches.ratios, launches.times, strict=True)}
    runs[candidate.ratio] = runs.get(candidate.ratio, 0) + candidate.runs
    ratios = np.array(sorted(runs))
    random, spread = np.random.default_rng(SEED), noise(launches)
    curve = fitted_times(truth, ratios)
    drawn = [
        time * np.exp(spread * random.standard_normal((STUDIES, runs[float(q)])))
        for q, time in zip(ratios, curve, strict=True)
    ]
    counts = np.array([float(runs[float(q)]) for q in ratios])
    return _Studies(ratios=ratios, counts=counts, sums=sums_of(drawn))


def _share_chosen(
    truth: Judged, models: Sequence[ScalingModel], studies: _Studies, *, lead: float
) -> float:
    """Return in which share of the studies the law that they follow is chosen, with a lead in AICc."""
    able = [model for model in models if len(studies.ratios) > model.coefficients]
    found = compared(able, studies.ratios, studies.sums, studies.counts)
    place = [model.law for model in able].index(truth.law)
    others = np.delete(found.deltas, place, axis=1).min(axis=1, initial=np.inf)
    return float(((found.weights[:, place] == 1) & (others >= lead)).mean())


def _fastest(studies: _Studies, truth: Judged) -> tuple[float, float] | None:
    """Return the interval to expect of q*, or None where it would not be identified."""
    peaks = truth.model.peaks(fitted_constants(truth.model, studies.ratios, studies.sums))
    low, high = percentiles(peaks)
    return (low, high) if high <= FARTHEST * studies.ratios[-1] else None


def _last_constant(studies: _Studies, truth: Judged) -> tuple[float, float]:
    """Return the interval to expect of a law's last constant over the time of one worker."""
    constants = fitted_constants(truth.model, studies.ratios, studies.sums)
    return percentiles(constants[:, -1] / np.maximum(constants[:, 0], np.finfo(float).tiny))
