"""Levene's test about medians, held against scipy's."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from capstone_report.perfmodel.same_shape import spread_p_value, spreads_differ

times = st.lists(st.integers(100, 999).map(float), min_size=3, max_size=12)


@settings(max_examples=60, deadline=None)
@given(times, times)
def test_the_p_value_is_scipys_on_logarithms(first: list[float], second: list[float]) -> None:
    if len(set(first)) == len(set(second)) == 1:
        return
    logs = [[math.log(value) for value in side] for side in (first, second)]

    found = spread_p_value(first, second)

    with_warnings = stats.levene(*logs, center="median")
    assert found == pytest.approx(float(with_warnings.pvalue), abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(times, times)
def test_a_factor_between_the_samples_changes_nothing(
    first: list[float], second: list[float]
) -> None:
    assert spread_p_value(first, second) == pytest.approx(
        spread_p_value([4 * value for value in first], second), abs=1e-6
    )


@pytest.mark.parametrize("few", [[1.0], [1.0, 4.0]])
def test_deviations_of_two_values_are_equal_and_say_nothing_of_a_spread(few: list[float]) -> None:
    assert spread_p_value(few, [1.0, 2.0, 3.0]) is None
    assert not spreads_differ(few, [1.0, 2.0, 3.0])


def test_samples_that_do_not_spread_at_all_spread_alike() -> None:
    assert spread_p_value([2.0] * 3, [3.0] * 3) == 1.0


def test_constant_times_and_two_constant_modes_are_told_apart() -> None:
    assert spread_p_value([1.0] * 4, [1.0, 1.0, 4.0, 4.0]) == 0.0


def test_a_spread_of_ten_times_is_seen_in_ten_runs() -> None:
    steady = [1 + run / 1000 for run in range(10)]
    wild = [1 + run / 50 for run in range(10)]

    assert spreads_differ(steady, wild)
    assert not spreads_differ(steady, steady[::-1])
