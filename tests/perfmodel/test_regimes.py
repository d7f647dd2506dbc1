"""Straight lines through message times, and where one ends and the next begins."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capstone_report.perfmodel.regimes import line_fit, regimes

SIZES = [64 << k for k in range(17)]
NOISE = [0.05] * len(SIZES)


@settings(max_examples=50)
@given(st.floats(1e-7, 1e-2), st.floats(1e-12, 1e-6))
def test_a_line_is_recovered_from_its_own_times(alpha: float, beta: float) -> None:
    line = line_fit(SIZES, [alpha + beta * n for n in SIZES])

    assert math.isclose(line.beta, beta, rel_tol=1e-6, abs_tol=alpha * 1e-12)
    assert math.isclose(line.seconds(64), alpha + beta * 64, rel_tol=1e-6)
    assert line.misfit < 1e-6


def test_a_noisy_size_weighs_less() -> None:
    times = [1e-4 + 1e-8 * n for n in SIZES]
    times[8] *= 3

    told = line_fit(SIZES, times, [10.0 if i == 8 else 0.01 for i in range(len(SIZES))])

    assert math.isclose(told.alpha, 1e-4, rel_tol=0.01)
    assert math.isclose(line_fit(SIZES[9:], times[9:]).beta, 1e-8, rel_tol=1e-6)


def test_the_misfit_is_the_largest_relative_deviation() -> None:
    line = line_fit([100, 200, 300], [1.0, 1.0, 1.0], [1.0, 1.0, 1.0])

    assert line.misfit == pytest.approx(0, abs=1e-12)
    bent = line_fit([100, 200, 300], [1.0, 2.0, 1.0])
    assert 0.2 < bent.misfit < 0.8


def test_one_line_is_one_regime() -> None:
    found = regimes(SIZES, [5e-5 + 1e-8 * n for n in SIZES], NOISE)

    assert [regime.sizes for regime in found] == [tuple(SIZES)]


@pytest.mark.parametrize("first", [3, 7, 10, 14])
def test_a_switch_of_algorithm_begins_a_regime_where_it_is(first: int) -> None:
    times = [5e-5 + 1e-8 * n if i < first else 4e-4 + 4e-9 * n for i, n in enumerate(SIZES)]

    found = regimes(SIZES, times, NOISE)

    assert [len(regime.sizes) for regime in found] == [first, len(SIZES) - first]
    assert math.isclose(found[0].line.alpha, 5e-5, rel_tol=1e-6)
    assert math.isclose(found[1].line.beta, 4e-9, rel_tol=1e-6)


def test_two_switches_are_three_regimes() -> None:
    def seconds(place: int, size: int) -> float:
        """Return a time of three protocols."""
        if place < 6:
            return 2e-5 + 1e-8 * size
        return 2e-4 + 5e-9 * size if place < 11 else 3e-3 + 2e-9 * size

    found = regimes(SIZES, [seconds(i, n) for i, n in enumerate(SIZES)], NOISE)

    assert [len(regime.sizes) for regime in found] == [6, 5, 6]


def test_what_lies_within_the_noise_is_no_switch() -> None:
    times = [(5e-5 + 1e-8 * n) * (1.04 if i % 3 else 0.97) for i, n in enumerate(SIZES)]

    assert len(regimes(SIZES, times, NOISE)) == 1
