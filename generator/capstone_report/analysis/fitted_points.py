"""Which points are sound, so that fits and advice may see them, and the times that a law is about."""

from collections.abc import Sequence

from capstone_report.analysis.facts import CaseFacts, CorrectnessFact, ScalingPoint
from capstone_report.analysis.fit_facts import LeftOut
from capstone_report.analysis.quality_caveats import never_reached, worse_quality
from capstone_report.perfmodel.step import StepModel
from capstone_report.results.records import RunRecord
from capstone_report.results.values import SHARED_SAMPLES
from capstone_report.spec.study import Study
from capstone_report.spec.vocabulary import Scaling
from capstone_report.units import Seconds


def law_times(study: Study, case: CaseFacts) -> tuple[Seconds, ...]:
    """Return the times that a law is about: of the same work, or of p/p0 times as much in weak scaling.

    The time of a rate is that of one unit of work; in weak scaling p workers do p of them.
    """
    rated = study.metrics[study.problem.headline_metric].is_rate
    if study.scaling_benchmark.scaling is Scaling.WEAK and rated:
        gained = case.workers / study.baseline.workers
        return tuple(time * gained for time in case.times)
    return case.times


def predicted_time(study: Study, model: StepModel, workers: float) -> Seconds:
    """Return what a step model says of the time that a law is about, but for a constant factor."""
    endless = study.scaling_benchmark.scaling is Scaling.THROUGHPUT
    return model.step_seconds(workers) / (workers if endless else 1)


def sound_points(
    study: Study,
    baseline: CaseFacts | None,
    points: Sequence[ScalingPoint],
    correctness: Sequence[CorrectnessFact],
    counted: Sequence[RunRecord],
) -> tuple[list[ScalingPoint], tuple[LeftOut, ...]]:
    """Return the points whose times are those of the baseline's work, and the others with their reasons."""
    wrong = {fact.workers for fact in correctness if not fact.holds}
    sharing = {run.case_id for run in counted if _shares(run)}
    kept, left = [], []
    for point in points:
        reason = _fault(study, baseline, point, wrong=wrong, sharing=sharing)
        if reason:
            left.append(LeftOut(workers=point.case.workers, reason=reason))
        else:
            kept.append(point)
    return kept, tuple(left)


def _fault(
    study: Study,
    baseline: CaseFacts | None,
    point: ScalingPoint,
    *,
    wrong: set[int],
    sharing: set[str],
) -> str:
    """Return why a point's times are not those of the baseline's work; nothing if they are."""
    case = point.case
    if point.oversubscribed:
        return f"oversubscribed: {case.lacking}"
    if case.workers in wrong:
        return "another result than the baseline's"
    if case.case_id in sharing:
        return "workers trained on the same samples"
    missed = [name for name in case.metrics if _misses_gate(study, case, name)]
    if missed:
        return f"the gate on {missed[0]} is missed"
    against = (
        *(worse_quality("", study, baseline, case) if baseline else ()),
        *never_reached("", study, case),
    )
    return against[0].title.lower() if against else ""


def _misses_gate(study: Study, case: CaseFacts, name: str) -> bool:
    """Tell whether a counted run of a case missed a metric's gate."""
    gate = study.metrics[name].gate
    return gate is not None and not all(gate.passes(value) for value in case.values[name])


def _shares(run: RunRecord) -> bool:
    """Tell whether a run reports that workers trained on samples of others."""
    return any(sample.metric == SHARED_SAMPLES and sample.value for sample in run.samples)
