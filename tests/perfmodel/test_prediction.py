"""Predictions: the book's table and its sizes, and what no search may get wrong."""

import math
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from capstone_report.perfmodel import search
from capstone_report.perfmodel.bounds import Bounds
from capstone_report.perfmodel.comm.book_ring import BookRing
from capstone_report.perfmodel.comm.broadcast import Broadcast
from capstone_report.perfmodel.comm.gossip import Gossip
from capstone_report.perfmodel.comm.model import CommModel, models
from capstone_report.perfmodel.comm.parameter_server import ParameterServer
from capstone_report.perfmodel.comm.rabenseifner import Rabenseifner
from capstone_report.perfmodel.comm.recursive_doubling import RecursiveDoubling
from capstone_report.perfmodel.comm.ring import Ring
from capstone_report.perfmodel.comm.tree import Tree
from capstone_report.perfmodel.comm.two_level import TwoLevel
from capstone_report.perfmodel.optima import (
    Prices,
    below_baseline,
    communication_dominates,
    cost_optimal,
    knee,
    largest_at_efficiency,
    ratio_one,
    relative_cost,
    ring_step,
    time_optimal,
    time_optimal_continuous,
)
from capstone_report.perfmodel.outcomes import (
    At,
    First,
    Last,
    NeverDistribute,
    NeverReached,
    NotWithin,
    Optimum,
    Unbounded,
)
from capstone_report.perfmodel.prediction import BOOK_WORKERS, predict
from capstone_report.perfmodel.step import Scaling, StepModel

BOOK = StepModel(t_comp=1.0, comm=BookRing(), alpha=0.0008, beta=0.04)
# Output 41.4.1 as printed: p, T_comp/p, T_comm, T_step, speedup, comm/comp.
PRINTED = """
1 1.0000 0.0000 1.0000 1.00 0.000
2 0.5000 0.0408 0.5408 1.85 0.082
4 0.2500 0.0624 0.3124 3.20 0.250
8 0.1250 0.0756 0.2006 4.99 0.605
16 0.0625 0.0870 0.1495 6.69 1.392
32 0.0312 0.1023 0.1336 7.49 3.274
64 0.0156 0.1291 0.1448 6.91 8.266
128 0.0078 0.1810 0.1888 5.30 23.165
256 0.0039 0.2837 0.2876 3.48 72.624
512 0.0020 0.4886 0.4906 2.04 250.186
1024 0.0010 0.8983 0.8993 1.11 919.882
"""

every_model = pytest.mark.parametrize("kind", sorted(models()))
every_scaling = pytest.mark.parametrize("scaling", list(Scaling))


def constants(*, least_alpha: float = 0.0) -> st.SearchStrategy[dict[str, float]]:
    """Return constants of a step of one second, with all its terms."""
    share = st.floats(0, 1)
    return st.fixed_dictionaries(
        {
            "alpha": st.floats(least_alpha, 1),
            "beta": share,
            "serial": st.sampled_from([0.0, 0.1]),
            "overlap": share,
            "imbalance": st.floats(0, 2),
            "io": st.sampled_from([0.0, 0.2]),
        }
    )


def size(answer: Optimum | Last | First | None) -> int:
    """Return the number of workers of an answer that has one."""
    assert isinstance(answer, At), answer
    return answer.workers


def test_the_books_table_is_reproduced_to_the_printed_digit() -> None:
    rows = predict(BOOK).points

    printed = [
        f"{r.workers} {r.compute:.4f} {r.comm:.4f} {r.step:.4f} {r.speedup:.2f} {r.ratio:.3f}"
        for r in rows
    ]
    assert printed == PRINTED.split("\n")[1:-1]
    assert tuple(row.workers for row in rows) == BOOK_WORKERS


def test_the_books_sizes_are_named() -> None:
    found = predict(BOOK, prices=Prices(worker_hour=2.5, waiting_hour=60))

    assert size(found.time_optimal) == 34
    assert size(found.communication_dominates) == 13
    assert size(found.efficiency_80) == 4
    assert size(found.efficiency_50) == 12
    assert size(found.knee) == 9
    assert size(found.below_baseline) == 1151
    assert size(found.cost_optimal) == 14
    assert found.time_optimal_continuous == pytest.approx((0.92 / 0.0008) ** 0.5)
    assert found.ratio_one == pytest.approx(12.146167764103552)


def test_the_fastest_size_costs_four_and_a_half_times_the_baseline() -> None:
    fastest = predict(BOOK).time_optimal

    assert isinstance(fastest, At)
    assert fastest.point.relative_cost == pytest.approx(4.5376)
    assert fastest.point.efficiency == pytest.approx(0.2204, abs=5e-5)


