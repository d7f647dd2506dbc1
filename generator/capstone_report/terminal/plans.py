"""What is planned and what was measured, as tables and for JSON."""

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from capstone_report.measure.campaign import Campaign
    from capstone_report.spec.load import LoadedStudy

SHOWN_RUNS = 6


def campaign_row(study: "LoadedStudy", campaign: "Campaign") -> dict[str, Any]:
    """Return what a campaign did, for JSON."""
    return {
        "study": study.id,
        "folder": str(campaign.folder),
        "measured": campaign.measured,
        "failed": campaign.failures.total(),
    }


def print_campaign(study: "LoadedStudy", campaign: "Campaign") -> None:
    """Say what a campaign did."""
    if not campaign.measured and not campaign.failures:
        click.echo(f"{study.id}: nothing is missing in {campaign.folder}")
        return
    failed = f", {campaign.failures.total()} failed" if campaign.failures else ""
    click.echo(f"{study.id}: {campaign.measured} runs measured{failed}, in {campaign.folder}")


def print_plan(row: dict[str, Any]) -> None:
    """Print one study's plan as a table of cases."""
    click.echo(f"{row['study']} on {row['machine']}, seed {row['seed']}")
    cases: dict[tuple[str, str], list[bool]] = {}
    for item in row["runs"]:
        cases.setdefault((item["phase"], item["case"]), []).append(item["done"])
    for (phase, case), done in cases.items():
        click.echo(f"  {phase:<12} {case:<40} {sum(done)} of {len(done)} done")
    if row["baseline_decided_by_trial"]:
        click.echo("  the baseline's own runs follow once the trial has chosen its level")
    for item in row["skipped"]:
        click.echo(f"  skipped      {item['case']:<40} {item['reason']}")
    order = [item["case"] for item in row["runs"] if not item["done"]][:SHOWN_RUNS]
    click.echo(f"  next: {', '.join(order)}" if order else "  nothing is missing")
