"""What follows from the facts: quality, cost, judged claims and kept rules, put beside them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from capstone_report.analysis.comparison import Comparison
from capstone_report.analysis.conclusion_facts import Conclusions
from capstone_report.analysis.facts import Analysis
from capstone_report.analysis.predicates import judged, study_predicates
from capstone_report.analysis.quality import quality_answers
from capstone_report.analysis.quality_caveats import (
    quality_caveats,
    spread_caveats,
    unlike_spreads,
)
from capstone_report.analysis.rule_facts import RuleFact, Standing
from capstone_report.analysis.rules import Evidence, rule_facts
from capstone_report.analysis.spending import spending
from capstone_report.findings import reporting, reporting_rules
from capstone_report.findings.finding import Finding
from capstone_report.plan import Plan
from capstone_report.results.records import Phase, RunRecord
from capstone_report.spec.workspace import Machine

TOLD = {
    reporting_rules.PERCENTILES.number: reporting.NO_PERCENTILE,
    reporting_rules.PARALLEL_TIME.number: reporting.SILENT_WORKERS,
    reporting_rules.FIXED_COUNTS.number: reporting.MORE_RUNS_THAN_PLANNED,
}
"""The rules whose breach no other finding tells; all others stand in the table only."""


def concluded(
    analysis: Analysis,
    seen: Comparison,
    plan: Plan,
    attempts: Sequence[RunRecord],
    machine: Machine | None,
) -> Analysis:
    """Return an analysis with its conclusions, and the findings that they add."""
    study, where = analysis.loaded.study, f"specs/{analysis.loaded.id}"
    first = Conclusions(
        quality=quality_answers(study, seen.baseline, seen.points, attempts),
        unlike=unlike_spreads(seen.baseline, seen.points),
        spending=spending(
            study,
            seen.claim,
            seen.baseline,
            seen.sound,
            energy=analysis.energy,
            carbon=machine.carbon if machine else None,
        ),
        predicates=judged(study_predicates(study, seen.claim), seen.points),
    )
    planned = Counter(run.case.id for run in plan.runs if run.phase is Phase.MEASUREMENT)
    evidence = Evidence(
        analysis=replace(analysis, concluded=first), counted=seen.counted, planned=planned
    )
    found = replace(first, rules=rule_facts(evidence))
    added = (
        *quality_caveats(where, study, seen.baseline, seen.measured, seen.claim),
        *spread_caveats(where, found.unlike, seen.claim),
        *_told(where, found.rules),
    )
    return replace(analysis, concluded=found, findings=(*analysis.findings, *added))


def _told(where: str, rules: Sequence[RuleFact]) -> Iterator[Finding]:
    """Yield the breaches of rules that no other finding tells."""
    for fact in rules:
        if fact.standing is Standing.NOT_MET and fact.number in TOLD:
            yield TOLD[fact.number](where, evidence=fact.evidence, mend=fact.mend)
