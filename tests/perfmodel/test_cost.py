"""Build versus buy, pinned to the book's exercise 41.5.3."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capstone_report.perfmodel.cost import (
    BreakEven,
    Crossing,
    FlipValues,
    Offer,
    Operations,
    billed_hours,
    build_versus_buy,
    crossing,
    flip_values,
    rent_usd,
)


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


def flips(*, hours: float = 400, premium: float = 1.6, ops_hours: float = 40) -> FlipValues:
    """Return where the choice of exercise 41.5.3 flips, for 14 accelerators."""
    return flip_values(
        accelerators=14,
        usd_per_hour=2.5,
        hours=hours,
        premium=premium,
        ops_hours=ops_hours,
        ops_usd_per_hour=60,
    )


def met(*, self_managed: Operations, managed: Operations, premium: float = 1.6) -> Crossing:
    """Return where both offers meet for 16 accelerators at 2.50 USD, engineers at 60 USD."""
    return crossing(
        accelerators=16,
        usd_per_hour=2.5,
        premium=premium,
        ops_usd_per_hour=60,
        self_managed=self_managed,
        managed=managed,
    )


def test_the_cheaper_offer_is_named_with_what_it_saves() -> None:
    short = exercise(accelerators=1, hours=300)
    long = exercise(accelerators=14, hours=400)

    assert short.cheaper is Offer.MANAGED
    assert short.premium_usd == pytest.approx(450)
    assert short.saved_usd == pytest.approx(1950)
    assert long.cheaper is Offer.SELF_MANAGED
    assert long.premium_usd == pytest.approx(8400)
    assert long.saved_usd == pytest.approx(6000)


def test_at_a_tie_buying_is_rational() -> None:
    assert exercise(premium=1, ops_hours=0).cheaper is Offer.MANAGED


def test_both_offers_cost_6400_dollars_where_they_meet() -> None:
    assert exercise().break_even_usd == pytest.approx(6400)
    assert exercise(premium=0.9).break_even_usd is None


def test_the_books_pretraining_flips_at_these_values() -> None:
    result = flips()

    assert result.hours == pytest.approx(2400 / 21)
    assert result.premium == pytest.approx(1 + 2400 / 14000)
    assert result.ops_hours == pytest.approx(140)
    assert result.ops_usd_per_hour == pytest.approx(210)


def test_without_a_premium_only_a_premium_flips_the_choice() -> None:
    result = flips(premium=1.0)

    assert result.premium is not None
    assert (result.hours, result.ops_hours, result.ops_usd_per_hour) == (None, None, None)


def test_without_operations_or_rent_nothing_flips() -> None:
    assert flips(ops_hours=0).hours is None
    assert flips(ops_hours=0).ops_usd_per_hour is None
    assert flips(hours=0).premium is None


def test_residual_operations_of_the_managed_service_move_the_break_even() -> None:
    result = met(self_managed=Operations(once_hours=40), managed=Operations(once_hours=10))

    assert result.hours == pytest.approx(75)
    assert (result.before, result.after) == (Offer.MANAGED, Offer.SELF_MANAGED)


def test_operations_that_grow_with_the_run_delay_the_break_even() -> None:
    result = met(
        self_managed=Operations(once_hours=40, hours_per_run_hour=0.2),
        managed=Operations(once_hours=0),
    )

    assert result.hours == pytest.approx(2400 / (24 - 12))


def test_operations_that_outgrow_the_premium_keep_managed_cheaper() -> None:
    result = met(
        self_managed=Operations(once_hours=40, hours_per_run_hour=0.5),
        managed=Operations(once_hours=0),
    )

    assert result == Crossing(hours=None, before=Offer.MANAGED, after=Offer.MANAGED)


def test_a_service_that_is_hard_to_set_up_never_pays_when_it_is_dearer_too() -> None:
    result = met(self_managed=Operations(once_hours=5), managed=Operations(once_hours=20))

    assert result == Crossing(hours=None, before=Offer.SELF_MANAGED, after=Offer.SELF_MANAGED)


def test_a_service_that_is_hard_to_set_up_can_pay_later() -> None:
    result = met(
        self_managed=Operations(once_hours=5, hours_per_run_hour=1),
        managed=Operations(once_hours=20),
    )

    assert result.hours == pytest.approx(15 * 60 / (60 - 24))
    assert (result.before, result.after) == (Offer.SELF_MANAGED, Offer.MANAGED)


def test_a_premium_that_is_eaten_up_to_the_cent_keeps_managed_cheaper() -> None:
    # On paper 3 x 0.10 x 0.1 = 0.03 = 60 x 0.0005 USD an hour; in binary they differ by 2e-17.
    result = crossing(
        accelerators=3,
        usd_per_hour=0.1,
        premium=1.1,
        ops_usd_per_hour=60,
        self_managed=Operations(once_hours=40, hours_per_run_hour=0.0005),
        managed=Operations(once_hours=0),
    )

    assert result == Crossing(hours=None, before=Offer.MANAGED, after=Offer.MANAGED)


@settings(max_examples=50)
@given(st.integers(1, 1000), st.integers(1, 1000), st.integers(101, 500), st.integers(1, 20_000))
def test_offers_that_grow_alike_on_paper_never_meet(
    accelerators: int, cents: int, premium_percent: int, rate_cents: int
) -> None:
    extra = Fraction(accelerators * cents * (premium_percent - 100), 10_000)
    alike = float(extra / Fraction(rate_cents, 100))
    result = crossing(
        accelerators=accelerators,
        usd_per_hour=cents / 100,
        premium=premium_percent / 100,
        ops_usd_per_hour=rate_cents / 100,
        self_managed=Operations(once_hours=5, hours_per_run_hour=alike),
        managed=Operations(once_hours=0),
    )

    assert result.hours is None


@settings(max_examples=50)
@given(st.integers(1, 1000), st.floats(1.01, 10), st.floats(0.1, 1000))
def test_nobody_saves_the_roundings_of_a_break_even(
    accelerators: int, premium: float, ops_hours: float
) -> None:
    hours = exercise(
        accelerators=accelerators, premium=premium, ops_hours=ops_hours
    ).break_even_hours

    assert hours is not None
    met = exercise(accelerators=accelerators, premium=premium, ops_hours=ops_hours, hours=hours)
    assert met.saved_usd == 0
    assert met.cheaper is Offer.MANAGED


def test_started_time_and_started_nodes_are_paid_for() -> None:
    assert billed_hours(2.01, granularity_hours=1) == 3
    assert billed_hours(0.3, granularity_hours=0.1) == pytest.approx(0.3)
    assert rent_usd(accelerators=14, hours=400, usd_per_hour=2.5) == 14_000
    assert rent_usd(accelerators=14, hours=400, usd_per_hour=2.5, per_node=8) == 16_000
    assert rent_usd(accelerators=1, hours=1.5, usd_per_hour=2, granularity_hours=1) == 4


@given(st.floats(1.05, 5), st.floats(1, 1000), st.floats(1, 5000))
def test_at_each_flip_value_both_cost_the_same(
    premium: float, ops_hours: float, hours: float
) -> None:
    result = flips(hours=hours, premium=premium, ops_hours=ops_hours)

    assert result.premium is not None
    rent = 14 * 2.5 * hours
    assert (result.premium - 1) * rent == pytest.approx(60 * ops_hours)
    assert result.ops_hours == pytest.approx((premium - 1) * rent / 60)
    assert result.ops_usd_per_hour == pytest.approx((premium - 1) * rent / ops_hours)
    assert result.hours == pytest.approx(60 * ops_hours / ((premium - 1) * 35))
