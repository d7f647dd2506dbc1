"""How well what was repeated is known: precision, launches and steps, and the noise floor."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from statistics import median

from capstone_report.analysis.estimates import LEVEL, Estimate
from capstone_report.analysis.facts import CaseFacts, LevelsFact, PrecisionFact, Unknown
from capstone_report.analysis.summaries import ratio_estimate
from capstone_report.perfmodel.two_levels import two_levels
from capstone_report.plan import Plan, completed, stop_of
from capstone_report.results.records import Phase, RunRecord
from capstone_report.results.values import steady_samples
from capstone_report.spec.headline import headline_times
from capstone_report.spec.study import Study
from capstone_report.spec.vocabulary import MetricKind
from capstone_report.units import Seconds, is_time, to_si
from capstone_report.warmup import step_times

# The half-width of the mean that advice is for, where a benchmark declares no precision.
TARGET = 0.02
LEAST = 2


def precision_facts(
    study: Study, plan: Plan, records: Sequence[RunRecord], measured: Sequence[CaseFacts]
) -> tuple[PrecisionFact, ...]:
    """Return, for each measured case, how many runs it was to get and how well it is known."""
    known = {case.case_id: case for case in measured}
    done = completed(records)
    facts = []
    for case in plan.cases(Phase.MEASUREMENT):
        if case.id in known and not case.benchmark.external:
            runs = done.get((case.id, Phase.MEASUREMENT, case.fingerprint), ())
            stop, precision = stop_of(study, case, runs), case.benchmark.precision
            facts.append(
                PrecisionFact(
                    case_id=case.id,
                    runs=known[case.id].runs,
                    at_least=case.benchmark.repeats,
                    target=precision.relative if precision else None,
                    at_most=precision.at_most if precision else None,
                    half_width=_half_width(known[case.id].time),
                    decided_half_width=stop.decided_half_width / stop.median if stop else None,
                    reached=stop.reached if stop else None,
                )
            )
    return tuple(facts)


def _half_width(estimate: Estimate) -> float | None:
    """Return half the width of an estimate's interval, relative to its value."""
    if estimate.interval is None:
        return None
    return (estimate.interval.high - estimate.interval.low) / 2 / estimate.value


def levels_facts(study: Study, plan: Plan, counted: Sequence[RunRecord]) -> tuple[LevelsFact, ...]:
    """Return, for each case with counted runs, what its launches and its steps add to the variance.

    One fact per declared time that is reported step by step; one that says so where none is.
    """
    runs: defaultdict[str, list[RunRecord]] = defaultdict(list)
    for run in counted:
        runs[run.case_id].append(run)
    facts: list[LevelsFact] = []
    for case in plan.cases(Phase.MEASUREMENT):
        precision = case.benchmark.precision
        target = precision.relative if precision else TARGET
        if case.id in runs:
            facts += _case_levels(study, case.id, runs[case.id], target=target)
    return tuple(facts)


def _case_levels(
    study: Study, case_id: str, runs: Sequence[RunRecord], *, target: float
) -> list[LevelsFact]:
    """Return the facts of one case."""
    series = _steps_by_metric(study, runs)
    if not series:
        lacking = LevelsFact(case_id=case_id, metric=None, target=target, unknown=Unknown.NO_STEPS)
        return [lacking]
    if len(runs) < LEAST:
        return [
            LevelsFact(case_id=case_id, metric=name, target=target, unknown=Unknown.ONE_LAUNCH)
            for name in series
        ]
    # Parts of a step are reported step by step, too; the longest of them is the step that costs.
    step = max(series.values(), key=lambda launches: sum(map(sum, launches)))
    outside = [run.wall_time_s - sum(times) for run, times in zip(runs, step, strict=True)]
    return [
        LevelsFact(
            case_id=case_id,
            metric=name,
            target=target,
            levels=two_levels(
                launches,
                launch_cost_s=median(outside),
                step_cost_s=median(time for times in step for time in times),
                target=target,
                level=LEVEL,
            ),
        )
        for name, launches in series.items()
    ]


def _steps_by_metric(study: Study, runs: Sequence[RunRecord]) -> dict[str, list[list[Seconds]]]:
    """Return the steady steps of each launch, in seconds, of each time that all launches report."""
    found: dict[str, list[list[Seconds]]] = {}
    for name, metric in study.metrics.items():
        if metric.kind is MetricKind.COST and is_time(metric.unit):
            reported: list[Mapping[str, list[float]]] = [
                step_times([s for s in steady_samples(run, name) if s.unit == metric.unit])
                for run in runs
            ]
            launches = [[to_si(v, metric.unit) for v in r.get(name, ())] for r in reported]
            if all(len(times) >= LEAST for times in launches):
                found[name] = launches
    return found


def noise_floor(study: Study, plan: Plan, records: Sequence[RunRecord]) -> Estimate | None:
    """Return the ratio of the baseline's time to its own, from the pairs measured; None without."""
    done = completed(records)
    for case in plan.cases(Phase.NOISE_FLOOR):
        runs = done.get((case.id, Phase.NOISE_FLOOR, case.fingerprint), [])
        first, second = (
            headline_times(study, [run for run in runs if run.repeat % 2 == arm]) for arm in (0, 1)
        )
        if first and second and min(*first, *second) > 0:
            return ratio_estimate(first, second)
    return None


def noise_factor(floor: Estimate | None) -> float | None:
    """Return the factor that equal things may differ by: max(high, 1/low) of their ratio's interval.

    None where no floor was measured, or too few pairs for an interval.
    """
    if floor is None or floor.interval is None:
        return None
    return max(floor.interval.high, 1 / floor.interval.low)
