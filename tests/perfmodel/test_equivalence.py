"""Sameness within a margin: shown, disproved, or neither; held against scipy's one-sided tests."""

import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from capstone_report.perfmodel.equivalence import (
    Sameness,
    difference,
    paired_difference,
)

values = st.lists(st.integers(0, 1000).map(lambda n: n / 1000), min_size=3, max_size=12)


def one_sided_p(first: list[float], second: list[float], margin: float) -> float:
    """Return the larger p-value of the two one-sided tests, as scipy computes them."""
    shifted_down = stats.ttest_ind(
        [b + margin for b in second], first, equal_var=False, alternative="greater"
    )
    shifted_up = stats.ttest_ind(
        [b - margin for b in second], first, equal_var=False, alternative="less"
    )
    return float(max(shifted_down.pvalue, shifted_up.pvalue))


@settings(max_examples=60, deadline=None)
@given(values, values, st.integers(1, 500).map(lambda n: n / 1000 + 0.0005))
def test_equivalent_means_that_both_one_sided_tests_reject(
    first: list[float], second: list[float], margin: float
) -> None:
    if 1 in {len(set(first)), len(set(second))}:  # scipy warns of it
        return

    verdict = difference(first, second).judged(margin)

    assert (verdict is Sameness.EQUIVALENT) == (one_sided_p(first, second, margin) <= 0.05)


@settings(max_examples=60, deadline=None)
@given(values, values)
def test_the_interval_of_a_difference_is_welchs(first: list[float], second: list[float]) -> None:
    if 1 in {len(set(first)), len(set(second))}:  # scipy warns of it
        return

    found = difference(first, second)

    expected = stats.ttest_ind(second, first, equal_var=False).confidence_interval(0.95)
    assert found.bounds == pytest.approx((expected.low, expected.high), abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), min_size=3, max_size=12))
def test_pairs_give_the_interval_of_the_mean_difference(pairs: list[tuple[int, int]]) -> None:
    first, second = zip(*pairs, strict=True)
    differences = [b - a for a, b in pairs]
    if len(set(differences)) == 1:
        return

    found = paired_difference(first, second)

    expected = stats.ttest_1samp(differences, 0).confidence_interval(0.95)
    assert found.bounds == pytest.approx((expected.low, expected.high), abs=1e-9)
    assert found.paired


def test_pairs_see_what_the_differences_between_seeds_hide() -> None:
    by_seed = [0.91, 0.93, 0.95, 0.97, 0.99]
    lower = [value - 0.001 - 0.0001 * (n % 2) for n, value in enumerate(by_seed)]

    assert paired_difference(by_seed, lower).judged(0.005) is Sameness.EQUIVALENT
    assert difference(by_seed, lower).judged(0.005) is Sameness.NOT_SHOWN


def test_no_significant_difference_is_not_sameness() -> None:
    found = difference([0.90, 0.95, 0.99], [0.91, 0.94, 0.98])

    assert found.bounds is not None
    assert found.bounds[0] < 0 < found.bounds[1]
    assert found.judged(0.01) is Sameness.NOT_SHOWN


def test_different_needs_an_interval_without_zero_and_an_estimate_beyond_the_margin() -> None:
    lower = difference([0.90, 0.901, 0.902], [0.80, 0.801, 0.802])

    assert lower.judged(0.05) is Sameness.DIFFERENT
    assert lower.judged(0.1001) is Sameness.NOT_SHOWN
    assert lower.judged(0.2) is Sameness.EQUIVALENT


@pytest.mark.parametrize("ask", [difference, paired_difference])
def test_two_values_show_nothing(ask: object) -> None:
    found = ask([1.0, 1.0], [1.0, 1.0])  # type: ignore[operator] # one of the two functions

    assert (found.within, found.bounds) == (None, None)
    assert found.judged(10.0) is Sameness.NOT_SHOWN


def test_values_without_any_spread_differ_by_exactly_what_they_differ_by() -> None:
    found = difference([0.9] * 3, [0.9] * 3)

    assert found.bounds == (0.0, 0.0)
    assert found.judged(1e-9) is Sameness.EQUIVALENT
    assert paired_difference([1, 2, 3], [2, 3, 4]).bounds == (1.0, 1.0)


def test_a_wider_margin_never_takes_sameness_away() -> None:
    found = difference([0.90, 0.91, 0.92, 0.93], [0.905, 0.91, 0.925, 0.93])
    margins = [10.0**power for power in range(-6, 1)]

    verdicts = [found.judged(margin) is Sameness.EQUIVALENT for margin in margins]

    assert all(b or not a for a, b in pairwise(verdicts))
    assert math.isclose(found.estimate, 0.0025)
