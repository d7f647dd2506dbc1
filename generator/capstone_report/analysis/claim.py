"""The one claim (41.9): a speedup at a known efficiency, quality held, cost accounted for."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from capstone_report.analysis.claimed_rates import wrong_scopes
from capstone_report.analysis.estimates import Estimate, Interval
from capstone_report.analysis.facts import (
    CaseFacts,
    Claim,
    CorrectnessFact,
    ScalingPoint,
    TargetVerdict,
    Verdict,
)
from capstone_report.analysis.lost_time import shared_note
from capstone_report.analysis.quality_caveats import never_reached, worse_quality
from capstone_report.analysis.repetition import noise_factor
from capstone_report.findings import claims, diagnosing, measuring
from capstone_report.findings.finding import Finding, Severity
from capstone_report.perfmodel.intervals import MIN_RUNS_FOR_RATIO
from capstone_report.results.records import Outcome, Phase, RunRecord
from capstone_report.results.values import SHARED_SAMPLES, run_value
from capstone_report.spec.study import Study
from capstone_report.units import to_si


def make_claim(
    study: Study,
    study_id: str,
    *,
    baseline: CaseFacts | None,
    points: Sequence[ScalingPoint],
    correctness: Sequence[CorrectnessFact],
    counted: Sequence[RunRecord],
    attempts: Sequence[RunRecord],
    noise_floor: Estimate | None,
    unlike: Sequence[Finding] = (),
) -> Claim:
    """Return the claim at the declared worker count, or at the largest that the machine carries.

    `counted` are the runs of baseline and distributed cases that the numbers rest on, `attempts`
    all current ones, trials and failures included. `unlike` are the refusals of what is compared.
    """
    where = f"specs/{study_id}"
    gated = tuple(name for name, metric in study.metrics.items() if metric.gate is not None)
    beyond = _beyond(baseline, points)
    if baseline is None or not beyond:
        unmeasured = (_not_measured(study_id, study, baseline),)
        unusable = tuple(_unusable(where, study, counted))
        return _refused(Verdict.NOT_MEASURED, (*unusable, *unmeasured, *unlike), gated)
    point = claimed_point(study, baseline, points)
    if point is None:
        absent = (claims.NO_HEADLINE_POINT(where, workers=study.problem.target.workers),)
        return _refused(Verdict.REFUSED, (*absent, *unlike), gated)
    refusals = (
        *_unusable(where, study, counted),
        *_too_few_runs(where, baseline, point),
        *_censored(where, attempts, baseline, point),
        *_unreported(where, study, baseline, point),
        *_quality(where, study, baseline, point.case),
        *worse_quality(where, study, baseline, point.case),
        *never_reached(where, study, baseline, point.case),
        *_wrong_results(where, correctness, point),
        *_clocks(where, study, counted),
        *_wrong_scope(where, study, counted, baseline),
        *_oversubscription(where, point),
        *_within_noise(where, point, noise_floor),
        *_shared_samples(where, point, counted),
        *unlike,
    )
    interval = point.speedup.interval
    stands = interval is not None and not refusals
    return Claim(
        verdict=_verdict(interval) if interval and stands else Verdict.REFUSED,
        target=_target(study, interval) if interval and stands else TargetVerdict.NOT_JUDGED,
        workers=point.case.workers,
        point=point,
        refusals=refusals,
        quality=gated,
    )


def _not_measured(study_id: str, study: Study, baseline: CaseFacts | None) -> Finding:
    """Return the refusal where one side is missing, with how that side comes into the study."""
    measured_first = study.benchmark(study.baseline.benchmark)
    side = measured_first if baseline is None else study.scaling_benchmark
    elsewhere = (
        f"import it with `capstone import FILE --study {study_id} --mapping MAPPING`; a report shows "
        "one folder of records, so bring both sides from one file, each with rows in its mapping"
    )
    return measuring.NOT_MEASURED(
        f"specs/{study_id}",
        missing="the baseline has" if baseline is None else "the distributed version has",
        remedy=elsewhere if side.external else f"run `capstone run {study_id}`",
    )


def beside_the_claim(
    where: str,
    study: Study,
    points: Sequence[ScalingPoint],
    correctness: Sequence[CorrectnessFact],
    claim: Claim,
    *,
    baseline: CaseFacts | None,
) -> Iterator[Finding]:
    """Yield, as warnings, what would refuse a claim at the worker counts that none is made at."""
    for point in points:
        if point is not claim.point and baseline is not None:
            found = against_point(where, study, point, correctness, baseline=baseline)
            yield from (replace(finding, severity=Severity.WARNING) for finding in found)


def against_point(
    where: str,
    study: Study,
    point: ScalingPoint,
    correctness: Sequence[CorrectnessFact],
    *,
    baseline: CaseFacts,
) -> tuple[Finding, ...]:
    """Return why the result of a worker count is not the baseline's: its gates, quality and values."""
    return (
        *_quality(where, study, point.case),
        *worse_quality(where, study, baseline, point.case),
        *never_reached(where, study, point.case),
        *_wrong_results(where, correctness, point),
    )


