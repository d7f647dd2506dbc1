"""`capstone calibrate`: what a message between the workers of a study costs, by size."""

import gc
from datetime import UTC, datetime
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from capstone_report.errors import MachineError, MeasurementError, UsageError
from capstone_report.findings import calibrating as rules
from capstone_report.findings.finding import Severity
from capstone_report.terminal.options import json_option, project_option, studies_argument

if TYPE_CHECKING:
    from capstone_report.analysis.links import Calibration
    from capstone_report.measure.campaign import Campaign, Planner
    from capstone_report.results.records import Environment
    from capstone_report.spec.load import LoadedStudy

SMALLEST_LARGEST = 1 << 16


class Asked(TypedDict):
    """What `capstone calibrate` is asked to measure."""

    workers: tuple[int, ...]
    launches: int | None
    largest: int | None


@click.command()
@studies_argument
@project_option
@json_option
@click.option(
    "--workers",
    metavar="P",
    multiple=True,
    type=click.IntRange(min=2),
    help="Between P workers (repeatable); by default 2, and the study's counts that fit here.",
)
@click.option(
    "--launches",
    metavar="N",
    type=click.IntRange(min=1, max=1000),
    help="Launches at each number of workers; by default 6, the fewest with an interval of 95 %.",
)
@click.option(
    "--largest",
    metavar="BYTES",
    type=click.IntRange(min=SMALLEST_LARGEST),
    help="The largest message; by default 4194304, and 268435456 between GPUs.",
)
def calibrate(
    studies: tuple[str, ...], project: Path, *, as_json: bool, **asked: Unpack[Asked]
) -> None:
    """Measure latency and bandwidth between the workers of a study, and its collectives.

    Times messages of many sizes, point to point and in collectives, started by the study's own
    launcher. The runs are recorded like any other and never count as measurements. [prediction] uses
    the newest ones where it says alpha_s = "calibrate" or beta_s = "calibrate".
    """
    from capstone_report.analysis.links import calibration_findings
    from capstone_report.spec.load import find_root, load_project
    from capstone_report.terminal.calibration_json import CalibrateAnswer, study_calibration
    from capstone_report.terminal.calibration_table import print_calibration

    _require_torch()
    rows, failures = [], []
    for study in load_project(find_root(project), studies).studies:
        campaign, found = _calibrated(study, asked)
        failures += [f for f in campaign.findings if f.severity is Severity.ERROR]
        if found is None:
            continue
        told = list(calibration_findings(f"specs/{study.id}", found))
        rows.append(study_calibration(study.id, campaign.folder.name, found, told))
        if not as_json:
            print_calibration(study.id, found)
            for finding in told:
                click.echo(str(finding), err=True)
    if as_json:
        click.echo(CalibrateAnswer(studies=rows).model_dump_json(by_alias=True, indent=1))
    if failures:
        raise MeasurementError(*failures)


def _require_torch() -> None:
    """Refuse to start without what sends the messages.

    Raises:
        MachineError: PyTorch is not installed.
    """
    if find_spec("torch") is None:
        remedy = "install it: pip install 'capstone-report[torch]'"
        reason = "messages are sent by torch.distributed, and PyTorch is not installed"
        raise MachineError(
            rules.CANNOT_CALIBRATE("capstone calibrate", reason=reason, remedy=remedy)
        )


def _calibrated(study: "LoadedStudy", asked: Asked) -> tuple["Campaign", "Calibration | None"]:
    """Measure a calibration of its own, and read it; None where no launch of it ended well."""
    from capstone_report.analysis.links import newest_calibration
    from capstone_report.measure import facts
    from capstone_report.measure.campaign import run_campaign
    from capstone_report.results.journal import read_journal
    from capstone_report.terminal.lines import Lines

    moment = datetime.now(UTC).isoformat(timespec="milliseconds")
    environment = facts.environment(study.folder)
    planner = planner_of(study, environment, asked, moment)
    with Lines(study) as report:
        campaign = run_campaign(study, report, planner=planner)
    journal = read_journal(campaign.folder)
    gc.freeze()
    found = newest_calibration(study, environment, journal.runs)
    return campaign, found if found and found.moment == moment else None


def planner_of(
    study: "LoadedStudy", environment: "Environment", asked: Asked, moment: str
) -> "Planner":
    """Return what plans the calibration that began at a moment.

    Raises:
        UsageError: the study's launcher cannot share so many workers.
    """
    from capstone_report.calibration import LAUNCHES, calibration_plan

    planner = partial(
        calibration_plan,
        moment=moment,
        workers=tuple(sorted(set(asked["workers"]))),
        launches=asked["launches"] or LAUNCHES,
        largest=asked["largest"],
    )
    try:
        planner(study, environment, ())
    except ValueError as error:
        remedy = "name other --workers, or declare more hosts"
        raise UsageError(
            rules.CANNOT_CALIBRATE(f"specs/{study.id}", reason=str(error), remedy=remedy)
        ) from error
    return planner
