"""The caveats that do not refuse a claim but belong beside it."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from capstone_report.analysis.claimed_rates import wrong_scopes
from capstone_report.analysis.facts import CaseFacts, Claim, PrecisionFact, ScalingPoint, Verdict
from capstone_report.analysis.staleness import StaleRun, tally, worded
from capstone_report.findings import claims, measuring
from capstone_report.findings.finding import Finding, Severity
from capstone_report.perfmodel.intervals import min_runs_for_median
from capstone_report.perfmodel.steady_state import SteadyState
from capstone_report.plan import Plan
from capstone_report.results.records import Outcome, RunRecord
from capstone_report.spec.load import LoadedStudy
from capstone_report.spec.study import Study
from capstone_report.spec.vocabulary import BaselineKind, MetricKind
from capstone_report.spec.workspace import Price
from capstone_report.warmup import run_settling

WORKER_COUNTS_FOR_A_MODEL = 4
BUSY_SHARE = 0.1
ABOVE_ONE = {
    BaselineKind.SMALLEST_FEASIBLE: "can run it",
    BaselineKind.SMALLEST_PUBLISHED: "somebody measured",
}
"""Why a baseline has more than one worker."""


def study_caveats(loaded: LoadedStudy, prices: Sequence[tuple[str, Price]]) -> Iterator[Finding]:
    """Yield what the declaration itself leaves open."""
    where, study = f"specs/{loaded.id}", loaded.study
    if study.baseline.kind is BaselineKind.ONE_WORKER:
        yield claims.WEAK_BASELINE(where)
    if which := ABOVE_ONE.get(study.baseline.kind):
        yield claims.RELATIVE_TO_P0(where, workers=study.baseline.workers, which=which)
    if not _is_gated(study):
        yield claims.NO_GATE(where)
    if study.baseline.correctness is None:
        yield claims.NO_GROUND_TRUTH(where)
    for name, price in prices:
        if price.estimate:
            yield claims.PRICE_ESTIMATE(where, price=name, source=price.source, date=price.date)


def _is_gated(study: Study) -> bool:
    """Tell whether any quality has a gate."""
    return any(m.kind is MetricKind.QUALITY and m.gate for m in study.metrics.values())


def record_caveats(
    where: str,
    plan: Plan,
    records: Sequence[RunRecord],
    counted: Sequence[RunRecord],
    *,
    stale: Sequence[StaleRun],
    cores: int,
) -> Iterator[Finding]:
    """Yield what happened while measuring: failures, stale and missing runs, another kernel, other work."""
    bad = Counter(record.outcome.value for record in records if record.outcome is not Outcome.OK)
    if bad:
        outcomes = ", ".join(f"{count} {outcome}" for outcome, count in sorted(bad.items()))
        yield measuring.RUNS_FAILED(
            where, failed=bad.total(), total=len(records), outcomes=outcomes
        )
    if stale:
        yield measuring.STALE(where, stale=len(stale), reasons=worded(tally(stale)))
    systems = sorted({run.environment.system for run in counted})
    if len(systems) > 1:
        yield claims.OTHER_SYSTEM(where, systems=", ".join(systems))
    missing = len(plan.missing(records))
    if missing and records:
        yield measuring.MISSING_RUNS(where, missing=missing, planned=len(plan.runs))
    if plan.skipped and records:
        cases = "; ".join(f"{case.case_id} ({case.reason})" for case in plan.skipped)
        yield measuring.SKIPPED_CASES(where, cases=cases)
    busy = [run.other_load for run in counted if run.other_load > BUSY_SHARE * cores]
    if busy:
        yield measuring.LOADED_MACHINE(
            where, runs=len(busy), total=len(counted), highest=max(busy), cores=cores
        )


def point_caveats(
    where: str, baseline: CaseFacts | None, points: Sequence[ScalingPoint], claim: Claim
) -> Iterator[Finding]:
    """Yield what a reader must know beside the numbers; nothing while there are none."""
    if baseline is None or not points:
        return
    few: defaultdict[int, list[str]] = defaultdict(list)
    for case in {c.case_id: c for c in (baseline, *(point.case for point in points))}.values():
        if case.runs < min_runs_for_median(0.95):
            few[case.runs].append(case.case_id)
    for runs, cases in sorted(few.items()):
        yield claims.FEW_RUNS(where, cases="; ".join(cases), runs=runs)
    counts = {point.case.workers for point in points}
    if len(counts) < WORKER_COUNTS_FOR_A_MODEL:
        yield claims.NO_MODEL(where, counts=len(counts))
    machines = max(point.case.machines for point in points)
    if max(counts) > 1 and machines == 1 and not baseline.imported:
        yield claims.ONE_MACHINE(where)
    if claim.point is None:
        return
    if claim.verdict is Verdict.UNDECIDED:
        yield claims.CONTAINS_ONE(where, workers=claim.workers)
    if claim.point.case.cores != baseline.cores:
        yield claims.DIFFERENT_CORES(
            where, baseline=baseline.cores, workers=claim.workers, cores=claim.point.case.cores
        )


def rate_caveats(
    where: str,
    study: Study,
    counted: Sequence[RunRecord],
    *,
    baseline: CaseFacts | None,
    claim: Claim,
) -> Iterator[Finding]:
    """Yield, as warnings, rates whose declared scope cannot be and on which no claim rests."""
    case_id = baseline.case_id if baseline else None
    for _, finding in wrong_scopes(where, study, counted, case_id):
        if finding not in claim.refusals:
            yield replace(finding, severity=Severity.WARNING)


def precision_caveats(where: str, facts: Sequence[PrecisionFact]) -> Iterator[Finding]:
    """Yield which cases missed their target precision, and what looking after each run costs."""
    for fact in facts:
        if fact.missed and fact.decided_half_width is not None and fact.target is not None:
            yield measuring.NOT_PRECISE(
                where,
                case=fact.case_id,
                runs=fact.runs,
                reached=100 * fact.decided_half_width,
                target=100 * fact.target,
            )
    sequential = [fact.case_id for fact in facts if fact.target is not None]
    if sequential:
        yield measuring.DECIDED_BY_LOOKING(where, cases=len(sequential), total=len(facts))


def step_caveats(where: str, study: Study, counted: Sequence[RunRecord]) -> Iterator[Finding]:
    """Yield, case by case and metric by metric, which runs started slowly or never settled."""
    runs: defaultdict[str, list[RunRecord]] = defaultdict(list)
    for run in counted:
        runs[run.case_id].append(run)
    for case, made in sorted(runs.items()):
        settled = [run_settling(run.samples) for run in made]
        for name in study.metrics:
            states = Counter(found[name].state for found in settled if name in found)
            cut = [run.warmup_steps[name] for run in made if name in run.warmup_steps]
            evidence = {"case": case, "metric": name, "total": len(made)}
            if cut:
                yield measuring.WARMUP_FOUND(
                    where, **evidence, runs=len(cut), least=min(cut), most=max(cut)
                )
            if slower := states[SteadyState.SLOWDOWN]:
                yield measuring.SLOWED_DOWN(where, **evidence, runs=slower)
            if unsteady := states[SteadyState.NONE]:
                yield measuring.NEVER_STEADY(where, **evidence, runs=unsteady)
