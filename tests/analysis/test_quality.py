"""Quality beside speed: the same within a margin, and how long a result of it takes."""

import math
from collections.abc import Callable
from pathlib import Path

import pytest

from capstone_report.analysis.facts import Analysis, Verdict
from capstone_report.analysis.quality_facts import SpeedupOf
from capstone_report.perfmodel.equivalence import Sameness
from capstone_report.results.records import Injected, Outcome, RunRecord
from simulated import (
    SERIAL,
    TIMES,
    Changes,
    Edit,
    analyse,
    around,
    codes,
    pool,
    reporting,
    spec_problems,
    write_workspace,
)

Analysed = Callable[..., Analysis]

MARGIN: Changes = {"metrics__accuracy__equivalent_within": 0.01}


def count(role: str) -> dict[str, object]:
    """Return a count with a role."""
    return {
        "description": "a count with a role",
        "unit": "1",
        "kind": "count",
        "direction": "lower",
        "scope": "total",
        "role": role,
    }


STEPS: Changes = {"metrics__steps": count("steps-to-target")}
SEEDS: Changes = {"metrics__seed": count("seed")}
RATE: Changes = {
    "problem__headline_metric": "rate",
    "metrics__rate": count("seed") | {"unit": "samples/s", "kind": "rate", "direction": "higher"},
    "benchmarks__1__scaling": "throughput",
}
RATE["metrics__rate"].pop("role")


def by_seed(*, shift: float, reverse: bool = False) -> Edit:
    """Return an edit in which accuracy follows the seed, and four workers are shifted."""

    def edit(run: RunRecord) -> RunRecord:
        distributed = run.case_id == pool(4)
        seed = 5 - run.repeat if distributed and reverse else run.repeat
        by = shift + 0.0002 * (seed % 2) if distributed else 0.0
        return reporting(run, accuracy=0.91 + 0.015 * seed + by, seed=float(seed))

    return edit


def stepping(serial: float, four: float) -> Edit:
    """Return an edit in which the baseline and four workers need these steps to their target."""
    needs = {SERIAL: serial, pool(4): four}
    return lambda run: reporting(run, steps=needs.get(run.case_id, 100.0))


def test_a_quality_is_equivalent_only_where_an_interval_lies_within_the_margin(
    analysed: Analysed,
) -> None:
    analysis = analysed(**MARGIN)

    assert {c.sameness for c in analysis.concluded.quality.comparisons} == {Sameness.EQUIVALENT}
    assert "CAP492" not in codes(analysis)


def test_without_a_margin_nothing_is_judged_but_the_difference_is_there(analysed: Analysed) -> None:
    (first, *_) = analysed().concluded.quality.comparisons

    assert (first.margin, first.sameness) == (None, None)
    assert first.difference.value == pytest.approx(0)
    assert first.difference.n == "6 + 6"


def test_the_same_seeds_are_compared_in_pairs_in_whatever_order_they_ran(
    analysed: Analysed,
) -> None:
    changes = MARGIN | SEEDS | {"metrics__accuracy__gate": {"at_least": 0.5}}

    paired = analysed(edit=by_seed(shift=-0.004, reverse=True), **changes)

    last = paired.concluded.quality.comparisons[-1]
    assert last.paired
    assert last.sameness is Sameness.EQUIVALENT
    assert last.difference.value == pytest.approx(-0.0039)


def test_other_seeds_are_not_pairs_and_the_same_values_show_nothing(analysed: Analysed) -> None:
    changes = MARGIN | {"metrics__accuracy__gate": {"at_least": 0.5}}

    unpaired = analysed(edit=by_seed(shift=-0.004), **changes)

    last = unpaired.concluded.quality.comparisons[-1]
    assert not last.paired
    assert last.sameness is Sameness.NOT_SHOWN
    assert "CAP492" in codes(unpaired)
    assert unpaired.claim.verdict is Verdict.FASTER


def test_a_quality_that_is_shown_to_be_worse_refuses_the_claim_although_the_gate_is_reached(
    analysed: Analysed,
) -> None:
    worse = analysed(
        edit=lambda run: reporting(
            run, accuracy=0.93 if run.case_id == pool(4) else 0.97 + run.repeat / 1e4
        ),
        **MARGIN,
    )

    assert [finding.code for finding in worse.claim.refusals] == ["CAP491"]
    assert worse.concluded.quality.comparisons[-1].is_shown_worse


def test_worse_at_another_worker_count_is_a_warning_there(analysed: Analysed) -> None:
    analysis = analysed(
        edit=lambda run: reporting(
            run, accuracy=0.93 if run.case_id == pool(2) else 0.97 + run.repeat / 1e4
        ),
        **MARGIN,
    )

    assert analysis.claim.verdict is Verdict.FASTER
    assert [f.severity.value for f in analysis.findings if f.code == "CAP491"] == ["warning"]


