"""What the calculators' charts are layered from: lines and points that a legend names.

A name inside the plot lies on some line or other; a legend above it lies on none.
"""

from collections.abc import Sequence
from typing import Any

import altair as alt

from capstone_report.report.charts import BLUE, GREY, ORANGE

# Small whole numbers in full, powers of ten with their prefix.
_FORMATS = {2: "~g", 10: "~s"}
_DASHES = ([1, 0], [5, 4], [2, 3])
_STROKES = (BLUE, GREY, ORANGE)
_SHAPES = ("circle", "diamond", "square")
_COLORS = (ORANGE, "#2e8b57", GREY)

Rows = list[dict[str, Any]]


def values(rows: Rows) -> alt.Chart:
    """Return a chart of these rows."""
    return alt.Chart(alt.InlineData(values=rows))


def log_axis(field: str, title: str, low: float, high: float, *, base: int) -> Any:  # noqa: ANN401 - an axis is of either class
    """Return a logarithmic axis: across for what is given, up for the value."""
    axis = alt.Y if field == "value" else alt.X
    scale = alt.Scale(type="log", base=base, domain=[low / 1.1, high * 1.1], clamp=True)
    return axis(f"{field}:Q", title=title, scale=scale, axis=numbers(_FORMATS[base]))


def numbers(written: str) -> alt.Axis:
    """Return an axis that leaves out a number rather than write it over another."""
    return alt.Axis(format=written, labelOverlap="greedy", labelSeparation=6)


def lines(x: Any, y: Any, named: dict[str, Rows]) -> list[alt.Chart]:  # noqa: ANN401 - axes of either class
    """Return a line for each name, the first of them solid."""
    domain = list(named)
    stroke = alt.Stroke(
        "line:N",
        scale=alt.Scale(domain=domain, range=list(_STROKES[: len(domain)])),
        legend=legend(),
        title=None,
    )
    dash = alt.StrokeDash(
        "line:N",
        scale=alt.Scale(domain=domain, range=[list(dash) for dash in _DASHES[: len(domain)]]),
        legend=legend(),
        title=None,
    )
    return [
        values([{**row, "line": name} for row in rows])
        .mark_line()
        .encode(x=x, y=y, stroke=stroke, strokeDash=dash)
        for name, rows in named.items()
    ]


def marked(x: Any, y: Any, points: Sequence[dict[str, Any]]) -> list[alt.Chart]:  # noqa: ANN401 - axes of either class
    """Return points with a line down to what each stands for, named by their text."""
    if not points:
        return []
    names = [point["text"] for point in points]
    color = alt.Color(
        "text:N",
        scale=alt.Scale(domain=names, range=list(_COLORS[: len(names)])),
        legend=legend(),
        title=None,
    )
    shape = alt.Shape(
        "text:N",
        scale=alt.Scale(domain=names, range=list(_SHAPES[: len(names)])),
        legend=legend(),
        title=None,
    )
    base = values(list(points)).encode(x=x)
    return [
        base.mark_rule(color=GREY, strokeDash=[2, 3]),
        base.mark_point(filled=True, size=80, opacity=1).encode(y=y, color=color, shape=shape),
    ]


def legend(*, columns: int = 2) -> alt.Legend:
    """Return a legend above the plot that shortens no name."""
    return alt.Legend(orient="top", labelLimit=0, columns=columns)
