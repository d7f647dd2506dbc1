"""The bootstrap of a ratio of medians without drawing, held against enumeration and against drawing."""

import math
from collections import Counter
from itertools import product
from random import Random
from statistics import median

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capstone_report.perfmodel.median_bootstrap import median_ratio, median_weights

times = st.lists(st.integers(100, 999).map(float), min_size=5, max_size=9)


@pytest.mark.parametrize("runs", [1, 2, 3, 4, 5, 6])
def test_the_weights_are_those_of_all_resamples(runs: int) -> None:
    half = runs // 2
    pairs: Counter[tuple[int, int]] = Counter()
    for resample in product(range(runs), repeat=runs):
        ordered = sorted(resample)
        pairs[ordered[half - 1 + runs % 2], ordered[half]] += 1

    weights = median_weights(runs)

    expected = np.zeros((runs, runs))
    for pair, count in pairs.items():
        expected[pair] = count / runs**runs
    assert weights == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("runs", [7, 30, 101, 1000])
def test_the_weights_of_many_runs_add_up_to_one(runs: int) -> None:
    weights = median_weights(runs)

    assert weights.sum() == pytest.approx(1)
    assert weights.min() > -1e-12


def test_the_interval_is_that_of_many_drawn_resamples() -> None:
    draw = Random(41)  # noqa: S311 - a draw, not a secret
    first = [8.0 * math.exp(draw.gauss(0, 0.1)) for _ in range(9)]
    second = [2.5 * math.exp(draw.gauss(0, 0.02)) for _ in range(12)]
    ratios = sorted(
        median(draw.choices(first, k=9)) / median(draw.choices(second, k=12)) for _ in range(9999)
    )

    found = median_ratio(first, second, 0.95)

    assert found.low == pytest.approx(ratios[249], rel=0.01)
    assert found.high == pytest.approx(ratios[9749], rel=0.01)
    assert found.estimate == median(first) / median(second)


@settings(max_examples=40, deadline=None)
@given(times, times)
def test_the_interval_holds_the_ratio_of_the_medians_and_turns_round_with_it(
    first: list[float], second: list[float]
) -> None:
    found, turned = median_ratio(first, second, 0.95), median_ratio(second, first, 0.95)

    assert found.low is not None
    assert found.high is not None
    assert found.low <= found.estimate * (1 + 1e-12)
    assert found.estimate <= found.high * (1 + 1e-12)
    assert min(first) / max(second) <= found.low * (1 + 1e-12)
    assert turned.estimate == pytest.approx(1 / found.estimate)


def test_a_wider_level_gives_a_wider_interval() -> None:
    first, second = [8.0, 8.1, 8.3, 8.2, 8.6, 9.0], [2.0, 2.2, 2.1, 2.3, 2.05]

    narrow, wide = median_ratio(first, second, 0.5), median_ratio(first, second, 0.99)

    assert (wide.low or 0) < (narrow.low or 0)
    assert (wide.high or 0) > (narrow.high or 0)


@pytest.mark.parametrize("runs", [4, 1001])
def test_too_few_and_too_many_values_have_no_interval(runs: int) -> None:
    found = median_ratio([2.0] * runs, [1.0] * 6, 0.95)

    assert (found.estimate, found.low, found.high) == (2.0, None, None)
