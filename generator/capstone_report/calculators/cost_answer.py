"""What `capstone cost` answers, as text and for JSON: who wins, by how much, and what flips it."""

import math
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, TypedDict, cast

import click

from capstone_report.calculators.assumptions import (
    Assumption,
    assumed_json,
    assumed_rows,
    undeclared,
)
from capstone_report.calculators.cost import CostInputs
from capstone_report.calculators.cost_assumptions import (
    OF_ENERGY,
    OF_OWNING,
    USUAL_METHOD,
    USUAL_PUE,
)
from capstone_report.calculators.inputs import misfit, option, together
from capstone_report.errors import UsageError
from capstone_report.perfmodel.cost import (
    SAME_AMOUNT,
    BreakEven,
    FlipValues,
    build_versus_buy,
    flip_values,
)
from capstone_report.perfmodel.energy import Energy, EnergyMethod, energy
from capstone_report.perfmodel.owned import OwnedMachine, break_even_utilization
from capstone_report.terminal.output import print_json, print_labelled, write_chart
from capstone_report.units import dollars

OPERATIONS = ("premium", "ops_hours", "ops_rate")
OWNING = ("capital", "life_years", "power_w", "kwh_price")
OWNED_ONLY = ("capital", "life_years", "kwh_price", "utilization", "residual", "staff_per_year")
POWER_ONLY = ("power_w", "pue")
EVIDENCE = {
    EnergyMethod.MEASURED_NODE: "measured, the host included",
    EnergyMethod.MEASURED_CPU_AND_GPU: "measured at processors, memory and GPUs",
    EnergyMethod.MEASURED_CPU: "measured at processors and memory",
    EnergyMethod.MEASURED_GPU: "measured, without what the host draws",
    EnergyMethod.ESTIMATED_TDP: "estimated, not measured",
}
BOTH = "the chart is self-managed against managed; without --premium, owned against rented"
CARBON = ("carbon_kg_per_kwh", "power_w", "hours")

Rows = list[tuple[str, str]]


