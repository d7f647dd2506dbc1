"""When runs stop being added."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capstone_report.perfmodel.sequential import Stop, first_stop, least_runs

few = settings(max_examples=60, deadline=None)
times = st.lists(st.floats(0.5, 2.0), max_size=40)


def stop(values: list[float], *, relative: float = 0.02, at_most: int = 30) -> Stop | None:
    """Return where sampling stops at 95 %."""
    return first_stop(values, relative=relative, at_least=4, at_most=at_most, level=0.95)


def test_nothing_is_decided_before_six_runs() -> None:
    assert stop([1.0] * 5) is None
    found = stop([1.0] * 6)
    assert found is not None
    assert (found.runs, found.reached, found.half_width) == (6, True, 0.0)
    assert least_runs(4, 0.95) == 6
    assert least_runs(9, 0.95) == 9


def test_six_runs_stop_where_half_their_range_is_small_enough() -> None:
    values = [100.0, 101.0, 102.0, 102.0, 103.0, 104.0]  # the range bounds the median of six

    assert stop(values, relative=2 / 102) is not None
    assert stop(values, relative=1.99 / 102) is None


def test_the_most_runs_end_a_case_that_is_not_precise() -> None:
    wide = [1.0, 2.0] * 5

    found = stop(wide, at_most=10)

    assert found is not None
    assert (found.runs, found.reached, found.median) == (10, False, 1.5)
    assert stop(wide, at_most=11) is None


@few
@given(times, st.floats(0.001, 0.2))
def test_later_runs_never_change_an_earlier_decision(values: list[float], relative: float) -> None:
    ended = stop(values, relative=relative)

    for runs in range(len(values) + 1):
        found = stop(values[:runs], relative=relative)
        assert found == (ended if ended and runs >= ended.runs else None)


@few
@given(times, st.floats(0.001, 0.2), st.floats(1.0, 3.0))
def test_a_looser_target_never_needs_more_runs(
    values: list[float], relative: float, factor: float
) -> None:
    strict, loose = stop(values, relative=relative), stop(values, relative=relative * factor)

    if strict is not None:
        assert loose is not None
        assert loose.runs <= strict.runs


@few
@given(times, st.floats(0.001, 0.2))
def test_a_stop_says_what_its_runs_say(values: list[float], relative: float) -> None:
    found = stop(values, relative=relative)

    if found is not None:
        assert found.low <= found.median <= found.high
        assert found.reached == (found.half_width <= relative * found.median)
        assert found.reached or found.runs == 30


@pytest.mark.parametrize("spread", [0.02, 0.05])
def test_looking_after_each_run_costs_a_few_percent_of_coverage(spread: float) -> None:
    """The level is 95 %: by simulation, for Starr (1966) treats means, not medians."""
    draw = Random(spread)  # noqa: S311 - a draw, not a secret
    covered, studies = 0, 1500

    for _ in range(studies):
        values = [draw.gauss(1.0, spread) for _ in range(30)]
        found = stop(values)
        assert found is not None
        covered += found.low <= 1.0 <= found.high

    assert 0.88 < covered / studies < 0.97
