"""What runs with a worker killed on purpose showed: time to recover, lost steps, final quality."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from capstone_report.analysis.estimates import Estimate
from capstone_report.analysis.facts import CaseFacts, RecoveredQuality, RecoveryFact
from capstone_report.analysis.summaries import median_estimate
from capstone_report.cases import Case
from capstone_report.findings import faults as rules
from capstone_report.findings.finding import Finding
from capstone_report.plan import Plan
from capstone_report.results.records import OF_THE_MACHINE, Outcome, Phase, RunRecord
from capstone_report.results.values import LOST_STEPS, RECOVERY_TIME
from capstone_report.spec.benchmarks import Gate
from capstone_report.spec.study import Study
from capstone_report.spec.vocabulary import MetricKind


def recovery_facts(
    study: Study, plan: Plan, attempts: Sequence[RunRecord], measured: Sequence[CaseFacts]
) -> tuple[RecoveryFact, ...]:
    """Return what every case with a declared fault showed in the runs in which it happened.

    Runs that did not recover count, too: leaving them out would measure survivors. The quality is
    held against a case with the same command and workers in which nothing is killed.
    """
    cases = plan.cases(Phase.MEASUREMENT)
    by_case: defaultdict[str, list[RunRecord]] = defaultdict(list)
    for run in filter(_happened, attempts):
        by_case[run.case_id].append(run)
    facts = {case.case_id: case for case in measured}
    found = []
    for case in cases:
        happened = by_case[case.id]
        if case.benchmark.inject and happened:
            twin = next((facts.get(other.id) for other in cases if _is_twin(other, case)), None)
            found.append(_fact(study, case, happened, facts.get(case.id), twin))
    return tuple(found)


def recovery_caveats(where: str, study: Study, facts: Sequence[RecoveryFact]) -> Iterator[Finding]:
    """Yield which runs did not recover, and which came back with another result."""
    for fact in facts:
        if fact.failures:
            yield rules.NOT_RECOVERED(
                where,
                failed=fact.runs - fact.recovered,
                total=fact.runs,
                case=fact.case_id,
                worker=fact.worker,
                outcomes=", ".join(f"{count} {outcome}" for outcome, count in fact.failures),
            )
        for quality in fact.quality:
            if not quality.holds:
                yield rules.OTHER_QUALITY(
                    where,
                    metric=quality.metric,
                    case=fact.case_id,
                    worst=quality.worst,
                    expected=_expected(study.metrics[quality.metric].gate, quality),
                )


def _happened(run: RunRecord) -> bool:
    """Tell whether a worker was killed in a run, and the run left to itself afterwards."""
    killed = run.injected is not None and run.injected.killed_after_s is not None
    return killed and run.phase is Phase.MEASUREMENT and run.outcome not in OF_THE_MACHINE


def _is_twin(other: Case, case: Case) -> bool:
    """Tell whether a case is the same without a fault."""
    same = other.command == case.command and other.allocation == case.allocation
    return same and other.benchmark.inject is None


def _fact(
    study: Study,
    case: Case,
    runs: Sequence[RunRecord],
    recovered: CaseFacts | None,
    twin: CaseFacts | None,
) -> RecoveryFact:
    """Return what the runs of one case showed."""
    inject = case.benchmark.inject
    assert inject is not None  # noqa: S101 - only cases with a fault come here
    well = [run for run in runs if run.outcome is Outcome.OK]
    bad = Counter(run.outcome.value for run in runs if run.outcome is not Outcome.OK)
    return RecoveryFact(
        case_id=case.id,
        worker=inject.kill_worker,
        at_s=inject.at_s,
        recovered=len(well),
        failures=tuple(sorted(bad.items())),
        recovery_time=_summed(well, RECOVERY_TIME, "s"),
        lost_steps=_summed(well, LOST_STEPS, "1"),
        quality=tuple(_qualities(study, recovered, twin)) if recovered else (),
    )


def _summed(runs: Sequence[RunRecord], metric: str, unit: str) -> Estimate | None:
    """Return the median over the runs that reported a metric of its sum over their restarts."""
    said = ([s.value for s in run.samples if s.metric == metric] for run in runs)
    values = [sum(one) for one in said if one]
    return median_estimate(values, unit) if values else None


def _qualities(
    study: Study, recovered: CaseFacts, twin: CaseFacts | None
) -> Iterator[RecoveredQuality]:
    """Yield every quality and every compared value of the recovered runs."""
    correctness = study.baseline.correctness
    compared = correctness.metrics if correctness else ()
    for name, metric in study.metrics.items():
        if not (metric.kind is MetricKind.QUALITY or name in compared):
            continue
        values = recovered.values.get(name)
        beside = twin.metrics.get(name) if twin else None
        if not values:
            continue
        allowed = None
        if correctness and beside and name in compared:
            allowed = correctness.atol + correctness.rtol * abs(beside.value)
        yield RecoveredQuality(
            metric=name,
            recovered=recovered.metrics[name],
            worst=_worst(values, metric.gate, beside),
            uninterrupted=beside,
            allowed=allowed,
            passes=metric.gate is None or all(map(metric.gate.passes, values)),
        )


def _worst(values: Sequence[float], gate: Gate | None, beside: Estimate | None) -> float:
    """Return a value that misses the gate, or else the one furthest from runs without a fault."""
    missing = [value for value in values if gate and not gate.passes(value)]
    around = beside.value if beside else values[0]
    return max(missing or values, key=lambda value: abs(value - around))


def _expected(gate: Gate | None, quality: RecoveredQuality) -> str:
    """Return what the worst value was held against."""
    if gate and not quality.passes:
        bounds = gate.model_dump(exclude_none=True).items()
        said = ", ".join(f"{key.replace('_', ' ')} {value:g}" for key, value in bounds)
        return f"the gate is {said}"
    assert quality.uninterrupted is not None  # noqa: S101 - nothing else can fail
    return f"{quality.uninterrupted.value:.6g} without one, and {quality.allowed:.2g} is allowed"
