"""The roofline, pinned to exercise 41.2.3 and to the outputs of section 41.2.3."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capstone_report.perfmodel.roofline import (
    Machine,
    Step,
    achieved,
    place,
)

MACHINE = Machine(flop_per_s=20e12, bytes_per_s=800e9)
EXERCISE = Step(
    flop=6e12,
    memory_bytes=1.2e11,
    network_bytes=4e9,
    network_bytes_per_s=25e9,
    message_latency_s=10e-6,
)


def test_the_exercise_is_compute_bound_by_a_factor_of_two() -> None:
    result = place(EXERCISE, MACHINE)

    assert result.ridge == 25
    assert result.intensity == 50
    assert result.attainable_flop_per_s == 20e12
    assert result.compute_s == pytest.approx(0.30)
    assert result.memory_s == pytest.approx(0.15)
    assert result.side == result.verdict == "compute"
    assert result.margin == pytest.approx(2)


def test_the_exercises_communication_looks_harmless_to_one_worker() -> None:
    result = place(EXERCISE, MACHINE)

    assert result.communication_s == pytest.approx(0.16001)
    assert not result.communication_dominates


def test_a_step_below_the_ridge_is_memory_bound() -> None:
    result = place(Step(flop=1e9, memory_bytes=1e9), MACHINE)

    assert result.verdict == "memory"
    assert result.attainable_flop_per_s == 800e9
    assert result.communication_s == 0


@pytest.mark.parametrize(
    ("intensity", "verdict", "side"),
    [
        (19.9, "memory", "memory"),
        (20.1, "balanced", "memory"),
        (25, "balanced", "compute"),
        (31, "balanced", "compute"),
        (31.5, "compute", "compute"),
    ],
)
def test_a_side_is_named_from_a_quarter_more_on(intensity: float, verdict: str, side: str) -> None:
    result = place(Step(flop=intensity * 1e9, memory_bytes=1e9), MACHINE)

    assert (result.verdict, result.side) == (verdict, side)


def test_a_step_that_moves_nothing_is_compute_bound_without_limit() -> None:
    result = place(Step(flop=1e9, memory_bytes=0), MACHINE)

    assert result.intensity == result.margin == math.inf
    assert result.verdict == "compute"


def test_the_books_matrix_product_is_slow_rather_than_bound() -> None:
    measured = Machine(flop_per_s=43e9, bytes_per_s=6.73e9)
    product = Step(flop=2 * 1200**3, memory_bytes=3 * 1200**2 * 8)

    shares = achieved(product, measured, measured_s=2.4954)

    assert shares.compute_share == pytest.approx(0.0322, rel=1e-2)
    assert shares.is_inefficient
    assert not achieved(product, measured, measured_s=0.1).is_inefficient


@settings(max_examples=50)
@given(st.floats(1e6, 1e16), st.floats(1e6, 1e13), st.floats(1e-3, 1e6))
def test_nothing_exceeds_either_roof(flop: float, bandwidth: float, intensity: float) -> None:
    machine = Machine(flop_per_s=flop, bytes_per_s=bandwidth)

    assert machine.attainable(intensity) <= flop
    assert machine.attainable(intensity) <= bandwidth * intensity
    assert machine.attainable(machine.ridge) == pytest.approx(flop)
