"""The roofs of a machine, drawn: one line per type, bent at its ridge (Williams et al. 2009)."""

from collections.abc import Sequence
from typing import Any, Protocol

import altair as alt

from capstone_report.perfmodel.roofline import Machine
from capstone_report.report.chart_layers import legend, log_axis, values
from capstone_report.report.charts import BLUE, GREY, ORANGE, finished

AROUND = 8.0
COLOURS = (BLUE, ORANGE, "#2e8b57", GREY, "#8a5fbf")
DASHES = ([1, 0], [6, 3], [2, 3], [8, 3, 2, 3], [4, 4])


class Ridge(Protocol):
    """What is drawn of one type at one place."""

    @property
    def place(self) -> str:
        """Return where."""

    @property
    def kernel(self) -> str:
        """Return the type."""

    @property
    def flop_per_s(self) -> float:
        """Return the roof of the arithmetic."""

    @property
    def bytes_per_s(self) -> float:
        """Return the roof of the memory."""


def probe_chart(ridges: Sequence[Ridge]) -> dict[str, Any]:
    """Draw every roof that has a ridge; a colour is a place, a dash a type. Without any, empty axes."""
    machines = [
        (ridge, Machine(flop_per_s=ridge.flop_per_s, bytes_per_s=ridge.bytes_per_s))
        for ridge in ridges
    ]
    bends = [machine.ridge for _, machine in machines] or [1.0]
    low, high = min(bends) / AROUND, max(bends) * AROUND
    rows = [
        {"intensity": at, "value": m.attainable(at), "place": r.place, "type": r.kernel}
        for r, m in machines
        for at in (low, m.ridge, high)
    ]
    reached = [float(str(row["value"])) for row in rows] or [1.0]
    return finished(
        alt.layer(
            values(rows)
            .mark_line()
            .encode(
                x=log_axis("intensity", "intensity (FLOP/B)", low, high, base=10),
                y=log_axis("value", "attainable FLOP/s", min(reached), 2 * max(reached), base=10),
                stroke=_channel(alt.Stroke, "place", [r.place for r in ridges], COLOURS),
                strokeDash=_channel(alt.StrokeDash, "type", [r.kernel for r in ridges], DASHES),
            )
        ),
        "Measured roofs of this machine: what a program of some intensity can attain, by type.",
    )


def _channel(kind: Any, field: str, names: Sequence[str], marks: Sequence[Any]) -> Any:  # noqa: ANN401 - of either class
    """Return what tells the names of a field apart."""
    domain = list(dict.fromkeys(names))
    repeated = [marks[number % len(marks)] for number in range(len(domain))]
    scale = alt.Scale(domain=domain, range=repeated)
    return kind(f"{field}:N", scale=scale, legend=legend(columns=4), title=None)
