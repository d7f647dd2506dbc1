"""The charts of what a cluster costs: self-managed against managed, owned against rented."""

from collections.abc import Callable
from typing import Any

import altair as alt

from capstone_report.perfmodel.cost import BreakEven, Offer
from capstone_report.perfmodel.owned import OwnedMachine, break_even_utilization
from capstone_report.report.chart_layers import Rows, lines, marked, numbers
from capstone_report.report.charts import finished
from capstone_report.units import Usd, dollars

HOURS_BEYOND = 2.0
HOURS_WITHOUT_CROSSING = 100.0
# Owning costs without bound where nothing is used: it is drawn up to so many times the rest.
TIMES_HIGHER = 4.0
SAMPLES = 100


def cost_chart(costs_at: Callable[[float], BreakEven], *, hours: float | None) -> dict[str, Any]:
    """Draw what self-managed and managed cost against hours, with their crossing."""
    costs = costs_at(hours or 0.0)
    meets, spent = costs.break_even_hours, costs.break_even_usd or 0.0
    horizon = max(HOURS_BEYOND * (meets or 0.0), hours or 0.0) or HOURS_WITHOUT_CROSSING
    ends = [(at, costs_at(at)) for at in (0.0, horizon)]
    named: dict[str, Rows] = {
        Offer.SELF_MANAGED.value: [{"hours": at, "value": c.self_managed_usd} for at, c in ends],
        Offer.MANAGED.value: [{"hours": at, "value": c.managed_usd} for at, c in ends],
    }
    points: Rows = []
    if meets is not None:
        text = f"both cost {dollars(spent)} at {meets:,.4g} h"
        points = [{"hours": meets, "value": spent, "text": text}]
    x = alt.X("hours:Q", title="hours", scale=alt.Scale(domain=[0, horizon]), axis=numbers(","))
    y = alt.Y("value:Q", title="USD")
    return finished(
        alt.layer(*lines(x, y, named), *marked(x, y, points)),
        "Cost against hours, self-managed and managed; the point is break-even.",
    )


def owning_chart(
    machine: OwnedMachine, *, rent_usd_per_hour: Usd, utilization: float | None
) -> dict[str, Any]:
    """Draw what an accelerator-hour in use costs, owned and rented, against the utilisation."""
    meets = break_even_utilization(machine, rent_usd_per_hour=rent_usd_per_hour)
    least = _least_utilization(machine, rent_usd_per_hour)
    shares = [least ** (1 - step / SAMPLES) for step in range(SAMPLES + 1)]
    points: Rows = []
    if meets:
        text = f"both cost {dollars(rent_usd_per_hour, decimals=3)} at {meets:.1%}"
        points.append({"utilization": meets, "value": rent_usd_per_hour, "text": text})
    if utilization:
        owned = machine.usd_per_used_hour(utilization)
        text = f"owned {dollars(owned, decimals=3)} at {utilization:.1%}"
        points.append({"utilization": utilization, "value": owned, "text": text})
    used = sorted({*shares, *(point["utilization"] for point in points)})
    named: dict[str, Rows] = {
        "owned": [{"utilization": u, "value": machine.usd_per_used_hour(u)} for u in used],
        "rented": [{"utilization": u, "value": rent_usd_per_hour} for u in (used[0], 1.0)],
    }
    scale = alt.Scale(domain=[0, 1])
    x = alt.X("utilization:Q", title="utilisation", scale=scale, axis=numbers("%"))
    y = alt.Y("value:Q", title="USD for an accelerator-hour in use")
    return finished(
        alt.layer(*lines(x, y, named), *marked(x, y, points)),
        "Cost of an accelerator-hour in use against the share of hours in use, owned and rented.",
    )


def _least_utilization(machine: OwnedMachine, rent_usd_per_hour: Usd) -> float:
    """Return from which utilisation on owning is drawn, so that the rest can be read."""
    always = machine.usd_per_used_hour(1.0)
    highest = TIMES_HIGHER * max(always, rent_usd_per_hour)
    fixed = always - machine.energy_usd_per_hour
    return max(fixed / (highest - machine.energy_usd_per_hour), 1 / SAMPLES)
