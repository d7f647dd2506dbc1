"""Predicted against measured: which curve was frozen when, how far it lay off, and what a diagnosis explains of that."""

from collections.abc import Callable, Sequence

from capstone_report.analysis.bottlenecks import LostTime
from capstone_report.analysis.facts import CaseFacts, ScalingPoint
from capstone_report.analysis.fitted_points import law_times, predicted_time
from capstone_report.analysis.forecast_facts import ForecastPoint, Foreseen, Role, Standing
from capstone_report.analysis.freezing import frozen_workers, inputs
from capstone_report.analysis.summaries import median_estimate
from capstone_report.perfmodel.step import StepModel
from capstone_report.results.journal import Journal
from capstone_report.results.records import PredictionRecord, RunRecord
from capstone_report.spec.study import Study
from capstone_report.spec.vocabulary import MetricKind, Scaling
from capstone_report.units import Seconds, is_time, to_si

STEP_TIME = "step_time"


def forecast(
    study: Study,
    model: StepModel | None,
    journal: Journal | None,
    points: Sequence[ScalingPoint],
    lost: Sequence[LostTime],
) -> Foreseen | None:
    """Return the frozen prediction beside the measured points, or the declared one where none was frozen.

    `points` are those whose times can be trusted. None without a prediction, or without a point at
    the smallest number of workers that a shape is scaled to.
    """
    record = frozen_before(study, journal)
    if (record is None and model is None) or not points:
        return None
    scaled = not _has_steps(study, [point.case for point in points])
    predicted = _curve(study, record, model, scaled=scaled)
    measured = {point.case.workers: _times(study, point.case, scaled=scaled) for point in points}
    p0 = study.baseline.workers
    factor = 1.0
    if scaled:
        first = predicted(p0)
        if first is None or p0 not in measured:
            return None
        factor = median_estimate(measured[p0], "s").value / first
    told = {lost_at.workers: lost_at.parts for lost_at in lost}
    standing = Standing.POST_HOC if record is None else Standing.PRE_REGISTERED
    return Foreseen(
        standing=standing,
        sha256=record.sha256 if record else None,
        frozen_at=record.frozen_at if record else None,
        git_commit=record.git_commit if record else None,
        git_dirty=record.git_dirty if record else None,
        model=record.model if record else _kind(model),
        changed=_changed(record, model),
        metric=study.problem.headline_metric if scaled else STEP_TIME,
        scaled=scaled,
        curve=tuple(
            (workers, factor * seconds)
            for workers in _workers(study, record)
            if (seconds := predicted(workers)) is not None
        ),
        points=tuple(
            ForecastPoint(
                workers=workers,
                predicted_s=factor * seconds,
                measured=median_estimate(times, "s"),
                role=_role(workers, p0, standing),
                parts=told.get(workers, ()),
            )
            for workers, times in measured.items()
            if (seconds := predicted(workers)) is not None
        ),
    )


def frozen_before(study: Study, journal: Journal | None) -> PredictionRecord | None:
    """Return the first prediction on record, if no run of the scaling benchmark is before it.

    The order of the records proves it: each carries the hash of the one before.
    """
    for record in journal.records if journal else ():
        if isinstance(record, PredictionRecord):
            return record
        if isinstance(record, RunRecord) and record.benchmark == study.scaling_benchmark.name:
            return None
    return None


def _curve(
    study: Study, record: PredictionRecord | None, model: StepModel | None, *, scaled: bool
) -> Callable[[int], Seconds | None]:
    """Return the predicted time of a number of workers; of a frozen curve, only where it was frozen.

    Scaled, it is the time that the headline is about: that of one unit of work for endless work.
    """
    if record is None:
        assert model is not None  # noqa: S101 - one of the two is there
        return model.step_seconds if not scaled else lambda p: predicted_time(study, model, p)
    endless = scaled and study.scaling_benchmark.scaling is Scaling.THROUGHPUT
    known = dict(zip(record.workers, record.times_s, strict=True))
    return lambda p: known[p] / (p if endless else 1) if p in known else None


def _workers(study: Study, record: PredictionRecord | None) -> tuple[int, ...]:
    """Return the worker counts that a predicted curve is drawn through."""
    return record.workers if record else frozen_workers(study)


def _kind(model: StepModel | None) -> str:
    """Return the kind of a step's communication model."""
    return model.comm.kind if model else ""


def _changed(record: PredictionRecord | None, model: StepModel | None) -> tuple[str, ...]:
    """Return which inputs are others now; all of them where nothing is predicted any more."""
    if record is None:
        return ()
    now = inputs(model) if model else {}
    return tuple(name for name, value in record.inputs.items() if now.get(name) != value)


def _has_steps(study: Study, cases: Sequence[CaseFacts]) -> bool:
    """Tell whether every case reports the time of a step, so that times themselves are compared."""
    metric = study.metrics.get(STEP_TIME)
    timed = metric is not None and metric.kind is MetricKind.COST and is_time(metric.unit)
    return timed and all(case.values.get(STEP_TIME) for case in cases)


def _times(study: Study, case: CaseFacts, *, scaled: bool) -> tuple[Seconds, ...]:
    """Return the times that a prediction is compared with: those of the headline, or of steps."""
    if scaled:
        return law_times(study, case)
    unit = study.metrics[STEP_TIME].unit
    return tuple(to_si(value, unit) for value in case.values[STEP_TIME])


def _role(workers: int, p0: int, standing: Standing) -> Role:
    """Return what a point says: the smallest number of workers is where the constants come from."""
    if workers == p0:
        return Role.CALIBRATED
    return Role.VALIDATED if standing is Standing.PRE_REGISTERED else Role.COMPARED