def test_without_prices_no_size_is_cheapest() -> None:
    assert predict(BOOK).cost_optimal is None


def test_perfect_overlap_takes_the_longer_of_compute_and_communication() -> None:
    hidden = replace(BOOK, overlap=1.0)

    assert hidden.step_seconds(8) == pytest.approx(max(1 / 8, BOOK.comm_seconds(8)))
    assert size(time_optimal(hidden)) == 12
    assert hidden.speedup(12) == pytest.approx(12)
    assert time_optimal_continuous(hidden) == pytest.approx(12.146, abs=1e-3)


def test_every_term_of_the_step_is_counted() -> None:
    model = replace(BOOK, serial=0.1, overlap=0.5, imbalance=0.2, io=0.05)

    # T_comm(8) = 0.0756; half of 1.2/8 hides 0.075 of it.
    assert model.step_seconds(8) == pytest.approx(0.1 + 0.15 + 0.0006 + 0.05)
    assert model.step_seconds(1) == pytest.approx(1.15)
    assert model.ratio(8) == pytest.approx(0.0756 / 0.15)


def test_weak_scaling_gives_every_worker_its_own_whole_step() -> None:
    weak = replace(BOOK, scaling=Scaling.WEAK)

    assert weak.efficiency(8) == pytest.approx(1 / 1.0756)
    assert weak.speedup(8) == pytest.approx(8 / 1.0756)
    assert weak.ratio(8) == pytest.approx(0.0756)


def test_weak_scaling_of_a_ring_approaches_the_work_of_one_latency() -> None:
    found = time_optimal(replace(BOOK, scaling=Scaling.WEAK))

    assert isinstance(found, Unbounded)
    assert found.limit_speedup == pytest.approx(1 / 0.0008)


@pytest.mark.parametrize(
    ("comm", "limit"),
    # Work per second of what grows with p: 2 alpha per node of 8, 2 beta per worker at a server.
    [(TwoLevel(), 8 / 0.0016), (ParameterServer(), 1 / 0.08)],
)
def test_weak_scaling_of_other_linear_costs_has_a_limit_too(comm: CommModel, limit: float) -> None:
    found = time_optimal(replace(BOOK, comm=comm, scaling=Scaling.WEAK))

    assert isinstance(found, Unbounded)
    assert found.limit_speedup == pytest.approx(limit)


def test_without_latency_every_worker_helps_towards_the_bandwidths_limit() -> None:
    model = replace(BOOK, alpha=0.0)

    found = time_optimal(model)

    assert isinstance(found, Unbounded)
    assert found.limit_speedup == pytest.approx(12.5)
    assert time_optimal_continuous(model) is None
    assert below_baseline(model) == NeverReached()


def test_without_communication_nothing_limits_the_speedup() -> None:
    model = replace(BOOK, alpha=0.0, beta=0.0)

    assert time_optimal(model) == Unbounded(limit_speedup=None)
    assert knee(model) == Unbounded(limit_speedup=None)
    assert largest_at_efficiency(model, 0.8) == Unbounded(limit_speedup=None)
    assert cost_optimal(model, Prices(worker_hour=1)) == NeverDistribute()
    assert communication_dominates(model) == NeverReached()
    assert ratio_one(model) is None


@pytest.mark.parametrize("beta", [0.5, 0.6, 3.0])
def test_a_message_that_takes_half_a_step_is_never_worth_distributing(beta: float) -> None:
    model = replace(BOOK, beta=beta)

    assert time_optimal(model) == NeverDistribute()
    assert time_optimal_continuous(model) == 1
    assert size(below_baseline(model)) == 2


def test_a_message_of_exactly_half_a_step_changes_nothing_at_all() -> None:
    model = replace(BOOK, alpha=0.0, beta=0.5)

    assert time_optimal(model) == NeverDistribute()
    assert below_baseline(model) == NeverReached()


def test_of_two_equally_fast_sizes_the_smaller_is_named() -> None:
    # alpha = T/(p (p + 1)) makes p and p + 1 equally fast.
    assert size(time_optimal(replace(BOOK, alpha=1 / 56, beta=0.0))) == 7


def test_a_latency_larger_than_the_bandwidths_share_still_has_its_crossing() -> None:
    crossing = ratio_one(replace(BOOK, alpha=0.3, beta=0.01))

    assert crossing is not None
    assert BOOK.comm.seconds(crossing, alpha=0.3, beta=0.01) == pytest.approx(1 / crossing)