def _refused(verdict: Verdict, why: tuple[Finding, ...], gated: tuple[str, ...]) -> Claim:
    """Return a claim without a measured point."""
    return Claim(
        verdict=verdict,
        target=TargetVerdict.NOT_JUDGED,
        workers=None,
        point=None,
        refusals=why,
        quality=gated,
    )


def _beyond(baseline: CaseFacts | None, points: Sequence[ScalingPoint]) -> list[ScalingPoint]:
    """Return the points that are not the baseline itself; none without a baseline."""
    return [p for p in points if baseline and p.case.case_id != baseline.case_id]


def claimed_point(
    study: Study, baseline: CaseFacts | None, measured: Sequence[ScalingPoint]
) -> ScalingPoint | None:
    """Return the target's point; without a named count, the largest that the machine carries."""
    points = _beyond(baseline, measured)
    wanted = study.problem.target.workers
    if wanted is not None:
        return next((point for point in points if point.case.workers == wanted), None)
    carried = [point for point in points if not point.oversubscribed]
    return next(reversed(carried or points), None)


def _verdict(interval: Interval) -> Verdict:
    """Return what a speedup's interval says: above 1, below 1, or neither."""
    if interval.low > 1:
        return Verdict.FASTER
    return Verdict.SLOWER if interval.high < 1 else Verdict.UNDECIDED


def _target(study: Study, interval: Interval) -> TargetVerdict:
    """Return what a speedup's interval says about the declared target."""
    target = study.problem.target.speedup
    if interval.low >= target:
        return TargetVerdict.MET
    return TargetVerdict.MISSED if interval.high < target else TargetVerdict.UNDECIDED


def _too_few_runs(where: str, baseline: CaseFacts, point: ScalingPoint) -> Iterator[Finding]:
    """Refuse a ratio that rests on too few runs."""
    for case in (baseline, point.case):
        if len(case.times) < MIN_RUNS_FOR_RATIO:
            yield claims.TOO_FEW_RUNS(where, case=case.case_id, runs=len(case.times))


def _unusable(where: str, study: Study, counted: Sequence[RunRecord]) -> Iterator[Finding]:
    """Refuse when runs that ended well have no positive headline value."""
    name = study.problem.headline_metric
    metric = study.metrics[name]
    lacking: Counter[str] = Counter()
    for run in counted:
        value = run_value(run, name, unit=metric.unit, kind=metric.kind, scope=metric.scope)
        lacking[run.case_id] += value is None or value <= 0
    for case_id, runs in sorted(lacking.items()):
        if runs:
            yield claims.UNUSABLE_RUNS(where, case=case_id, runs=runs, metric=name)


def _censored(
    where: str, attempts: Sequence[RunRecord], baseline: CaseFacts, point: ScalingPoint
) -> Iterator[Finding]:
    """Refuse when runs of either side hit their limit, or more of them failed than counted."""
    for case in (baseline, point.case):
        tried = [r for r in attempts if r.case_id == case.case_id and r.phase is Phase.MEASUREMENT]
        timeouts = sum(run.outcome is Outcome.TIMEOUT for run in tried)
        failed = sum(run.outcome in {Outcome.FAILED, Outcome.INCOMPLETE} for run in tried)
        if timeouts or failed > case.runs:
            yield claims.CENSORED(
                where, case=case.case_id, timeouts=timeouts, failed=failed, runs=case.runs
            )


