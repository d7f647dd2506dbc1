"""The record that opens a campaign: what is planned, where, and towards which target."""

from datetime import UTC, datetime

from capstone_report.results.records import CampaignRecord, Environment, RecordedTarget
from capstone_report.spec.study import Study


def opening(study: Study, environment: Environment, *, seed: int, runs: int) -> CampaignRecord:
    """Return the record that opens a campaign now."""
    target = study.problem.target
    return CampaignRecord(
        seed=seed,
        planned_runs=runs,
        started_at=datetime.now(UTC).isoformat(timespec="seconds"),
        target=RecordedTarget(speedup=target.speedup, workers=target.workers),
        environment=environment,
    )
