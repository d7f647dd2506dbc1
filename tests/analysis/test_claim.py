"""The one claim: what carries it, what decides it, and every reason that refuses it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from capstone_report.analysis.analyze import analyze
from capstone_report.analysis.facts import Analysis, TargetVerdict, Verdict
from capstone_report.findings.finding import Severity
from capstone_report.results.records import Outcome, Phase, RunRecord
from capstone_report.spec.load import load_project
from simulated import (
    ENVIRONMENT,
    GONE,
    SERIAL,
    STUDY_ID,
    TIMES,
    Edit,
    analyse,
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

WITHOUT_INTERVALS = around(2.5, runs=3)


def refusals(analysis: Analysis) -> list[str]:
    """Return the codes of a claim's refusals."""
    return [finding.code for finding in analysis.claim.refusals]


def one_run_of(case: str, change: Edit) -> Edit:
    """Return an edit of the third run of one case."""

    def edit(run: RunRecord) -> RunRecord:
        return change(run) if run.case_id == case and run.repeat == 2 else run

    return edit


def test_a_complete_study_carries_its_claim(analysed: Analysed) -> None:
    analysis = analysed()

    claim = analysis.claim
    assert claim.verdict is Verdict.FASTER
    assert claim.target is TargetVerdict.MET
    assert claim.refusals == ()
    assert claim.workers == 4
    assert claim.point is analysis.points[-1]
    assert claim.quality == ("accuracy",)


def test_a_distributed_version_that_is_slower_is_called_slower(analysed: Analysed) -> None:
    times = TIMES | {pool(4): around(12)}

    claim = analysed(times).claim

    assert claim.verdict is Verdict.SLOWER
    assert claim.target is TargetVerdict.MISSED
    assert claim.refusals == ()


def test_an_interval_that_contains_one_decides_nothing_and_says_so(analysed: Analysed) -> None:
    times = {SERIAL: [8.0, 8.1, 8.2, 8.3, 8.4, 8.5], pool(4): [7.9, 8.05, 8.15, 8.35, 8.45, 8.6]}

    analysis = analysed(times)

    assert analysis.claim.verdict is Verdict.UNDECIDED
    assert analysis.claim.target is TargetVerdict.MISSED
    assert analysis.claim.refusals == ()
    assert "CAP409" in codes(analysis)


@pytest.mark.parametrize("verdict", ["faster", "slower"])
def test_an_interval_beside_one_is_no_caveat(analysed: Analysed, verdict: str) -> None:
    analysis = analysed(TIMES | {pool(4): around(2.5 if verdict == "faster" else 12)})

    assert analysis.claim.verdict.value == verdict
    assert "CAP409" not in codes(analysis)


# The speedup's interval of these times is 2.0 to 2.3 exactly: the range of all ratios.
FOUR = {SERIAL: [8.0, 8.4, 8.8, 9.2], pool(4): [4.0, 4.0, 4.0, 4.0]}


@pytest.mark.parametrize(
    ("target", "verdict"),
    [
        (1.5, TargetVerdict.MET),
        (1.999, TargetVerdict.MET),
        (2.001, TargetVerdict.UNDECIDED),
        (2.299, TargetVerdict.UNDECIDED),
        (2.301, TargetVerdict.MISSED),
        (8.0, TargetVerdict.MISSED),
    ],
)
def test_the_target_is_judged_by_the_whole_interval(
    analysed: Analysed, target: float, verdict: TargetVerdict
) -> None:
    claim = analysed(FOUR, problem__target__speedup=target).claim

    assert claim.verdict is Verdict.FASTER
    assert claim.target is verdict


