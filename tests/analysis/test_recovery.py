"""What runs with a killed worker show, and that they are part of nothing else."""

from dataclasses import replace
from pathlib import Path

import pytest

from capstone_report.analysis.facts import RecoveredQuality
from capstone_report.analysis.summaries import median_estimate
from capstone_report.report.pages import render_report
from capstone_report.report.words import recovered as in_words
from capstone_report.results.records import Outcome, RunRecord
from recovered import COMMAND, KILLED, analyse_recoveries, ended, killed_with
from simulated import GONE, TIMES, Changes, analyse, codes


def without_a_kill(run: RunRecord) -> RunRecord:
    """Return a run that ended before its worker was to be killed."""
    assert run.injected is not None
    never = run.injected.model_copy(update={"killed_after_s": None})
    return ended(run, Outcome.INCOMPLETE).model_copy(update={"injected": never})


def test_a_case_with_a_fault_has_its_recovery_time_and_its_lost_steps(tmp_path: Path) -> None:
    (fact,) = analyse_recoveries(tmp_path).recoveries

    assert (fact.case_id, fact.worker, fact.at_s) == (KILLED, 1, 5.0)
    assert (fact.recovered, fact.runs, fact.failures) == (6, 6, ())
    # Of 3.0, 3.1, .. 3.5 s and 2, 3, .. 7 steps; six runs bound a median by their extremes.
    assert fact.recovery_time is not None
    assert fact.recovery_time.value == pytest.approx(3.25)
    assert fact.recovery_time.interval is not None
    assert (fact.recovery_time.interval.low, fact.recovery_time.interval.high) == (3.0, 3.5)
    assert fact.lost_steps is not None
    assert fact.lost_steps.value == 4.5


def test_runs_with_a_fault_change_no_other_number(tmp_path: Path) -> None:
    plain = analyse(tmp_path / "plain", TIMES)

    killed = analyse_recoveries(tmp_path / "killed")

    assert (killed.baseline, killed.points, killed.claim) == (
        plain.baseline,
        plain.points,
        plain.claim,
    )
    assert codes(killed) == codes(plain)
    assert (killed.levels, killed.correctness) == (plain.levels, plain.correctness)


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.HUNG, Outcome.TIMEOUT])
def test_runs_that_did_not_recover_are_counted_and_told(tmp_path: Path, outcome: Outcome) -> None:
    analysis = analyse_recoveries(
        tmp_path, edit=lambda run: ended(run, outcome) if run.repeat < 2 else run
    )

    (fact,) = analysis.recoveries
    assert (fact.recovered, fact.runs) == (4, 6)
    assert fact.failures == ((outcome.value, 2),)
    (finding,) = [finding for finding in analysis.findings if finding.code == "CAP365"]
    assert f"2 of 6 runs of {KILLED} in which worker 1 was killed did not recover" in finding.what
    assert finding.what.endswith(f": 2 {outcome.value}")


def test_where_no_run_recovered_there_is_no_time(tmp_path: Path) -> None:
    analysis = analyse_recoveries(tmp_path, edit=lambda run: ended(run, Outcome.FAILED))

    (fact,) = analysis.recoveries
    assert (fact.recovered, fact.recovery_time, fact.lost_steps) == (0, None, None)
    assert fact.quality == ()
    assert in_words(fact) == "0 of 6 runs recovered from the loss of worker 1"


def test_runs_that_somebody_stopped_or_in_which_nothing_was_killed_say_nothing(
    tmp_path: Path,
) -> None:
    stopped = analyse_recoveries(
        tmp_path / "a", edit=lambda run: ended(run, Outcome.INTERRUPTED) if run.repeat else run
    )
    never = analyse_recoveries(tmp_path / "b", edit=without_a_kill)

    assert [(fact.recovered, fact.runs) for fact in stopped.recoveries] == [(1, 1)]
    assert never.recoveries == ()
    assert "CAP365" not in codes(never)


