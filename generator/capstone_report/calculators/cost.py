"""`capstone cost`: run it yourself or buy it, rent or own, and the energy behind it (41.5.2)."""

from pathlib import Path
from typing import TypedDict, Unpack

import click

from capstone_report.calculators.inputs import (
    AT_LEAST_ONE,
    NOT_NEGATIVE,
    POSITIVE_SHARE,
    Calculator,
    Premium,
    Quantity,
    WholeNumber,
    chart_option,
    json_option,
)
from capstone_report.perfmodel.energy import EnergyMethod

usd = Quantity("USD", NOT_NEGATIVE)


class CostInputs(TypedDict):
    """What `capstone cost` is given; None where an option is absent."""

    accelerators: int
    price: float
    hours: float | None
    premium: float | None
    ops_hours: float | None
    ops_rate: float | None
    own: bool
    capital: float | None
    life_years: float | None
    residual: float | None
    staff_per_year: float | None
    kwh_price: float | None
    utilization: float | None
    power_w: float | None
    pue: float | None
    carbon_kg_per_kwh: float | None
    energy_method: str | None
    chart: Path | None
    as_json: bool


@click.command(cls=Calculator)
@click.option("--accelerators", type=WholeNumber(), required=True, help="How many are in use.")
@click.option("--price", type=Quantity("USD"), required=True, help="USD to rent one for an hour.")
@click.option("--hours", type=Quantity("h"), help="How long the cluster runs.")
@click.option("--premium", type=Premium(), help="Managed over plain price: 1.6 is 60 % more.")
@click.option("--ops-hours", type=Quantity("h", NOT_NEGATIVE), help="Hours to operate it yourself.")
@click.option("--ops-rate", type=usd, help="USD that an hour of operations is worth.")
@click.option("--own", is_flag=True, help="Compare owning with renting, too.")
@click.option("--capital", type=Quantity("USD"), help="USD to buy all the accelerators.")
@click.option("--life-years", type=Quantity("1"), help="Years until they are sold.")
@click.option("--residual", type=usd, help="USD that they are sold for; default 0.")
@click.option("--staff-per-year", type=usd, help="USD a year for who runs them; default 0.")
@click.option("--kwh-price", type=usd, help="USD for a kWh.")
@click.option("--utilization", type=Quantity("1", POSITIVE_SHARE), help="Share of hours in use.")
@click.option("--power-w", type=Quantity("W"), help="Draw of the node in use, per accelerator.")
@click.option("--pue", type=Quantity("1", AT_LEAST_ONE), help="Of the building; default 1.")
@click.option("--carbon-kg-per-kwh", type=Quantity("1", NOT_NEGATIVE), help="Of the grid.")
@click.option(
    "--energy-method",
    type=click.Choice([method.value for method in EnergyMethod]),
    help="How the draw was found; default estimated_tdp.",
)
@chart_option
@json_option
def cost(**given: Unpack[CostInputs]) -> None:
    """Compare running a cluster with buying it managed: where they cost the same, what flips it.

    With --own, compare owning with renting; with --carbon-kg-per-kwh, estimate energy and carbon.
    """
    from capstone_report.calculators.cost_answer import answer

    answer(given)
