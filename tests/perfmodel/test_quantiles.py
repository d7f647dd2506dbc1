"""Exact intervals of quantiles, pinned to the binomial distribution and to scipy's quantile test."""

import math
from random import Random
from statistics import quantiles

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import quantile_test

from capstone_report.perfmodel.intervals import median_ranks
from capstone_report.perfmodel.quantiles import (
    linear_quantile,
    quantile_interval,
    quantile_ranks,
    runs_for_quantile,
)

shares = st.floats(0.01, 0.99)
levels = st.sampled_from([0.8, 0.9, 0.95, 0.99, 0.999])
measured = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30)


@pytest.mark.parametrize(
    ("quantile", "one_sided", "two_sided"),
    [(0.5, 5, 6), (0.9, 29, 36), (0.95, 59, 72), (0.99, 299, 368), (0.999, 2995, 3688)],
)
def test_a_far_percentile_takes_many_runs_at_95_percent(
    quantile: float, one_sided: int, two_sided: int
) -> None:
    fewest = runs_for_quantile(quantile, 0.95)

    assert (fewest.one_sided, fewest.two_sided) == (one_sided, two_sided)


def test_a_low_percentile_is_soon_bounded_above_and_late_enclosed() -> None:
    fewest = runs_for_quantile(0.1, 0.95)

    assert (fewest.one_sided, fewest.two_sided) == (2, 36)


def test_a_level_that_is_reached_exactly_is_reached() -> None:
    fewest, ranks = runs_for_quantile(0.5, 0.75), quantile_ranks(3, 0.5, 0.75)

    assert (fewest.one_sided, fewest.two_sided) == (2, 3)
    assert ranks is not None
    assert ranks.coverage == pytest.approx(0.75)


@settings(max_examples=50)
@given(shares, levels)
def test_the_fewest_runs_are_the_first_that_have_ranks(quantile: float, level: float) -> None:
    fewest = runs_for_quantile(quantile, level).two_sided

    assert quantile_ranks(fewest, quantile, level) is not None
    assert fewest == 1 or quantile_ranks(fewest - 1, quantile, level) is None


def test_the_90th_percentile_of_100_runs_lies_between_ranks_84_and_96() -> None:
    ranks = quantile_ranks(100, 0.9, 0.95)

    assert ranks is not None
    assert (ranks.low, ranks.high) == (84, 96)
    assert ranks.coverage == pytest.approx(0.955690107191223, rel=1e-9)


@settings(max_examples=50)
@given(st.integers(1, 400), levels)
def test_the_median_is_a_special_case(runs: int, level: float) -> None:
    exact, general = median_ranks(runs, level), quantile_ranks(runs, 0.5, level)

    assert (exact is None) == (general is None)
    if exact and general:
        assert (general.low, general.high) == (exact.low, exact.high)
        assert general.coverage == pytest.approx(exact.coverage)


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 300), shares, levels)
def test_quantile_intervals_are_those_of_scipys_quantile_test(
    runs: int, quantile: float, level: float
) -> None:
    values = [float(value) for value in range(runs)]

    interval = quantile_interval(values, quantile, level)

    theirs = quantile_test(values, p=quantile).confidence_interval(level)
    if math.isnan(theirs.low) or math.isnan(theirs.high):
        assert interval is None
    else:
        assert interval == (theirs.low, theirs.high)


@settings(max_examples=50)
@given(st.integers(1, 300), shares, levels)
def test_an_interval_covers_at_least_its_level(runs: int, quantile: float, level: float) -> None:
    ranks = quantile_ranks(runs, quantile, level)

    if ranks is not None:
        assert 1 <= ranks.low < ranks.high <= runs
        assert level * (1 - 1e-9) <= ranks.coverage <= 1


def test_the_interval_contains_the_95th_percentile_about_as_often_as_it_says() -> None:
    studies, contained = 200, 0
    for seed in range(studies):
        random = Random(seed)  # noqa: S311 - a simulation
        interval = quantile_interval([random.random() for _ in range(100)], 0.95, 0.95)

        assert interval is not None
        contained += interval[0] <= 0.95 <= interval[1]
    assert contained / studies >= 0.91


def test_one_value_is_every_quantile_of_itself() -> None:
    assert [linear_quantile([7.0], q) for q in (0, 0.25, 1)] == [7.0, 7.0, 7.0]


@settings(max_examples=50)
@given(measured.filter(lambda values: len(values) > 1))
def test_linear_quartiles_are_those_of_the_standard_library(values: list[float]) -> None:
    found = [linear_quantile(values, quantile) for quantile in (0.25, 0.5, 0.75)]

    assert found == pytest.approx(quantiles(values, n=4, method="inclusive"), abs=1e-6)


@settings(max_examples=50)
@given(measured)
def test_the_extreme_quantiles_are_smallest_and_largest_value(values: list[float]) -> None:
    assert linear_quantile(values, 0) == min(values)
    assert linear_quantile(values, 1) == max(values)
