"""The record that opens a campaign: what is planned, where, and towards which target."""

from datetime import UTC, datetime

from capstone_report.results.records import CampaignRecord, Environment, RecordedTarget
from capstone_report.spec.study import Study


def opening(
    study: Study, *, seed: int, planned_runs: int, environment: Environment
) -> CampaignRecord:
    """Return the record that opens a campaign now."""
    target = study.problem.target
    return CampaignRecord(
        seed=seed,
        planned_runs=planned_runs,
        started_at=datetime.now(UTC).isoformat(timespec="seconds"),
        target=RecordedTarget(speedup=target.speedup, workers=target.workers),
        environment=environment,
    )
