"""The tornado: what ten times less and ten times more of each constant do to the best speedup."""

from collections.abc import Sequence
from typing import Any

import altair as alt

from capstone_report.perfmodel.outcomes import NotWithin
from capstone_report.perfmodel.sensitivity import Reach, TornadoRow
from capstone_report.report.chart_layers import numbers
from capstone_report.report.charts import BLUE, GREY, ORANGE, finished

LABELS = {
    "t_comp": "compute (T_comp)",
    "serial": "serial part",
    "alpha": "latency (alpha)",
    "beta": "transfer (beta)",
    "imbalance": "imbalance",
    "io": "input and output",
}
# From here on a speedup is written with a prefix.
MANY = 1e5
OVER, TIMES = "over ten", "times ten"
# Room for the numbers beside the bars, and how far beyond all others "unbounded" is drawn.
ROOM, ROOM_OF_RANGE, BEYOND = 1.8, 0.4, 4.0

Rows = list[dict[str, Any]]


def tornado_chart(rows: Sequence[TornadoRow], base: Reach) -> dict[str, Any]:
    """Draw two bars for each constant from the declared best speedup, the largest swing on top."""
    reaches = [base, *(reach for row in rows for reach in (row.low, row.high))]
    known = [reach.speedup for reach in reaches if reach.speedup is not None] or [1.0]
    edge = max(known) * BEYOND if len(known) < len(reaches) else max(known)
    start = edge if base.speedup is None else base.speedup
    bars: Rows = [
        {
            "constant": _label(row.constant),
            "change": change,
            "base": start,
            "speedup": edge if reach.speedup is None else reach.speedup,
            "text": f"{_said(reach)} (at {setting.taken:g})"
            if setting.is_clamped
            else _said(reach),
        }
        for row in rows
        for change, reach, setting in (
            (OVER, row.low, row.low_value),
            (TIMES, row.high, row.high_value),
        )
    ]
    room = max(ROOM, (edge / min(known)) ** ROOM_OF_RANGE)
    domain = [min(known) / room, edge * room]
    return finished(
        _layers(bars, start, domain, [_label(row.constant) for row in rows]),
        "Best predicted speedup with each constant over ten and times ten, the largest swing on"
        f" top; the line is the speedup as declared: {_said(base)}. Nothing here was measured.",
    )


def _label(constant: str) -> str:
    """Return a constant's name as it stands beside its bars; an option is called by its own."""
    return LABELS.get(constant, constant.replace("_", " "))


def _layers(
    bars: Rows, start: float, domain: list[float], constants: list[str]
) -> alt.LayerChart | alt.FacetChart:
    """Return the bars, the numbers beside them, and the line of the declared constants."""
    scale = alt.Scale(type="log", domain=domain, nice=False)
    y = alt.Y("constant:N", title=None, sort=constants)
    color = alt.Color(
        "change:N",
        title=None,
        scale=alt.Scale(domain=[OVER, TIMES], range=[BLUE, ORANGE]),
        legend=alt.Legend(orient="top"),
    )
    x = alt.X(
        "speedup:Q",
        title="best predicted speedup",
        scale=scale,
        axis=numbers("~g" if domain[1] < MANY else "~s"),
    )
    offset = alt.YOffset("change:N", sort=[OVER, TIMES])
    drawn = alt.Chart(alt.InlineData(values=bars)).encode(x=x, y=y, yOffset=offset)
    left = [bar for bar in bars if bar["speedup"] < bar["base"]]
    right = [bar for bar in bars if bar["speedup"] >= bar["base"]]

    def beside(side: Rows) -> alt.Chart:
        """Return what is written at the ends of bars."""
        return alt.Chart(alt.InlineData(values=side)).encode(
            x=x, y=y, yOffset=offset, text="text:N"
        )

    line = alt.Chart(alt.InlineData(values=[{"speedup": start}])).encode(x=x)
    return alt.layer(
        drawn.mark_bar(opacity=0.85).encode(x2="base:Q", color=color),
        beside(left).mark_text(align="right", dx=-4, fontSize=13, color=GREY),
        beside(right).mark_text(align="left", dx=4, fontSize=13, color=GREY),
        line.mark_rule(color=GREY, strokeDash=[5, 4]),
        line.mark_text(baseline="bottom", fontSize=13, color=GREY).encode(
            y=alt.value(-4), text=alt.value("as declared")
        ),
    )


def _said(reach: Reach) -> str:
    """Return a best speedup as it stands beside its bar."""
    if reach.speedup is not None:
        return f"{reach.speedup:.4g}"
    return "not found" if isinstance(reach.optimum, NotWithin) else "unbounded"
