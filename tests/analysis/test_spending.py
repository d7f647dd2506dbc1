"""Money, energy and carbon per result, and which measured size to take."""

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capstone_report.analysis.facts import Analysis
from capstone_report.analysis.spending_facts import Advice, Size, Spending
from capstone_report.results.records import Energy, RunRecord
from simulated import GONE, MACHINE, SERIAL, TIMES, Changes, around, case_id, pool, reporting

Analysed = Callable[..., Analysis]

CARBON: Changes = {
    f"machines__{MACHINE}": {
        "note": "invented",
        "tdp_w": 100.0,
        "carbon": {"kg_per_kwh": 0.4, "pue": 1.5, "date": date(2025, 12, 31), "source": "a grid"},
    }
}
NO_DEADLINE: Changes = {
    "problem__demand": {"flop": 24e9, "within_s": 0.001},
    "problem__machine": {"name": "one server", "flop_per_s": 1e9, "source": "invented"},
    "problem__ceiling": "compute",
    "axis__name": "training",
}


def workers(size: Size | None) -> int | None:
    """Return the workers of a size, 0 for the baseline."""
    if size is None:
        return None
    return 0 if size.is_baseline else size.workers


def spent(analysis: Analysis) -> Spending:
    """Return what an analysis says about spending."""
    return analysis.concluded.spending


def test_every_measured_size_stands_beside_the_baseline_with_its_price(analysed: Analysed) -> None:
    sizes = spent(analysed()).sizes

    assert [workers(size) for size in sizes] == [0, 1, 2, 4]
    assert [s.cost.value for s in sizes if s.cost] == pytest.approx(
        [0.36 * units * s / 3600 for units, s in [(1, 8.2), (1, 9.225), (2, 4.6125), (4, 2.5625)]]
    )


def test_a_size_is_beaten_only_where_both_intervals_exclude_one(analysed: Analysed) -> None:
    sizes = {workers(s): s.dominated_by for s in spent(analysed()).sizes}

    # One worker is slower than the baseline at the same price per second; two are faster and dearer.
    assert sizes == {0: None, 1: SERIAL, 2: None, 4: None}


def test_sizes_that_cannot_be_told_apart_beat_nobody(analysed: Analysed) -> None:
    alike = {SERIAL: around(8), pool(1): around(8.05), pool(2): around(4)}

    assert [size.dominated_by for size in spent(analysed(alike)).sizes] == [None, None, None]


def test_without_a_price_nothing_is_beaten_and_nothing_is_cheapest(analysed: Analysed) -> None:
    found = spent(analysed(cost=GONE))

    assert {size.dominated_by for size in found.sizes} == {None}
    assert found.cheapest is None
    assert {added.usd_per_worker for added in found.added} == {None}


def test_a_price_of_nothing_costs_nothing_and_decides_nothing(analysed: Analysed) -> None:
    free: Changes = {"prices__core-hour__usd_per_hour": 0.0}

    analysis = analysed(workspace=free)

    assert {p.cost_ratio for p in analysis.points} == {None}
    assert {size.dominated_by for size in spent(analysis).sizes} == {None}
    best = spent(analysis).cheapest
    assert best is not None
    assert len(best.alike) == 3


def test_the_best_sizes_name_those_that_cannot_be_told_from_them(analysed: Analysed) -> None:
    times = {SERIAL: around(8), pool(2): around(4), pool(4): around(3.99)}

    found = spent(analysed(times))

    assert found.fastest is not None
    assert workers(found.fastest.size) == 4
    assert [workers(size) for size in found.fastest.alike] == [2]
    assert found.cheapest is not None
    # Two workers in half the time cost what the baseline does.
    assert {workers(found.cheapest.size), *map(workers, found.cheapest.alike)} == {0, 2}


def test_each_step_has_its_own_speedup_and_the_price_of_each_added_worker(
    analysed: Analysed,
) -> None:
    times = {SERIAL: [8.0] * 6, pool(1): [9.0] * 6, pool(2): [5.0] * 6, pool(4): [6.0] * 6}

    steps = spent(analysed(times)).added

    assert [(s.before, s.after, s.from_baseline) for s in steps] == [
        (1, 1, True),
        (1, 2, False),
        (2, 4, False),
    ]
    assert [s.speedup.value for s in steps] == pytest.approx([8 / 9, 9 / 5, 5 / 6])
    assert [(s.helps, s.harms) for s in steps] == [(False, True), (True, False), (False, True)]
    assert [s.usd_per_worker and s.usd_per_worker.value for s in steps] == pytest.approx(
        [None, 1e-4 * (2 * 5 - 9), 1e-4 * (4 * 6 - 2 * 5) / 2]
    )


