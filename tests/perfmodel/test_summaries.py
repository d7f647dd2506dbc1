"""Means of costs, rates and ratios, pinned to the worked example of Hoefler and Belli."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capstone_report.perfmodel.summaries import Averaged, mean_of, rates, tukey_fences

times = st.lists(st.floats(1e-3, 1e3), min_size=1, max_size=20)


def test_a_rate_is_summarised_by_its_harmonic_mean() -> None:
    # Section 3.1.1 there: 100 Gflop in 10, 100 and 40 s on a machine of 10 Gflop/s.
    found = rates([10, 100, 40], [100] * 3, peak=10)

    assert found.mean_time_s == 50
    assert found.total_rate == pytest.approx(2)
    assert found.harmonic_mean == pytest.approx(2)
    assert found.arithmetic_mean == pytest.approx(4.5)
    assert found.geometric_mean_of_peak == pytest.approx(0.29, abs=0.005)


def test_without_a_peak_there_is_nothing_to_relate_to() -> None:
    assert rates([10], [100]).geometric_mean_of_peak is None


@pytest.mark.parametrize(
    ("kind", "expected"), [(Averaged.COST, 2.5), (Averaged.RATE, 1.6), (Averaged.RELATIVE, 2.0)]
)
def test_each_kind_of_quantity_has_its_mean(kind: Averaged, expected: float) -> None:
    assert mean_of(kind, [1.0, 4.0]) == pytest.approx(expected)
    assert mean_of(kind, [3.0]) == pytest.approx(3)


@settings(max_examples=50)
@given(times, st.floats(1e-3, 1e3))
def test_equal_work_makes_the_harmonic_mean_the_total_rate(
    values: list[float], work: float
) -> None:
    found = rates(values, [work] * len(values))

    assert found.harmonic_mean == pytest.approx(found.total_rate)
    assert found.total_rate == pytest.approx(work / found.mean_time_s)
    assert found.total_rate <= found.arithmetic_mean * (1 + 1e-9)


@settings(max_examples=50)
@given(st.lists(st.tuples(st.floats(0.1, 10), st.floats(0.1, 10)), min_size=1, max_size=9))
def test_a_total_rate_lies_between_the_slowest_and_the_fastest(
    runs: list[tuple[float, float]],
) -> None:
    each = [work / time for time, work in runs]

    found = rates([time for time, _ in runs], [work for _, work in runs])

    assert min(each) * (1 - 1e-9) <= found.total_rate <= max(each) * (1 + 1e-9)


def test_the_fences_single_out_the_reference_examples_outlier() -> None:
    found = tukey_fences([1, 1.1, 1.2, 1.3, 1.4, 5.0])

    assert found.first_quartile == pytest.approx(1.125)
    assert found.third_quartile == pytest.approx(1.375)
    assert found.low == pytest.approx(0.75)
    assert found.high == pytest.approx(1.75)
    assert found.outliers == (5.0,)


@pytest.mark.parametrize("values", [[3.0], [3.0] * 5, [1.0, 9.0]])
def test_few_or_equal_values_have_no_outliers(values: list[float]) -> None:
    assert tukey_fences(values).outliers == ()


def test_a_value_on_the_fence_is_inside() -> None:
    assert tukey_fences([0, 1, 1, 2, 2, 3.5]).high == 3.5
    assert tukey_fences([0, 1, 1, 2, 2, 3.5]).outliers == ()


@settings(max_examples=50)
@given(times)
def test_half_of_the_values_are_never_outliers(values: list[float]) -> None:
    found = tukey_fences(values)

    assert found.low <= found.first_quartile <= found.third_quartile <= found.high
    assert len(found.outliers) <= len(values) / 2
