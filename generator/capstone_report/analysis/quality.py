"""Quality beside speed: whether it is the same, and how long a result of it takes (section 41.6).

Sources: equivalence by two one-sided tests (Schuirmann 1987); time to a target as the product of
statistical and throughput efficiency (Goyal et al. 2017; Pollux, Qiao et al. 2021).
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from capstone_report.analysis.estimates import LEVEL, Estimate, Interval, Method
from capstone_report.analysis.facts import CaseFacts, ScalingPoint
from capstone_report.analysis.quality_facts import (
    Arrival,
    QualityAnswers,
    QualityComparison,
    SpeedupOf,
    TimeToTarget,
)
from capstone_report.analysis.summaries import ratio_estimate
from capstone_report.perfmodel.censored import censored_median
from capstone_report.perfmodel.equivalence import Difference, difference, paired_difference
from capstone_report.perfmodel.mlperf import olympic_mean
from capstone_report.results.records import OF_THE_MACHINE, Outcome, Phase, RunRecord
from capstone_report.results.values import run_value
from capstone_report.spec.study import Study
from capstone_report.spec.vocabulary import Direction, MetricKind, MetricRole, Scaling
from capstone_report.units import Seconds, to_si


def metric_with_role(study: Study, role: MetricRole) -> str | None:
    """Return the name of the metric that has a role, or None."""
    return next((name for name, m in study.metrics.items() if m.role is role), None)


def quality_answers(
    study: Study,
    baseline: CaseFacts | None,
    points: Sequence[ScalingPoint],
    attempts: Sequence[RunRecord],
) -> QualityAnswers:
    """Return what the current runs say about quality; `attempts` are all of them, failed ones too."""
    label = speedup_of(study)
    if baseline is None:
        return QualityAnswers(speedup_of=label)
    beyond = [point.case for point in points if point.case.case_id != baseline.case_id]
    tried = _measurements(attempts)
    cases = (baseline, *beyond)
    return QualityAnswers(
        speedup_of=label,
        comparisons=tuple(c for case in beyond for c in compared(study, baseline, case)),
        arrivals=tuple(_arrival(study, case, tried[case.case_id]) for case in cases)
        if _arrives(study)
        else (),
        to_target=tuple(_times_to_target(study, baseline, beyond, tried)),
    )


def speedup_of(study: Study) -> SpeedupOf:
    """Return what the study's speedup compares the times of."""
    scaling = study.scaling_benchmark.scaling
    if study.metrics[study.problem.headline_metric].is_rate or scaling is Scaling.WEAK:
        return SpeedupOf.THROUGHPUT
    if metric_with_role(study, MetricRole.STEPS_TO_TARGET):
        return SpeedupOf.TARGET
    return SpeedupOf.WORK if scaling is Scaling.STRONG else SpeedupOf.THROUGHPUT


def compared(study: Study, baseline: CaseFacts, case: CaseFacts) -> Iterator[QualityComparison]:
    """Yield every quality of a case beside the baseline's, where both report it."""
    for name, metric in study.metrics.items():
        known, seen = baseline.values.get(name), case.values.get(name)
        if metric.kind is not MetricKind.QUALITY or not known or not seen:
            continue
        found = _difference(study, name, baseline, case)
        margin = metric.equivalent_within
        sign = 1 if metric.direction is Direction.LOWER else -1
        yield QualityComparison(
            metric=name,
            workers=case.workers,
            baseline=sum(known) / len(known),
            distributed=sum(seen) / len(seen),
            difference=_estimate(found, metric.unit, n=f"{len(known)} + {len(seen)}"),
            paired=found.paired,
            margin=margin,
            sameness=None if margin is None else found.judged(margin),
            worse=sign * found.estimate > 0,
        )


def _difference(study: Study, metric: str, baseline: CaseFacts, case: CaseFacts) -> Difference:
    """Return distributed minus baseline: in pairs where both sides had the same seeds."""
    sides = (baseline, case)
    seed = metric_with_role(study, MetricRole.SEED)
    seeds = [side.values.get(seed, ()) if seed else () for side in sides]
    values = [side.values[metric] for side in sides]
    once = all(len(set(s)) == len(s) == len(v) for s, v in zip(seeds, values, strict=True))
    if not once or set(seeds[0]) != set(seeds[1]):
        return difference(*values)
    ordered = [
        [value for _, value in sorted(zip(s, v, strict=True))]
        for s, v in zip(seeds, values, strict=True)
    ]
    return paired_difference(*ordered)


def _estimate(found: Difference, unit: str, *, n: str) -> Estimate:
    """Return a difference of means with its 95 % interval."""
    interval = found.bounds and Interval(
        low=found.bounds[0], high=found.bounds[1], method=Method.STUDENT
    )
    return Estimate(value=found.estimate, unit=unit, n=n, interval=interval or None)


