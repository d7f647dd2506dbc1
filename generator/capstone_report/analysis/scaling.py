"""The scaling points: each worker count beside the baseline, and beside one worker."""

from collections.abc import Sequence

from capstone_report.analysis.estimates import Estimate
from capstone_report.analysis.facts import CaseFacts, CorrectnessFact, ScalingPoint
from capstone_report.analysis.summaries import ratio_estimate
from capstone_report.spec.study import Correctness, Study
from capstone_report.spec.vocabulary import Scaling


def scaling_points(
    baseline: CaseFacts,
    one_worker: CaseFacts | None,
    cases: Sequence[CaseFacts],
    *,
    p0: int = 1,
    grows: bool = False,
) -> tuple[ScalingPoint, ...]:
    """Return one point per measured case of the scaling benchmark, by rising worker count.

    p0 is the number of workers that the baseline has: 1, unless fewer than p0 cannot run it, or
    nobody measured them. `grows` says that the times are those of work that grows with the
    workers, p/p0 times the baseline's: weak scaling (Gustafson 1988).
    """
    ordered = sorted(cases, key=lambda case: case.workers)
    return tuple(_point(baseline, one_worker, case, p0=p0, grows=grows) for case in ordered)


def work_grows(study: Study) -> bool:
    """Tell whether the times of the scaling benchmark are those of work that grows with the workers.

    Rates hold the work in themselves.
    """
    headline = study.metrics[study.problem.headline_metric]
    return study.scaling_benchmark.scaling is Scaling.WEAK and not headline.is_rate


def _point(
    baseline: CaseFacts,
    one_worker: CaseFacts | None,
    case: CaseFacts,
    *,
    p0: int,
    grows: bool,
) -> ScalingPoint:
    """Return one worker count's ratios, with the intervals divided alike.

    S = T_p0/T_p and E = S p0/p; with a baseline on one machine p0 is 1. Where the work grows,
    S = T_p0/T_p p/p0 and E = T_p0/T_p; for rates, S = R_p/R_p0 and E = S p0/p.
    """
    gained = case.workers / p0 if grows else 1
    speedup = ratio_estimate(baseline.times, case.times).scaled(gained, "1")
    beside = _over_one_worker(one_worker, case, grows=grows)
    return ScalingPoint(
        case=case,
        speedup=speedup,
        efficiency=speedup.scaled(p0 / case.workers, "1"),
        one_worker_speedup=beside,
        one_worker_efficiency=beside.scaled(1 / case.workers, "1") if beside else None,
        cost_ratio=_cost_ratio(baseline, case, gained=gained),
        gained=gained,
    )


def _over_one_worker(
    one_worker: CaseFacts | None, case: CaseFacts, *, grows: bool
) -> Estimate | None:
    """Return the speedup over one worker of the same program, where that was measured."""
    if one_worker is None:
        return None
    return ratio_estimate(one_worker.times, case.times).scaled(case.workers if grows else 1, "1")


def _cost_ratio(baseline: CaseFacts, case: CaseFacts, *, gained: float) -> Estimate | None:
    """Return cost per result relative to the baseline: the billed time ratio times the units.

    `gained` is how much more work the case does.
    """
    if not (baseline.cost and case.cost) or baseline.cost.value == 0:
        return None
    units = (case.cost.value / case.time.value) / (baseline.cost.value / baseline.time.value)
    return ratio_estimate(case.times, baseline.times).scaled(units / gained, "1")


def correctness_facts(
    declared: Correctness | None, baseline: CaseFacts | None, cases: Sequence[CaseFacts]
) -> tuple[CorrectnessFact, ...]:
    """Compare every run of every case with the baseline's median value, metric by metric.

    The largest difference over the runs counts: |b - d| <= atol + rtol |b|.
    """
    if declared is None or baseline is None:
        return ()
    return tuple(
        _compare(declared, metric, baseline.metrics[metric], case)
        for case in cases
        for metric in declared.metrics
        if metric in baseline.metrics and metric in case.metrics
    )


def _compare(
    declared: Correctness, metric: str, baseline: Estimate, case: CaseFacts
) -> CorrectnessFact:
    """Return one comparison, with the run that is furthest away."""
    seen = case.metrics[metric]
    extremes = [value for value in (seen.lowest, seen.highest) if value is not None]
    furthest = max(extremes, key=lambda value: abs(value - baseline.value))
    return CorrectnessFact(
        metric=metric,
        workers=case.workers,
        baseline=baseline.value,
        distributed=furthest,
        difference=abs(furthest - baseline.value),
        allowed=declared.atol + declared.rtol * abs(baseline.value),
    )
