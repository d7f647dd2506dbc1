"""The charts, as Altair specifications and as SVG; the only place where altair is used.

Lines stand for something known between the points (the ideal); measured points are not joined,
for two or three worker counts show no trend (Hoefler and Belli, rule 12).
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import altair as alt
import vl_convert
from markupsafe import Markup

from capstone_report.analysis.estimates import Estimate
from capstone_report.analysis.facts import Analysis, ScalingPoint
from capstone_report.report.words import labelled_cases, relative

BLUE, ORANGE, GREY = "#1f83c9", "#d2691e", "#808890"
WIDTH, HEIGHT = 480, 290
SPEEDUP_TICKS = [tick * 2.0**power for power in range(-6, 12) for tick in (1.0, 1.5)]
# More cases than this cannot stand side by side on a phone and in print.
UPRIGHT_LABELS = 5
STEP_TIME = "step_time"

SERIES = ("over the baseline", "over one worker")

Row = dict[str, float | str | None]
Pick = Callable[[ScalingPoint], tuple[Estimate | None, Estimate | None]]


def charts(analysis: Analysis) -> dict[str, dict[str, Any]]:
    """Return the Vega-Lite specification of every chart that the data allow, by name."""
    if analysis.baseline is None or not analysis.points:
        return {}
    return {
        "speedup": _speedup(analysis),
        "efficiency": _efficiency(analysis),
        "time": _times(analysis),
    }


def to_svg(name: str, spec: dict[str, Any]) -> Markup:
    """Return a chart as SVG that scales with the page and takes the page's text colour.

    vl-convert numbers ids per process; they are renumbered per chart, so that the same chart is
    the same bytes whenever it is drawn.
    """
    svg = renumbered(name, drawing_of(json.dumps(spec)))
    size = re.search(r'<svg[^>]*?viewBox="([^"]+)"', svg)
    label = str(spec.get("description", name)).replace("&", "&amp;").replace('"', "&quot;")
    head = f'<svg class="chart" role="img" aria-label="{label}" viewBox="{size[1] if size else ""}" xmlns="http://www.w3.org/2000/svg">'
    body = svg[svg.index(">", svg.index("<svg")) + 1 :]
    return Markup(head + body.replace("\n", " "))  # noqa: S704 - vl-convert's own drawing of typed data


@lru_cache(maxsize=256)
def drawing_of(spec: str) -> str:
    """Return a chart as vl-convert draws it: once, however often its page is shown anew."""
    return str(vl_convert.vegalite_to_svg(spec))


def renumbered(name: str, svg: str) -> str:
    """Return a drawing whose ids, and the references to them, are numbered by the chart's name."""
    ids: dict[str, str] = {}
    for found in re.findall(r'\bid="([^"]+)"', svg):
        ids.setdefault(found, f"{name}-{len(ids)}")
    return re.sub(
        r'(\bid="|url\(#|href="#)([^")]+)(?=["\)])',
        lambda match: match[1] + ids.get(match[2], match[2]),
        svg,
    )


def _speedup(analysis: Analysis) -> dict[str, Any]:
    """Draw speedup against workers, both base 2, so that the ideal is a straight line."""
    rows = _rows(analysis, lambda point: (point.speedup, point.one_worker_speedup))
    workers = _workers(analysis)
    lows = [float(row["low"] or row["value"] or 1.0) for row in rows]
    low, high = min(1.0, *lows) / 1.1, max(2, *workers) * 1.1
    vertical = _Vertical(
        title=f"speedup{relative(analysis.loaded.study.baseline)}",
        scale=alt.Scale(type="log", base=2, domain=[low, high], clamp=True),
        axis=alt.Axis(values=[v for v in SPEEDUP_TICKS if low <= v <= high], format="~g"),
    )
    p0 = analysis.loaded.study.baseline.workers
    ideal = [{"workers": w, "value": w / p0} for w in (p0, max(workers))]
    line = (
        alt.Chart(alt.InlineData(values=ideal))
        .mark_line(strokeDash=[5, 4], color=GREY)
        .encode(x=_workers_axis(workers), y=vertical.of("value"))
    )
    return finished(
        alt.layer(
            *_oversubscribed(analysis),
            line,
            _rules(vertical, 1.0),
            *_points(rows, workers, vertical),
        ),
        f"Speedup{relative(analysis.loaded.study.baseline)} against workers, with the 95 % interval of each point; the dashed line is the ideal.",
    )