def _measurements(attempts: Sequence[RunRecord]) -> defaultdict[str, list[RunRecord]]:
    """Return the measuring runs of each case that nobody stopped and no fault was put into."""
    found: defaultdict[str, list[RunRecord]] = defaultdict(list)
    for run in attempts:
        whole = run.outcome not in OF_THE_MACHINE and run.injected is None
        if run.phase is Phase.MEASUREMENT and whole:
            found[run.case_id].append(run)
    return found


def _arrives(study: Study) -> bool:
    """Tell whether a run has a target to reach, and a time that it takes."""
    gated = any(m.kind is MetricKind.QUALITY and m.gate for m in study.metrics.values())
    headline = study.metrics[study.problem.headline_metric]
    return not headline.is_rate and (
        gated or metric_with_role(study, MetricRole.STEPS_TO_TARGET) is not None
    )


def _arrival(study: Study, case: CaseFacts, runs: Sequence[RunRecord]) -> Arrival:
    """Return when the runs of a case reached the target."""
    times = [_arrived_s(study, run) for run in runs]
    found = censored_median(times, LEVEL)
    n = f"{found.reached} of {found.runs}"
    interval = found.bounds and Interval(
        low=found.bounds[0], high=found.bounds[1], method=Method.ORDER_STATISTICS
    )
    time = None
    if found.median is not None:
        time = Estimate(value=found.median, unit="s", n=n, interval=interval or None)
    return Arrival(
        case_id=case.case_id,
        runs=found.runs,
        reached=found.reached,
        time=time,
        olympic_s=olympic_mean(times),
    )


def _arrived_s(study: Study, run: RunRecord) -> Seconds | None:
    """Return how long a run took to its target; None where it failed, was stopped or fell short."""
    name = study.problem.headline_metric
    value = _value(study, run, name)
    if run.outcome is not Outcome.OK or value is None or value <= 0:
        return None
    steps = metric_with_role(study, MetricRole.STEPS_TO_TARGET)
    if steps and _value(study, run, steps) is None:
        return None
    for gated, metric in study.metrics.items():
        if metric.kind is MetricKind.QUALITY and metric.gate is not None:
            seen = _value(study, run, gated)
            if seen is None or not metric.gate.passes(seen):
                return None
    return to_si(value, study.metrics[name].unit)


def _value(study: Study, run: RunRecord, name: str) -> float | None:
    """Return a run's value of a declared metric in its unit, or None."""
    m = study.metrics[name]
    return run_value(run, name, unit=m.unit, kind=m.kind, scope=m.scope, direction=m.direction)


def _times_to_target(
    study: Study,
    baseline: CaseFacts,
    cases: Sequence[CaseFacts],
    tried: defaultdict[str, list[RunRecord]],
) -> Iterator[TimeToTarget]:
    """Yield S = S_throughput S_statistical for each case, where every run of both sides arrived.

    S_statistical = steps_1/steps_p; of times, S_throughput is the ratio of the times per step; of
    rates, that of the times per unit of work, which the steps then count.
    """
    steps = metric_with_role(study, MetricRole.STEPS_TO_TARGET)
    if steps is None:
        return
    rate = study.metrics[study.problem.headline_metric].is_rate
    reference = _stepping(study, steps, baseline, tried[baseline.case_id])
    for case in cases:
        seen = _stepping(study, steps, case, tried[case.case_id])
        if not reference or not seen:
            continue
        totals = [[t * s if rate else t for t, s in side] for side in (reference, seen)]
        each = [[t if rate else t / s for t, s in side] for side in (reference, seen)]
        counts = [[s for _, s in side] for side in (reference, seen)]
        speedup = ratio_estimate(*totals)
        yield TimeToTarget(
            workers=case.workers,
            statistical=ratio_estimate(*counts),
            throughput=ratio_estimate(*each),
            speedup=speedup,
            efficiency=speedup.scaled(study.baseline.workers / case.workers, "1"),
        )


def _stepping(
    study: Study, steps: str, case: CaseFacts, runs: Sequence[RunRecord]
) -> list[tuple[Seconds, float]]:
    """Return time and steps of every counted run of a case; nothing if one of all never arrived."""
    counted = [_value(study, run, steps) for run in runs if run.outcome is Outcome.OK]
    positive = [count for count in counted if count is not None and count > 0]
    cut_off = any(run.outcome in {Outcome.TIMEOUT, Outcome.HUNG} for run in runs)
    if cut_off or not len(positive) == len(counted) == len(case.times):
        return []
    return list(zip(case.times, positive, strict=True))
