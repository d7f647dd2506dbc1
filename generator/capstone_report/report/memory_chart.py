"""The chart of a size: what one replica holds, beside the memory of its accelerators."""

from typing import Any

import altair as alt

from capstone_report.perfmodel.footprint import Fit
from capstone_report.report.chart_layers import Rows, legend, numbers, values
from capstone_report.report.charts import BLUE, GREY, ORANGE, finished

HELD = "one replica"
USABLE, FREE = "memory to use", "kept free"
_COLORS = (BLUE, ORANGE, "#2e8b57")
# More accelerators than these cannot be told apart: they are drawn as one.
MOST_DRAWN = 64


def memory_chart(fit: Fit) -> dict[str, Any]:
    """Draw the bytes of one replica, part by part, above those of the accelerators that hold it."""
    count, each = fit.accelerators, fit.accelerator_bytes
    drawn = count if count <= MOST_DRAWN else 1
    has = f"its {count:,.6g} accelerator{'' if count == 1 else 's'}"
    width = float(each * count) / drawn
    rows: Rows = [
        {"bar": HELD, "part": term.name, "bytes": float(term.bytes)} for term in fit.footprint.terms
    ]
    rows += [
        {"bar": has, "part": part, "bytes": share * width}
        for _ in range(drawn)
        for part, share in ((USABLE, 1 - fit.headroom), (FREE, fit.headroom))
    ]
    parts = list(dict.fromkeys(row["part"] for row in rows))
    for order, row in enumerate(rows):
        row["order"] = order
    x = alt.X("bytes:Q", title="bytes", axis=numbers("~s"))
    y = alt.Y("bar:N", title=None, sort=[HELD, has], axis=alt.Axis(labelLimit=0))
    color = alt.Color(
        "part:N",
        title=None,
        scale=alt.Scale(domain=parts, range=[*_COLORS[: len(parts) - 2], "#9fc6e2", GREY]),
        legend=legend(columns=3),
    )
    bars = values(rows).mark_bar(stroke="white", strokeWidth=1)
    return finished(
        alt.layer(bars.encode(x=x, y=y, color=color, order="order:Q")),
        f"What one replica holds beside the memory of what holds it: {fit.arithmetic}.",
    )
