"""Owning against renting, by hand-made arithmetic."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capstone_report.perfmodel.owned import OwnedMachine, break_even_utilization

# 240,000 USD with 40,000 left after 4 years and 37,600 USD of staff: 87,600 a year, 10 an hour.
NODE = OwnedMachine(
    accelerators=8,
    purchase_usd=240_000,
    residual_usd=40_000,
    life_years=4,
    staff_usd_per_year=37_600,
    watts_per_accelerator=1000,
    pue=1.25,
    usd_per_kwh=0.2,
)


def test_a_machine_costs_its_depreciation_staff_and_power() -> None:
    assert NODE.fixed_usd_per_year == 87_600
    assert NODE.energy_usd_per_hour == pytest.approx(0.25)
    assert NODE.usd_per_used_hour(1) == pytest.approx(1.25 + 0.25)
    assert NODE.usd_per_used_hour(0.5) == pytest.approx(2.50 + 0.25)


def test_at_two_dollars_seventy_five_the_machine_pays_when_half_busy() -> None:
    assert break_even_utilization(NODE, rent_usd_per_hour=2.75) == pytest.approx(0.5)


def test_owning_never_pays_against_rent_below_its_own_cost() -> None:
    assert break_even_utilization(NODE, rent_usd_per_hour=1.4) is None
    assert break_even_utilization(NODE, rent_usd_per_hour=0.25) is None


@settings(max_examples=50)
@given(st.floats(1.51, 50), st.integers(1, 64))
def test_at_break_even_a_used_hour_costs_the_rent(rent: float, accelerators: int) -> None:
    machine = replace(NODE, accelerators=accelerators, purchase_usd=30_000 * accelerators)

    utilization = break_even_utilization(machine, rent_usd_per_hour=rent)

    if utilization is None:
        assert machine.usd_per_used_hour(1) >= rent
    else:
        assert machine.usd_per_used_hour(utilization) == pytest.approx(rent)