def test_results_stand_beside_those_of_the_same_command_without_a_fault(tmp_path: Path) -> None:
    (fact,) = analyse_recoveries(tmp_path).recoveries

    shown = {quality.metric: quality for quality in fact.quality}
    assert shown.keys() == {"accuracy", "checksum"}
    assert all(quality.holds and quality.difference == 0 for quality in fact.quality)
    assert shown["accuracy"].allowed is None
    assert shown["checksum"].allowed == pytest.approx(41.0 * 1e-6)


def test_another_result_beyond_what_is_allowed_is_told(tmp_path: Path) -> None:
    analysis = analyse_recoveries(tmp_path, edit=killed_with(checksum=40.0))

    (finding,) = [finding for finding in analysis.findings if finding.code == "CAP366"]
    assert finding.what == (
        f"checksum of {KILLED} is 40 at the worst after a recovery; "
        "41 without one, and 4.1e-05 is allowed"
    )


def test_a_gate_that_a_recovered_run_misses_is_told_and_refuses_no_claim(tmp_path: Path) -> None:
    analysis = analyse_recoveries(tmp_path, edit=killed_with(accuracy=0.85))

    (finding,) = [finding for finding in analysis.findings if finding.code == "CAP366"]
    assert finding.what.endswith("is 0.85 at the worst after a recovery; the gate is at least 0.9")
    assert analysis.claim.refusals == ()


def test_without_the_same_case_only_the_gate_judges(tmp_path: Path) -> None:
    other = [*COMMAND, "--elastic"]
    analysis = analyse_recoveries(
        tmp_path, edit=killed_with(checksum=40.0), benchmarks__2__command=other
    )

    (fact,) = analysis.recoveries
    assert {quality.uninterrupted for quality in fact.quality} == {None}
    assert {quality.difference for quality in fact.quality} == {None}
    assert "CAP366" not in codes(analysis)


def test_without_a_tolerance_a_difference_is_shown_and_not_judged(tmp_path: Path) -> None:
    changes = Changes({"baseline__correctness": GONE, "metrics__accuracy__gate": {"at_least": 0.4}})

    analysis = analyse_recoveries(tmp_path, edit=killed_with(accuracy=0.5), **changes)

    (quality,) = analysis.recoveries[0].quality
    assert (quality.metric, quality.worst, quality.allowed) == ("accuracy", 0.5, None)
    assert quality.difference == pytest.approx(0.47)
    assert quality.holds


def test_a_result_at_the_edge_of_what_is_allowed_holds() -> None:
    one = median_estimate([1.0], "1")
    quality = RecoveredQuality(
        metric="loss", recovered=one, worst=1.5, uninterrupted=one, allowed=0.5, passes=True
    )

    assert quality.holds
    assert not replace(quality, allowed=0.49).holds
    assert not replace(quality, passes=False).holds


def test_a_metric_that_no_recovered_run_reports_is_left_out(tmp_path: Path) -> None:
    def silent(run: RunRecord) -> RunRecord:
        samples = tuple(sample for sample in run.samples if sample.metric != "accuracy")
        return run.model_copy(update={"samples": samples})

    (fact,) = analyse_recoveries(tmp_path, edit=silent).recoveries

    assert [quality.metric for quality in fact.quality] == ["checksum"]


def test_the_design_page_gives_the_slot_its_number(tmp_path: Path) -> None:
    report = render_report(analyse_recoveries(tmp_path, edit=killed_with(checksum=40.0)))

    page = next(page.markdown for page in report.pages if page.path.endswith("/design.md"))
    assert (
        "Measured: 6 of 6 runs recovered from the loss of worker 1, in 3.25&nbsp;s; "
        "steps done again: 4.50." in page
    )
    assert "## When a worker dies" in page
    assert "| 6 of 6 | 3.25&nbsp;s<br><small>" in page
    assert "checksum (**another one**)" in page


def test_a_study_without_a_fault_has_no_such_table(tmp_path: Path) -> None:
    report = render_report(analyse(tmp_path, TIMES))

    assert all("When a worker dies" not in page.markdown for page in report.pages)
