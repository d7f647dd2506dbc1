"""Fieller's interval, pinned to Student's table and to the statement that it inverts."""

import math
from random import Random
from statistics import fmean, variance

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capstone_report.perfmodel.fieller import fieller_is_bounded, fieller_ratio, welch_degrees
from capstone_report.perfmodel.student import t_quantile, two_sided_t

BASELINE = [10.1, 10.3, 9.9, 10.6, 10.0]
DISTRIBUTED = [2.6, 2.7, 2.55, 2.65, 2.8]

steady = st.lists(st.floats(9, 11), min_size=2, max_size=8)
levels = st.sampled_from([0.8, 0.9, 0.95])


@pytest.mark.parametrize(
    ("degrees", "expected"), [(1, 12.7062), (2, 4.3027), (4, 2.7764), (9, 2.2622), (30, 2.0423)]
)
def test_students_t_is_that_of_the_printed_table(degrees: float, expected: float) -> None:
    assert two_sided_t(0.95, degrees=degrees) == pytest.approx(expected, abs=5e-5)
    assert t_quantile(0.025, degrees=degrees) == pytest.approx(-expected, abs=5e-5)


def test_the_reference_example_is_reproduced() -> None:
    ratio = fieller_ratio(BASELINE, DISTRIBUTED, 0.95, degrees=4)

    assert ratio.estimate == pytest.approx(3.827067669172932, rel=1e-9)
    assert ratio.low == pytest.approx(3.6192712724610283, rel=1e-9)
    assert ratio.high == pytest.approx(4.050322268168857, rel=1e-9)


def test_a_denominator_that_may_be_zero_leaves_the_ratio_unbounded() -> None:
    ratio = fieller_ratio(BASELINE, [0.1, 5.0], 0.95)

    assert not fieller_is_bounded(mean=1.0, margin_squared=1.2)
    assert fieller_is_bounded(mean=1.2, margin_squared=1.2)
    assert ratio.low is None
    assert ratio.high is None


@pytest.mark.parametrize(("slow", "fast"), [([10.0], [2.0, 2.1]), ([9.9, 10.0], [2.0])])
def test_a_single_run_has_no_variance_and_so_no_interval(
    slow: list[float], fast: list[float]
) -> None:
    ratio = fieller_ratio(slow, fast, 0.95, degrees=4)

    assert ratio.estimate == pytest.approx(fmean(slow) / fmean(fast))
    assert ratio.low is None
    assert ratio.high is None


def test_runs_that_do_not_vary_have_an_interval_without_width() -> None:
    ratio = fieller_ratio([8.0, 8.0], [2.0, 2.0, 2.0], 0.95)

    assert (ratio.low, ratio.estimate, ratio.high) == (4, 4, 4)


def test_equal_variances_and_sizes_give_all_degrees_of_freedom() -> None:
    assert welch_degrees(0.3, 0.3, runs=(5, 5)) == pytest.approx(8)
    assert welch_degrees(0.3, 0.0, runs=(5, 9)) == pytest.approx(4)


@settings(max_examples=50)
@given(steady, steady, levels, st.floats(3, 20))
def test_each_bound_is_a_ratio_that_the_t_test_just_accepts(
    slow: list[float], fast: list[float], level: float, degrees: float
) -> None:
    ratio = fieller_ratio(slow, fast, level, degrees=degrees)

    t = two_sided_t(level, degrees=degrees)
    v_slow, v_fast = variance(slow) / len(slow), variance(fast) / len(fast)
    assert ratio.low is not None
    assert ratio.high is not None
    for bound in (ratio.low, ratio.high):
        distance = abs(fmean(slow) - bound * fmean(fast))
        assert distance == pytest.approx(t * math.sqrt(v_slow + bound**2 * v_fast), abs=1e-6)


@settings(max_examples=50)
@given(steady, steady, st.floats(1e-3, 1e3))
def test_another_unit_of_one_side_scales_the_interval(
    slow: list[float], fast: list[float], factor: float
) -> None:
    ratio = fieller_ratio(slow, fast, 0.95)

    scaled = fieller_ratio([factor * value for value in slow], fast, 0.95)

    assert (ratio.low is None) == (scaled.low is None)
    assert scaled.estimate == pytest.approx(factor * ratio.estimate)
    if ratio.low is not None:
        assert scaled.low == pytest.approx(factor * ratio.low, rel=1e-6)


def test_the_interval_contains_the_truth_about_as_often_as_it_says() -> None:
    studies, contained = 300, 0
    for seed in range(studies):
        random = Random(seed)  # noqa: S311 - a simulation
        slow = [random.gauss(4, 0.2) for _ in range(5)]
        fast = [random.gauss(1, 0.1) for _ in range(5)]

        ratio = fieller_ratio(slow, fast, 0.95)

        assert ratio.low is not None
        assert ratio.high is not None
        contained += ratio.low <= 4 <= ratio.high
    assert 0.91 <= contained / studies <= 0.99