class Terms(TypedDict):
    """What both offers depend on beside the hours."""

    accelerators: int
    usd_per_hour: float
    premium: float
    ops_hours: float
    ops_usd_per_hour: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Self-managed against managed; without hours, only where they meet."""

    at_hours: BreakEven
    hours: float | None
    flips: FlipValues | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Owning:
    """Owned against rented, per accelerator-hour in use."""

    machine: OwnedMachine
    rented_usd: float
    break_even_utilization: float | None
    utilization: float | None
    assumed: tuple[Assumption, ...]

    @property
    def owned_usd(self) -> float | None:
        """Return what an owned accelerator-hour costs at the utilisation, where one is given."""
        return self.machine.usd_per_used_hour(self.utilization) if self.utilization else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumption:
    """Energy and carbon, with what was assumed for them."""

    energy: Energy
    assumed: tuple[Assumption, ...]


def answer(given: CostInputs) -> None:
    """Print every comparison that the inputs carry, and draw it where a chart is asked for."""
    comparison, owning, used = _compare(given), _own(given), _energy(given)
    if comparison is None and owning is None and used is None:
        remedy = "add --premium, --ops-hours and --ops-rate, or --own, or --carbon-kg-per-kwh"
        raise UsageError(misfit("capstone cost", "there is nothing to compare with", remedy))
    _refuse_idle_power(given)
    if given["hours"] is not None and comparison is None and used is None:
        remedy = (
            "add --premium, --ops-hours and --ops-rate, or --carbon-kg-per-kwh; or leave it out"
        )
        raise UsageError(misfit("--hours", "an hour of an owned machine costs the same", remedy))
    if given["chart"] and comparison is None and owning is None:
        remedy = "add --premium, --ops-hours and --ops-rate, or --own"
        reason = "energy and carbon are two numbers, with nothing to draw"
        raise UsageError(misfit("--chart", reason, remedy))
    if given["as_json"]:
        print_json(
            "cost",
            build_versus_buy=_comparison_json(comparison) if comparison else None,
            owned=_owning_json(owning) if owning else None,
            energy=_energy_json(used) if used else None,
        )
    else:
        sections = (
            ("Self-managed or managed", _comparison_rows(comparison) if comparison else []),
            (
                "Owned or rented, per accelerator-hour in use",
                _owning_rows(owning) if owning else [],
            ),
            ("Energy and carbon", _energy_rows(used) if used else []),
        )
        for number, (title, rows) in enumerate(each for each in sections if each[1]):
            click.echo(f"\n{title}" if number else title)
            print_labelled(rows)
    if given["chart"]:
        write_chart(given["chart"], "cost", _drawn(given, comparison, owning))


def _drawn(
    given: CostInputs, comparison: Comparison | None, owning: Owning | None
) -> dict[str, Any]:
    """Return the chart of the first comparison, and say which one that is where there are two."""
    from capstone_report.report.cost_charts import cost_chart, owning_chart

    if comparison and owning:
        click.echo(BOTH, err=True)
    if owning and not comparison:
        return owning_chart(
            owning.machine,
            rent_usd_per_hour=owning.rented_usd,
            utilization=owning.utilization,
        )
    return cost_chart(partial(_costs_at, given), hours=given["hours"])


def _refuse_idle_power(given: CostInputs) -> None:
    """Refuse a power that nothing is computed from."""
    values = cast("dict[str, object]", given)
    idle = [option(name) for name in POWER_ONLY if values[name] is not None]
    if idle and not given["own"] and given["carbon_kg_per_kwh"] is None:
        reason = "moves neither self-managed nor managed"
        raise UsageError(misfit(", ".join(idle), reason, "add --own or --carbon-kg-per-kwh"))


def _terms(given: CostInputs) -> Terms:
    """Return what the comparison with a managed service is computed from."""
    return Terms(
        accelerators=given["accelerators"],
        usd_per_hour=given["price"],
        premium=given["premium"] or 1.0,
        ops_hours=given["ops_hours"] or 0.0,
        ops_usd_per_hour=given["ops_rate"] or 0.0,
    )


def _costs_at(given: CostInputs, hours: float) -> BreakEven:
    """Return both costs at a number of hours."""
    return build_versus_buy(**_terms(given), hours=hours)


def _compare(given: CostInputs) -> Comparison | None:
    """Compare self-managed with managed, where premium and operations are given."""
    if not together(cast("dict[str, object]", given), OPERATIONS):
        return None
    hours = given["hours"]
    return Comparison(
        at_hours=_costs_at(given, hours or 0.0),
        hours=hours,
        flips=flip_values(**_terms(given), hours=hours) if hours else None,
    )


def _own(given: CostInputs) -> Owning | None:
    """Compare owned with rented, where it is asked for."""
    values = cast("dict[str, object]", given)
    if not given["own"]:
        if any(values[name] is not None for name in OWNED_ONLY):
            raise UsageError(
                misfit("capstone cost", "owning is described, not asked for", "add --own")
            )
        return None
    together(values | {"own": True}, ("own", *OWNING))
    machine = OwnedMachine(
        accelerators=given["accelerators"],
        purchase_usd=given["capital"] or 0.0,
        residual_usd=given["residual"] or 0.0,
        life_years=given["life_years"] or 1.0,
        staff_usd_per_year=given["staff_per_year"] or 0.0,
        watts_per_accelerator=given["power_w"] or 0.0,
        pue=given["pue"] or USUAL_PUE,
        usd_per_kwh=given["kwh_price"] or 0.0,
    )
    if machine.fixed_usd_per_year < 0:
        remedy = "give a residual value that is at most the capital"
        raise UsageError(misfit("--residual", "the machine gains by being owned", remedy))
    return Owning(
        machine=machine,
        rented_usd=given["price"],
        break_even_utilization=break_even_utilization(machine, rent_usd_per_hour=given["price"]),
        utilization=given["utilization"],
        assumed=undeclared(values, OF_OWNING),
    )


def _energy(given: CostInputs) -> Consumption | None:
    """Return energy and carbon, where the grid is given; nothing is measured here."""
    values = cast("dict[str, object]", given)
    if given["carbon_kg_per_kwh"] is None:
        if given["energy_method"] is not None:
            reason = "tells how the watts of an energy were found"
            raise UsageError(misfit("--energy-method", reason, "add --carbon-kg-per-kwh"))
        return None
    together(values, CARBON)
    used = energy(
        hours=given["hours"] or 0.0,
        processors=given["accelerators"],
        watts_per_processor=given["power_w"] or 0.0,
        pue=given["pue"] or USUAL_PUE,
        kg_per_kwh=given["carbon_kg_per_kwh"],
        method=EnergyMethod(given["energy_method"] or USUAL_METHOD),
    )
    return Consumption(energy=used, assumed=undeclared(values, OF_ENERGY))


def _comparison_rows(comparison: Comparison) -> Rows:
    """Return break-even, totals, winner and flip values in words."""
    costs, rows = comparison.at_hours, _break_even_rows(comparison.at_hours)
    if comparison.hours is None or comparison.flips is None:
        return rows
    flips = comparison.flips
    return [
        *rows,
        (
            "self-managed",
            f"{dollars(costs.self_managed_usd)} ({dollars(costs.operations_usd)} operations)",
        ),
        ("managed", f"{dollars(costs.managed_usd)} ({dollars(costs.premium_usd)} premium)"),
        (
            f"at {comparison.hours:g} hours",
            f"{costs.cheaper} is cheaper by {dollars(costs.saved_usd)}"
            if costs.saved_usd
            else "both cost the same",
        ),
        ("it flips at", f"premium m = {_or_never(flips.premium)}"),
        ("", f"hours h = {_or_never(flips.hours)}"),
        ("", f"operations T_ops = {_or_never(flips.ops_hours)} h"),
        ("", f"rate v = {_or_never(flips.ops_usd_per_hour)} USD/h"),
        ("", f"price c = {_or_never(flips.usd_per_hour)} USD/h"),
        ("", f"accelerators g = {_or_never(flips.accelerators)}"),
    ]


def _break_even_rows(costs: BreakEven) -> Rows:
    """Return where both offers cost the same, and who is cheaper on either side, in words."""
    if costs.break_even_hours is None or costs.break_even_unit_hours is None:
        return [("break-even", "none: managed is never dearer at a premium of 1 or less")]
    if costs.break_even_hours == 0:
        from_the_start = "self-managed is cheaper from the first hour on"
        return [("break-even", f"none: there are no operations to earn back, {from_the_start}")]
    hours = f"{costs.break_even_hours:,.4g} hours"
    unit_hours = f"{costs.break_even_unit_hours:,.4g} accelerator-hours"
    both = f"where both cost {dollars(costs.break_even_usd or 0)}"
    return [
        ("break-even", f"{hours} = {unit_hours}, {both}"),
        ("before that", "managed is cheaper; after it, self-managed"),
    ]


def _or_never(value: float | None) -> str:
    """Return a value, or that there is none."""
    return "no value" if value is None else f"{value:,.4g}"


def _owning_rows(owning: Owning) -> Rows:
    """Return both prices and the utilisation at which they meet, in words."""
    rows: Rows = [
        ("rented", dollars(owning.rented_usd, decimals=3)),
        ("energy of an owned one", dollars(owning.machine.energy_usd_per_hour, decimals=3)),
        (
            "fixed cost of owning",
            f"{dollars(owning.machine.fixed_usd_per_year)} a year, all together",
        ),
        ("break-even utilisation", _utilization(owning.break_even_utilization)),
    ]
    if owning.owned_usd is not None:
        owned = dollars(owning.owned_usd, decimals=3)
        rows.append((f"at {owning.utilization:.0%}", f"owned {owned}: {_cheaper(owning)}"))
    return [*rows, *assumed_rows(owning.assumed)]


def _utilization(break_even: float | None) -> str:
    """Return the utilisation at which owning costs what renting does, in words."""
    if break_even is None:
        return "none: renting is cheaper even for a machine that never rests"
    if break_even == 0:
        return "none: there is no fixed cost to earn back, owning is cheaper at any utilisation"
    return f"{break_even:.1%}"


def _cheaper(owning: Owning) -> str:
    """Return who is cheaper at the declared utilisation."""
    owned_usd = owning.owned_usd or 0.0
    if math.isclose(owned_usd, owning.rented_usd, rel_tol=SAME_AMOUNT):
        return "both cost the same"
    return f"{'owned' if owned_usd < owning.rented_usd else 'rented'} is cheaper"


def _energy_rows(consumption: Consumption) -> Rows:
    """Return energy and carbon in words, with how they were found."""
    used = consumption.energy
    tag = f"({used.method}: {EVIDENCE[used.method]})"
    return [
        ("energy", f"{used.kwh:,.4g} kWh {tag}"),
        ("carbon", f"{used.tonnes_co2e:,.4g} t CO2e {tag}"),
        *assumed_rows(consumption.assumed),
    ]


def _comparison_json(comparison: Comparison) -> dict[str, Any]:
    """Return self-managed against managed for JSON."""
    costs, known = comparison.at_hours, comparison.hours is not None
    return {
        "break_even_hours": costs.break_even_hours,
        "break_even_accelerator_hours": costs.break_even_unit_hours,
        "break_even_usd": costs.break_even_usd,
        "hours": comparison.hours,
        "self_managed_usd": costs.self_managed_usd if known else None,
        "managed_usd": costs.managed_usd if known else None,
        "cheaper": costs.cheaper.value if known else None,
        "saved_usd": costs.saved_usd if known else None,
        "flip_values": asdict(comparison.flips) if comparison.flips else None,
    }


def _owning_json(owning: Owning) -> dict[str, Any]:
    """Return owned against rented for JSON."""
    return {
        "rented_usd_per_hour": owning.rented_usd,
        "energy_usd_per_hour": owning.machine.energy_usd_per_hour,
        "fixed_usd_per_year": owning.machine.fixed_usd_per_year,
        "break_even_utilization": owning.break_even_utilization,
        "utilization": owning.utilization,
        "owned_usd_per_hour": owning.owned_usd,
        "assumed": assumed_json(owning.assumed),
    }


def _energy_json(consumption: Consumption) -> dict[str, Any]:
    """Return energy and carbon for JSON."""
    used = consumption.energy
    return {
        "kwh": used.kwh,
        "tonnes_co2e": used.tonnes_co2e,
        "method": used.method.value,
        "is_estimated": used.is_estimated,
        "assumed": assumed_json(consumption.assumed),
    }
