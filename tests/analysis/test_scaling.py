"""Facts from known times: medians, speedups, efficiencies, rates and costs."""

import csv
import io
import math
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median

import pytest

from capstone_report.analysis.analyze import analyze
from capstone_report.analysis.estimates import Estimate, Interval, Method
from capstone_report.analysis.facts import Analysis, ScalingPoint
from capstone_report.results.records import Outcome, RunRecord
from capstone_report.spec.load import load_project
from simulated import (
    GONE,
    MACHINE,
    SERIAL,
    TIMES,
    analyse,
    around,
    case_id,
    load,
    machine_folder,
    pool,
    records,
    reporting,
    write_journal,
    write_workspace,
)

Analysed = Callable[..., Analysis]

# The example of the reference values: Hodges-Lehmann with k = 3 of 25 ratios.
EXAMPLE = {SERIAL: [10.1, 10.3, 9.9, 10.6, 10.0], pool(4): [2.6, 2.7, 2.55, 2.65, 2.8]}

# Ratios are 2.0, 2.1, 2.2 and 2.3, each four times: with 4 + 4 runs the interval is their range.
FOUR = {SERIAL: [8.0, 8.4, 8.8, 9.2], pool(2): [4.0, 4.0, 4.0, 4.0]}


def point(analysis: Analysis, workers: int) -> ScalingPoint:
    """Return the point of a worker count that was measured."""
    found = analysis.point(workers)
    assert found is not None
    return found


def bounds(estimate: Estimate | None) -> tuple[float, float]:
    """Return the bounds of an interval that is there."""
    assert estimate is not None
    assert estimate.interval is not None
    return estimate.interval.low, estimate.interval.high


def test_the_speedup_is_the_hodges_lehmann_ratio_of_the_reference_example(
    analysed: Analysed,
) -> None:
    speedup = point(analysed(EXAMPLE), 4).speedup

    assert speedup.value == pytest.approx(3.814814814814815, rel=1e-9)
    assert bounds(speedup) == pytest.approx((3.607142857142857, 4.0392156862745106), rel=1e-9)
    assert speedup.n == "5 + 5"
    assert speedup.unit == "1"
    assert speedup.interval is not None
    assert speedup.interval.method is Method.HODGES_LEHMANN
    assert speedup.interval.level == 0.95


def test_efficiency_is_the_speedup_divided_by_the_workers_bounds_and_all(
    analysed: Analysed,
) -> None:
    efficiency = point(analysed(EXAMPLE), 4).efficiency

    assert efficiency.value == pytest.approx(3.814814814814815 / 4)
    assert bounds(efficiency) == pytest.approx((3.607142857142857 / 4, 4.0392156862745106 / 4))
    assert efficiency.n == "5 + 5"


def test_a_table_from_known_times_is_the_one_computed_by_hand(analysed: Analysed) -> None:
    two = point(analysed(FOUR), 2)

    assert two.speedup.value == pytest.approx(math.sqrt(2.1 * 2.2))
    assert bounds(two.speedup) == pytest.approx((2.0, 2.3))
    assert two.efficiency.value == pytest.approx(math.sqrt(2.1 * 2.2) / 2)
    assert bounds(two.efficiency) == pytest.approx((1.0, 1.15))


def test_speedup_of_the_baseline_is_one(analysed: Analysed) -> None:
    analysis = analysed(baseline__kind="one-worker", baseline__benchmark="pool")

    one = point(analysis, 1)
    assert one.speedup.value == 1
    assert one.efficiency.value == 1
    assert bounds(one.speedup)[0] <= 1 <= bounds(one.speedup)[1]


def test_points_rise_with_the_workers_and_stand_beside_baseline_and_one_worker(
    analysed: Analysed,
) -> None:
    times = {case: [seconds] * 6 for case, seconds in zip(TIMES, (8.0, 9.0, 5.0, 2.0), strict=True)}

    analysis = analysed(times)

    assert [p.case.workers for p in analysis.points] == [1, 2, 4]
    assert [p.speedup.value for p in analysis.points] == pytest.approx([8 / 9, 8 / 5, 8 / 2])
    beside = [p.one_worker_speedup for p in analysis.points]
    assert [e.value for e in beside if e] == pytest.approx([1, 9 / 5, 9 / 2])
    shares = [p.one_worker_efficiency for p in analysis.points]
    assert [e.value for e in shares if e] == pytest.approx([1, 9 / 10, 9 / 8])


