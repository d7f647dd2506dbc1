"""What quality and its runs, and runs that spread unlike, put beside or against a claim."""

from collections.abc import Iterator, Sequence

from capstone_report.analysis.facts import CaseFacts, Claim, ScalingPoint, Verdict
from capstone_report.analysis.quality import compared, metric_with_role, speedup_of
from capstone_report.analysis.quality_facts import QualityComparison, SpeedupOf, UnlikeSpreads
from capstone_report.analysis.summaries import median_ratio_estimate
from capstone_report.findings import quality as rules
from capstone_report.findings.finding import Finding
from capstone_report.perfmodel.equivalence import Sameness
from capstone_report.perfmodel.same_shape import SIGNIFICANCE, spread_p_value
from capstone_report.spec.study import Study
from capstone_report.spec.vocabulary import Axis, MetricKind, MetricRole

TRAINED = {Axis.TRAINING, Axis.MODEL}
"""Axes on which more work in a second may take more work to a result."""


def worse_quality(
    where: str, study: Study, baseline: CaseFacts, case: CaseFacts
) -> Iterator[Finding]:
    """Refuse a case whose quality is shown to be worse than the baseline's beyond the margin."""
    for found in compared(study, baseline, case):
        interval = found.difference.interval
        if found.is_shown_worse and interval is not None:
            yield rules.WORSE_QUALITY(
                where,
                metric=found.metric,
                workers=found.workers,
                difference=abs(found.difference.value),
                low=interval.low,
                high=interval.high,
                margin=found.margin,
            )


def never_reached(where: str, study: Study, *cases: CaseFacts) -> Iterator[Finding]:
    """Refuse cases of which counted runs do not say when they reached their target."""
    steps = metric_with_role(study, MetricRole.STEPS_TO_TARGET)
    if steps is None:
        return
    for case in cases:
        never = case.runs - len(case.values.get(steps, ()))
        if never:
            yield rules.NEVER_REACHED(
                where, never=never, runs=case.runs, case=case.case_id, metric=steps
            )


def quality_caveats(
    where: str,
    study: Study,
    baseline: CaseFacts | None,
    measured: Sequence[CaseFacts],
    claim: Claim,
) -> Iterator[Finding]:
    """Yield what the qualities beside the claimed point leave open."""
    point = claim.point
    if baseline is None or point is None:
        return
    for name, metric in study.metrics.items():
        if metric.kind is MetricKind.QUALITY and metric.gate is None:
            yield from _elsewhere(where, name, (baseline, point.case), measured)
    for found in compared(study, baseline, point.case):
        if found.sameness is Sameness.NOT_SHOWN:
            yield rules.SAMENESS_NOT_SHOWN(
                where,
                metric=found.metric,
                workers=found.workers,
                margin=found.margin,
                seen=_seen(found),
            )
    counts_work = speedup_of(study) is SpeedupOf.THROUGHPUT and study.axis.name in TRAINED
    stepless = metric_with_role(study, MetricRole.STEPS_TO_TARGET) is None
    if counts_work and stepless and not claim.refusals:
        yield rules.THROUGHPUT_ONLY(where)


def _seen(found: QualityComparison) -> str:
    """Return what is known of a difference, in our own words."""
    interval = found.difference.interval
    if interval is None:
        return "there are fewer than three values on a side"
    return (
        f"the difference is {found.difference.value:.3g}, with an interval of "
        f"{interval.low:.3g} to {interval.high:.3g}"
    )


def _elsewhere(
    where: str, metric: str, cases: Sequence[CaseFacts], measured: Sequence[CaseFacts]
) -> Iterator[Finding]:
    """Yield a quality that only a part of the timed runs report, or only another benchmark's."""
    others = {c.benchmark for c in measured if c.values.get(metric)}
    for case in cases:
        known = len(case.values.get(metric, ()))
        from_others = sorted(others - {case.benchmark}) if known == 0 else []
        if 0 < known < case.runs or from_others:
            elsewhere = f"; runs of {', '.join(from_others)} report it" if from_others else ""
            yield rules.QUALITY_ELSEWHERE(
                where,
                metric=metric,
                known=known,
                runs=case.runs,
                case=case.case_id,
                elsewhere=elsewhere,
            )


def unlike_spreads(
    baseline: CaseFacts | None, points: Sequence[ScalingPoint]
) -> tuple[UnlikeSpreads, ...]:
    """Return the points whose runs are shown to spread unlike the baseline's, with the bootstrap.

    It is scaled as the speedup is, where the work grows with the workers.
    """
    found = []
    for point in points if baseline else ():
        case = point.case
        if baseline is None or case.case_id == baseline.case_id or not point.speedup.interval:
            continue
        p_value = spread_p_value(baseline.times, case.times)
        if p_value is not None and p_value < SIGNIFICANCE:
            bootstrap = median_ratio_estimate(baseline.times, case.times)
            found.append(
                UnlikeSpreads(
                    workers=case.workers,
                    p_value=p_value,
                    bootstrap=bootstrap.scaled(point.gained, "1"),
                )
            )
    return tuple(found)


def spread_caveats(where: str, found: Sequence[UnlikeSpreads], claim: Claim) -> Iterator[Finding]:
    """Yield, for the claimed point, that its interval takes unlike spreads for alike."""
    for fact in found:
        exact = claim.point.speedup.interval if claim.point else None
        if fact.workers != claim.workers or exact is None or claim.refusals:
            continue
        bounds = fact.bootstrap.interval
        bootstrap = f"{bounds.low:.3g} to {bounds.high:.3g}" if bounds else "no interval"
        yield rules.UNLIKE_SPREADS(
            where,
            workers=fact.workers,
            p=fact.p_value,
            bootstrap=bootstrap,
            exact=f"{exact.low:.3g} to {exact.high:.3g}",
        )
        if claim.verdict is not Verdict.UNDECIDED and bounds and bounds.low <= 1 <= bounds.high:
            yield rules.METHODS_DISAGREE(where, workers=fact.workers, bootstrap=bootstrap)