@pytest.mark.parametrize(
    "few", [{SERIAL: around(8, runs=3)}, {pool(4): WITHOUT_INTERVALS}], ids=["baseline", "pool"]
)
def test_three_runs_on_one_side_refuse_the_claim(
    analysed: Analysed, few: dict[str, list[float]]
) -> None:
    analysis = analysed(TIMES | few)

    (case,) = few
    assert analysis.claim.verdict is Verdict.REFUSED
    assert analysis.claim.target is TargetVerdict.NOT_JUDGED
    assert refusals(analysis) == ["CAP401"]
    assert analysis.claim.refusals[0].what.startswith(f"{case} has n = 3;")
    assert analysis.claim.point is not None
    assert analysis.claim.point.speedup.interval is None


def test_five_runs_on_both_sides_carry_a_claim_without_intervals_of_the_medians(
    analysed: Analysed,
) -> None:
    analysis = analysed({SERIAL: around(8, runs=5), pool(4): around(2.5, runs=5)})

    assert analysis.claim.verdict is Verdict.FASTER
    assert analysis.claim.refusals == ()
    assert codes(analysis).count("CAP402") == 1
    assert analysis.baseline is not None
    assert analysis.baseline.time.interval is None


@pytest.mark.parametrize("case", [SERIAL, pool(4)], ids=["baseline", "pool"])
def test_one_run_of_either_side_below_the_gate_refuses_the_claim(
    analysed: Analysed, case: str
) -> None:
    analysis = analysed(edit=one_run_of(case, lambda run: reporting(run, accuracy=0.8999)))

    assert analysis.claim.verdict is Verdict.REFUSED
    assert refusals(analysis) == ["CAP404"]
    finding = analysis.claim.refusals[0]
    assert finding.what == (
        f"accuracy missed its gate in counted runs of {case} "
        "(for example 0.8999; gate: at least 0.9)"
    )
    assert analysis.claim.target is TargetVerdict.NOT_JUDGED


def test_a_quality_of_exactly_the_gate_passes(analysed: Analysed) -> None:
    analysis = analysed(edit=lambda run: reporting(run, accuracy=0.9))

    assert analysis.claim.verdict is Verdict.FASTER


def test_an_upper_gate_refuses_what_lies_above_it(analysed: Analysed) -> None:
    analysis = analysed(
        edit=one_run_of(pool(4), lambda run: reporting(run, accuracy=2.5)),
        metrics__accuracy__gate={"at_least": 0.5, "at_most": 2.0},
    )

    assert refusals(analysis) == ["CAP404"]
    assert "gate: at least 0.5, at most 2" in analysis.claim.refusals[0].what


def test_a_gate_missed_at_another_worker_count_leaves_the_claim(analysed: Analysed) -> None:
    analysis = analysed(edit=one_run_of(pool(2), lambda run: reporting(run, accuracy=0.1)))

    assert analysis.claim.verdict is Verdict.FASTER


def test_a_gate_that_no_run_was_measured_against_refuses_the_claim(tmp_path: Path) -> None:
    loaded = load(write_workspace(tmp_path, metrics__accuracy=GONE))
    journal = write_journal(machine_folder(loaded), records(loaded, TIMES))
    project = load_project(write_workspace(tmp_path))

    claim = analyze(project.studies[0], project.workspace, journal).claim

    assert claim.quality == ("accuracy",)
    assert claim.verdict is Verdict.REFUSED
    assert claim.refusals


def test_a_ground_truth_that_no_run_was_compared_with_refuses_the_claim(tmp_path: Path) -> None:
    loaded = load(write_workspace(tmp_path, metrics__checksum=GONE, baseline__correctness=GONE))
    journal = write_journal(machine_folder(loaded), records(loaded, TIMES))
    project = load_project(write_workspace(tmp_path))

    claim = analyze(project.studies[0], project.workspace, journal).claim

    assert claim.verdict is Verdict.REFUSED
    assert claim.refusals


