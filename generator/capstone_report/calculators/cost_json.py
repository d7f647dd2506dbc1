"""What `capstone cost --json` answers: the models from which its schema is published."""

from typing import Literal

from pydantic import Field

from capstone_report.calculators.answer_rows import AnswerRow
from capstone_report.perfmodel.cost import FlipValues, Offer
from capstone_report.perfmodel.energy import EnergyMethod


class BuildVersusBuyRow(AnswerRow):
    """Self-managed against managed."""

    break_even_hours: float | None
    """From which hours on self-managed is cheaper; null where they never cost the same."""
    break_even_accelerator_hours: float | None
    """The same in hours of one accelerator."""
    break_even_usd: float | None
    """What both cost there."""
    hours: float | None
    """The hours that are asked for; null without them."""
    self_managed_usd: float | None
    """What self-managed costs in these hours."""
    managed_usd: float | None
    """What managed costs in these hours."""
    cheaper: Offer | None
    """Which of them is cheaper."""
    saved_usd: float | None
    """By how much."""
    flip_values: FlipValues | None
    """At which value of each variable both cost the same."""


class OwnedRow(AnswerRow):
    """Owned against rented, per hour of one accelerator in use."""

    rented_usd_per_hour: float
    """What renting costs."""
    energy_usd_per_hour: float
    """What the power of an owned one costs."""
    fixed_usd_per_year: float
    """What an owned one costs in a year, in use or not."""
    break_even_utilization: float | None
    """From which share of hours in use owning is cheaper; null where none is."""
    utilization: float | None
    """The share that is asked for."""
    owned_usd_per_hour: float | None
    """What an owned one costs at that share."""
    assumed: dict[str, float | str]
    """What was not said and therefore assumed, by the option that says otherwise."""


class EnergyRow(AnswerRow):
    """Energy and carbon."""

    kwh: float
    """The energy."""
    tonnes_co2e: float
    """The carbon."""
    method: EnergyMethod
    """Where the watts come from."""
    is_estimated: bool
    """Whether they are an estimate."""
    assumed: dict[str, float | str]
    """What was not said and therefore assumed, by the option that says otherwise."""


class CostAnswer(AnswerRow):
    """The answer of `capstone cost --json`."""

    schema_: Literal["capstone/cost/1"] = Field(default="capstone/cost/1", alias="schema")
    """The name and version of this schema."""
    build_versus_buy: BuildVersusBuyRow | None
    """Self-managed against managed; null without a premium."""
    owned: OwnedRow | None
    """Owned against rented; null without --own."""
    energy: EnergyRow | None
    """Energy and carbon; null without the carbon of the grid."""