def _unreported(
    where: str, study: Study, baseline: CaseFacts, point: ScalingPoint
) -> Iterator[Finding]:
    """Refuse when a run of either side lacks a gated or a compared metric."""
    gated = [name for name, metric in study.metrics.items() if metric.gate is not None]
    compared = study.baseline.correctness.metrics if study.baseline.correctness else ()
    for name in dict.fromkeys((*gated, *compared)):
        for case in (baseline, point.case):
            if len(case.values.get(name, ())) < case.runs:
                yield claims.NOT_REPORTED(where, metric=name, case=case.case_id)


def _quality(where: str, study: Study, *cases: CaseFacts) -> Iterator[Finding]:
    """Refuse when a counted run of a case missed a gate."""
    for name, metric in study.metrics.items():
        for case in cases:
            seen = case.metrics.get(name)
            if metric.gate is None or seen is None:
                continue
            extremes = [v for v in (seen.lowest, seen.highest) if v is not None]
            failed = [value for value in extremes if not metric.gate.passes(value)]
            if failed:
                bounds = metric.gate.model_dump(exclude_none=True).items()
                gate = ", ".join(f"{key.replace('_', ' ')} {value:g}" for key, value in bounds)
                yield claims.QUALITY_MISSED(
                    where, metric=name, case=case.case_id, worst=failed[0], gate=gate
                )


def _wrong_results(
    where: str, correctness: Sequence[CorrectnessFact], point: ScalingPoint
) -> Iterator[Finding]:
    """Refuse when the distributed version computes something else than the baseline."""
    for fact in correctness:
        if fact.workers == point.case.workers and not fact.holds:
            yield claims.WRONG_RESULT(
                where,
                metric=fact.metric,
                workers=fact.workers,
                difference=fact.difference,
                allowed=fact.allowed,
            )


def _clocks(where: str, study: Study, counted: Sequence[RunRecord]) -> Iterator[Finding]:
    """Refuse when a program reported no time, or more than its process lasted."""
    name = study.problem.headline_metric
    if study.metrics[name].is_rate:
        return
    for run in counted:
        reported = max((s.value for s in run.samples if s.metric == name), default=0.0)
        seconds = to_si(reported, study.metrics[name].unit)
        if seconds <= 0:
            yield measuring.IMPOSSIBLE_TIME(where, run_id=run.run_id, reported=seconds, metric=name)
        elif run.imported is None and seconds > run.wall_time_s:
            yield measuring.SELF_REPORT_TOO_LONG(
                where, run_id=run.run_id, reported=seconds, metric=name, wall=run.wall_time_s
            )


def _wrong_scope(
    where: str, study: Study, counted: Sequence[RunRecord], baseline: CaseFacts
) -> Iterator[Finding]:
    """Refuse a headline rate that is one worker's and declared the job's, or the other way round."""
    for name, finding in wrong_scopes(where, study, counted, baseline.case_id):
        if name == study.problem.headline_metric:
            yield finding


def _oversubscription(where: str, point: ScalingPoint) -> Iterator[Finding]:
    """Refuse when workers shared cores or GPUs."""
    if point.oversubscribed:
        yield claims.OVERSUBSCRIBED(where, case=point.case.case_id, lacking=point.case.lacking)


def _within_noise(where: str, point: ScalingPoint, floor: Estimate | None) -> Iterator[Finding]:
    """Refuse a speedup whose bound nearer to 1 is within what equal things differ by."""
    seen, noise = point.speedup.interval, noise_factor(floor)
    if seen is None or noise is None or _verdict(seen) is Verdict.UNDECIDED:
        return
    if seen.low <= noise and seen.high >= 1 / noise:
        yield measuring.WITHIN_NOISE(
            where, workers=point.case.workers, low=seen.low, high=seen.high, noise=noise
        )


def _shared_samples(
    where: str, point: ScalingPoint, counted: Sequence[RunRecord]
) -> Iterator[Finding]:
    """Refuse when workers trained on samples that others trained on, too."""
    runs = [run for run in counted if run.case_id == point.case.case_id]
    sharing = [r for r in runs if any(s.metric == SHARED_SAMPLES and s.value for s in r.samples)]
    if sharing:
        yield diagnosing.SHARED_SAMPLES(
            where,
            runs=len(sharing),
            total=len(runs),
            case=point.case.case_id,
            note=shared_note(sharing[0]),
        )
