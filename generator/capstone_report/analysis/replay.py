"""Two runs to be shown side by side: what each worker had done at which moment, as it was recorded."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import accumulate

from capstone_report.analysis.facts import CaseFacts, Lane, Replay
from capstone_report.results.records import RunRecord
from capstone_report.results.values import run_value
from capstone_report.spec.benchmarks import Metric
from capstone_report.spec.study import Study
from capstone_report.units import Seconds, to_si

STEP_TIME = "step_time"


def replays(
    study: Study, cases: Sequence[CaseFacts | None], runs: Sequence[RunRecord]
) -> tuple[Replay, ...]:
    """Return the run to be shown of each case; none where the headline metric is no time, but a rate."""
    if study.metrics[study.problem.headline_metric].is_rate:
        return ()
    found = (_replay(study, case, runs) for case in cases if case is not None)
    return tuple(replay for replay in found if replay is not None)


def _replay(study: Study, case: CaseFacts, runs: Sequence[RunRecord]) -> Replay | None:
    """Return the run of a case that is nearest to its median; None where nothing tells its time."""
    headline = study.problem.headline_metric
    metric = study.metrics[headline]
    told = [
        (to_si(value, metric.unit), run)
        for run in runs
        if run.case_id == case.case_id and (value := _reported(run, headline, metric)) is not None
    ]
    if not told:
        return None
    seconds, run = min(told, key=lambda found: (abs(found[0] - case.time.value), found[1].run_id))
    steps = _steps(study, run)
    lanes = (Lane(rank=rank, step_ends=steps.get(rank, ())) for rank in range(case.workers))
    return Replay(case=case, run_id=run.run_id, time=seconds, lanes=tuple(lanes))


def _reported(run: RunRecord, name: str, metric: Metric) -> float | None:
    """Return what a run reported of a metric in its declared unit, as it is summarised elsewhere."""
    return run_value(
        run,
        name,
        kind=metric.kind,
        scope=metric.scope,
        direction=metric.direction,
        unit=metric.unit,
    )


def _steps(study: Study, run: RunRecord) -> dict[int, tuple[Seconds, ...]]:
    """Return when the steps of each rank ended, warm-up included: it is a part of the run."""
    declared = study.metrics.get(STEP_TIME)
    found: defaultdict[int, dict[int, Seconds]] = defaultdict(dict)
    for sample in run.samples:
        if declared and sample.metric == STEP_TIME and sample.step is not None:
            found[sample.rank][sample.step] = to_si(sample.value, sample.unit)
    return {
        rank: tuple(accumulate(steps[step] for step in sorted(steps)))
        for rank, steps in found.items()
    }
