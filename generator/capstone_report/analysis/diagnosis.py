"""Diagnosis runs in, causes out: what limits the baseline, and what more workers lose; pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from capstone_report.ablations import declared_counts, subjects
from capstone_report.analysis.bottlenecks import BaselineLimits, LostTime
from capstone_report.analysis.limits import baseline_limits
from capstone_report.analysis.lost_time import lost_time
from capstone_report.findings import diagnosing as rules
from capstone_report.findings.finding import Finding
from capstone_report.plan import Plan, completed, made_in
from capstone_report.results.records import Phase, RunRecord
from capstone_report.spec.load import LoadedStudy
from capstone_report.spec.study import Study

ABOVE_ROOF = 1.25
"""Caches and clocks make roofs and programs differ by less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosed:
    """What the diagnosis runs of one machine say; empty where none was made."""

    baseline: BaselineLimits | None = None
    workers: tuple[LostTime, ...] = ()
    """One for each number of workers that was asked about, rising."""


def read_diagnosis(study: Study, plan: Plan, records: Sequence[RunRecord]) -> Diagnosed:
    """Return what diagnosis runs say about what is declared now; stale ones say nothing."""
    if not any(record.phase is Phase.DIAGNOSIS for record in records):
        return Diagnosed()
    done = completed(made_in(plan.environment, records))
    known = subjects(study, plan, records, None)
    asked = (subjects(study, plan, records, count) for count in declared_counts(study))
    lost = (
        lost_time(study, found.baseline, found.scaled, done)
        for found in asked
        if found and found.scaled
    )
    return Diagnosed(
        baseline=baseline_limits(study, known, done) if known else None,
        workers=tuple(found for found in lost if found is not None),
    )


def diagnosis_findings(loaded: LoadedStudy, found: Diagnosed) -> Iterator[Finding]:
    """Yield what a reader must know about what was diagnosed."""
    where, limits = f"specs/{loaded.id}", found.baseline
    if limits is None:
        return
    yield from _above_roofs(where, limits)
    declared = loaded.study.problem.ceiling.value
    if limits.leaf is None:
        if any(leaf.name == "inefficient-implementation" for leaf in limits.diagnosis.leaves) and (
            limits.profile.step_s is None
        ):
            yield rules.NO_LOADING_ABLATION(where, case=limits.case_id)
    elif limits.leaf.name == "inefficient-implementation":
        yield rules.SLOW_IMPLEMENTATION(
            where,
            case=limits.case_id,
            compute=limits.profile.compute_roof_share or 0.0,
            bandwidth=limits.profile.bandwidth_roof_share or 0.0,
        )
    elif limits.leaf.remedy and limits.leaf.remedy.ceiling != declared:
        yield rules.MEETS_OTHER_CEILING(
            where,
            case=limits.case_id,
            found=limits.leaf.remedy.ceiling,
            axis=limits.leaf.remedy.axis,
            declared=declared,
        )


def _above_roofs(where: str, limits: BaselineLimits) -> Iterator[Finding]:
    """Yield what the baseline seems to do faster than this machine can."""
    shares = (
        ("arithmetic", "flop", limits.profile.compute_roof_share),
        ("memory bandwidth", "bytes", limits.profile.bandwidth_roof_share),
    )
    for roof, key, share in shares:
        if share is not None and share > ABOVE_ROOF:
            yield rules.ABOVE_ITS_ROOF(where, case=limits.case_id, share=share, roof=roof, key=key)


def sharing_findings(loaded: LoadedStudy, found: Diagnosed, workers: int) -> Iterator[Finding]:
    """Yield that workers trained on the same samples in diagnosis runs, as a claim would."""
    for lost in found.workers:
        if lost.workers == workers and lost.shared_note:
            yield rules.SHARED_SAMPLES(
                f"specs/{loaded.id}",
                runs=lost.runs,
                total=lost.runs,
                case=lost.case_id,
                note=lost.shared_note,
            )
