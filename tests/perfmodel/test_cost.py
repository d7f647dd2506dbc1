"""Build versus buy, pinned to the book's exercise 41.5.3."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capstone_report.perfmodel.cost import BreakEven, build_versus_buy


def exercise(
    *, accelerators: int = 16, hours: float = 30, premium: float = 1.6, ops_hours: float = 40
) -> BreakEven:
    """Return the exercise's comparison: 2.50 USD an hour, engineers at 60 USD an hour."""
    return build_versus_buy(
        accelerators=accelerators,
        usd_per_hour=2.5,
        hours=hours,
        premium=premium,
        ops_hours=ops_hours,
        ops_usd_per_hour=60,
    )


def test_the_exercise_breaks_even_after_a_hundred_hours() -> None:
    result = exercise(hours=100)

    assert result.break_even_hours == pytest.approx(100)
    assert result.break_even_unit_hours == pytest.approx(1600)
    assert result.self_managed_usd == pytest.approx(6400)
    assert result.managed_usd == pytest.approx(6400)


def test_three_hundred_accelerator_hours_are_cheaper_managed() -> None:
    result = exercise(accelerators=1, hours=300)

    assert result.managed_usd - result.rent_usd == pytest.approx(450)
    assert result.operations_usd == pytest.approx(2400)
    assert result.managed_usd < result.self_managed_usd


def test_many_accelerator_hours_are_cheaper_self_managed() -> None:
    result = exercise(accelerators=14, hours=400)

    assert result.managed_usd - result.rent_usd == pytest.approx(8400)
    assert result.operations_usd == pytest.approx(2400)
    assert result.self_managed_usd < result.managed_usd


def test_without_a_premium_there_is_no_break_even() -> None:
    result = exercise(premium=1.0)

    assert result.break_even_hours is None
    assert result.break_even_unit_hours is None
    assert result.managed_usd == result.rent_usd


def test_without_operations_self_managed_pays_from_the_first_hour_on() -> None:
    result = exercise(ops_hours=0)

    assert result.break_even_hours == 0
    assert result.break_even_unit_hours == 0
    assert result.self_managed_usd < result.managed_usd


def test_a_price_of_nothing_never_breaks_even() -> None:
    result = build_versus_buy(
        accelerators=1, usd_per_hour=0, hours=10, premium=2, ops_hours=1, ops_usd_per_hour=60
    )

    assert result.break_even_hours is None


@given(st.integers(1, 1000), st.floats(1.01, 10), st.floats(0.1, 1000))
def test_at_break_even_both_cost_the_same(
    accelerators: int, premium: float, ops_hours: float
) -> None:
    hours = exercise(
        accelerators=accelerators, premium=premium, ops_hours=ops_hours
    ).break_even_hours

    assert hours is not None
    met = exercise(accelerators=accelerators, premium=premium, ops_hours=ops_hours, hours=hours)
    assert met.self_managed_usd == pytest.approx(met.managed_usd)


@given(st.integers(1, 1000))
def test_break_even_in_unit_hours_does_not_depend_on_how_many_are_rented(
    accelerators: int,
) -> None:
    assert exercise(accelerators=accelerators).break_even_unit_hours == pytest.approx(1600)