def test_one_result_outside_the_tolerance_refuses_the_claim(analysed: Analysed) -> None:
    analysis = analysed(edit=one_run_of(pool(4), lambda run: reporting(run, checksum=41.001)))

    assert analysis.claim.verdict is Verdict.REFUSED
    assert refusals(analysis) == ["CAP405"]
    assert analysis.claim.refusals[0].what == (
        "checksum at 4 workers differs from the baseline by 0.001; 4.1e-05 is allowed"
    )


def test_a_result_inside_the_tolerance_carries_the_claim(analysed: Analysed) -> None:
    analysis = analysed(edit=one_run_of(pool(4), lambda run: reporting(run, checksum=41.00004)))

    assert analysis.claim.verdict is Verdict.FASTER
    assert all(fact.holds for fact in analysis.correctness)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"cpu": "Another Processor"}, "processor Another Processor -> Invented Processor X1"),
        ({"physical_cores": 2}, "physical cores 2 -> 4"),
        ({"packages": {"torch": "2.7.0"}}, "torch 2.7.0 -> 2.6.0"),
        ({"python": "3.12.1", "memory_bytes": 2**30}, "Python 3.12.1 -> 3.11.7"),
        ({"gpus": ("H200", "H200")}, "GPUs 2 x H200 -> none"),
    ],
    ids=["cpu", "cores", "torch", "python", "gpu"],
)
def test_runs_of_another_environment_than_the_newest_are_stale_and_never_mixed(
    analysed: Analysed, change: dict[str, object], reason: str
) -> None:
    other = ENVIRONMENT.model_copy(update=change)

    def edit(run: RunRecord) -> RunRecord:
        early = run.repeat == 0
        return run.model_copy(update={"environment": other}) if early else run

    analysis = analysed(edit=edit)

    assert {point.case.runs for point in analysis.points} == {5}
    assert analysis.missing == 4
    assert {run.reasons for run in analysis.stale} == {(reason,)}
    assert "CAP304" in codes(analysis)


def test_an_updated_kernel_is_a_caveat_and_the_claim_stands(analysed: Analysed) -> None:
    updated = ENVIRONMENT.model_copy(update={"system": "Linux 6.2 x86_64"})

    analysis = analysed(
        edit=lambda run: run.model_copy(
            update={"environment": updated if run.benchmark == "pool" else ENVIRONMENT}
        )
    )

    (said,) = [finding for finding in analysis.findings if finding.code == "CAP406"]
    assert said.what == "counted runs saw different systems: Linux 6.1 x86_64, Linux 6.2 x86_64"
    assert said.severity is Severity.WARNING
    assert analysis.claim.verdict is Verdict.FASTER
    assert analysis.stale == ()


def test_another_commit_or_capstone_is_the_same_environment(analysed: Analysed) -> None:
    other = ENVIRONMENT.model_copy(
        update={"git_commit": "f" * 40, "git_dirty": True, "capstone": "0.2.0"}
    )

    analysis = analysed(
        edit=lambda run: run.model_copy(
            update={"environment": other if run.benchmark == "pool" else ENVIRONMENT}
        )
    )

    assert analysis.claim.verdict is Verdict.FASTER
    assert analysis.commits == ("0123456789ab", "ffffffffffff (modified)")


def test_stale_runs_of_another_environment_do_not_refuse_the_claim(tmp_path: Path) -> None:
    project = load_project(write_workspace(tmp_path))
    loaded = project.studies[0]
    made = records(loaded, TIMES)
    other = ENVIRONMENT.model_copy(update={"cpu": "Another Processor"})
    old = [run.model_copy(update={"fingerprint": "0" * 16, "environment": other}) for run in made]
    journal = write_journal(machine_folder(loaded), [*old, *made])

    analysis = analyze(loaded, project.workspace, journal)

    assert analysis.claim.verdict is Verdict.FASTER
    assert "CAP304" in codes(analysis)


