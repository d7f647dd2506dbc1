"""Which decisions the records hold but do not state yet: that a case needs no more runs; pure."""

from collections.abc import Sequence

from capstone_report.cases import Case
from capstone_report.plan import LEVEL, Plan, completed, stop_of
from capstone_report.results.records import DecisionRecord, Phase, RunRecord
from capstone_report.spec.load import LoadedStudy


def due_decisions(
    loaded: LoadedStudy,
    plan: Plan,
    records: Sequence[RunRecord],
    known: Sequence[DecisionRecord],
    *,
    decided_at: str,
) -> list[DecisionRecord]:
    """Return why each case with a target precision that has ended gets no more runs.

    Only what `known` does not say already, in the declared order of the cases. The same runs decide
    the same, whenever they are asked (Hoefler and Belli 2015, section 4.2.2).
    """
    said = [decision.model_copy(update={"decided_at": decided_at}) for decision in known]
    done = completed(records)
    found = [
        _decision(loaded, case, done.get((case.id, Phase.MEASUREMENT, case.fingerprint), ()))
        for case in plan.cases(Phase.MEASUREMENT)
    ]
    dated = [d.model_copy(update={"decided_at": decided_at}) for d in found if d is not None]
    return [decision for decision in dated if decision not in said]


def _decision(loaded: LoadedStudy, case: Case, runs: Sequence[RunRecord]) -> DecisionRecord | None:
    """Return the decision of one case, undated, in the headline metric's unit; None before it."""
    stop, precision = stop_of(loaded.study, case, runs), case.benchmark.precision
    if stop is None or precision is None:
        return None
    return DecisionRecord(
        case_id=case.id,
        fingerprint=case.fingerprint,
        metric=loaded.study.problem.headline_metric,
        runs=stop.runs,
        median=stop.median,
        low=stop.low,
        high=stop.high,
        level=LEVEL,
        target=precision.relative,
        at_most=precision.at_most,
        reached=stop.reached,
        decided_at="",
    )
