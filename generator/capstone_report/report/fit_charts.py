"""The charts of fits and forecasts: bands beside points, dashed where nothing was measured.

A band is drawn up to twice the largest fitted number of workers and never further.
"""

from collections.abc import Sequence
from typing import Any

import altair as alt

from capstone_report.analysis.estimates import Estimate
from capstone_report.analysis.facts import Analysis
from capstone_report.analysis.fit_facts import CurvePoint
from capstone_report.analysis.forecast_facts import ForecastPoint, Foreseen
from capstone_report.report.chart_layers import Rows, legend, log_axis, numbers, values
from capstone_report.report.charts import BLUE, GREY, ORANGE, finished
from capstone_report.report.words import relative

COLORS = (BLUE, ORANGE, GREY)
MOST_DOUBLINGS = 24


def fit_charts(analysis: Analysis) -> dict[str, dict[str, Any]]:
    """Return the Vega-Lite specification of every chart that fits and forecasts allow, by name."""
    found = {}
    if analysis.fit and analysis.fit.outlook:
        found["fit"] = _fit(analysis, analysis.fit.outlook.curve)
    if analysis.serial_shares:
        found["serial-share"] = _serial_share(analysis)
    if analysis.foreseen and analysis.foreseen.points:
        found["forecast"] = _forecast(analysis.foreseen)
        found["forecast-error"] = _forecast_error(analysis.foreseen)
    return found


def _fit(analysis: Analysis, curve: Sequence[CurvePoint]) -> dict[str, Any]:
    """Draw the measured speedups beside the band of the supported laws."""
    rows: Rows = [
        {"workers": p.workers, "value": p.speedup, "low": p.low, "high": p.high} for p in curve
    ]
    inside = [r for r, p in zip(rows, curve, strict=True) if not p.extrapolated]
    ahead = [inside[-1], *(r for r, p in zip(rows, curve, strict=True) if p.extrapolated)]
    points = [
        {"workers": point.case.workers, **_bounded(point.speedup), "what": "measured"}
        for point in analysis.points
    ]
    lows = [float(row["low"]) for row in (*rows, *points)]
    highs = [float(row["high"]) for row in (*rows, *points)]
    x = _across(analysis, [float(row["workers"]) for row in (*rows, *points)])
    beside = relative(analysis.loaded.study.baseline)
    y = log_axis("value", f"speedup{beside}", min(1.0, *lows), max(highs), base=2)
    layers = [
        values(inside).mark_area(color=GREY, opacity=0.3).encode(x=x, y=_of(y, "low"), y2="high:Q"),
        values(ahead).mark_area(color=GREY, opacity=0.12).encode(x=x, y=_of(y, "low"), y2="high:Q"),
        values([{**row, "what": "fitted"} for row in inside])
        .mark_line()
        .encode(x=x, y=y, color=_named("measured", "fitted", "extrapolated")),
        values([{**row, "what": "extrapolated"} for row in ahead])
        .mark_line(strokeDash=[5, 4])
        .encode(x=x, y=y, color=_named("measured", "fitted", "extrapolated")),
        *_dots(x, y, points, "measured", "fitted", "extrapolated"),
    ]
    return finished(
        alt.layer(*layers),
        "Measured speedups with their 95 % intervals beside the band of the fitted laws; dashed and "
        "lighter beyond the largest number of workers that was measured.",
    )


def _serial_share(analysis: Analysis) -> dict[str, Any]:
    """Draw Karp and Flatt's serial share against workers, with the straight line of the USL."""
    shares = analysis.serial_shares
    points = [
        {"workers": share.workers, **_bounded(share.share), "what": "measured"} for share in shares
    ]
    line = [
        {"workers": share.workers, "value": share.fitted, "what": "fitted"}
        for share in shares
        if share.fitted is not None
    ]
    x = _across(analysis, [float(share.workers) for share in shares])
    y = alt.Y(
        "value:Q",
        title=f"serial share e{relative(analysis.loaded.study.baseline)}",
        axis=alt.Axis(format="%"),
    )
    named = ("measured", "fitted") if line else ("measured",)
    layers = _dots(x, y, points, *named)
    if line:
        layers.append(values(line).mark_line().encode(x=x, y=y, color=_named(*named)))
    return finished(
        alt.layer(*layers),
        "The serial share of Karp and Flatt against workers, with 95 % intervals; a flat one is serial "
        "work or bandwidth, a rising one latency.",
    )


