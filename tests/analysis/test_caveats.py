"""What stands beside a claim without refusing it, and when each caveat stays away."""

from collections.abc import Callable
from pathlib import Path

import pytest

from capstone_report.analysis.analyze import analyze
from capstone_report.analysis.facts import Analysis, Verdict
from capstone_report.findings.finding import Finding, Severity
from capstone_report.findings.integrity import TORN_TAIL
from capstone_report.results.records import Outcome, RunRecord
from capstone_report.spec.load import load_project
from simulated import (
    ENVIRONMENT,
    GONE,
    SERIAL,
    TIMES,
    around,
    codes,
    load,
    machine_folder,
    pool,
    records,
    reporting,
    write_journal,
    write_workspace,
)

Analysed = Callable[..., Analysis]


def finding(analysis: Analysis, code: str) -> Finding:
    """Return the one finding of a code."""
    (found,) = [finding for finding in analysis.findings if finding.code == code]
    return found


def test_a_complete_study_has_only_the_caveats_that_it_cannot_avoid(analysed: Analysed) -> None:
    analysis = analysed()

    assert codes(analysis) == ["CAP403", "CAP408", "CAP414"]


def test_workers_that_a_scheduler_put_on_several_machines_are_not_told_to_share_one(
    analysed: Analysed,
) -> None:
    two = ENVIRONMENT.model_copy(update={"facts": {"cluster.machines": "2"}})
    jobs = {"kind": "slurm", "inside": "local", "workers_per_node": 2}

    analysis = analysed(environment=two, benchmarks__0__launcher=jobs, benchmarks__1__launcher=jobs)

    assert [point.case.machines for point in analysis.points] == [1, 1, 2]
    assert "CAP408" not in codes(analysis)
    assert (
        finding(analysis, "CAP414").what == "cores kept busy: baseline 1, workers 4 (at 4 workers)"
    )


def test_two_worker_counts_fit_no_model(analysed: Analysed) -> None:
    analysis = analysed({SERIAL: around(8), pool(1): around(9), pool(2): around(4)})

    assert finding(analysis, "CAP403").what.startswith("worker counts measured: 2; ")


def test_four_worker_counts_are_not_warned_about(analysed: Analysed) -> None:
    counts = (1, 2, 3, 4)
    times = {SERIAL: around(8)} | {pool(workers): around(9 / workers) for workers in counts}

    analysis = analysed(times, benchmarks__1__levels={"workers": list(counts)})

    assert "CAP403" not in codes(analysis)


def test_cases_with_fewer_than_six_runs_are_named_by_how_many_they_have(analysed: Analysed) -> None:
    few_runs = {SERIAL: around(8, runs=5), pool(1): around(8, runs=4), pool(2): around(4, runs=4)}

    analysis = analysed(TIMES | few_runs)

    few = [finding.what for finding in analysis.findings if finding.code == "CAP402"]
    assert few == [
        f"too few runs, n = 4, of {pool(1)}; {pool(2)}; a median has no 95 % interval below 6",
        f"too few runs, n = 5, of {SERIAL}; a median has no 95 % interval below 6",
    ]


def test_stale_runs_are_reported_and_not_counted(tmp_path: Path) -> None:
    before = load(write_workspace(tmp_path))
    made = records(before, TIMES)
    (before.folder / "pool.py").write_text("print('changed')\n")
    project = load_project(tmp_path)
    loaded = project.studies[0]
    new = records(loaded, TIMES)
    journal = write_journal(machine_folder(loaded), [*made, *new])

    analysis = analyze(loaded, project.workspace, journal)

    assert finding(analysis, "CAP304").what == (
        "24 runs are stale and not counted: pool.py changed (24)"
    )
    assert all(point.case.runs == 6 for point in analysis.points)
    assert analysis.attempts == 24 + 24
    assert analysis.claim.verdict is Verdict.FASTER


def test_runs_of_a_case_that_is_no_longer_declared_are_reported_and_not_counted(
    tmp_path: Path,
) -> None:
    before = load(write_workspace(tmp_path))
    made = records(before, TIMES)
    project = load_project(write_workspace(tmp_path, benchmarks__1__name="renamed"))
    journal = write_journal(machine_folder(before), made)

    analysis = analyze(project.studies[0], project.workspace, journal)

    assert analysis.points == ()
    assert finding(analysis, "CAP304").what == (
        "18 runs are stale and not counted: the case is no longer declared (18)"
    )


def test_current_runs_are_not_called_stale(analysed: Analysed) -> None:
    assert "CAP304" not in codes(analysed())


