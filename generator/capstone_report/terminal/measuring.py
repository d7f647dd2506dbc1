"""`capstone run`: measures what is missing, here or on a cluster, or only rehearses it."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from capstone_report.terminal.options import json_option, project_option, studies_argument

if TYPE_CHECKING:
    from capstone_report.measure.options import Options
    from capstone_report.spec.load import LoadedStudy, Project
    from capstone_report.terminal.running import View


@click.command()
@studies_argument
@project_option
@json_option
@click.option(
    "--noise-floor",
    metavar="N",
    type=click.IntRange(min=0, max=1000),
    default=0,
    help="Also compare the baseline with itself, in N pairs of runs.",
)
@click.option(
    "--take-over", is_flag=True, help="Pass the mark of another host that is not alive any more."
)
@click.option(
    "--max-failures",
    metavar="N",
    type=click.IntRange(min=1),
    help="End the campaign after N failed runs; by default the other cases go on.",
)
@click.option(
    "--max-load",
    metavar="CORES",
    type=click.FloatRange(min=0),
    help="Refuse to start while other work keeps more cores busy than this.",
)
@click.option(
    "--rehearse",
    is_flag=True,
    help="Run every benchmark once or twice, small, on this machine; record nothing.",
)
@click.option(
    "--launcher",
    type=click.Choice(["ray", "slurm"]),
    help="Make every run a job of a cluster, as [slurm] or [ray] in capstone.toml says.",
)
@click.option(
    "--detach", is_flag=True, help="Submit every missing run and leave; `capstone collect` records."
)
def run(
    studies: tuple[str, ...],
    project: Path,
    *,
    as_json: bool,
    launcher: str | None,
    detach: bool,
    rehearse: bool,
    **asked: Any,  # noqa: ANN401 - the options of measure.options
) -> None:
    """Measure what this machine's records miss; each run is on disk before the next begins."""
    from capstone_report.spec.load import find_root, load_project

    if rehearse and detach:
        raise click.UsageError("--rehearse runs here, --detach elsewhere: ask for one of them")
    loaded = load_project(find_root(project), studies)
    if rehearse:
        from capstone_report.terminal.rehearsing import rehearse_studies

        rehearse_studies(loaded.studies, as_json=as_json)
        return
    from capstone_report.measure.options import Options

    options = Options(**asked)
    if detach:
        from capstone_report.terminal.collecting import submit_studies

        submit_studies(loaded, launcher, options, as_json=as_json)
    else:
        _measure(loaded, launcher, options, as_json=as_json)


def _measure(
    project: "Project", launcher: str | None, options: "Options", *, as_json: bool
) -> None:
    """Run the campaign of each study, and say what came of it."""
    from functools import partial

    from capstone_report.analysis.freezing import prediction_to_freeze
    from capstone_report.measure.away.elsewhere import elsewhere_for
    from capstone_report.measure.campaign import run_campaign
    from capstone_report.terminal.running import Account

    account = Account(_view(as_json=as_json), as_json=as_json)
    for declared in project.studies:
        study, elsewhere = elsewhere_for(declared, launcher, project.workspace)
        with account.of(study) as report:
            foresight = partial(prediction_to_freeze, study)
            campaign = run_campaign(
                study, report, options, elsewhere=elsewhere, foresight=foresight
            )
        account.ended(study, campaign)
    account.close()


def require_here(study: "LoadedStudy", command: str) -> None:
    """Refuse a command that runs programs on this machine, for a study whose runs are jobs.

    Raises:
        UsageError: the study asks for a cluster.
    """
    from capstone_report.spec.through import declared_scheduler

    if kind := declared_scheduler(study.study):
        why = f"its runs are jobs of {kind}, and `capstone {command}` runs programs on this machine"
        raise click.UsageError(f"{study.id}: {why}; `capstone run --rehearse` runs it small, here")


def _view(*, as_json: bool) -> type["View"]:
    """Return how a campaign is shown: live on a terminal that can, or else in plain lines."""
    moves = sys.stderr.isatty() and os.environ.get("TERM") not in {"dumb", "unknown"}
    # Where events are written to the same terminal, nothing may move between them.
    if moves and not (as_json and sys.stdout.isatty()):
        from capstone_report.terminal.live import Live

        return Live
    from capstone_report.terminal.lines import Lines

    return Lines
