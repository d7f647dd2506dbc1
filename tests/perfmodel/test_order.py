"""Rank tests of a series against its order, beside known distributions and scipy's own."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kendalltau

from capstone_report.perfmodel.order import (
    discordant_counts,
    first_stands_out,
    neighbours,
    separated_by_chance,
    trend,
    two_groups,
)

several = st.lists(st.floats(0.1, 10.0), min_size=3, max_size=40)


def test_discordant_pairs_are_distributed_as_mahonian_numbers() -> None:
    # OEIS A008302, rows 3 and 4.
    assert discordant_counts(3) == (1, 2, 2, 1)
    assert discordant_counts(4) == (1, 3, 5, 6, 5, 3, 1)


@pytest.mark.parametrize("n", [2, 6, 12, 40])
def test_all_orders_are_counted_once(n: int) -> None:
    assert sum(discordant_counts(n)) == math.factorial(n)


@pytest.mark.parametrize("sign", [1, -1])
def test_six_times_in_order_are_two_of_720_orders(sign: int) -> None:
    found = trend([sign * value for value in (1.0, 2.0, 3.0, 4.0, 5.0, 6.0)])

    assert found.statistic == sign
    assert found.p == pytest.approx(2 / 720)


@given(several.filter(lambda values: len(set(values)) == len(values)))
@settings(max_examples=50)
def test_the_exact_p_of_different_times_is_scipys(values: list[float]) -> None:
    theirs = kendalltau(range(len(values)), values, method="exact")

    found = trend(values)

    assert found.statistic == pytest.approx(theirs.statistic)
    assert found.p == pytest.approx(theirs.pvalue)


@given(st.lists(st.integers(0, 9), min_size=60, max_size=90).filter(lambda v: len(set(v)) > 1))
@settings(max_examples=30)
def test_the_p_of_tied_times_is_near_scipys_and_never_smaller(values: list[int]) -> None:
    # Ours has the correction for continuity, which theirs lacks.
    theirs = kendalltau(range(len(values)), values, method="asymptotic").pvalue

    assert theirs - 1e-9 <= trend(values).p <= theirs + 0.03


def test_equal_times_have_no_trend_and_no_neighbours() -> None:
    assert trend([3.0] * 12).p == 1
    assert neighbours([3.0] * 12) is None


def test_neighbours_of_a_rising_series_are_as_alike_as_can_be() -> None:
    # sum of 1s over (n^3 - n)/12, and a variance of 4(n-2)(5n^2-2n-9)/(5n(n+1)(n-1)^2).
    found = neighbours([float(value) for value in range(10)])

    assert found
    assert found.statistic == pytest.approx(9 / 82.5)
    assert found.p == pytest.approx(math.erfc((2 - 9 / 82.5) / math.sqrt(2 * 15072 / 44550)))


def test_nine_times_say_nothing_about_neighbours() -> None:
    assert neighbours([float(value) for value in range(9)]) is None


def test_neighbours_of_ties_share_their_mean_rank() -> None:
    found = neighbours([1.0, 1.0] * 3 + [2.0, 2.0] * 3)

    assert found
    assert found.statistic == pytest.approx(36 / (12 * 9))


def test_two_groups_of_four_with_nothing_between_are_found() -> None:
    found = two_groups([1.0, 2.0, 1.1, 2.1, 1.05, 2.05, 1.02, 2.2])

    assert found
    assert (found.low_runs, found.low, found.high_runs, found.high) == (4, 1.1, 4, 2.0)


@pytest.mark.parametrize(
    "values",
    [
        pytest.param([1.0, 1.1, 1.2, 2.0, 2.1, 2.2, 2.3], id="seven runs"),
        pytest.param([1.0, 1.4, 1.5, 1.6, 2.1, 2.2, 2.3, 2.6], id="a gap like the spread"),
        pytest.param([1.0, 1.001, 1.002, 1.003, 1.02, 1.021, 1.022, 1.023], id="a gap of 2 %"),
    ],
)
def test_what_may_be_noise_is_one_group(values: list[float]) -> None:
    assert two_groups(values) is None


def test_a_first_run_stands_out_only_far_above_the_range_of_the_others() -> None:
    assert first_stands_out([2.0, 1.0, 1.01, 1.02, 1.03])
    assert not first_stands_out([1.2, 1.0, 1.01, 1.02, 1.03])
    assert not first_stands_out([1.03, 1.0, 1.0, 1.0, 1.0])
    assert not first_stands_out([2.0, 1.0, 1.01, 1.02])


@pytest.mark.parametrize(("runs", "p"), [(3, 0.1), (4, 2 / 70), (5, 2 / 252), (6, 2 / 924)])
def test_sides_are_separated_by_chance_as_rarely_as_the_rank_sum_test_says(
    runs: int, p: float
) -> None:
    assert separated_by_chance(runs, runs) == pytest.approx(p)
