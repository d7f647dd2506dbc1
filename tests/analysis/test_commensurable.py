"""What decides a check of the compared sides: which side, which scaling, which cause, which machine."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from capstone_report.analysis.analyze import analyze
from capstone_report.analysis.commensurable.checks import CHECKS
from capstone_report.analysis.facts import Verdict
from capstone_report.findings.finding import Finding, Severity
from capstone_report.results.records import RunRecord
from capstone_report.spec.load import load_project
from flaws.parents import COUNT, SETUP, TIMES, WEAK, changed, measured, noisy, published
from simulated import (
    ENVIRONMENT,
    SERIAL,
    analyse,
    codes,
    load,
    machine_folder,
    pool,
    records,
    reporting,
    write_journal,
    write_workspace,
)


def only(findings: tuple[Finding, ...], code: str) -> Finding:
    """Return the one finding with a code."""
    (found,) = [finding for finding in findings if finding.code == code]
    return found


def test_every_check_is_listed_once() -> None:
    assert len(set(CHECKS)) == len(CHECKS) == 22


def test_another_batch_at_the_claimed_count_refuses_the_claim(tmp_path: Path) -> None:
    grown = {"metrics__global_batch": COUNT}

    def edit(run: RunRecord) -> RunRecord:
        return reporting(run, global_batch=256.0 if run.workers == 4 else 128.0)

    analysis = measured(tmp_path, edit=edit, **grown)  # type: ignore[arg-type] # measured's own

    assert analysis.claim.verdict is Verdict.REFUSED
    assert only(analysis.findings, "CAP454").severity is Severity.REFUSAL


def test_another_batch_beside_the_claim_is_a_warning_and_the_claim_stands(tmp_path: Path) -> None:
    grown = {"metrics__global_batch": COUNT}

    def edit(run: RunRecord) -> RunRecord:
        return reporting(run, global_batch=256.0 if run.workers == 2 else 128.0)

    analysis = measured(tmp_path, edit=edit, **grown)  # type: ignore[arg-type] # measured's own

    assert analysis.claim.verdict is Verdict.FASTER
    assert only(analysis.findings, "CAP454").severity is Severity.WARNING


def test_a_report_counts_over_what_the_study_declares(tmp_path: Path) -> None:
    analysis = measured(
        tmp_path,
        edit=lambda run: reporting(run, parameters=1000.0),
        workers={"parameters": 7},
        metrics__parameters=COUNT,
    )

    assert "CAP458" not in codes(analysis)


def test_a_count_that_is_no_count_is_not_compared(tmp_path: Path) -> None:
    cost = {**COUNT, "kind": "cost", "direction": "lower"}

    analysis = measured(
        tmp_path, edit=lambda run: reporting(run, parameters=run.workers), metrics__parameters=cost
    )

    assert "CAP458" not in codes(analysis)


def test_a_fact_that_was_not_the_same_in_all_runs_of_a_side_differs(tmp_path: Path) -> None:
    analysis = measured(
        tmp_path,
        edit=lambda run: reporting(run, parameters=1000.0 + run.repeat % 2),
        metrics__parameters=COUNT,
    )

    assert "1000 or 1001 at the baseline" in only(analysis.findings, "CAP458").what


def test_many_answers_are_told_shortly(tmp_path: Path) -> None:
    analysis = measured(
        tmp_path,
        {SERIAL: noisy(8)} | {pool(p): noisy(9 / p) for p in range(1, 5)},
        edit=lambda run: reporting(
            run, parameters=1000.0 * run.workers + (run.benchmark == "pool")
        ),
        benchmarks__1__levels={"workers": [1, 2, 3, 4]},
        metrics__parameters=COUNT,
    )

    assert only(analysis.findings, "CAP458").what == (
        "parameters differs: 1000 at the baseline, 1001 at 1 workers, 2001 at 2 workers, "
        "3001 at 3 workers, and 1 more"
    )


def test_full_machines_are_counted_from_how_many_workers_each_holds(tmp_path: Path) -> None:
    analysis = measured(tmp_path, alone={"workers_per_node": 2}, workers={"workers_per_node": 2})

    assert "from 2 to 4 workers the series goes from one machine to 2" in (
        only(analysis.findings, "CAP476").what
    )


def test_the_likely_causes_of_a_point_above_the_ideal_begin_with_what_was_recorded(
    tmp_path: Path,
) -> None:
    def edit(run: RunRecord) -> RunRecord:
        return run.model_copy(update={"peak_memory_bytes": 2**30})

    times = {SERIAL: noisy(8), "pool/threads=2,workers=2": noisy(2)}
    levels = {"workers": [2], "threads": [2]}

    analysis = measured(tmp_path, times, edit=edit, benchmarks__1__levels=levels)

    assert (
        "likely causes: 2 cores per worker beside 1 at the baseline, the rate of the whole job taken for that "
        "of each worker, each worker holds 50% of what the baseline does and fits a cache"
    ) in only(analysis.findings, "CAP474").what


def test_times_that_fall_under_weak_scaling_are_suspected_to_be_those_of_strong_scaling(
    tmp_path: Path,
) -> None:
    times = {SERIAL: noisy(8), pool(2): noisy(4.2)}

    analysis = measured(
        tmp_path,
        times,
        benchmarks__1__levels={"workers": [2]},
        benchmarks__1__scaling="weak",
        benchmarks__1__scaling_function="120 items per worker",
    )

    assert (
        "likely causes: the same work at every count, which is strong scaling and is declared as weak"
    ) in only(analysis.findings, "CAP474").what


def test_days_that_nobody_knows_are_not_far_apart(tmp_path: Path) -> None:
    rows: list[Mapping[str, object]] = [
        *WEAK[:3],
        {"p": 8, "rate": 730, "date": "some day"},
    ]

    assert "CAP468" not in codes(published(tmp_path, rows))


def test_two_benchmarks_with_one_command_that_agree_are_no_caveat(tmp_path: Path) -> None:
    again = {
        "name": "again",
        "command": ["python", "pool.py", "--workers", "{workers}", "--seed", "{seed}"],
        "levels": {"workers": [4]},
        "repeats": 6,
    }
    times = {**TIMES, "again/threads=1,workers=4": noisy(2.5, seed=9)}

    assert "CAP482" not in codes(measured(tmp_path, times, benchmarks__2=again))


def test_a_metric_that_no_run_reports_exceeds_no_limit(tmp_path: Path) -> None:
    limited = {**COUNT, "limit": 1.0}

    def silent(run: RunRecord) -> RunRecord:
        samples = tuple(s for s in run.samples if s.metric != "share")
        return run.model_copy(update={"samples": samples})

    assert "CAP479" not in codes(measured(tmp_path, edit=silent, metrics__share=limited))


def test_a_fact_that_no_run_reports_is_not_known(tmp_path: Path) -> None:
    def silent(run: RunRecord) -> RunRecord:
        samples = tuple(s for s in run.samples if s.metric != "parameters")
        return run.model_copy(update={"samples": samples})

    analysis = measured(tmp_path, edit=silent, metrics__parameters=COUNT)

    assert "CAP458" not in codes(analysis)


def test_a_copy_beside_the_claim_leaves_it(tmp_path: Path) -> None:
    copied = {**TIMES, pool(2): list(TIMES[pool(1)])}

    analysis = measured(tmp_path, copied)

    assert analysis.claim.verdict is Verdict.FASTER
    assert only(analysis.findings, "CAP481").severity is Severity.WARNING


def test_a_baseline_of_another_machine_is_told_with_what_to_run_and_never_compared(
    tmp_path: Path,
) -> None:
    other = ENVIRONMENT.model_copy(update={"cpu": "Another Processor"})

    analysis = measured(tmp_path, edit=changed("serial", environment=other))

    assert analysis.baseline is None
    assert analysis.claim.verdict is Verdict.NOT_MEASURED
    assert [finding.code for finding in analysis.claim.refusals] == ["CAP309", "CAP486"]
    assert "processor Another Processor -> Invented Processor X1" in (
        only(analysis.findings, "CAP486").what
    )


def test_workers_of_another_machine_are_not_compared_either(tmp_path: Path) -> None:
    loaded = load(write_workspace(tmp_path))
    other = ENVIRONMENT.model_copy(update={"gpus": ("Another GPU",)})
    workers = records(loaded, {pool(4): noisy(2.5)}, environment=other)
    alone = records(loaded, {SERIAL: noisy(8)})
    journal = write_journal(machine_folder(loaded), [*workers, *alone])
    project = load_project(tmp_path)

    analysis = analyze(project.studies[0], project.workspace, journal)

    assert "6 runs of the workers" in only(analysis.findings, "CAP486").what


def test_a_case_that_changed_is_stale_and_of_no_other_machine(tmp_path: Path) -> None:
    analysis = measured(tmp_path, edit=changed("serial", fingerprint="0" * 16))

    assert "CAP486" not in codes(analysis)


@pytest.mark.parametrize("scaling", ["weak", "throughput"])
def test_a_global_batch_may_grow_where_the_work_does(tmp_path: Path, scaling: str) -> None:
    analysis = published(tmp_path, WEAK, scaling=scaling)

    assert "CAP454" not in codes(analysis)


def test_a_side_that_says_nothing_at_all_is_not_asked_why(tmp_path: Path) -> None:
    analysis = analyse(tmp_path, TIMES, benchmarks__1__setup=SETUP)

    assert "CAP467" not in codes(analysis)


@pytest.mark.parametrize(("day", "findings"), [(21, 0), (1, 1)])
def test_a_date_that_only_one_side_declares_is_held_against_the_records_of_the_other(
    tmp_path: Path, day: int, findings: int
) -> None:
    analysis = measured(tmp_path, workers={"date": date(2026, 11, day)})

    assert codes(analysis).count("CAP468") == findings