def test_a_better_quality_is_different_but_refuses_nothing(analysed: Analysed) -> None:
    better = analysed(
        edit=lambda run: reporting(
            run, accuracy=0.99 if run.case_id == pool(4) else 0.95 + run.repeat / 1e4
        ),
        **MARGIN,
    )

    last = better.concluded.quality.comparisons[-1]
    assert (last.sameness, last.worse) == (Sameness.DIFFERENT, False)
    assert better.claim.refusals == ()
    assert "CAP492" not in codes(better)


def test_two_runs_show_no_sameness(analysed: Analysed) -> None:
    few = {case: times[:2] for case, times in TIMES.items()}

    analysis = analysed(few, **MARGIN)

    (said,) = [f for f in analysis.findings if f.code == "CAP492"]
    assert "fewer than three values" in said.what


@pytest.mark.parametrize(
    ("changes", "label"),
    [
        ({}, SpeedupOf.WORK),
        (STEPS, SpeedupOf.TARGET),
        ({"benchmarks__1__scaling": "throughput"}, SpeedupOf.THROUGHPUT),
        (RATE, SpeedupOf.THROUGHPUT),
        (RATE | STEPS, SpeedupOf.THROUGHPUT),
    ],
)
def test_a_speedup_says_what_it_compares(
    analysed: Analysed, changes: Changes, label: SpeedupOf
) -> None:
    assert analysed(**changes).concluded.quality.speedup_of is label


def test_the_speedup_to_the_target_is_the_product_of_both_factors(analysed: Analysed) -> None:
    times = {SERIAL: [8.0] * 6, pool(4): [4.0] * 6}

    # Four workers need 50 % more steps, and do each of them three times as fast.
    (fact,) = analysed(
        times, edit=stepping(100, 150), **STEPS, benchmarks__1__levels={"workers": [4]}
    ).concluded.quality.to_target

    assert fact.statistical.value == pytest.approx(100 / 150)
    assert fact.throughput.value == pytest.approx(3)
    assert fact.speedup.value == pytest.approx(2)
    assert fact.speedup.value == pytest.approx(fact.statistical.value * fact.throughput.value)
    assert fact.efficiency.value == pytest.approx(0.5)
    for factor in (fact.statistical, fact.throughput, fact.speedup):
        assert factor.interval is not None


def test_of_rates_the_throughput_is_their_ratio_and_the_steps_divide_it(
    analysed: Analysed,
) -> None:
    rates = {SERIAL: [100.0] * 6, pool(4): [320.0] * 6}

    (fact,) = analysed(
        rates, edit=stepping(10, 16), **RATE, **STEPS, benchmarks__1__levels={"workers": [4]}
    ).concluded.quality.to_target

    assert fact.throughput.value == pytest.approx(3.2)
    assert fact.statistical.value == pytest.approx(0.625)
    assert fact.speedup.value == pytest.approx(2.0)


def stopped(run: RunRecord, *, runs: int) -> RunRecord:
    """Return a run of four workers that was stopped at its limit, if it is among the first."""
    if run.case_id == pool(4) and run.repeat < runs:
        return run.model_copy(update={"outcome": Outcome.TIMEOUT, "samples": ()})
    return run


def test_runs_that_were_stopped_take_for_ever_and_open_the_interval(analysed: Analysed) -> None:
    arrivals = analysed(edit=lambda run: stopped(run, runs=1)).concluded.quality.arrivals

    last = arrivals[-1]
    assert (last.reached, last.runs, last.never) == (5, 6, 1)
    assert last.time is not None
    assert last.time.interval is not None
    assert math.isinf(last.time.interval.high)
    # Of five that arrived and one that did not, the fastest and the lost one are left out.
    assert last.olympic_s == pytest.approx(sum(around(2.5)[2:]) / 4)


def test_half_of_the_runs_lost_leave_no_median_and_two_no_olympic_mean(analysed: Analysed) -> None:
    analysis = analysed(edit=lambda run: stopped(run, runs=3))

    last = analysis.concluded.quality.arrivals[-1]
    assert (last.time, last.olympic_s) == (None, None)
    assert analysis.claim.verdict is Verdict.REFUSED


def test_a_run_that_missed_its_gate_never_arrived(analysed: Analysed) -> None:
    def missed(run: RunRecord) -> RunRecord:
        return reporting(run, accuracy=0.5) if run.case_id == pool(2) and not run.repeat else run

    reached = {a.case_id: a.reached for a in analysed(edit=missed).concluded.quality.arrivals}

    assert reached == {SERIAL: 6, pool(1): 6, pool(2): 5, pool(4): 6}


def silent(metric: str, *cases: str, after: int = 0) -> Edit:
    """Return an edit after which some runs of cases do not report a metric."""

    def edit(run: RunRecord) -> RunRecord:
        if run.case_id not in cases or run.repeat < after:
            return run
        kept = tuple(sample for sample in run.samples if sample.metric != metric)
        return run.model_copy(update={"samples": kept})

    return edit


