"""How much launches and steps differ, and what to repeat next."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capstone_report.perfmodel.two_levels import TwoLevels, two_levels

Launches = list[list[float]]
some = st.lists(st.lists(st.floats(0.5, 2.0), min_size=2, max_size=8), min_size=2, max_size=6)


def asked(
    launches: Launches, *, launch_cost_s: float = 10.0, step_cost_s: float = 1.0
) -> TwoLevels:
    """Return the levels, and the advice for 2 % at 95 %."""
    return two_levels(
        launches, launch_cost_s=launch_cost_s, step_cost_s=step_cost_s, target=0.02, level=0.95
    )


def simulated(launches: int, steps: int, *, between: float, within: float) -> Launches:
    """Return launches whose means vary by `between` and whose steps by `within`."""
    draw = Random(41)  # noqa: S311 - a simulation
    means = [draw.gauss(1.0, between) for _ in range(launches)]
    return [[draw.gauss(mean, within) for _ in range(steps)] for mean in means]


def test_two_launches_of_two_steps_by_hand() -> None:
    found = asked([[1.0, 3.0], [5.0, 7.0]], launch_cost_s=14.0, step_cost_s=1.0)

    assert (found.launches, found.steps, found.mean) == (2, 2, 4.0)
    assert found.between_steps == pytest.approx(2.0)  # S_1^2
    assert found.between_launches == pytest.approx(7.0)  # 8 - 2/2
    assert found.next_steps == 2  # sqrt(14/1 * 2/7)


def test_the_variances_that_made_the_times_are_found() -> None:
    found = asked(simulated(400, 50, between=0.03, within=0.01), launch_cost_s=30.0)

    assert found.between_launches**0.5 == pytest.approx(0.03, rel=0.1)
    assert found.between_steps**0.5 == pytest.approx(0.01, rel=0.05)
    assert found.next_steps == 2  # sqrt(30 * 1/9), rounded up
    assert found.next_launches == pytest.approx(12, abs=2)  # (2.2 * 3.08 %/2 %)^2, with Student's t


def test_where_launches_add_nothing_the_steps_stay_as_they_are() -> None:
    found = asked([[1.0, 1.2, 1.4], [1.4, 1.2, 1.0]])

    assert found.between_launches == 0.0
    assert found.next_steps == 3


def test_where_nothing_varies_two_launches_of_one_step_do() -> None:
    found = asked([[1.0] * 4, [1.0] * 4])

    assert (found.between_launches, found.between_steps) == (0.0, 0.0)
    assert (found.next_launches, found.next_steps) == (2, 1)


def test_dear_launches_ask_for_more_steps_of_each() -> None:
    launches = simulated(20, 20, between=0.01, within=0.05)

    assert (
        asked(launches, launch_cost_s=1000).next_steps > asked(launches, launch_cost_s=2).next_steps
    )


def test_a_launch_costs_at_least_a_step_whatever_the_clocks_say() -> None:
    launches = simulated(10, 10, between=0.01, within=0.05)

    assert asked(launches, launch_cost_s=-3.0) == asked(launches, launch_cost_s=1.0)


def test_longer_launches_count_with_their_last_steps() -> None:
    assert asked([[9.0, 9.0, 1.0, 3.0], [5.0, 7.0]]) == asked([[1.0, 3.0], [5.0, 7.0]])


@settings(max_examples=60, deadline=None)
@given(some, st.sampled_from([2.0**-20, 0.25, 4.0, 2.0**20]))
def test_the_unit_changes_neither_shares_nor_advice(launches: Launches, factor: float) -> None:
    found = asked(launches)

    scaled = asked([[factor * time for time in times] for times in launches])

    assert scaled.between_steps == pytest.approx(found.between_steps * factor**2)
    assert scaled.between_launches == pytest.approx(found.between_launches * factor**2)
    assert (scaled.next_launches, scaled.next_steps) == (found.next_launches, found.next_steps)
