"""A target is the one that measuring began with, or the report says that it moved."""

from pathlib import Path

import pytest

from capstone_report.analysis.analyze import analyze
from capstone_report.analysis.facts import Analysis
from capstone_report.measure.opening import opening
from capstone_report.results.journal import open_journal, read_journal
from capstone_report.results.records import RecordedTarget
from capstone_report.spec.load import load_project
from simulated import (
    ENVIRONMENT,
    TIMES,
    codes,
    load,
    machine_folder,
    records,
    write_journal,
    write_workspace,
)


def analysed(root: Path, target: RecordedTarget | None, **declared: object) -> Analysis:
    """Return the study with a declared target whose campaign began with another, or with none on record."""
    write_workspace(root, problem__target={"speedup": 1.5, **declared})
    project = load_project(root)
    (loaded,) = project.studies
    journal = write_journal(machine_folder(loaded), records(loaded, TIMES), target=target)
    return analyze(loaded, project.workspace, journal)


@pytest.mark.parametrize(
    ("before", "now", "words"),
    [
        (
            RecordedTarget(speedup=3.5, workers=None),
            {},
            "the target is a speedup of 1.5; it was a speedup of 3.5 when the first counted run",
        ),
        (
            RecordedTarget(speedup=1.5, workers=4),
            {"workers": 2},
            "the target is a speedup of 1.5 at 2 workers; it was a speedup of 1.5 at 4 workers when",
        ),
    ],
)
def test_a_target_that_moved_after_the_first_counted_run_is_told_with_both_values(
    tmp_path: Path, before: RecordedTarget, now: dict[str, object], words: str
) -> None:
    findings = analysed(tmp_path, before, **now).findings

    (told,) = (finding.what for finding in findings if finding.code == "CAP422")
    assert told.startswith(words)


@pytest.mark.parametrize("target", [RecordedTarget(speedup=1.5, workers=None), None])
def test_the_same_target_and_one_that_older_records_do_not_hold_are_not_doubted(
    tmp_path: Path, target: RecordedTarget | None
) -> None:
    assert "CAP422" not in codes(analysed(tmp_path, target))


def test_a_target_that_moved_before_what_counts_was_measured_is_not_doubted(
    tmp_path: Path,
) -> None:
    write_workspace(tmp_path)
    project = load_project(tmp_path)
    (loaded,) = project.studies
    folder = machine_folder(loaded)
    old = RecordedTarget(speedup=9.0, workers=None)
    counted = records(loaded, TIMES)
    outdated = [run.model_copy(update={"fingerprint": "0" * 16}) for run in counted[:1]]
    outdated = [run.model_copy(update={"run_id": f"old-{run.run_id}"}) for run in outdated]
    write_journal(folder, outdated, target=old)
    with open_journal(folder) as (_, writer):
        writer.append(opening(loaded.study, ENVIRONMENT, seed=7, runs=len(counted)))
        for run in counted:
            writer.append(run)

    analysis = analyze(loaded, project.workspace, read_journal(folder))

    assert analysis.stale
    assert "CAP422" not in codes(analysis)


def test_without_records_there_is_no_target_to_compare_with(tmp_path: Path) -> None:
    write_workspace(tmp_path)
    loaded = load(tmp_path)

    assert "CAP422" not in codes(analyze(loaded, load_project(tmp_path).workspace, None))