@pytest.mark.parametrize("case", [SERIAL, pool(4)])
def test_a_run_that_does_not_say_when_it_arrived_refuses_the_claim(
    analysed: Analysed, case: str
) -> None:
    analysis = analysed(edit=silent("steps", case, after=4), **STEPS)

    assert [finding.code for finding in analysis.claim.refusals] == ["CAP494"]
    arrivals = {a.case_id: a.reached for a in analysis.concluded.quality.arrivals}
    assert arrivals[case] == 4
    assert all(fact.workers != 4 for fact in analysis.concluded.quality.to_target)


def test_a_timeout_leaves_no_speedup_to_the_target(analysed: Analysed) -> None:
    answers = analysed(edit=lambda run: stopped(run, runs=1), **STEPS).concluded.quality

    assert [fact.workers for fact in answers.to_target] == [1, 2]


def test_a_gated_quality_that_is_missing_is_no_arrival(analysed: Analysed) -> None:
    arrivals = analysed(edit=silent("accuracy", pool(2))).concluded.quality.arrivals

    assert {a.case_id: a.reached for a in arrivals}[pool(2)] == 0


def test_rates_and_studies_without_a_target_have_no_arrivals(analysed: Analysed) -> None:
    assert analysed(**RATE).concluded.quality.arrivals == ()
    assert analysed(metrics__accuracy__gate={"at_least": 0.0}).concluded.quality.arrivals != ()


def test_nothing_measured_says_only_what_would_be_compared(analysed: Analysed) -> None:
    answers = analysed({}).concluded.quality

    assert (answers.comparisons, answers.arrivals, answers.to_target) == ((), (), ())


def test_runs_with_a_fault_put_into_them_are_no_arrivals(analysed: Analysed) -> None:
    fault = Injected(kill_worker=0, reported_after_s=0.1, killed_after_s=0.2)

    def injected(run: RunRecord) -> RunRecord:
        first = run.case_id == pool(4) and run.repeat == 0
        return run.model_copy(update={"injected": fault}) if first else run

    arrivals = analysed(edit=injected).concluded.quality.arrivals

    assert arrivals[-1].runs == 5


LOSS: Changes = {
    "metrics__final_loss": {
        "description": "loss",
        "unit": "1",
        "kind": "quality",
        "direction": "lower",
        "scope": "total",
    }
}


def test_a_quality_that_another_benchmark_reports_is_not_that_of_the_timed_runs(
    analysed: Analysed,
) -> None:
    analysis = analysed(edit=silent("final_loss", SERIAL), **LOSS)

    (said,) = [finding for finding in analysis.findings if finding.code == "CAP490"]
    assert "0 of the 6 counted runs of serial" in said.what
    assert "runs of pool report it" in said.what


def test_a_quality_that_nobody_reports_is_told_by_nobody(analysed: Analysed) -> None:
    everywhere = (SERIAL, *(pool(workers) for workers in (1, 2, 4)))

    assert "CAP490" not in codes(analysed(edit=silent("final_loss", *everywhere), **LOSS))


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"metrics__work_time__equivalent_within": 0.1}, "metrics.work_time.equivalent_within"),
        ({"metrics__accuracy__role": "seed"}, "metrics.accuracy.role"),
        (STEPS | {"metrics__more": count("steps-to-target")}, "metrics.more.role"),
    ],
)
def test_a_margin_or_a_role_in_the_wrong_place_is_refused(
    tmp_path: Path, changes: Changes, where: str
) -> None:
    problems = spec_problems(write_workspace(tmp_path, **Changes(changes)))

    assert [p.code for p in problems] == ["CAP226"]
    assert problems[0].place is not None
    assert problems[0].place.key == where


def test_unlike_spreads_are_told_with_the_bootstrap_beside_the_exact_interval(
    tmp_path: Path,
) -> None:
    unlike = TIMES | {
        SERIAL: [8 + run / 1000 for run in range(12)],
        pool(4): [2.5 + 0.08 * run for run in range(12)],
    }

    analysis = analyse(tmp_path, unlike)

    fact = analysis.concluded.unlike[-1]
    assert fact.workers == 4
    assert fact.bootstrap.interval is not None
    assert fact.bootstrap.value == pytest.approx(8.0055 / 2.94)
    assert "CAP495" in codes(analysis)
    assert "CAP496" not in codes(analysis)


def test_samples_that_spread_alike_are_left_to_the_exact_interval(analysed: Analysed) -> None:
    analysis = analysed()

    assert analysis.concluded.unlike == ()
    assert "CAP495" not in codes(analysis)


def test_four_runs_have_no_bootstrap_but_the_caveat(analysed: Analysed) -> None:
    unlike = TIMES | {SERIAL: [8.0, 8.0, 8.0, 8.0], pool(4): [2.0, 2.0, 3.0, 3.2]}

    analysis = analysed(unlike)

    (said,) = [finding for finding in analysis.findings if finding.code == "CAP495"]
    assert "gives no interval" in said.what
