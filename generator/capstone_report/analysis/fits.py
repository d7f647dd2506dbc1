"""Points in, fitted laws out: what they say together, how well that is known, and what is refused."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from capstone_report.analysis.estimates import Estimate, Interval, Method
from capstone_report.analysis.facts import CaseFacts, ScalingPoint
from capstone_report.analysis.fit_facts import LawFact, LeftOut, Refusal, ScalingFit
from capstone_report.analysis.fitted_points import law_times, predicted_time
from capstone_report.analysis.further_runs import further_runs, within_reach
from capstone_report.analysis.outlook import outlook
from capstone_report.perfmodel.intervals import MIN_RUNS_FOR_RATIO
from capstone_report.perfmodel.model_choice import Choice, Judged, beside, choose
from capstone_report.perfmodel.relative_fit import Launches, fitted_constants
from capstone_report.perfmodel.scaling_bootstrap import Resampled, curves, percentiles, resampled
from capstone_report.perfmodel.scaling_models import (
    STRONG_MODELS,
    WEAK_MODELS,
    Law,
    ScalingModel,
    link_model,
    link_offset_model,
)
from capstone_report.perfmodel.step import StepModel
from capstone_report.spec.study import Study
from capstone_report.spec.vocabulary import Scaling
from capstone_report.spec.workspace import Price

WORKER_COUNTS_FOR_A_MODEL = 4
STEP_TIME = "step_time"
SYMBOLS = {
    Law.IDEAL: ("T1",),
    Law.AMDAHL: ("T1", "sigma"),
    Law.USL: ("T1", "sigma", "kappa"),
    Law.TREE: ("T1", "sigma", "lambda"),
    Law.LINK: ("T1",),
    Law.GUSTAFSON: ("T1",),
    Law.WEAK_TREE: ("T1", "lambda"),
    Law.WEAK_RING: ("T1", "sigma", "kappa"),
}


def scaling_fit(
    study: Study,
    points: Sequence[ScalingPoint],
    baseline: CaseFacts | None,
    *,
    kept: Sequence[ScalingPoint],
    left_out: Sequence[LeftOut],
    model: StepModel | None,
    price: Price | None,
    cores: int | None,
) -> ScalingFit | None:
    """Return the laws that the measured points allow; None with fewer than four worker counts.

    `kept` are the sound ones of the points, and the only ones that a fit sees. `model` is the declared or calibrated step, whose shape stands beside the laws. `cores` are those of
    the machine where all workers share one, so that no runs are proposed that it does not carry.
    """
    if len({point.case.workers for point in points}) < WORKER_COUNTS_FOR_A_MODEL or not baseline:
        return None
    refusal, why = _refusal(study, kept)
    p0, grows = study.baseline.workers, study.scaling_benchmark.scaling is Scaling.WEAK
    bare = ScalingFit(
        p0=p0,
        grows=grows,
        workers=tuple(point.case.workers for point in kept),
        runs=sum(point.case.runs for point in kept),
        left_out=tuple(left_out),
        refusal=refusal,
        why=why,
    )
    if refusal is not None:
        return bare
    launches = Launches(
        ratios=tuple(point.case.workers / p0 for point in kept),
        times=tuple(law_times(study, point.case) for point in kept),
    )
    models = WEAK_MODELS if grows else STRONG_MODELS
    choice = choose(models, launches)
    own = any(point.case.case_id == baseline.case_id for point in kept)
    drawn = resampled(launches, None if own else law_times(study, baseline))
    given = [beside(choice, _link(study, model), launches)] if model else []
    laws = tuple(_law_fact(one, drawn, str(launches.rows)) for one in (*choice.judged, *given))
    supported = tuple(one.law for one in choice.supported)
    judged_only = replace(bare, laws=laws, chosen=choice.chosen, supported=supported)
    if not choice.supported:
        return replace(judged_only, refusal=Refusal.NO_LAW, why=_doubts(choice))
    ahead = outlook(curves(choice, drawn), kept, p0=p0, grows=grows)
    asked = choice.chosen is None or bool(ahead.fastest and ahead.fastest.doubt)
    reach, further = within_reach(kept[-1].case, cores), None
    if asked:
        further = further_runs(study, choice, launches, kept, price=price, reach=reach)
    return replace(judged_only, outlook=ahead, asked=asked, reach=reach, further=further)


def _doubts(choice: Choice) -> str:
    """Return what speaks against the laws, law by law."""
    return ", ".join(f"{one.law}: {one.doubt}" for one in choice.judged)


def _refusal(study: Study, kept: Sequence[ScalingPoint]) -> tuple[Refusal | None, str]:
    """Return why no curve is offered, and about what."""
    workers = [point.case.workers for point in kept]
    if len(workers) < WORKER_COUNTS_FOR_A_MODEL:
        return Refusal.FEW_COUNTS, _listed(workers)
    if study.baseline.workers not in workers or min(workers) < study.baseline.workers:
        return Refusal.NO_REFERENCE, str(study.baseline.workers)
    few = [p.case.workers for p in kept if p.case.runs < MIN_RUNS_FOR_RATIO]
    return (Refusal.FEW_RUNS, _listed(few)) if few else (None, "")


def _listed(workers: Sequence[int]) -> str:
    """Return numbers of workers as a sentence holds them."""
    return ", ".join(map(str, workers)) or "none"


def _link(study: Study, model: StepModel) -> ScalingModel:
    """Return the law of the link: its seconds beside T_1/p where a step is measured, or its shape."""
    p0 = study.baseline.workers
    alone = p0 == 1 and study.scaling_benchmark.scaling is Scaling.STRONG
    if alone and study.problem.headline_metric == STEP_TIME:
        return link_offset_model(lambda p: model.step_seconds(p) - model.one_worker / p)
    first = predicted_time(study, model, p0)
    return link_model(lambda q: predicted_time(study, model, p0 * q) / first)


def _law_fact(judged: Judged, drawn: Resampled, runs: str) -> LawFact:
    """Return one law with its constants, each with its joint bootstrap interval."""
    fit = judged.fit
    assert fit is not None  # noqa: S101 - four worker counts are more than any law has constants
    draws = fitted_constants(judged.model, drawn.ratios, drawn.sums)
    named = []
    for place, symbol in enumerate(SYMBOLS[judged.law]):
        values, value, unit = draws[:, place], fit.constants[place], "s"
        if place:
            first = np.maximum(draws[:, 0], np.finfo(float).tiny)
            values, value, unit = values / first, value / max(fit.constants[0], math.ulp(0)), "1"
        low, high = percentiles(values)
        interval = Interval(low=low, high=high, method=Method.JOINT_BOOTSTRAP)
        named.append((symbol, Estimate(value=value, unit=unit, n=runs, interval=interval)))
    return LawFact(
        law=judged.law,
        constants=tuple(named),
        squares=fit.squares,
        delta=judged.delta,
        left_out=fit.left_out,
        doubt=judged.doubt,
        weight=judged.weight,
    )