def test_failed_attempts_are_reported_by_how_they_ended(analysed: Analysed) -> None:
    ends = {0: Outcome.FAILED, 1: Outcome.TIMEOUT, 2: Outcome.FAILED}

    def edit(run: RunRecord) -> RunRecord:
        outcome = ends.get(run.repeat, Outcome.OK) if run.case_id == pool(2) else Outcome.OK
        return run.model_copy(update={"outcome": outcome})

    analysis = analysed(edit=edit)

    assert finding(analysis, "CAP303").what == (
        "3 of 24 attempts did not end well: 2 failed, 1 timeout"
    )
    assert finding(analysis, "CAP305").what == "3 of 24 planned runs have not been measured"


def test_missing_runs_are_counted_against_the_plan(analysed: Analysed) -> None:
    analysis = analysed(TIMES | {pool(4): around(2.5, runs=4)})

    assert analysis.missing == 2
    assert finding(analysis, "CAP305").what == "2 of 24 planned runs have not been measured"


def test_more_runs_than_planned_are_not_missing(analysed: Analysed) -> None:
    analysis = analysed({case: around(times[0], runs=9) for case, times in TIMES.items()})

    assert "CAP305" not in codes(analysis)
    assert all(point.case.runs == 9 for point in analysis.points)


def test_without_records_there_is_nothing_to_say_about_them(tmp_path: Path) -> None:
    project = load_project(write_workspace(tmp_path))

    analysis = analyze(project.studies[0], project.workspace, None)

    assert codes(analysis) == ["CAP309"]


def test_skipped_levels_are_named_with_the_reason(analysed: Analysed) -> None:
    analysis = analysed(
        {case: times for case, times in TIMES.items() if case != pool(4)},
        environment=ENVIRONMENT.model_copy(update={"cores": 2}),
    )

    assert finding(analysis, "CAP306").what == (
        f"not measured: {pool(4)} (needs 4 cores; this machine has 2)"
    )
    assert "CAP305" not in codes(analysis)


def test_other_work_on_more_than_a_tenth_of_the_cores_is_reported(analysed: Analysed) -> None:
    def edit(run: RunRecord) -> RunRecord:
        busy = {(SERIAL, 0): 2.5, (pool(2), 1): 3.14}
        return run.model_copy(update={"other_load": busy.get((run.case_id, run.repeat), 0.4)})

    analysis = analysed(edit=edit)

    assert finding(analysis, "CAP307").what == (
        "during 2 of 24 counted runs other work kept more than a tenth of the cores busy "
        "(highest: 3.1 of 4 cores)"
    )


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"baseline__kind": "one-worker", "baseline__benchmark": "pool"}, "CAP411"),
        ({"metrics__accuracy__gate": GONE}, "CAP412"),
        ({"baseline__correctness": GONE}, "CAP413"),
    ],
    ids=["one worker", "no gate", "no ground truth"],
)
def test_what_the_declaration_leaves_open_is_said(
    analysed: Analysed, changes: dict[str, object], code: str
) -> None:
    analysis = analysed(**changes)

    assert code in codes(analysis)
    assert analysis.claim.verdict is Verdict.FASTER


def test_an_estimated_price_is_called_one_once(analysed: Analysed) -> None:
    comparison = {
        "accelerators": 1,
        "price": "core-hour",
        "hours": 1,
        "managed_premium": 1.6,
        "ops_hours": 1,
        "ops_usd_per_hour": 60,
        "basis": "invented",
    }

    analysis = analysed(
        workspace={"prices__core-hour__estimate": True}, cost__build_versus_buy=comparison
    )

    assert finding(analysis, "CAP410").what == (
        "the price 'core-hour' is an estimate (invented, 2026-11-21)"
    )


def test_equal_cores_on_both_sides_are_no_caveat(analysed: Analysed) -> None:
    times = {"serial/threads=4,workers=1": around(8), pool(4): around(2.5)}

    analysis = analysed(times, benchmarks__0__levels={"threads": [4]})

    assert "CAP414" not in codes(analysis)


def test_one_worker_alone_says_nothing_about_several_machines(analysed: Analysed) -> None:
    analysis = analysed({SERIAL: around(8), pool(1): around(9)})

    assert "CAP408" not in codes(analysis)


def test_notices_about_the_records_stand_among_the_findings(tmp_path: Path) -> None:
    project = load_project(write_workspace(tmp_path))
    loaded = project.studies[0]
    journal = write_journal(machine_folder(loaded), records(loaded, TIMES))
    notice = TORN_TAIL("journal.jsonl", size=3, action="nothing")

    analysis = analyze(loaded, project.workspace, journal, [notice])

    assert notice in analysis.findings


def test_a_missed_gate_beside_the_claim_is_a_warning_and_the_claim_stands(
    analysed: Analysed,
) -> None:
    def edit(run: RunRecord) -> RunRecord:
        return reporting(run, accuracy=0.1) if run.case_id == pool(2) else run

    analysis = analysed(edit=edit)

    assert analysis.claim.verdict is Verdict.FASTER
    assert finding(analysis, "CAP404").severity is Severity.WARNING