def test_workers_that_share_a_core_refuse_the_claim(analysed: Analysed) -> None:
    analysis = analysed(
        {SERIAL: around(8), pool(2): around(4)},
        environment=ENVIRONMENT.model_copy(update={"cores": 1}),
        benchmarks__1__levels={"workers": [2]},
        benchmarks__1__oversubscribe=True,
    )

    assert analysis.claim.verdict is Verdict.REFUSED
    assert refusals(analysis) == ["CAP407"]
    assert analysis.claim.refusals[0].what == (f"{pool(2)} needs 2 cores; this machine has 1")


def test_ranks_that_share_a_gpu_refuse_the_claim(analysed: Analysed) -> None:
    two = ENVIRONMENT.model_copy(update={"cores": 16, "gpus": ("Invented G1", "Invented G1")})

    analysis = analysed(
        {SERIAL: around(8), pool(4): around(2)},
        environment=two,
        benchmarks__0__accelerated=True,
        benchmarks__1__accelerated=True,
        benchmarks__1__levels={"workers": [4]},
        benchmarks__1__oversubscribe=True,
    )

    assert refusals(analysis) == ["CAP407"]
    assert analysis.claim.refusals[0].what == f"{pool(4)} needs 4 GPUs; this machine has 2"


def test_without_a_named_count_the_claim_stands_at_the_most_workers_that_the_cores_carry(
    analysed: Analysed,
) -> None:
    analysis = analysed(
        environment=ENVIRONMENT.model_copy(update={"cores": 2}), benchmarks__1__oversubscribe=True
    )

    assert analysis.claim.workers == 2
    assert analysis.claim.verdict is Verdict.FASTER


def test_a_named_count_decides_where_the_claim_stands(analysed: Analysed) -> None:
    analysis = analysed(problem__target={"speedup": 1.5, "workers": 2})

    assert analysis.claim.workers == 2
    assert analysis.claim.point is not None
    assert analysis.claim.point.case.case_id == pool(2)


def test_a_named_count_that_was_not_measured_refuses_the_claim(analysed: Analysed) -> None:
    analysis = analysed(problem__target={"speedup": 1.5, "workers": 3})

    assert analysis.claim.verdict is Verdict.REFUSED
    assert refusals(analysis) == ["CAP416"]
    assert analysis.claim.point is None
    assert analysis.claim.workers is None
    assert "names 3 workers" in analysis.claim.refusals[0].what


def test_a_program_that_reports_more_time_than_passed_refuses_the_claim(
    analysed: Analysed,
) -> None:
    analysis = analysed(
        edit=one_run_of(pool(4), lambda run: run.model_copy(update={"wall_time_s": 2.0}))
    )

    assert analysis.claim.verdict is Verdict.REFUSED
    assert refusals(analysis) == ["CAP308"]
    assert "reported 2.55 s of work_time, but its process lasted 2 s" in (
        analysis.claim.refusals[0].what
    )


def test_the_clocks_are_compared_in_seconds(analysed: Analysed) -> None:
    assert analysed(metrics__work_time__unit="ms").claim.refusals == ()
    assert analysed(metrics__work_time__unit="us").claim.refusals == ()


@pytest.mark.parametrize("seconds", [0.0, -1.0])
def test_a_time_that_is_not_positive_carries_no_claim_and_is_never_a_crash(
    analysed: Analysed, seconds: float
) -> None:
    edit = one_run_of(pool(4), lambda run: reporting(run, work_time=seconds))

    claim = analysed(edit=edit).claim

    assert claim.workers != 4 or claim.verdict is Verdict.REFUSED


def test_every_reason_is_named_at_once(analysed: Analysed) -> None:
    def edit(run: RunRecord) -> RunRecord:
        spoilt = run.case_id == pool(4)
        return reporting(run, accuracy=0.1, checksum=1.0) if spoilt else run

    analysis = analysed(TIMES | {pool(4): WITHOUT_INTERVALS}, edit=edit)

    assert refusals(analysis) == ["CAP401", "CAP404", "CAP405"]
    assert codes(analysis)[:3] == ["CAP401", "CAP404", "CAP405"]
    assert all(finding.severity is Severity.REFUSAL for finding in analysis.claim.refusals)
    assert {finding.where for finding in analysis.claim.refusals} == {f"specs/{STUDY_ID}"}


