"""Where a series of step times settles, on series whose changepoints are known."""

import math
from itertools import accumulate
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capstone_report.perfmodel.steady_state import (
    MIN_STEPS,
    MOST_STEPS,
    SteadyState,
    settling,
)

few = settings(max_examples=40, deadline=None)
seeds = st.integers(0, 10**6)
lengths = st.integers(MIN_STEPS, 400)


def noise(length: int, seed: int, *, spread: float = 0.02) -> list[float]:
    """Return times around one second."""
    draw = Random(seed)  # noqa: S311 - a draw, not a secret
    return [max(1e-3, draw.gauss(1.0, spread)) for _ in range(length)]


def lifted(times: list[float], first: int, last: int, by: float) -> list[float]:
    """Return times of which a stretch takes longer, or with a negative change less long."""
    return [value + by * (first <= i < last) for i, value in enumerate(times)]


def state(times: list[float]) -> SteadyState:
    """Return the class of a series that is long enough."""
    found = settling(times)
    assert found is not None
    return found.state


@few
@given(st.lists(st.floats(1e-9, 1e9), min_size=MIN_STEPS, max_size=120))
def test_never_more_than_two_thirds_are_warm_up(times: list[float]) -> None:
    found = settling(times)

    assert found is not None
    assert 0 <= 3 * found.warmup_steps <= 2 * len(times)
    assert (found.warmup_steps > 0) == (found.state is SteadyState.WARMUP)


@pytest.mark.parametrize("shape", ["normal", "log-normal", "exponential"])
@pytest.mark.parametrize("length", [MIN_STEPS, 100, 400])
def test_flat_noise_is_nearly_never_cut(shape: str, length: int) -> None:
    draw = Random(f"{shape}{length}")  # noqa: S311 - a draw, not a secret
    draws = {
        "normal": lambda: draw.gauss(1, 0.02),
        "log-normal": lambda: draw.lognormvariate(0, 0.2),
        "exponential": lambda: 1 + draw.expovariate(20),
    }

    series = [[draws[shape]() for _ in range(length)] for _ in range(100)]

    assert sum(state(times) is not SteadyState.FLAT for times in series) <= 3


@few
@given(seeds, lengths, st.floats(0.3, 20), st.floats(0, 1))
def test_a_step_in_the_first_tenth_is_found_within_two_steps(
    seed: int, length: int, by: float, place: float
) -> None:
    slow = max(2, math.floor(place * length / 10))

    found = settling(lifted(noise(length, seed), 0, slow, by))

    assert found is not None
    assert found.state is SteadyState.WARMUP
    assert abs(found.warmup_steps - slow) <= 2


@few
@given(seeds, lengths)
def test_one_slow_first_step_is_warm_up_and_one_slow_step_later_is_none(
    seed: int, length: int
) -> None:
    steady = noise(length, seed)

    compiled = settling(lifted(steady, 0, 1, 5.0))

    assert compiled is not None
    assert 1 <= compiled.warmup_steps <= 2
    assert state(lifted(steady, length // 4, length // 4 + 1, 5.0)) is SteadyState.FLAT
    assert state(lifted(steady, length - 1, length, 5.0)) is SteadyState.FLAT


@pytest.mark.parametrize(
    ("first", "last", "by", "expected"),
    [
        (0, 100, -0.5, SteadyState.SLOWDOWN),
        (0, 150, 0.5, SteadyState.WARMUP),
        (0, 220, 0.5, SteadyState.NONE),
        (250, 300, 0.5, SteadyState.NONE),
        (120, 180, 0.5, SteadyState.NONE),
        (120, 140, 0.5, SteadyState.FLAT),
    ],
)
def test_a_series_is_classed_by_where_its_level_changes(
    first: int, last: int, by: float, expected: SteadyState
) -> None:
    assert state(lifted(noise(300, seed=1), first, last, by)) is expected


def test_a_falling_staircase_is_warm_up_until_its_last_stair() -> None:
    stairs = lifted(lifted(noise(300, seed=2), 0, 20, 1.0), 0, 60, 0.5)

    found = settling(stairs)

    assert found is not None
    assert abs(found.warmup_steps - 60) <= 2


def test_a_random_walk_has_no_steady_state() -> None:
    draw = Random(3)  # noqa: S311 - a draw, not a secret

    walk = list(accumulate((draw.gauss(0, 0.05) for _ in range(1000)), initial=10.0))

    assert state(walk) is SteadyState.NONE


@pytest.mark.parametrize("share", [-0.04, 0.04])
def test_a_machine_that_drifts_by_a_few_percent_is_flat(share: float) -> None:
    assert state(lifted(noise(300, seed=6, spread=0.002), 0, 120, share)) is SteadyState.FLAT
    assert state(lifted(noise(300, seed=6, spread=0.002), 0, 120, 3 * share)) is not (
        SteadyState.FLAT
    )


def test_times_without_any_noise_are_flat_and_a_step_in_them_is_found() -> None:
    still = settling([2.0] * 50)
    stepped = settling([3.0] * 4 + [2.0] * 46)

    assert still is not None
    assert still.state is SteadyState.FLAT
    assert stepped is not None
    assert stepped.warmup_steps == 4
    assert state([0.0] * 50) is SteadyState.FLAT


def test_fewer_steps_than_the_least_say_nothing() -> None:
    assert settling([5.0] + [1.0] * (MIN_STEPS - 2)) is None


@few
@given(seeds, st.floats(1e-6, 1e6))
def test_the_unit_does_not_matter(seed: int, factor: float) -> None:
    times = lifted(noise(100, seed), 0, 7, 1.0)

    assert settling([factor * value for value in times]) == settling(times)


def test_long_series_are_looked_at_in_blocks() -> None:
    length = 10 * MOST_STEPS

    found = settling(lifted(noise(length, seed=4), 0, 1000, 1.0))

    assert found is not None
    assert found.warmup_steps % 10 == 0
    assert abs(found.warmup_steps - 1000) <= 20
