"""Why P workers are not P times as fast: what each ablation gives back, and what is left; pure."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from statistics import fmean, median

from capstone_report.ablations import Subject
from capstone_report.analysis.bottlenecks import Bounded, Cause, LostPart, LostTime
from capstone_report.analysis.limits import Done, ablation_facts, runs_of, times_s
from capstone_report.perfmodel.intervals import hodges_lehmann_ratio, median_interval
from capstone_report.plan import LEVEL
from capstone_report.results.records import RunRecord
from capstone_report.results.values import SHARED_SAMPLES, steady_samples
from capstone_report.spec.study import Study
from capstone_report.spec.vocabulary import Removes
from capstone_report.units import Seconds, to_si

CAUSES = {
    Removes.COMMUNICATION: Cause.COMMUNICATION,
    Removes.IO: Cause.IO,
    Removes.CONTENTION: Cause.CONTENTION,
    Removes.SMALL_BATCH: Cause.SMALL_BATCH,
}


def lost_time(study: Study, baseline: Subject, scaled: Subject, done: Done) -> LostTime | None:
    """Return where T_p - T_p0 p0 / p goes, or None while runs of either side are missing.

    Loading that shrinks with the workers is no loss, so of it only what exceeds the baseline's
    share counts. Imbalance is the slowest worker's time over the mean (Hoefler and Belli 2015,
    rule 10); what no cause explains is the rest: serial work, start-up of steps, interaction.
    """
    runs = runs_of(scaled.whole, done)
    times, before = times_s(study, runs), times_s(study, runs_of(baseline.whole, done))
    if not times or not before:
        return None
    workers = scaled.whole.allocation.workers
    share_of_work = study.baseline.workers / workers
    time_s, ideal_s = median(times), median(before) * share_of_work
    lost = _lost(times, before, share_of_work)
    parts = [
        *_ablated(study, baseline, scaled, done, time_s=time_s, ideal_s=ideal_s),
        *_imbalanced(study, scaled, done),
    ]
    shared = max((_shared(run) for run in runs), key=lambda said: said[0] or 0.0)
    return LostTime(
        case_id=scaled.whole.id,
        workers=workers,
        runs=len(times),
        time_s=time_s,
        baseline_s=median(before),
        ideal_s=ideal_s,
        lost=lost,
        parts=_with_rest(parts, lost),
        unmeasured=tuple(
            cause for cause in Cause if cause not in {part[0] for part in parts} | {Cause.REST}
        ),
        shared_share=shared[0],
        shared_note=shared[1],
        link=_link(scaled, runs[-1]),
    )


Part = tuple[Cause, str, Bounded]
"""A cause, its evidence and the seconds that it takes."""


def _ablated(
    study: Study,
    baseline: Subject,
    scaled: Subject,
    done: Done,
    *,
    time_s: Seconds,
    ideal_s: Seconds,
) -> Iterator[Part]:
    """Yield what each ablation gives back at P workers, in seconds."""
    alone = {fact.name: fact for fact in ablation_facts(study, baseline, done)}
    for fact in ablation_facts(study, scaled, done):
        lost = fact.share * time_s
        if fact.name in alone:
            lost += alone[fact.name].share * -ideal_s
        yield CAUSES[fact.removes], fact.name, lost


def _imbalanced(study: Study, scaled: Subject, done: Done) -> Iterator[Part]:
    """Yield how much longer the slowest worker computes than the mean of all."""
    metric, runs = study.diagnosis.busy_metric, runs_of(scaled.whole, done)
    evidence = metric or ""
    if metric is None:
        metric = study.problem.headline_metric
        alone = [(a.name, c) for a, c in scaled.ablated if a.removes is Removes.COMMUNICATION]
        evidence, runs = next(((name, runs_of(case, done)) for name, case in alone), ("", ()))
    excess = [value for run in runs for value in _excess_s(run, metric)]
    if excess:
        low, high = median_interval(excess, LEVEL) or (None, None)
        yield Cause.IMBALANCE, evidence, Bounded(value=median(excess), low=low, high=high)


def _excess_s(run: RunRecord, metric: str) -> list[Seconds]:
    """Return max over ranks - mean over ranks, the median over a run's steps; [] for one rank."""
    by_step: defaultdict[int | None, dict[int, Seconds]] = defaultdict(dict)
    for sample in steady_samples(run, metric):
        by_step[sample.step][sample.rank] = to_si(sample.value, sample.unit)
    found = [
        max(ranks.values()) - fmean(ranks.values()) for ranks in by_step.values() if len(ranks) > 1
    ]
    return [median(found)] if found else []


def _lost(times: Sequence[Seconds], before: Sequence[Seconds], share_of_work: float) -> Bounded:
    """Return T_p - T_p0 p0 / p; its interval is that of the Hodges-Lehmann ratio T_p / T_p0."""
    ratio, baseline_s = hodges_lehmann_ratio(times, before, LEVEL), median(before)
    low, high = (
        None if end is None else baseline_s * (end - share_of_work)
        for end in (ratio.low, ratio.high)
    )
    return Bounded(value=median(times) - baseline_s * share_of_work, low=low, high=high)


def _with_rest(parts: Sequence[Part], all_lost: Bounded) -> tuple[LostPart, ...]:
    """Return the parts as shares of what is lost, the largest first, and what they leave."""
    if all_lost.value <= 0:
        return ()
    ordered = sorted(parts, key=lambda part: -part[2].value)
    rest = all_lost
    for _, _, lost in ordered:
        rest += lost * -1
    return tuple(
        LostPart(cause=cause, evidence=evidence, lost=lost, share=lost * (1 / all_lost.value))
        for cause, evidence, lost in (*ordered, (Cause.REST, "", rest))
    )


def _shared(run: RunRecord) -> tuple[float | None, str]:
    """Return which part of an epoch's samples several workers trained on, and the words for it."""
    shares = [sample.value for sample in run.samples if sample.metric == SHARED_SAMPLES]
    if not shares:
        return None, ""
    return max(shares), shared_note(run) if max(shares) else ""


def shared_note(run: RunRecord) -> str:
    """Return what a run's record says about samples that several workers trained on."""
    return next(note for note in run.notes if "trained on the same samples" in note)


def _link(scaled: Subject, run: RunRecord) -> str:
    """Say what the workers of a run talked through: all of them ran on this machine."""
    if scaled.whole.device == "cuda":
        names = ", ".join(sorted(set(run.environment.gpus)))
        return f"GPUs of one machine ({names}): its bus or its GPU links"
    sockets = (
        "more workers than cores"
        if scaled.whole.cores > run.environment.cores
        else "one core or more each"
    )
    return f"the memory of one machine, {sockets}; no network"