def test_a_slower_worker_meets_the_crossing_later() -> None:
    uneven = replace(BOOK, imbalance=0.5)

    crossing = ratio_one(uneven)

    assert crossing is not None
    assert uneven.comm_seconds(crossing) == pytest.approx(uneven.compute(crossing))
    assert size(communication_dominates(uneven)) == math.ceil(crossing)


def test_a_ratio_that_jumps_over_one_has_no_crossing() -> None:
    # p = 2 and p = 3 differ by a whole broadcast step: R goes from 0.8 to more than 1.6.
    model = replace(BOOK, comm=Broadcast(), alpha=0.4, beta=0.0)
    at_once = replace(BOOK, comm=Gossip(), alpha=2.0, beta=0.0)

    assert size(communication_dominates(model)) == 3
    assert ratio_one(model) is None
    assert size(communication_dominates(at_once)) == 2
    assert ratio_one(at_once) is None


def test_a_crossing_without_a_closed_form_is_found_between_whole_numbers() -> None:
    model = replace(BOOK, comm=Gossip(degree=1), alpha=0.0, beta=0.08)

    assert ratio_one(model) == pytest.approx(12.5)
    assert ratio_one(replace(model, beta=0.0)) is None


def test_a_formula_for_whole_numbers_has_no_continuous_optimum() -> None:
    assert time_optimal_continuous(replace(BOOK, comm=Tree())) is None


@pytest.mark.parametrize("comm", [Tree(), Rabenseifner(), TwoLevel()])
def test_a_formula_for_whole_numbers_crosses_one_at_whole_numbers_only(comm: CommModel) -> None:
    model = replace(BOOK, comm=comm)

    assert size(communication_dominates(model)) > 1
    assert ratio_one(model) is None


def test_a_logarithmic_cost_has_its_optimum_where_calculus_puts_it() -> None:
    # d/dp (T/p + (alpha + beta) lg p) = 0 at p = T ln 2/(alpha + beta).
    model = replace(BOOK, comm=RecursiveDoubling())

    assert time_optimal_continuous(model) == pytest.approx(0.6931471805599453 / 0.0408, rel=1e-6)


def test_rabenseifners_best_sizes_are_powers_of_two() -> None:
    assert size(time_optimal(replace(BOOK, comm=Rabenseifner()))) == 512


def test_two_levels_are_fastest_where_their_nodes_are_full() -> None:
    # T_p = T/p + 14 alpha + 1.75 beta + 2(N - 1) alpha + 2(N - 1)/N beta/8: at N = 8 nodes of 8 it
    # is 0.015625 + 0.0112 + 0.07 + 0.0112 + 0.00875 = 0.116775.
    found = time_optimal(replace(BOOK, comm=TwoLevel(workers_per_node=8)))

    assert size(found) == 64
    assert isinstance(found, At)
    assert found.point.speedup == pytest.approx(8.5635, abs=5e-5)
    assert time_optimal_continuous(replace(BOOK, comm=TwoLevel())) is None


def test_waiting_that_costs_nothing_makes_one_worker_cheapest() -> None:
    assert cost_optimal(BOOK, Prices(worker_hour=2.5)) == NeverDistribute()


def test_workers_that_cost_nothing_make_the_fastest_size_cheapest() -> None:
    prices = Prices(worker_hour=0, waiting_hour=60)

    assert cost_optimal(BOOK, prices) == time_optimal(BOOK)


def test_the_cheapest_size_costs_a_quarter_when_waiting_is_dear() -> None:
    prices = Prices(worker_hour=2.5, waiting_hour=60)

    assert relative_cost(BOOK, 14, prices) == pytest.approx(0.2373, abs=5e-5)


def test_full_efficiency_is_that_of_one_worker() -> None:
    assert size(largest_at_efficiency(BOOK, 1.0)) == 1


def test_an_efficiency_beyond_every_number_of_workers_is_not_the_edge_of_the_search() -> None:
    tiny = replace(BOOK, comm=RecursiveDoubling(), alpha=0.0, beta=1e-15)

    assert largest_at_efficiency(tiny, 0.5) == NotWithin(largest=2**39 - 1)
    assert communication_dominates(tiny) == NotWithin(largest=2**40 - 1)