def test_ten_workers_come_after_two(analysed: Analysed) -> None:
    times = {SERIAL: around(8), pool(10): around(2), pool(2): around(4)}
    levels = {"workers": [10, 2]}

    analysis = analysed(times, benchmarks__1__levels=levels, benchmarks__1__oversubscribe=True)

    assert [p.case.workers for p in analysis.points] == [2, 10]


def test_without_one_worker_measured_nothing_is_put_beside_it(analysed: Analysed) -> None:
    two = point(analysed(FOUR), 2)

    assert two.one_worker_speedup is None
    assert two.one_worker_efficiency is None


def test_the_median_time_has_an_order_statistic_interval_from_six_runs_on(
    analysed: Analysed,
) -> None:
    seven = [5.0, 4.0, 9.0, 4.5, 4.1, 4.2, 4.3]

    time = point(analysed({SERIAL: around(8), pool(2): seven}), 2).case.time

    assert time == Estimate(
        value=4.3,
        unit="s",
        n="7",
        interval=Interval(low=4.0, high=9.0, method=Method.ORDER_STATISTICS),
        lowest=4.0,
        highest=9.0,
    )


def test_throughput_is_work_over_the_median_time_with_the_interval_inverted(
    analysed: Analysed,
) -> None:
    times = [4.0, 4.2, 4.4, 4.6, 4.8, 5.0]

    throughput = point(analysed({SERIAL: around(8), pool(2): times}), 2).case.throughput

    assert throughput is not None
    assert throughput.value == pytest.approx(120 / 4.5)
    assert bounds(throughput) == pytest.approx((120 / 5.0, 120 / 4.0))
    assert (throughput.lowest, throughput.highest) == pytest.approx((120 / 5.0, 120 / 4.0))
    assert throughput.unit == "items/s"


def test_without_declared_work_there_is_no_throughput(analysed: Analysed) -> None:
    analysis = analysed(benchmarks__0__work=GONE, benchmarks__1__work=GONE)

    assert point(analysis, 2).case.throughput is None


@pytest.mark.parametrize(("billed_per", "units"), [("core", 6), ("worker", 2), ("machine", 1)])
def test_cost_is_price_times_billed_units_times_time(
    analysed: Analysed, billed_per: str, units: int
) -> None:
    times = {SERIAL: [8.0] * 6, case_id("pool", workers=2, threads=3): around(4)}
    levels = {"workers": [2], "threads": [3]}

    analysis = analysed(
        times,
        cost__billed_per=billed_per,
        benchmarks__1__levels=levels,
        benchmarks__1__oversubscribe=True,
    )

    two = point(analysis, 2)
    assert two.case.cost is not None
    assert two.case.cost.value == pytest.approx(0.36 * units * median(around(4)) / 3600)
    assert bounds(two.case.cost) == pytest.approx(
        (0.36 * units * 4 / 3600, 0.36 * units * 4.2 / 3600)
    )
    assert two.case.cost.unit == "USD"


def test_the_cost_ratio_is_the_billed_time_ratio_and_falls_as_the_speedup_rises(
    analysed: Analysed,
) -> None:
    two = point(analysed(FOUR), 2)

    assert two.cost_ratio is not None
    assert two.cost_ratio.value == pytest.approx(2 / math.sqrt(2.1 * 2.2))
    assert bounds(two.cost_ratio) == pytest.approx((2 / 2.3, 2 / 2.0))


def test_without_a_declared_cost_nothing_costs(analysed: Analysed) -> None:
    two = point(analysed(cost=GONE), 2)

    assert two.case.cost is None
    assert two.cost_ratio is None


def test_times_in_milliseconds_give_the_same_facts_in_seconds(analysed: Analysed) -> None:
    seconds = point(analysed(EXAMPLE), 4)

    milliseconds = point(analysed(EXAMPLE, metrics__work_time__unit="ms"), 4)

    assert milliseconds.case.time.value == pytest.approx(seconds.case.time.value)
    assert milliseconds.speedup.value == pytest.approx(seconds.speedup.value)
    assert milliseconds.case.cost is not None
    assert seconds.case.cost is not None
    assert milliseconds.case.cost.value == pytest.approx(seconds.case.cost.value)
    assert milliseconds.case.metrics["work_time"].unit == "ms"


def test_a_value_is_never_read_in_another_unit_than_it_was_reported_in(tmp_path: Path) -> None:
    loaded = load(write_workspace(tmp_path))
    journal = write_journal(machine_folder(loaded), records(loaded, TIMES))
    project = load_project(write_workspace(tmp_path, metrics__work_time__unit="ms"))

    analysis = analyze(project.studies[0], project.workspace, journal)

    assert analysis.baseline is None or analysis.baseline.time.value == pytest.approx(8.2)


