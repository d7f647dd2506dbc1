"""Baseline and distributed cases beside each other, and what that lets claim."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from capstone_report.analysis.claim import claimed_point, make_claim
from capstone_report.analysis.commensurable.checks import unlike
from capstone_report.analysis.commensurable.compared import Compared, setup_of
from capstone_report.analysis.estimates import Estimate
from capstone_report.analysis.facts import (
    CaseFacts,
    Claim,
    CorrectnessFact,
    RecoveryFact,
    ScalingPoint,
)
from capstone_report.analysis.fit_facts import LeftOut
from capstone_report.analysis.fitted_points import sound_points
from capstone_report.analysis.prices import Rate, declared_rate
from capstone_report.analysis.recovery import recovery_facts
from capstone_report.analysis.repetition import noise_floor
from capstone_report.analysis.scaling import correctness_facts, scaling_points, work_grows
from capstone_report.analysis.staleness import StaleRun
from capstone_report.analysis.summaries import case_facts
from capstone_report.analysis.table import RunTable
from capstone_report.findings.finding import Finding, Severity
from capstone_report.plan import Plan, lacking
from capstone_report.results.records import (
    Outcome,
    Phase,
    RunRecord,
)
from capstone_report.spec.load import LoadedStudy
from capstone_report.spec.study import Study
from capstone_report.spec.workspace import Price


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The counted runs, and what baseline and distributed cases say beside each other."""

    counted: list[RunRecord]
    measured: list[CaseFacts]
    baseline: CaseFacts | None
    one_worker: CaseFacts | None
    points: tuple[ScalingPoint, ...]
    sound: tuple[ScalingPoint, ...]
    """The points whose times are those of the baseline's work, on as many cores as it takes."""
    left_out: tuple[LeftOut, ...]
    """The others."""
    correctness: tuple[CorrectnessFact, ...]
    noise_floor: Estimate | None
    recoveries: tuple[RecoveryFact, ...]
    claim: Claim
    unlike: tuple[Finding, ...]
    """What makes the compared sides unlike; what refuses the claim is among its refusals."""


def compare(
    loaded: LoadedStudy,
    plan: Plan,
    table: RunTable,
    price: Price | None,
    *,
    attempts: Sequence[RunRecord],
    stale: Sequence[StaleRun] = (),
) -> Comparison:
    """Put baseline and distributed cases beside each other and judge the claim."""
    study = loaded.study
    measured = _measured_cases(study, plan, table, declared_rate(study.cost, price))
    baseline, distributed = _roles(study, measured)
    one_worker = next((case for case in distributed if case.workers == 1), None)
    p0 = study.baseline.workers
    points = (
        scaling_points(baseline, one_worker, distributed, p0=p0, grows=work_grows(study))
        if baseline
        else ()
    )
    correctness = correctness_facts(study.baseline.correctness, baseline, distributed)
    counted = [
        record
        for record in attempts
        if record.outcome is Outcome.OK
        and record.phase is Phase.MEASUREMENT
        and record.injected is None  # such runs measure a recovery, and nothing else
    ]
    sound, left_out = sound_points(study, baseline, points, correctness, counted)
    compared = {study.baseline.benchmark, study.scaling_benchmark.name}
    floor = noise_floor(study, plan, attempts)
    sides = _sides(loaded, plan, measured, counted, baseline=baseline, points=points, stale=stale)
    found = unlike(sides)
    return Comparison(
        counted=counted,
        measured=measured,
        baseline=baseline,
        one_worker=one_worker,
        points=points,
        sound=tuple(sound),
        left_out=left_out,
        correctness=correctness,
        noise_floor=floor,
        recoveries=recovery_facts(study, plan, attempts, measured),
        claim=make_claim(
            study,
            loaded.id,
            baseline=baseline,
            points=points,
            correctness=correctness,
            counted=[record for record in counted if record.benchmark in compared],
            attempts=attempts,
            noise_floor=floor,
            unlike=[finding for finding in found if finding.severity is Severity.REFUSAL],
        ),
        unlike=found,
    )


def _sides(
    loaded: LoadedStudy,
    plan: Plan,
    measured: Sequence[CaseFacts],
    counted: Sequence[RunRecord],
    *,
    baseline: CaseFacts | None,
    points: tuple[ScalingPoint, ...],
    stale: Sequence[StaleRun],
) -> Compared:
    """Return baseline and points with the runs and the setup of each, as the checks see them."""
    study, by_case = loaded.study, defaultdict[str, list[RunRecord]](list)
    for record in counted:
        by_case[record.case_id].append(record)
    return Compared(
        where=f"specs/{loaded.id}",
        study_id=loaded.id,
        study=study,
        baseline=baseline,
        claimed=claimed_point(study, baseline, points),
        points=points,
        measured=[case for case in measured if case.case_id in by_case],
        runs=by_case,
        setups={name: setup_of(study, runs) for name, runs in by_case.items()},
        stale=stale,
        environment=plan.environment,
    )


def _measured_cases(
    study: Study, plan: Plan, table: RunTable, paid: Rate | None
) -> list[CaseFacts]:
    """Return the facts of every planned case that has counted runs."""
    found = [
        case_facts(
            study,
            case,
            table.counted(case.id, Phase.MEASUREMENT),
            paid,
            lacking=lacking(case, plan.environment) if plan.environment else "",
        )
        for case in plan.cases(Phase.MEASUREMENT)
    ]
    return [facts for facts in found if facts is not None]


def _roles(study: Study, cases: Sequence[CaseFacts]) -> tuple[CaseFacts | None, list[CaseFacts]]:
    """Return the baseline's case and the cases of the scaling benchmark.

    Where the baseline has several measured levels and no trial chose one, the fastest counts.
    """
    scaling = study.scaling_benchmark.name
    distributed = [case for case in cases if case.benchmark == scaling]
    candidates = [case for case in cases if case.benchmark == study.baseline.benchmark]
    if study.baseline.benchmark == scaling:
        candidates = [case for case in candidates if case.workers == study.baseline.workers]
    return min(candidates, key=lambda case: case.time.value, default=None), distributed
