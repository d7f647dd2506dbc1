"""The calculators' charts, as Altair specifications: lines here are formulas, known everywhere."""

from collections.abc import Callable
from typing import Any, Literal

import altair as alt

from capstone_report.perfmodel.cost import BreakEven, Offer
from capstone_report.perfmodel.outcomes import At
from capstone_report.perfmodel.prediction import Prediction
from capstone_report.perfmodel.roofline import Machine, Step, place
from capstone_report.report.charts import BLUE, GREY, ORANGE, finished
from capstone_report.units import Seconds

SAMPLES = 160
# How far beyond the best speedup the ideal line is drawn, and how far around a step its roofs are.
IDEAL_ABOVE = 4.0
AROUND = 16.0
HOURS_BEYOND = 2.0
HOURS_WITHOUT_CROSSING = 100.0

# Small whole numbers in full, powers of ten with their prefix.
_FORMATS = {2: "~g", 10: "~s"}

Rows = list[dict[str, Any]]


def speedup_chart(predicted: Prediction) -> dict[str, Any]:
    """Draw the predicted speedup beside the ideal, with R = 1 and the time-optimal size."""
    model, most = predicted.model, max(2.0, *(point.workers for point in predicted.points))
    # Floats: the drawing takes no whole number beyond 64 bits.
    marks = {at: text for at, text in _marks(predicted).items() if at <= most}
    sampled = {float(round(most ** (step / SAMPLES))) for step in range(SAMPLES + 1)}
    counts = sorted(sampled | marks.keys())
    curve: Rows = [{"workers": p, "value": model.speedup(p)} for p in counts]
    values = [row["value"] for row in curve]
    top = max(2.0, IDEAL_ABOVE * max(values))
    ideal: Rows = [{"workers": p, "value": p} for p in (1.0, min(most, top))]
    x = _log("workers", "workers", 1.0, most, base=2)
    y = _log("value", "predicted speedup", min(1.0, *values), top, base=2)
    layers = [
        _values(ideal).mark_line(strokeDash=[5, 4], color=GREY).encode(x=x, y=y),
        _values(curve).mark_line(color=BLUE).encode(x=x, y=y),
    ]
    for at, text in marks.items():
        layers += _marked(x, y, at, model.speedup(at), text)
    return finished(
        alt.layer(*layers),
        f"Predicted speedup against workers ({model.comm.title}, {model.scaling} scaling);"
        " the dashed line is the ideal. Nothing here was measured.",
    )


def _marks(predicted: Prediction) -> dict[float, str]:
    """Return the numbers of workers that are marked, with their words.

    R = 1 where a fraction of a worker means something, else the first whole number beyond.
    """
    marks: dict[float, str] = {}
    dominated, fastest = predicted.communication_dominates, predicted.time_optimal
    if predicted.ratio_one is not None:
        marks[predicted.ratio_one] = "R = 1"
    elif isinstance(dominated, At):
        marks[float(dominated.workers)] = "R \u2265 1"
    if isinstance(fastest, At):
        best = f"p* = {fastest.workers:.6g}"
        same = marks.get(float(fastest.workers))
        marks[float(fastest.workers)] = f"{same}, {best}" if same else best
    return marks


def roofline_chart(
    step: Step,
    machine: Machine,
    *,
    workers: int = 1,
    communication_s: Seconds = 0.0,
    measured_s: Seconds | None = None,
) -> dict[str, Any]:
    """Draw the roofs of a machine, the step under them, and what was measured and is sent.

    The communication roof is what each worker computes per second when it does nothing but send:
    its share of the step over the time of its messages.
    """
    placed = place(step, machine)
    sending = step.flop / workers / communication_s if communication_s else None
    reached = step.flop / measured_s if measured_s else None
    low = min(placed.intensity, placed.ridge) / AROUND
    high = max(placed.intensity, placed.ridge) * AROUND
    roofs: Rows = [
        {"intensity": i, "value": machine.attainable(i)} for i in (low, placed.ridge, high)
    ]
    x = _log("intensity", "intensity (FLOP/B)", low, high, base=10)
    drawn = [value for value in (machine.attainable(low), sending, reached) if value]
    top = 2 * max(machine.flop_per_s, *drawn)
    y = _log("value", "FLOP/s of one worker", min(drawn), top, base=10)
    layers = [
        _values(roofs).mark_line(color=GREY).encode(x=x, y=y),
        *_marked(x, y, placed.intensity, placed.attainable_flop_per_s, "this step"),
        *_marked(x, y, placed.ridge, machine.flop_per_s, "ridge"),
    ]
    if sending:
        layers += _roof(x, y, (low, high), sending, f"communication, {workers} workers")
    if reached:
        layers += _marked(x, y, placed.intensity, reached, "measured", dx=-8)
    bound = placed.verdict if placed.verdict == "balanced" else f"{placed.verdict} bound"
    return finished(
        alt.layer(*layers),
        "Roofline: what a step of this intensity can attain on this machine; "
        f"at its roofs the step is {bound}.",
    )