def _efficiency(analysis: Analysis) -> dict[str, Any]:
    """Draw efficiency against workers, with rules at 100, 80 and 50 percent."""
    rows = _rows(analysis, lambda point: (point.efficiency, point.one_worker_efficiency))
    vertical = _Vertical(
        title=f"efficiency{relative(analysis.loaded.study.baseline)}",
        scale=alt.Scale(zero=True),
        axis=alt.Axis(format="%"),
    )
    return finished(
        alt.layer(
            *_oversubscribed(analysis),
            _rules(vertical, 1.0, 0.8, 0.5),
            *_points(rows, _workers(analysis), vertical),
        ),
        f"Efficiency{relative(analysis.loaded.study.baseline)} against workers, with the 95 % interval of each point; rules at 100, 80 and 50 %.",
    )


def _oversubscribed(analysis: Analysis) -> list[alt.Chart]:
    """Return a shade, with its name, behind worker counts that the machine does not carry."""
    crowded = [point.case.workers for point in analysis.points if point.oversubscribed]
    if not crowded:
        return []
    workers = _workers(analysis)
    edges = [{"workers": min(crowded) * 0.85, "last": max(workers) * 1.25}]
    behind = alt.Chart(alt.InlineData(values=edges)).encode(x=_workers_axis(workers))
    return [
        behind.mark_rect(color=GREY, opacity=0.15).encode(x2="last:Q"),
        behind.mark_text(align="left", baseline="top", dx=4, dy=4, color=GREY).encode(
            y=alt.value(0), text=alt.value("oversubscribed")
        ),
    ]


def _rules(vertical: "_Vertical", *values: float) -> alt.Chart:
    """Return horizontal lines at values that a reader compares with."""
    rows = [{"value": value} for value in values]
    chart: alt.Chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_rule(color=GREY, opacity=0.7)
        .encode(y=vertical.of("value"))
    )
    return chart


def _times(analysis: Analysis) -> dict[str, Any]:
    """Draw every run's step time (or headline time) beside the median and its interval."""
    study = analysis.loaded.study
    metric = STEP_TIME if STEP_TIME in study.metrics else study.problem.headline_metric
    unit = study.metrics[metric].unit
    cases = labelled_cases(analysis)
    order = [label for label, _ in cases]
    runs: list[Row] = [
        {"case": label, "value": value}
        for label, case in cases
        for value in case.values.get(metric, ())
    ]
    medians: list[Row] = [
        {
            "case": label,
            "value": e.value,
            "low": e.interval.low if e.interval else e.value,
            "high": e.interval.high if e.interval else e.value,
        }
        for label, case in cases
        if (e := case.metrics.get(metric))
    ]
    angle = 0 if len(order) <= UPRIGHT_LABELS else -30
    x = alt.X("case:N", sort=order, title=None, axis=alt.Axis(labelAngle=angle))
    y = alt.Y("value:Q", title=f"{metric.replace('_', ' ')} ({unit})", scale=alt.Scale(zero=True))
    ticks = (
        alt.Chart(alt.InlineData(values=runs))
        .mark_tick(color=BLUE, opacity=0.55, thickness=1.5, width=26)
        .encode(x=x, y=y)
    )
    bars = (
        alt.Chart(alt.InlineData(values=medians))
        .mark_rule(color=ORANGE, strokeWidth=2, xOffset=22)
        .encode(x=x, y="low:Q", y2="high:Q")
    )
    points = (
        alt.Chart(alt.InlineData(values=medians))
        .mark_point(color=ORANGE, filled=True, size=60, xOffset=22)
        .encode(x=x, y=y)
    )
    return finished(
        alt.layer(ticks, bars, points),
        f"{metric.replace('_', ' ').capitalize()} of every run (ticks), with the median and its 95 % interval (dots).",
    )


