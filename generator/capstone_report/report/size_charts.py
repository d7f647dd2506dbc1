"""The chart of time against money: which measured sizes no other is shown to beat on both."""

from typing import Any

import altair as alt

from capstone_report.analysis.facts import Analysis
from capstone_report.analysis.spending_facts import Size
from capstone_report.report.charts import BLUE, GREY, finished
from capstone_report.report.conclusion_words import size_name

DOMINATED = "shown to be slower and dearer than another"
OPEN = "not shown to be beaten on both"


def size_charts(analysis: Analysis) -> dict[str, dict[str, Any]]:
    """Return the chart of time and price per result, where at least two sizes are priced."""
    priced = [size for size in analysis.concluded.spending.sizes if size.cost is not None]
    if len(priced) < 2:  # noqa: PLR2004 - one point alone is beaten by nothing
        return {}
    rows = [_row(size) for size in priced]
    x = alt.X("time:Q", title="seconds per result", scale=alt.Scale(zero=True))
    y = alt.Y("cost:Q", title="USD per result", scale=alt.Scale(zero=True))
    color = alt.Color(
        "state:N",
        title=None,
        scale=alt.Scale(domain=[OPEN, DOMINATED], range=[BLUE, GREY]),
        legend=alt.Legend(orient="top", labelLimit=0),
    )
    base = alt.Chart(alt.InlineData(values=rows))
    layers = alt.layer(
        base.transform_filter("isValid(datum.low)")
        .mark_rule(color=GREY)
        .encode(x=alt.X("low:Q", title="seconds per result"), x2="high:Q", y=y),
        base.transform_filter("isValid(datum.low)")
        .mark_rule(color=GREY)
        .encode(x=x, y=alt.Y("cheap:Q", title="USD per result"), y2="dear:Q"),
        base.mark_point(filled=True, size=70, opacity=1).encode(x=x, y=y, color=color),
        base.mark_text(align="left", baseline="bottom", dx=6, dy=-4, color=GREY).encode(
            x=x, y=y, text="name:N"
        ),
    )
    return {
        "sizes": finished(
            layers,
            "Price against time per result of every measured size, with 95 % intervals; grey points are slower and dearer than another.",
        )
    }


def _row(size: Size) -> dict[str, float | str | None]:
    """Return one size as a row of the chart."""
    assert size.cost is not None  # noqa: S101 - only priced ones come here
    time, cost = size.time.interval, size.cost.interval
    return {
        "name": size_name(size),
        "time": size.time.value,
        "low": time.low if time else None,
        "high": time.high if time else None,
        "cost": size.cost.value,
        "cheap": cost.low if cost else None,
        "dear": cost.high if cost else None,
        "state": DOMINATED if size.dominated_by else OPEN,
    }