def test_a_ring_has_an_efficiency_and_a_ratio_beyond_every_search() -> None:
    tiny = replace(BOOK, alpha=0.0, beta=1e-13)

    # p T_p = 1 - B + B p is 2 at p = 1/B + 1, with B = 2e-13; R = B (p - 1) is 1 there, too.
    assert size(largest_at_efficiency(tiny, 0.5)) == pytest.approx(5e12, rel=1e-9)
    assert size(communication_dominates(tiny)) == pytest.approx(5e12, rel=1e-9)


def test_a_serial_part_alone_puts_the_knee_at_one_over_its_share_minus_one() -> None:
    # sigma = 0.0001/1.0001: E S is largest at p = 1/sigma - 1 = 10000.
    model = replace(BOOK, alpha=0.0, beta=0.0, serial=1e-4)

    assert size(knee(model)) == 10_000
    assert size(largest_at_efficiency(model, 0.5)) == 10_002
    assert size(knee(replace(model, serial=1e-20))) == pytest.approx(1e20)
    assert knee(replace(BOOK, beta=0.5)) == NeverDistribute()


@pytest.mark.parametrize("alpha", [1e-5, 1e-7, 1e-9, 1e-15])
def test_the_knee_of_a_ring_in_weak_scaling_is_found_however_large(alpha: float) -> None:
    # With A = 2 alpha, B = 2 beta and C = T + B - A the last root of A p^2 - C p + 3 B = 0.
    weak = replace(BOOK, comm=Ring(), alpha=alpha, scaling=Scaling.WEAK)

    assert size(knee(weak)) == pytest.approx((1.08 - 2 * alpha) / (2 * alpha), rel=1e-4, abs=1)


def test_without_latency_a_ring_in_weak_scaling_has_no_knee() -> None:
    weak = replace(BOOK, alpha=0.0, scaling=Scaling.WEAK)

    assert knee(weak) == Unbounded(limit_speedup=None)
    assert knee(replace(weak, alpha=1e-320)) == Unbounded(limit_speedup=None)


@given(
    st.floats(0.1, 10),
    st.floats(1e-2, 5),
    st.floats(0, 3),
    st.sampled_from([0.0, 0.2]),
    st.sampled_from([0.0, 0.5, 1.0]),
)
@settings(max_examples=60)
def test_the_closed_form_of_the_knee_in_weak_scaling_is_what_trying_finds(
    t_comp: float, alpha: float, beta: float, uneven: float, overlap: float
) -> None:
    weak = StepModel(
        t_comp=t_comp,
        comm=Ring(),
        alpha=alpha,
        beta=beta,
        serial=uneven,
        imbalance=uneven,
        overlap=overlap,
        scaling=Scaling.WEAK,
    )

    found = knee(weak)

    best = max(weak.efficiency(p) * weak.speedup(p) for p in range(1, 2000))
    at_best = found.workers if isinstance(found, At) else 1
    assert isinstance(found, At | NeverDistribute)
    assert weak.efficiency(at_best) * weak.speedup(at_best) >= best * (1 - 1e-12)


def test_a_closed_form_reaches_beyond_every_search() -> None:
    assert size(time_optimal(replace(BOOK, alpha=1e-30, beta=0.0))) == pytest.approx(1e15)


def test_curves_that_cannot_be_told_apart_are_given_up_with_a_number() -> None:
    # With everything hidden and 2 beta = T, no size differs from another by more than rounding.
    flat = replace(BOOK, alpha=0.0, beta=0.5, imbalance=1e-15)

    assert isinstance(below_baseline(flat), NotWithin)
    assert isinstance(time_optimal(replace(flat, beta=0.5 - 1e-9)), NotWithin)


@given(st.floats(0.1, 10), st.floats(1e-4, 0.3), st.floats(0, 0.3))
@settings(max_examples=40)
def test_the_closed_forms_are_what_trying_every_number_finds(
    t_comp: float, alpha: float, beta: float
) -> None:
    model = StepModel(t_comp=t_comp, comm=Ring(), alpha=alpha, beta=beta)
    closed = ring_step(model)
    assert closed is not None
    tried = range(1, 400)
    best = min(tried, key=model.step_seconds)
    slower = next((p for p in tried if model.step_seconds(p) > t_comp * (1 + 1e-12)), None)

    optimum = closed.optimum()

    assert optimum is not None
    assert model.step_seconds(optimum) == pytest.approx(model.step_seconds(best), rel=1e-12)
    assert slower in {None, closed.below_baseline()}


