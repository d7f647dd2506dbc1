"""What limits the baseline: its diagnosis runs held against the roofs and the decision flow; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import median

from capstone_report.ablations import Subject, Subjects
from capstone_report.analysis.bottlenecks import AblationFact, BaselineLimits, Bounded, Roofs
from capstone_report.cases import Case
from capstone_report.perfmodel.diagnosis import diagnose
from capstone_report.perfmodel.intervals import hodges_lehmann_ratio
from capstone_report.perfmodel.profile import Profile
from capstone_report.plan import LEVEL, Key
from capstone_report.results.records import Phase, RunRecord
from capstone_report.spec.diagnosis import Ablation
from capstone_report.spec.headline import headline_values
from capstone_report.spec.study import Study
from capstone_report.spec.vocabulary import Removes
from capstone_report.units import Seconds, to_si

Done = Mapping[Key, Sequence[RunRecord]]
"""The runs that ended well, by case, phase and fingerprint."""


def runs_of(case: Case, done: Done) -> Sequence[RunRecord]:
    """Return the diagnosis runs of a case."""
    return done.get((case.id, Phase.DIAGNOSIS, case.fingerprint), ())


def times_s(study: Study, runs: Sequence[RunRecord]) -> list[Seconds]:
    """Return the headline metric of runs in seconds, impossible values left out."""
    unit = study.metrics[study.problem.headline_metric].unit
    return [to_si(value, unit) for value in headline_values(study, runs) if value > 0]


def baseline_limits(study: Study, found: Subjects, done: Done) -> BaselineLimits | None:
    """Return what limits the baseline, or None while no run of it tells."""
    whole = found.baseline.whole
    runs = runs_of(whole, done)
    times = times_s(study, runs)
    if not times:
        return None
    work_s = median(work for run in runs for work in _work_s(study, run))
    flop, moved = _demand(study, runs)
    roofs = _roofs(runs_of(found.roofs, done)) if found.roofs else None
    ablations = ablation_facts(study, found.baseline, done)
    working_set = int(median(run.peak_memory_bytes for run in runs))
    memory = runs[-1].environment.memory_bytes
    profile = _profile(study, roofs, work_s=work_s, flop=flop, moved=moved, ablations=ablations)
    profile = replace(profile, working_set_bytes=working_set, memory_bytes=memory)
    return BaselineLimits(
        case_id=whole.id,
        runs=len(times),
        time_s=median(times),
        work_s=work_s,
        flop=flop,
        bytes_moved=moved,
        roofs=roofs,
        profile=profile,
        working_set_bytes=working_set,
        memory_bytes=memory,
        busy_share=median(r.cpu_time_s / (r.wall_time_s * whole.cores) for r in runs),
        ablations=ablations,
        diagnosis=diagnose(profile),
    )


def _profile(
    study: Study,
    roofs: Roofs | None,
    *,
    work_s: Seconds,
    flop: float | None,
    moved: float | None,
    ablations: Sequence[AblationFact],
) -> Profile:
    """Return what the questions of the decision flow are answered with: W / pi and Q / beta of a run.

    Loading is answered by its ablation's ratio; of several, by the first that was measured.
    """
    loading = next((fact for fact in ablations if fact.removes is Removes.IO), None)
    arithmetic_s = _quotient(flop, roofs.flop_per_s if roofs else None)
    streaming_s = _quotient(moved, roofs.bytes_per_s if roofs else None)
    return Profile(
        compute_roof_share=_quotient(arithmetic_s, work_s),
        bandwidth_roof_share=_quotient(streaming_s, work_s),
        dataset_bytes=study.problem.demand.data_bytes,
        storage_bytes=study.problem.machine.storage_bytes,
        step_s=1.0 if loading else None,
        step_without_loading_s=1 - loading.share.value if loading else None,
        compute_s=arithmetic_s,
        memory_s=streaming_s,
        parameters_stream=study.diagnosis.parameters_stream,
    )


def ablation_facts(study: Study, subject: Subject, done: Done) -> tuple[AblationFact, ...]:
    """Return what each ablation of a case took away, where its runs tell."""
    times = times_s(study, runs_of(subject.whole, done))
    facts = (
        _ablation_fact(ablation, times, times_s(study, runs_of(case, done)))
        for ablation, case in subject.ablated
    )
    return tuple(fact for fact in facts if fact is not None)


def _ablation_fact(
    ablation: Ablation, times: Sequence[Seconds], without: Sequence[Seconds]
) -> AblationFact | None:
    """Return f = 1 - T_without / T with the Hodges-Lehmann interval of the ratio."""
    if not times or not without:
        return None
    kept = hodges_lehmann_ratio(without, times, LEVEL)
    return AblationFact(
        name=ablation.name,
        removes=ablation.removes,
        runs=len(without),
        time_s=median(without),
        share=Bounded(
            value=1 - kept.estimate,
            low=None if kept.high is None else 1 - kept.high,
            high=None if kept.low is None else 1 - kept.low,
        ),
    )


def _work_s(study: Study, run: RunRecord) -> list[Seconds]:
    """Return how long a run works: a step as it is usually, times its steps; nothing if untold.

    So a slow first step does not lower the rates that are achieved.
    """
    name = study.problem.headline_metric
    steps = len({sample.step for sample in run.samples if sample.metric == name})
    return [time * steps for time in times_s(study, [run])]


def _demand(study: Study, runs: Sequence[RunRecord]) -> tuple[float | None, float | None]:
    """Return the arithmetic and the traffic of a run: as declared, or else as reported."""
    declared = study.diagnosis
    flop = declared.flop or _reported(runs, declared.flop_metric)
    return flop, declared.bytes or _reported(runs, declared.bytes_metric)


def _reported(runs: Sequence[RunRecord], metric: str) -> float | None:
    """Return the median over runs of all that was reported of a metric; None where nothing was."""
    totals = [
        sum(to_si(sample.value, sample.unit) for sample in run.samples if sample.metric == metric)
        for run in runs
    ]
    return median(totals) or None


def _roofs(runs: Sequence[RunRecord]) -> Roofs | None:
    """Return the roofs that were measured; the median run, for others were disturbed alike."""
    bandwidth = _reported(runs, "memory_roof") if runs else None
    if bandwidth is None:
        return None
    by = "; ".join(dict.fromkeys(check.detail for run in runs for check in run.checks))
    return Roofs(flop_per_s=_reported(runs, "compute_roof"), bytes_per_s=bandwidth, by=by)


def _quotient(numerator: float | None, denominator: float | None) -> float | None:
    """Return a quotient, None while one side of it is missing."""
    return None if numerator is None or denominator is None else numerator / denominator
