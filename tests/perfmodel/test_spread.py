"""How much repeats differ, and the rate that they show."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capstone_report.perfmodel.spread import rate_of, relative_spread

TIMES = st.lists(st.floats(1e-6, 1e3), min_size=1, max_size=30)


def test_a_rate_is_work_over_the_median_time_with_the_exact_interval() -> None:
    # Six values: the 95 % interval of a median is their range (Hoefler and Belli 2015).
    rate = rate_of([1.0, 2.0, 3.0, 5.0, 6.0, 8.0], 12.0)

    assert (rate.median, rate.low, rate.high) == (3.0, 1.5, 12.0)
    assert rate.repeats == 6


def test_five_repeats_have_no_interval() -> None:
    rate = rate_of([1.0] * 5, 1.0)

    assert (rate.low, rate.high) == (None, None)
    assert not rate.is_noisy


def test_the_spread_is_that_of_the_middle_four_fifths() -> None:
    # Eleven values: their quantiles 0.1 and 0.9 are the second and the tenth.
    assert relative_spread([0, 95, *[100] * 7, 105, 1000]) == pytest.approx(0.10)


@pytest.mark.parametrize(("outer", "noisy"), [(105.0, False), (105.2, True)])
def test_repeats_are_noisy_beyond_a_tenth(outer: float, noisy: bool) -> None:  # noqa: FBT001 - a case of the table
    times = [90.0, 95.0, *[100.0] * 7, outer, 110.0]

    assert rate_of(times, 1.0).is_noisy is noisy


@given(times=TIMES, factor=st.floats(0.01, 100))
@settings(max_examples=60)
def test_a_spread_does_not_depend_on_the_unit_of_time(times: list[float], factor: float) -> None:
    scaled = [factor * taken for taken in times]

    assert relative_spread(scaled) == pytest.approx(relative_spread(times), abs=1e-9)


@given(times=TIMES, work=st.floats(1, 1e15))
@settings(max_examples=60)
def test_a_rate_lies_within_its_interval(times: list[float], work: float) -> None:
    rate = rate_of(times, work)

    if rate.low is not None and rate.high is not None:
        assert rate.low <= rate.median * (1 + 1e-12)
        assert rate.median <= rate.high * (1 + 1e-12)