def test_with_three_runs_on_one_side_there_is_no_speedup_interval_anywhere(
    analysed: Analysed,
) -> None:
    few = {SERIAL: around(8, runs=3)} | {pool(w): around(8 / w, runs=30) for w in (1, 2, 4)}

    analysis = analysed(few)

    assert len(analysis.points) == 3
    for p in analysis.points:
        assert p.speedup.interval is None
        assert p.efficiency.interval is None
        assert p.cost_ratio is not None
        assert p.cost_ratio.interval is None
        assert p.speedup.n == "3 + 30"


def test_with_five_runs_the_median_has_no_interval_but_the_speedup_has(
    analysed: Analysed,
) -> None:
    four = point(analysed(EXAMPLE), 4)

    assert four.case.time.interval is None
    assert four.case.cost is not None
    assert four.case.cost.interval is None
    assert four.speedup.interval is not None


def test_the_fastest_level_of_a_baseline_without_a_trial_counts(analysed: Analysed) -> None:
    times = {
        case_id("serial", threads=1): around(8),
        case_id("serial", threads=2): around(5),
        case_id("serial", threads=4): around(6),
        pool(2): around(4),
    }

    analysis = analysed(times, benchmarks__0__levels={"threads": [1, 2, 4]})

    assert analysis.baseline is not None
    assert analysis.baseline.threads == 2
    assert point(analysis, 2).speedup.value == pytest.approx(5 / 4, rel=0.01)


def test_a_trial_decides_the_baseline_and_never_counts_towards_it(analysed: Analysed) -> None:
    one, two, four = (case_id("serial", threads=threads) for threads in (1, 2, 4))
    trial = {one: [3.0] * 3, two: [2.0] * 3, four: [2.5] * 3}

    analysis = analysed(
        {two: around(7), pool(2): around(4)},
        trial=trial,
        baseline__tune={"factor": "threads", "repeats": 3},
        benchmarks__0__levels={"threads": [1, 2, 4]},
    )

    assert analysis.baseline is not None
    assert analysis.baseline.case_id == two
    assert analysis.baseline.times == tuple(around(7))
    assert {(fact.level, fact.time.value, fact.chosen) for fact in analysis.trial} == {
        ("threads = 1", 3.0, False),
        ("threads = 2", 2.0, True),
        ("threads = 4", 2.5, False),
    }


def test_the_trials_levels_come_in_their_declared_order(analysed: Analysed) -> None:
    levels = [1, 2, 4, 16]
    trial = {case_id("serial", threads=threads): [1.0] * 3 for threads in levels}

    analysis = analysed(
        {},
        trial=trial,
        baseline__tune={"factor": "threads", "repeats": 3},
        benchmarks__0__levels={"threads": levels},
        benchmarks__0__oversubscribe=True,
    )

    assert [fact.level for fact in analysis.trial] == [f"threads = {level}" for level in levels]


def test_correctness_takes_the_run_that_is_furthest_from_the_baselines_median(
    analysed: Analysed,
) -> None:
    def edit(run: RunRecord) -> RunRecord:
        changed = {0: 41.5, 1: 40.0}.get(run.repeat, 41.0)
        return reporting(run, checksum=changed) if run.case_id == pool(2) else run

    analysis = analysed(
        edit=edit, baseline__correctness__rtol=0.01, baseline__correctness__atol=0.5
    )

    facts = {fact.workers: fact for fact in analysis.correctness}
    assert sorted(facts) == [1, 2, 4]
    assert facts[2].distributed == 40.0
    assert facts[2].difference == 1.0
    assert facts[2].allowed == pytest.approx(0.5 + 0.41)
    assert not facts[2].holds
    assert facts[4].holds
    assert facts[4].difference == 0


def test_a_difference_of_exactly_the_tolerance_holds(analysed: Analysed) -> None:
    def edit(run: RunRecord) -> RunRecord:
        return reporting(run, checksum=41.5) if run.benchmark == "pool" else run

    analysis = analysed(edit=edit, baseline__correctness__rtol=0, baseline__correctness__atol=0.5)

    assert all(fact.holds for fact in analysis.correctness)


def test_stale_runs_are_kept_and_never_counted(analysed: Analysed) -> None:
    def edit(run: RunRecord) -> RunRecord:
        old = run.case_id == pool(2) and run.repeat < 3
        changes = {"fingerprint": "0" * 16} if old else {}
        return reporting(run.model_copy(update=changes), work_time=0.1) if old else run

    analysis = analysed(edit=edit)

    two = point(analysis, 2).case
    assert two.times == tuple(TIMES[pool(2)][3:])
    assert two.runs == 3
    assert analysis.attempts == 24
    assert "0" * 16 in analysis.runs_csv