def test_the_deadline_is_met_by_the_cheapest_size_whose_whole_interval_is_within_it(
    analysed: Analysed,
) -> None:
    found = spent(analysed())

    # The baseline's interval of 8.0 to 8.4 s does not lie within 8 s.
    assert found.deadline_s == 8.0
    assert workers(found.in_time) == 2
    assert (found.advice, workers(found.recommended)) == (Advice.DISTRIBUTE, 2)


def test_a_baseline_that_meets_the_deadline_at_the_least_price_is_left_alone(
    analysed: Analysed,
) -> None:
    found = spent(analysed(TIMES | {SERIAL: around(7)}))

    assert (found.advice, workers(found.recommended)) == (Advice.STAY, 0)


def test_unpriced_the_fewest_workers_within_the_deadline_are_taken(analysed: Analysed) -> None:
    assert workers(spent(analysed(cost=GONE)).in_time) == 2


def test_a_deadline_advises_no_workers_that_are_not_shown_to_gain_anything(
    analysed: Analysed,
) -> None:
    alike = {SERIAL: around(7), pool(4): around(6.99)}

    for changes in ({}, {"cost": GONE}):
        found = spent(analysed(alike, **changes))

        assert (found.advice, workers(found.recommended)) == (Advice.STAY, 0)


def test_of_prices_that_are_not_told_apart_within_the_deadline_the_fewest_workers_are_taken(
    analysed: Analysed,
) -> None:
    alike = TIMES | {SERIAL: around(9), pool(2): around(4), pool(4): around(1.99)}

    assert workers(spent(analysed(alike)).in_time) == 2


def test_the_deadline_of_the_whole_is_not_met_by_a_step_of_it(analysed: Analysed) -> None:
    # All that is needed takes one machine 80 s or more by its own figures; 8.2 s were measured.
    step: Changes = {"problem__demand": {"data_bytes": 82e9, "within_s": 60.0}}
    alike: Changes = {"problem__demand": {"data_bytes": 80e9, "within_s": 60.0}}

    found, compared = spent(analysed(**step)), spent(analysed(**alike))

    assert (found.deadline_s, found.whole_s, found.in_time) == (None, 82.0, None)
    assert (found.advice, workers(found.recommended)) == (Advice.DISTRIBUTE, 4)
    assert (compared.deadline_s, compared.whole_s, workers(compared.in_time)) == (60.0, None, 0)


def test_without_a_size_in_time_the_fewest_of_the_fastest_are_taken(analysed: Analysed) -> None:
    times = {SERIAL: around(8), pool(2): around(4), pool(4): around(3.99)}

    found = spent(analysed(times, **NO_DEADLINE))

    assert found.in_time is None
    assert (found.advice, workers(found.recommended)) == (Advice.DISTRIBUTE, 2)


def test_where_every_size_is_slower_nothing_is_distributed(analysed: Analysed) -> None:
    times = {SERIAL: around(8), pool(2): around(9), pool(4): around(10)}

    found = spent(analysed(times, **NO_DEADLINE))

    assert (found.advice, workers(found.recommended)) == (Advice.STAY, 0)


def test_where_nothing_is_shown_nothing_is_decided(analysed: Analysed) -> None:
    times = {SERIAL: around(8), pool(2): around(8.01), pool(4): around(10)}

    found = spent(analysed(times, **NO_DEADLINE))

    assert (found.advice, found.recommended) == (Advice.UNDECIDED, None)


def test_a_refused_claim_recommends_nothing(analysed: Analysed) -> None:
    few = {case: times[:3] for case, times in TIMES.items()}

    found = spent(analysed(few))

    assert (found.advice, found.recommended) == (Advice.REFUSED, None)
    assert spent(analysed({})).advice is Advice.REFUSED