def test_without_records_nothing_is_claimed(tmp_path: Path) -> None:
    project = load_project(write_workspace(tmp_path))

    analysis = analyze(project.studies[0], project.workspace, None)

    assert analysis.claim.verdict is Verdict.NOT_MEASURED
    assert analysis.claim.target is TargetVerdict.NOT_JUDGED
    assert refusals(analysis) == ["CAP309"]
    assert analysis.claim.refusals[0].remedy == f"run `capstone run {STUDY_ID}`"


@pytest.mark.parametrize(
    ("times", "missing"),
    [
        ({SERIAL: around(8)}, "the distributed version has not been measured"),
        ({pool(4): around(2)}, "the baseline has not been measured"),
    ],
    ids=["only the baseline", "only the pool"],
)
def test_half_a_comparison_claims_nothing(
    analysed: Analysed, times: dict[str, list[float]], missing: str
) -> None:
    analysis = analysed(times)

    assert analysis.claim.verdict is Verdict.NOT_MEASURED
    assert refusals(analysis) == ["CAP309"]
    assert analysis.claim.refusals[0].what == missing


def test_only_failed_runs_claim_nothing(analysed: Analysed) -> None:
    analysis = analysed(edit=lambda run: run.model_copy(update={"outcome": Outcome.FAILED}))

    assert analysis.claim.verdict is Verdict.NOT_MEASURED
    assert refusals(analysis) == ["CAP309"]


def test_more_runs_can_only_be_refused_by_their_own_numbers(tmp_path: Path) -> None:
    verdicts = {
        runs: analyse(
            tmp_path / str(runs), {SERIAL: around(8, runs), pool(4): around(2.5, runs)}
        ).claim.verdict
        for runs in range(1, 8)
    }

    assert [runs for runs, verdict in verdicts.items() if verdict is Verdict.FASTER] == [4, 5, 6, 7]
    assert [runs for runs, verdict in verdicts.items() if verdict is Verdict.REFUSED] == [1, 2, 3]


def test_runs_that_hit_their_limit_refuse_the_claim(analysed: Analysed) -> None:
    def edit(run: RunRecord) -> RunRecord:
        cut = run.case_id == pool(4) and run.repeat == 0
        return run.model_copy(update={"outcome": Outcome.TIMEOUT}) if cut else run

    analysis = analysed(edit=edit)

    assert "CAP418" in refusals(analysis)


def test_a_worker_count_without_usable_times_does_not_move_the_claim(analysed: Analysed) -> None:
    def edit(run: RunRecord) -> RunRecord:
        samples = tuple(s.model_copy(update={"phase": "warmup"}) for s in run.samples)
        return run.model_copy(update={"samples": samples}) if run.case_id == pool(4) else run

    analysis = analysed(edit=edit)

    assert analysis.claim.verdict is Verdict.REFUSED
    assert "CAP419" in refusals(analysis)


def test_a_trial_in_another_environment_decides_nothing(analysed: Analysed) -> None:
    other = ENVIRONMENT.model_copy(update={"packages": {"torch": "2.7.0"}})

    def edit(run: RunRecord) -> RunRecord:
        trial = run.phase is Phase.TRIAL
        return run.model_copy(update={"environment": other}) if trial else run

    analysis = analysed(
        trial={SERIAL: [8.0] * 3},
        edit=edit,
        baseline__tune={"factor": "threads", "repeats": 3},
        benchmarks__0__levels={"threads": [1]},
    )

    assert refusals(analysis) == ["CAP309"]
    assert [run.reasons for run in analysis.stale if run.record.phase is Phase.MEASUREMENT] == [
        ("the trial is not complete",)
    ] * 6