def test_failed_attempts_are_kept_and_never_counted(analysed: Analysed) -> None:
    def edit(run: RunRecord) -> RunRecord:
        broken = run.case_id == pool(2) and run.repeat == 0
        return run.model_copy(update={"outcome": Outcome.TIMEOUT}) if broken else run

    analysis = analysed(edit=edit)

    assert point(analysis, 2).case.times == tuple(TIMES[pool(2)][1:])
    assert analysis.attempts == 24
    assert analysis.failed == 1
    assert analysis.missing == 1


def test_every_attempt_is_a_row_of_the_csv(analysed: Analysed) -> None:
    analysis = analysed()

    rows = list(csv.DictReader(io.StringIO(analysis.runs_csv)))
    assert len(rows) == 24
    assert {"run_id", "outcome", "work_time", "accuracy", "checksum"} <= rows[0].keys()
    times = [float(row["work_time"]) for row in rows if row["case_id"] == SERIAL]
    assert times == pytest.approx(TIMES[SERIAL])


def test_without_records_everything_is_missing_and_nothing_fails(tmp_path: Path) -> None:
    project = load_project(write_workspace(tmp_path))

    analysis = analyze(project.studies[0], project.workspace, None)

    assert analysis.baseline is None
    assert analysis.points == ()
    assert analysis.machine is None
    assert analysis.environment is None
    assert analysis.missing == 24
    assert analysis.skipped == ()
    assert analysis.attempts == 0


def test_an_analysis_says_which_machine_when_and_at_which_commit(analysed: Analysed) -> None:
    analysis = analysed(workspace={f"machines__{MACHINE}__note": "A quiet machine."})

    assert analysis.machine == MACHINE
    assert analysis.machine_note == "A quiet machine."
    assert analysis.commits == ("0123456789ab",)
    assert analysis.campaigns == 1
    assert analysis.measured_from == "2026-11-21T10:00:00+00:00"
    assert analysis.measured_to == "2026-11-21T10:23:00+00:00"


def test_the_same_records_give_the_same_analysis(tmp_path: Path) -> None:
    project = load_project(write_workspace(tmp_path))
    loaded = project.studies[0]
    journal = write_journal(machine_folder(loaded), records(loaded, TIMES))

    first, second = (analyze(loaded, project.workspace, journal) for _ in range(2))

    assert first == second


@pytest.mark.parametrize("field", ["accuracy", "checksum", "work_time"])
def test_every_declared_metric_has_its_median_over_the_runs(analysed: Analysed, field: str) -> None:
    case = point(analysed(), 2).case

    assert case.metrics[field].value == median(case.values[field])
    assert case.metrics[field].n == "6"


def test_build_versus_buy_uses_the_price_that_it_names(analysed: Analysed) -> None:
    comparison = {
        "accelerators": 16,
        "price": "gpu-hour",
        "hours": 100,
        "managed_premium": 1.6,
        "ops_hours": 40,
        "ops_usd_per_hour": 60,
        "basis": "exercise 41.5.3",
    }
    price = {"usd_per_hour": 2.5, "unit": "GPU", "date": date(2026, 11, 21), "source": "book"}

    analysis = analysed(cost__build_versus_buy=comparison, workspace={"prices__gpu-hour": price})

    fact = analysis.build_versus_buy
    assert fact is not None
    assert fact.break_even_hours == pytest.approx(100)
    assert fact.break_even_unit_hours == pytest.approx(1600)
    assert fact.self_managed_usd == pytest.approx(6400)
    assert not fact.self_managed_wins


def test_where_two_workers_are_the_fewest_speedup_and_efficiency_are_relative_to_them(
    tmp_path: Path,
) -> None:
    times = {pool(2): around(8), pool(4): around(4)}

    analysis = analyse(
        tmp_path,
        times,
        baseline__kind="smallest-feasible",
        baseline__benchmark="pool",
        baseline__smallest_workers=2,
        benchmarks__1__levels={"workers": [2, 4]},
        problem__demand__memory_bytes=150e9,
        problem__machine__memory_bytes=80e9,
    )

    assert analysis.baseline is not None
    assert analysis.baseline.workers == 2
    assert point(analysis, 4).speedup.value == pytest.approx(2, rel=0.01)
    assert point(analysis, 4).efficiency.value == pytest.approx(1, rel=0.01)  # S p0/p = 2 * 2/4
    assert point(analysis, 2).efficiency.value == pytest.approx(1)
    assert "CAP420" in {finding.code for finding in analysis.findings}