def _rows(analysis: Analysis, pick: Pick) -> list[Row]:
    """Return one row per point and per thing it is compared with."""
    rows: list[Row] = []
    for point in analysis.points:
        pairs = list(zip(SERIES, pick(point), strict=True))
        for series, estimate in pairs if point.case.workers > 1 else pairs[:1]:
            if estimate is not None:
                bounds = estimate.interval
                rows.append(
                    {
                        "workers": float(point.case.workers),
                        "series": series,
                        "value": estimate.value,
                        "low": bounds.low if bounds else None,
                        "high": bounds.high if bounds else None,
                    }
                )
    return rows


@dataclass(frozen=True, slots=True, kw_only=True)
class _Vertical:
    """The vertical axis that every layer of a chart shares."""

    title: str
    scale: alt.Scale
    axis: alt.Axis

    def of(self, field: str) -> alt.Y:
        """Return the encoding of one field."""
        return alt.Y(f"{field}:Q", title=self.title, scale=self.scale, axis=self.axis)


def _points(rows: Sequence[Row], workers: Sequence[int], vertical: _Vertical) -> list[alt.Chart]:
    """Return the interval bars and the points of both series, drawn side by side."""
    layers: list[alt.Chart] = []
    shown = {row["series"] for row in rows}
    color = alt.Color(
        "series:N",
        title=None,
        scale=alt.Scale(domain=list(SERIES), range=[BLUE, ORANGE]),
        legend=alt.Legend(orient="top", values=[name for name in SERIES if name in shown]),
    )
    x = _workers_axis(workers)
    for series, shift in zip(SERIES, (-4, 4), strict=True):
        base = alt.Chart(alt.InlineData(values=[r for r in rows if r["series"] == series]))
        bars = base.transform_filter("isValid(datum.low)").mark_rule(strokeWidth=2, xOffset=shift)
        dots = base.mark_point(filled=True, size=70, opacity=1, xOffset=shift)
        layers.append(bars.encode(x=x, y=vertical.of("low"), y2="high:Q", color=color))
        layers.append(dots.encode(x=x, y=vertical.of("value"), color=color))
    return layers


def _workers(analysis: Analysis) -> list[int]:
    """Return the worker counts of the axis: the measured ones, and the baseline's, where the ideal begins."""
    measured = {point.case.workers for point in analysis.points}
    return sorted(measured | {analysis.loaded.study.baseline.workers})


def _workers_axis(workers: Sequence[int]) -> alt.X:
    """Return the axis of worker counts: quantitative, base 2, ticks where something was measured."""
    low, high = min(workers), max(workers)
    scale = alt.Scale(type="log", base=2, domain=[low * 0.8, high * 1.25])
    return alt.X(
        "workers:Q", title="workers", scale=scale, axis=alt.Axis(values=list(workers), format="d")
    )


def finished(chart: alt.LayerChart | alt.FacetChart, description: str) -> dict[str, Any]:
    """Return the specification in the one theme: the page's text colour, no background."""
    text = {"labelColor": "currentColor", "titleColor": "currentColor"}
    spec: dict[str, Any] = (
        chart.properties(width=WIDTH, height=HEIGHT, description=description)
        .configure(background="transparent", font="sans-serif")
        .configure_axis(
            **text,
            domainColor="currentColor",
            tickColor="currentColor",
            gridColor=GREY,
            gridOpacity=0.25,
            labelFontSize=14,
            titleFontSize=14,
            titleFontWeight="normal",
        )
        .configure_legend(**text, labelFontSize=14)
        .configure_view(stroke=None)
        .to_dict()
    )
    return spec
