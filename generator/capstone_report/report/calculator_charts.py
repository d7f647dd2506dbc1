"""The calculators' charts, as Altair specifications: lines here are formulas, known everywhere."""

from typing import Any

import altair as alt

from capstone_report.perfmodel.outcomes import At
from capstone_report.perfmodel.prediction import Prediction
from capstone_report.perfmodel.roofline import Machine, Step, place
from capstone_report.report.chart_layers import Rows, lines, log_axis, marked
from capstone_report.report.charts import finished
from capstone_report.units import Seconds

SAMPLES = 160
# How far beyond the best speedup the ideal line is drawn, and how far around a step its roofs are.
IDEAL_ABOVE = 4.0
AROUND = 16.0


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
    x = log_axis("workers", "workers", 1.0, most, base=2)
    y = log_axis("value", "predicted speedup", min(1.0, *values), top, base=2)
    points = [{"workers": at, "value": model.speedup(at), "text": marks[at]} for at in marks]
    return finished(
        alt.layer(
            *lines(x, y, {"predicted": curve, "ideal": ideal}),
            *marked(x, y, points),
        ),
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
    x = log_axis("intensity", "intensity (FLOP/B)", low, high, base=10)
    drawn = [value for value in (machine.attainable(low), sending, reached) if value]
    top = 2 * max(machine.flop_per_s, *drawn)
    y = log_axis("value", "FLOP/s of one worker", min(drawn), top, base=10)
    named = {"roofs of the machine": roofs}
    if sending:
        level: Rows = [{"intensity": at, "value": sending} for at in (low, high)]
        named[f"communication, {workers} workers"] = level
    points: Rows = [
        _point(placed.intensity, placed.attainable_flop_per_s, "this step at its roof"),
        _point(placed.ridge, machine.flop_per_s, "ridge"),
    ]
    if reached:
        points.append(_point(placed.intensity, reached, "measured"))
    bound = placed.verdict if placed.verdict == "balanced" else f"{placed.verdict} bound"
    return finished(
        alt.layer(*lines(x, y, named), *marked(x, y, points)),
        "Roofline: what a step of this intensity can attain on this machine; "
        f"at its roofs the step is {bound}.",
    )


def _point(intensity: float, value: float, text: str) -> dict[str, Any]:
    """Return a point under the roofs, with its name."""
    return {"intensity": intensity, "value": value, "text": text}