def _forecast(found: Foreseen) -> dict[str, Any]:
    """Draw the predicted times as a line and the measured ones as points."""
    shown = _near(found)
    curve: Rows = [{"workers": w, "value": t, "what": "predicted"} for w, t in shown]
    points: Rows = [
        {"workers": point.workers, **_bounded(point.measured), "what": point.role.value}
        for point in found.points
    ]
    named = ("predicted", *dict.fromkeys(point.role.value for point in found.points))
    every = [*(float(row["value"]) for row in curve), *(float(row["low"]) for row in points)]
    most = max(*every, *(float(row["high"]) for row in points))
    x = _workers([float(row["workers"]) for row in (*curve, *points)], "")
    y = alt.Y(
        "value:Q",
        title=f"{found.metric.replace('_', ' ')} (s)",
        scale=alt.Scale(type="log", base=10, domain=[min(every) / 1.1, most * 1.1], clamp=True),
        axis=numbers("~g"),
    )
    line = values(curve).mark_line(strokeDash=[5, 4]).encode(x=x, y=y, color=_named(*named))
    return finished(
        alt.layer(line, *_dots(x, y, points, *named)),
        "Predicted times as a dashed line beside measured ones with their 95 % intervals.",
    )


def _forecast_error(found: Foreseen) -> dict[str, Any]:
    """Draw the signed relative error of the predicted time at each number of workers."""
    points = [{"workers": p.workers, **_error(p), "what": p.role.value} for p in found.points]
    named = tuple(dict.fromkeys(point.role.value for point in found.points))
    x = _workers([float(point.workers) for point in found.points], "")
    y = alt.Y("value:Q", title="error of the predicted time", axis=alt.Axis(format="+%"))
    zero = values([{"value": 0.0}]).mark_rule(color=GREY, opacity=0.7).encode(y=y)
    return finished(
        alt.layer(zero, *_dots(x, y, points, *named)),
        "Predicted minus measured time over the measured one, with the 95 % interval of the measured "
        "median; below zero the prediction was optimistic.",
    )


def _near(found: Foreseen) -> list[tuple[int, float]]:
    """Return the predicted curve no further than twice the largest measured number of workers."""
    last = 2 * max(point.workers for point in found.points)
    return [(workers, seconds) for workers, seconds in found.curve if workers <= last]


def _error(point: ForecastPoint) -> dict[str, float]:
    """Return the error with the ends of its interval, or itself as both."""
    low, high = point.error_bounds or (point.error, point.error)
    return {"value": point.error, "low": low, "high": high}


def _bounded(estimate: Estimate) -> dict[str, float]:
    """Return a value with the ends of its interval, or itself as both."""
    ends = estimate.interval
    return {
        "value": estimate.value,
        "low": ends.low if ends else estimate.value,
        "high": ends.high if ends else estimate.value,
    }


def _dots(x: alt.X, y: Any, points: Rows, *named: str) -> list[alt.Chart]:  # noqa: ANN401 - an axis of either class
    """Return points with their intervals."""
    base = values(points).encode(x=x, color=_named(*named))
    return [
        base.mark_rule(strokeWidth=2).encode(y=_of(y, "low"), y2="high:Q"),
        base.mark_point(filled=True, size=70, opacity=1).encode(y=y),
    ]


def _of(y: Any, field: str) -> Any:  # noqa: ANN401 - an axis of either class
    """Return the same axis for another field."""
    other = y.copy()
    other.shorthand = f"{field}:Q"
    return other


def _named(*names: str) -> alt.Color:
    """Return colours that a legend names."""
    scale = alt.Scale(domain=list(names), range=list(COLORS[: len(names)]))
    return alt.Color("what:N", scale=scale, legend=legend(columns=3), title=None)


def _across(analysis: Analysis, workers: Sequence[float]) -> alt.X:
    """Return the axis of worker counts, which says what they are relative to."""
    return _workers(workers, relative(analysis.loaded.study.baseline))


def _workers(workers: Sequence[float], beside: str) -> alt.X:
    """Return a logarithmic axis over these numbers of workers."""
    low, high = min(workers), max(workers)
    scale = alt.Scale(type="log", base=2, domain=[low * 0.8, high * 1.25])
    powers = [2**power for power in range(MOST_DOUBLINGS) if low <= 2**power <= high]
    ticks = powers if len(powers) > 1 else sorted(set(workers))
    axis = alt.Axis(values=ticks, format="~g", labelOverlap="greedy", labelSeparation=6)
    return alt.X("workers:Q", title=f"workers{beside}", scale=scale, axis=axis)