@given(st.floats(0.1, 10), st.floats(0, 0.3), st.floats(0, 0.3), st.sampled_from([0.0, 0.2]))
@settings(max_examples=40)
def test_the_closed_forms_of_efficiency_and_knee_are_what_trying_finds(
    t_comp: float, alpha: float, beta: float, serial: float
) -> None:
    model = StepModel(t_comp=t_comp, comm=Ring(), alpha=alpha, beta=beta, serial=serial)
    closed = ring_step(model)
    assert closed is not None
    tried = range(1, 400)

    at_best, efficient = closed.knee(), closed.largest_at_efficiency(0.5)

    best = max(model.efficiency(p) * model.speedup(p) for p in tried)
    if at_best is not None:
        assert model.efficiency(at_best) * model.speedup(at_best) >= best * (1 - 1e-12)
    if efficient is not None:
        assert model.efficiency(efficient) >= 0.5 * (1 - 1e-9)
        assert all(model.efficiency(p) < 0.5 * (1 + 1e-9) for p in tried if p > efficient)


@every_model
@every_scaling
@given(constants=constants(least_alpha=1e-3))
@settings(max_examples=12, deadline=None)
def test_the_searches_find_what_trying_every_number_finds(
    kind: str, scaling: Scaling, constants: dict[str, float]
) -> None:
    model = StepModel(t_comp=1.0, comm=models()[kind](), scaling=scaling, **constants)
    tried = range(1, 300)

    for answer, merit in [
        (time_optimal(model), model.speedup),
        (knee(model), lambda p: model.speedup(p) * model.efficiency(p)),
        (
            cost_optimal(model, Prices(worker_hour=1, waiting_hour=5)),
            lambda p: model.speedup(p) / (p + 5),
        ),
    ]:
        found = merit(answer.workers) if isinstance(answer, At) else merit(1)
        if isinstance(answer, At | NeverDistribute):
            assert max(merit(p) for p in tried) <= found * (1 + 1e-9)
    dominated = communication_dominates(model)
    tried_dominated = [p for p in tried if model.ratio(p) >= 1]
    if tried_dominated:
        assert size(dominated) <= tried_dominated[0]
    efficient = largest_at_efficiency(model, 0.5)
    if isinstance(efficient, At):
        assert efficient.point.efficiency >= 0.5 * (1 - 1e-9)
        assert all(model.efficiency(p) < 0.5 for p in tried if p > efficient.workers)
    slow = below_baseline(model)
    tried_slow = [p for p in tried if model.speedup(p) < 1 - 1e-9]
    if tried_slow:
        assert size(slow) <= tried_slow[0]


@every_model
@every_scaling
@given(constants=constants(), low=st.integers(1, 200), width=st.integers(0, 30))
@settings(max_examples=12, deadline=None)
def test_no_value_leaves_its_bounds(
    kind: str, scaling: Scaling, constants: dict[str, float], *, low: int, width: int
) -> None:
    model = StepModel(t_comp=1.0, comm=models()[kind](), scaling=scaling, **constants)
    bounds, interval, slack = Bounds(model), (low, low + width), 1 + 1e-9

    for p in range(low, low + width + 1):
        assert bounds.speedup_least(*interval) <= model.speedup(p) * slack
        assert model.speedup(p) <= bounds.speedup_most(*interval) * slack
        assert model.efficiency(p) <= bounds.efficiency_most(*interval) * slack
        assert model.ratio(p) <= bounds.ratio_most(*interval) * slack


@given(st.integers(1, 2**40 - 1))
@settings(max_examples=30)
def test_a_search_finds_any_number_in_either_direction(number: int) -> None:
    assume(number > 1)

    assert search.first(lambda p: p >= number, lambda _, high: high >= number) == number
    assert search.last(lambda p: p <= number, lambda low, _: low <= number) == number


def test_a_bound_that_promises_too_much_changes_no_answer() -> None:
    found = search.argmax(
        lambda p: 1 / (1 + abs(p - 10)), lambda _, high: 1.5 if high < 64 else 0.1, limit=0
    )

    assert found == 10


def test_a_curve_that_stays_below_its_limit_has_no_best_number() -> None:
    found = search.argmax(lambda p: p / (p + 1), lambda _, high: high / (high + 1), limit=1.1)

    assert found is None


def test_what_holds_for_no_number_has_no_last_one() -> None:
    assert search.last(lambda _: False, lambda _low, _high: False) is None


def test_predicting_loads_no_numerical_library() -> None:
    code = (
        "import sys, capstone_report.perfmodel.prediction, capstone_report.perfmodel.sensitivity;"
        "print(sorted({'numpy', 'scipy', 'pandas'} & set(sys.modules)))"
    )

    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert answer.stdout.strip() == "[]"
