"""Campaigns whose number of runs the records decide, and those that measure the noise floor."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from capstone_report.measure.campaign import run_campaign
from capstone_report.measure.options import Options
from capstone_report.results.journal import Journal, read_journal
from capstone_report.results.records import DecisionRecord, Phase
from capstone_report.spec.load import load_project

STEADY = 'from capstone_report.workloads.emit import metric\nmetric("work_time", 1e-4, "s")\n'
UNSTEADY = (
    "import os\n"
    "from capstone_report.workloads.emit import metric\n"
    "repeat = int(os.environ['CAPSTONE_RUN'].split('-')[-2])\n"
    'metric("work_time", 1e-4 * (1 + repeat % 2), "s")\n'
)
PRECISION = "precision = { relative = 0.02, at_most = 9 }"


def measure(workspace: Path, *, noise_floor: int = 0) -> Journal:
    """Measure what is missing and return the journal after it."""
    (loaded,) = load_project(workspace).studies
    return read_journal(
        run_campaign(loaded, lambda _: None, Options(noise_floor=noise_floor)).folder
    )


def test_each_case_runs_until_it_is_known_and_the_decision_stands_in_the_journal(
    workspace: Path, write_study: Callable[..., Path]
) -> None:
    write_study(pool=UNSTEADY, serial=STEADY, serial_extra=PRECISION, pool_extra=PRECISION)

    journal = measure(workspace)

    assert Counter(run.benchmark for run in journal.runs) == {"serial": 8, "pool": 9}
    decisions = [record for record in journal.records if isinstance(record, DecisionRecord)]
    assert {(d.case_id.split("/")[0], d.runs, d.reached) for d in decisions} == {
        ("serial", 8, True),
        ("pool", 9, False),
    }
    assert isinstance(journal.records[-1], DecisionRecord)
    assert len(measure(workspace).records) == len(journal.records)


def test_a_noise_floor_is_measured_once_and_only_when_asked_for(
    workspace: Path, measured: Path
) -> None:
    before = read_journal(measured.parent)

    after = measure(workspace, noise_floor=2)

    assert measure(workspace, noise_floor=2).records == after.records
    assert measure(workspace).records == after.records
    new = after.runs[len(before.runs) :]
    assert {(run.phase, run.benchmark) for run in new} == {(Phase.NOISE_FLOOR, "serial")}
    assert sorted(run.repeat for run in new) == [0, 1, 2, 3]