def test_a_size_that_missed_its_gate_or_lacks_cores_is_not_compared(analysed: Analysed) -> None:
    def missed(run: RunRecord) -> RunRecord:
        return reporting(run, accuracy=0.5) if run.case_id == pool(2) else run

    assert [workers(s) for s in spent(analysed(edit=missed)).sizes] == [0, 1, 4]

    crowded = analysed(
        TIMES | {pool(8): around(2)},
        benchmarks__1__levels={"workers": [1, 2, 4, 8]},
        benchmarks__1__oversubscribe=True,
    )
    assert [workers(s) for s in spent(crowded).sizes] == [0, 1, 2, 4]


def test_energy_and_carbon_are_per_result_with_their_intervals(analysed: Analysed) -> None:
    def counter(run: RunRecord) -> RunRecord:
        energy = Energy(joules=3.6e6 * (1 + run.repeat / 100), average_w=1.0, method="measured_cpu")
        return run.model_copy(update={"energy": energy})

    found = spent(analysed(edit=counter, workspace=CARBON))

    last = found.sizes[-1]
    assert last.joules is not None
    assert last.carbon_kg is not None
    # 1.025 kWh, of which the building takes half as much again, at 0.4 kg each.
    assert last.carbon_kg.value == pytest.approx(1.025 * 1.5 * 0.4)
    assert last.carbon_kg.unit == "kgCO2e"
    assert last.carbon_kg.interval is not None
    assert last.carbon_kg.interval.high == pytest.approx(1.05 * 0.6)
    assert found.carbon is not None
    assert found.carbon.pue == 1.5


def test_without_declared_carbon_there_is_energy_only(analysed: Analysed) -> None:
    plain: Changes = {f"machines__{MACHINE}": {"note": "invented", "tdp_w": 100.0}}

    found = spent(analysed(workspace=plain))

    assert found.carbon is None
    assert {size.carbon_kg for size in found.sizes} == {None}
    assert all(size.joules for size in found.sizes)


def test_where_the_work_grows_time_and_price_are_those_of_the_baselines_share(
    analysed: Analysed,
) -> None:
    weak: Changes = {
        "benchmarks__1__scaling": "weak",
        "benchmarks__1__scaling_function": "120 items per worker",
    }
    times = {SERIAL: [8.0] * 6, pool(4): [10.0] * 6}

    found = spent(analysed(times, **weak))

    last = found.sizes[-1]
    assert last.time.value == pytest.approx(10 / 4)
    assert last.cost is not None
    assert last.cost.value == pytest.approx(0.36 * 4 * 10 / 3600 / 4)
    assert found.deadline_s is None
    assert found.added[-1].speedup.value == pytest.approx(3.2)


def test_the_sizes_from_which_on_it_is_inefficient_are_shown_by_whole_intervals(
    analysed: Analysed,
) -> None:
    times = {SERIAL: [8.0] * 6, pool(1): [8.0] * 6, pool(2): [6.0] * 6, pool(4): [5.0] * 6}

    found = spent(analysed(times))

    assert (found.below_80, found.below_50) == (2, 4)
    assert (spent(analysed()).below_80, spent(analysed()).below_50) == (None, None)


seconds = st.integers(10, 1600).map(lambda n: n / 100)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seconds, seconds, seconds)
def test_advice_never_contradicts_the_intervals(
    analysed: Analysed, serial: float, two: float, four: float
) -> None:
    analysis = analysed({SERIAL: around(serial), pool(2): around(two), pool(4): around(four)})
    found = spent(analysis)

    lows = [p.speedup.interval.low for p in analysis.points if p.speedup.interval]
    if found.recommended is not None and found.in_time is None:
        faster = max(lows) > 1
        assert (found.advice is Advice.DISTRIBUTE) == faster
    if found.in_time is not None:
        assert found.in_time.time.interval is not None
        assert found.in_time.time.interval.high <= 8.0
    assert all(size.case_id != size.dominated_by for size in found.sizes)
    assert any(size.dominated_by is None for size in found.sizes)


def test_a_baseline_of_the_same_benchmark_stands_once(analysed: Analysed) -> None:
    one: Changes = {"baseline__kind": "one-worker", "baseline__benchmark": "pool"}

    found = spent(analysed(**one))

    assert [workers(size) for size in found.sizes] == [0, 2, 4]
    assert found.sizes[0].case_id == case_id("pool")
