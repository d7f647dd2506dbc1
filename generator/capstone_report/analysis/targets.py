"""Whether the target is still the one that measuring began with; pure."""

from collections.abc import Iterator, Sequence

from capstone_report.findings.claims import TARGET_CHANGED
from capstone_report.findings.finding import Finding
from capstone_report.results.journal import Journal
from capstone_report.results.records import CampaignRecord, RunRecord
from capstone_report.spec.study import Study


def target_caveats(
    where: str, study: Study, journal: Journal | None, counted: Sequence[RunRecord]
) -> Iterator[Finding]:
    """Yield that the target is another than when the first counted run was made."""
    opening = _opening(journal, counted)
    now = study.problem.target
    if opening is None or opening.target is None:
        return
    before = opening.target
    if (before.speedup, before.workers) != (now.speedup, now.workers):
        yield TARGET_CHANGED(
            where,
            before=_said(before.speedup, before.workers),
            moment=opening.started_at,
            now=_said(now.speedup, now.workers),
        )


def _opening(journal: Journal | None, counted: Sequence[RunRecord]) -> CampaignRecord | None:
    """Return the campaign that the first counted run belongs to."""
    made = {(run.run_id, run.started_at) for run in counted}
    opening = None
    for record in journal.records if journal else ():
        if isinstance(record, CampaignRecord):
            opening = record
        elif isinstance(record, RunRecord) and (record.run_id, record.started_at) in made:
            return opening
    return None


def _said(speedup: float, workers: int | None) -> str:
    """Return a target in words."""
    return f"a speedup of {speedup:g}" + (f" at {workers} workers" if workers else "")
