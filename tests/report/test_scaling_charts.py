"""The scaling charts: their axis holds whatever is drawn, and their legend names nothing else."""

from pathlib import Path
from typing import Any

from capstone_report.analysis.facts import Analysis
from capstone_report.report.charts import charts
from simulated import SERIAL, analyse, around, pool


def layers(spec: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the layers of a chart that have an axis of workers."""
    return [layer for layer in spec["layer"] if "x" in layer["encoding"]]


def test_the_ideal_begins_within_the_chart_where_only_two_workers_were_measured(
    tmp_path: Path,
) -> None:
    analysis = analyse(tmp_path, {SERIAL: around(8), pool(2): around(4.5)})

    for layer in layers(charts(analysis)["speedup"]):
        low, high = layer["encoding"]["x"]["scale"]["domain"]
        assert low < 1
        assert high > 2


def test_the_legend_names_one_worker_only_where_it_was_measured(tmp_path: Path) -> None:
    without = analyse(tmp_path / "a", {SERIAL: around(8), pool(2): around(4.5)})
    beside = analyse(tmp_path / "b", {SERIAL: around(8), pool(1): around(9), pool(2): around(4.5)})

    assert named(without) == ["over the baseline"]
    assert named(beside) == ["over the baseline", "over one worker"]


def named(analysis: Analysis) -> list[str]:
    """Return the names in the legend of the speedup chart."""
    legends = [
        layer["encoding"]["color"]["legend"]["values"]
        for layer in charts(analysis)["speedup"]["layer"]
        if "color" in layer["encoding"]
    ]
    return list(legends[0])