def cost_chart(costs_at: Callable[[float], BreakEven], *, hours: float | None) -> dict[str, Any]:
    """Draw what self-managed and managed cost against hours, with their crossing."""
    costs = costs_at(hours or 0.0)
    meets = costs.break_even_hours
    horizon = max(HOURS_BEYOND * (meets or 0.0), hours or 0.0) or HOURS_WITHOUT_CROSSING
    rows: Rows = []
    for at in (0.0, horizon):
        both = costs_at(at)
        rows += [
            {"hours": at, "offer": Offer.SELF_MANAGED.value, "value": both.self_managed_usd},
            {"hours": at, "offer": Offer.MANAGED.value, "value": both.managed_usd},
        ]
    x = alt.X("hours:Q", title="hours", scale=alt.Scale(domain=[0, horizon]))
    y = alt.Y("value:Q", title="USD")
    color = alt.Color(
        "offer:N",
        title=None,
        scale=alt.Scale(domain=[offer.value for offer in Offer], range=[BLUE, ORANGE]),
        legend=alt.Legend(orient="top"),
    )
    layers = [_values(rows).mark_line().encode(x=x, y=y, color=color)]
    if meets is not None:
        layers += _marked(x, y, meets, costs.break_even_usd or 0.0, f"{meets:,.4g} h")
    return finished(
        alt.layer(*layers), "Cost against hours, self-managed and managed; the point is break-even."
    )


def _roof(x: Any, y: Any, across: tuple[float, float], value: float, text: str) -> list[alt.Chart]:  # noqa: ANN401 - axes of either class
    """Return a level line that is named at its right end."""
    rows: Rows = [{"intensity": at, "value": value} for at in across]
    return [
        _values(rows).mark_line(color=BLUE, strokeDash=[6, 3]).encode(x=x, y=y),
        _values([{**rows[1], "text": text}])
        .mark_text(align="right", dx=-4, dy=-8, fontSize=14, color=BLUE)
        .encode(x=x, y=y, text="text:N"),
    ]


def _values(rows: Rows) -> alt.Chart:
    """Return a chart of these rows."""
    return alt.Chart(alt.InlineData(values=rows))


def _log(field: str, title: str, low: float, high: float, *, base: int) -> Any:  # noqa: ANN401 - an axis is of either class
    """Return a logarithmic axis: across for what is given, up for the value."""
    axis = alt.Y if field == "value" else alt.X
    scale = alt.Scale(type="log", base=base, domain=[low / 1.1, high * 1.1], clamp=True)
    return axis(f"{field}:Q", title=title, scale=scale, axis=alt.Axis(format=_FORMATS[base]))


def _marked(x: Any, y: Any, at: float, value: float, text: str, *, dx: int = 8) -> list[alt.Chart]:  # noqa: ANN401 - axes of either class
    """Return a point that is named beside it, and a line down to what it stands for."""
    align: Literal["left", "right"] = "left" if dx > 0 else "right"
    field = str(x.shorthand).removesuffix(":Q")
    base = _values([{field: at, "value": value, "text": text}]).encode(x=x)
    return [
        base.mark_rule(color=GREY, strokeDash=[2, 3]),
        base.mark_point(filled=True, size=70, opacity=1, color=ORANGE).encode(y=y),
        base.mark_text(align=align, dx=dx, dy=24, fontSize=14, color=GREY).encode(
            y=y, text="text:N"
        ),
    ]
