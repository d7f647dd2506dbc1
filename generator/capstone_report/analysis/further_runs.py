"""What it takes to settle what a fit leaves open: which runs, for how long, at which price."""

from collections.abc import Callable, Iterator, Sequence
from statistics import median

import numpy as np

from capstone_report.analysis.facts import CaseFacts, ScalingPoint
from capstone_report.analysis.fit_facts import FurtherRuns
from capstone_report.perfmodel.further_runs import Question, Settling, cheapest_settling
from capstone_report.perfmodel.model_choice import FARTHEST, Choice, Judged
from capstone_report.perfmodel.relative_fit import Launches
from capstone_report.spec.study import Study
from capstone_report.spec.vocabulary import BilledPer
from capstone_report.spec.workspace import Price
from capstone_report.units import Seconds

SECONDS_PER_HOUR = 3600


def further_runs(
    study: Study,
    choice: Choice,
    launches: Launches,
    points: Sequence[ScalingPoint],
    *,
    price: Price | None,
    reach: int,
) -> FurtherRuns | None:
    """Return the cheapest further runs, at no more than `reach` workers, that would settle p* or the law.

    None where none would.
    """
    p0, widest = study.baseline.workers, points[-1].case
    sizes = sorted({points[-2].case.workers, widest.workers, int(1.5 * widest.workers), reach})
    models = [judged.model for judged in choice.judged]
    for question, truth in _questions(choice):
        seconds = _wall_time(study, truth, widest)
        settling = cheapest_settling(
            question,
            truth,
            models,
            launches,
            ratios=[size / p0 for size in sizes if size <= reach],
            cost=lambda q, run_s=seconds: run_s(q) * _billed(study, p0 * q, widest.threads),  # type: ignore[misc] # bound now
        )
        if settling is not None:
            return _fact(
                study,
                question,
                truth,
                settling,
                run_s=seconds(settling.candidate.ratio),
                threads=widest.threads,
                price=price,
            )
    return None


def within_reach(widest: CaseFacts, cores: int | None) -> int:
    """Return the most workers that further runs may have: twice the measured, as far as the machine carries them.

    Further than twice, a law says nothing about what to expect.
    """
    most = int(widest.workers * FARTHEST)
    return most if cores is None else min(most, max(widest.workers, cores // widest.threads))


def _questions(choice: Choice) -> Iterator[tuple[Question, Judged]]:
    """Yield what is to be settled, and the law that is taken for true: the fastest size first.

    Where that is out of reach, the law alone, if it is open.
    """
    peaked = [one for one in choice.supported if _has_peak(one)]
    if peaked:
        yield Question.FASTEST, peaked[0]
    if choice.chosen is None:
        yield Question.LAW, choice.supported[0]


def _has_peak(judged: Judged) -> bool:
    """Tell whether a fitted law is slower beyond some number of workers."""
    fit = judged.fit
    return fit is not None and bool(np.isfinite(judged.model.peaks(np.array([fit.constants]))[0]))


def _wall_time(study: Study, truth: Judged, widest: CaseFacts) -> Callable[[float], Seconds]:
    """Return how long a run at a q lasts: as the law changes the process of the most workers.

    A program that is measured by its rate decides itself how long it lasts.
    """
    fit = truth.fit
    assert fit is not None  # noqa: S101 - only a fitted law is taken for true
    lasts = widest.wall_time.value if widest.wall_time else median(widest.times)
    if study.metrics[study.problem.headline_metric].is_rate:
        return lambda _: lasts
    there = fit.time(widest.workers / study.baseline.workers)
    return lambda q: lasts * fit.time(q) / there


def _billed(study: Study, workers: float, threads: int) -> float:
    """Return how many units a run pays for: all cores where no price is declared."""
    billed = study.cost.billed_per if study.cost else BilledPer.CORE
    units = {BilledPer.MACHINE: 1.0, BilledPer.WORKER: workers, BilledPer.CORE: workers * threads}
    return units[billed]


def _fact(
    study: Study,
    question: Question,
    truth: Judged,
    settling: Settling,
    *,
    run_s: Seconds,
    threads: int,
    price: Price | None,
) -> FurtherRuns:
    """Return the runs in workers, hours and USD."""
    p0, candidate = study.baseline.workers, settling.candidate
    workers = round(p0 * candidate.ratio)
    hours = candidate.runs * run_s / SECONDS_PER_HOUR
    paid = hours * _billed(study, workers, threads)
    factor = p0 if question is Question.FASTEST else 1
    return FurtherRuns(
        question=question,
        law=truth.law,
        workers=workers,
        runs=candidate.runs,
        hours=hours,
        usd=None if price is None else paid * price.usd_per_hour,
        share=settling.share,
        low=factor * settling.low,
        high=factor * settling.high,
    )
