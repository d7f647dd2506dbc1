"""Calculators draw: as SVG, as PNG and as a page without a network; the numbers are in the drawing."""

import math
import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from capstone_report.perfmodel.comm.book_ring import BookRing
from capstone_report.perfmodel.comm.gossip import Gossip
from capstone_report.perfmodel.comm.model import CommModel
from capstone_report.perfmodel.comm.rabenseifner import Rabenseifner
from capstone_report.perfmodel.comm.recursive_doubling import RecursiveDoubling
from capstone_report.perfmodel.comm.tree import Tree
from capstone_report.perfmodel.cost import BreakEven, build_versus_buy
from capstone_report.perfmodel.footprint import fit
from capstone_report.perfmodel.memory import training_state
from capstone_report.perfmodel.owned import OwnedMachine
from capstone_report.perfmodel.prediction import predict
from capstone_report.perfmodel.roofline import Machine, Step
from capstone_report.perfmodel.sensitivity import reach, tornado
from capstone_report.perfmodel.step import Scaling, StepModel
from capstone_report.report.calculator_charts import roofline_chart, speedup_chart
from capstone_report.report.chart_files import chart_bytes
from capstone_report.report.cost_charts import cost_chart, owning_chart
from capstone_report.report.memory_chart import memory_chart
from capstone_report.report.tornado_chart import tornado_chart

Run = Callable[..., Any]

BOOK = StepModel(t_comp=1.0, comm=BookRing(), alpha=0.0008, beta=0.04)
MINE = OwnedMachine(
    accelerators=8,
    purchase_usd=240_000,
    residual_usd=40_000,
    life_years=4,
    staff_usd_per_year=37_600,
    watts_per_accelerator=1000,
    pue=1.25,
    usd_per_kwh=0.2,
)
MACHINE = Machine(flop_per_s=20e12, bytes_per_s=800e9)


def costs_at(hours: float, *, premium: float = 1.6) -> BreakEven:
    """Return both costs of exercise 41.5.3 at a number of hours."""
    return build_versus_buy(
        accelerators=16,
        usd_per_hour=2.5,
        hours=hours,
        premium=premium,
        ops_hours=40,
        ops_usd_per_hour=60,
    )


def rows(spec: dict[str, Any], layer: int) -> list[dict[str, Any]]:
    """Return the values that a layer draws."""
    data = spec["layer"][layer].get("data") or spec["data"]  # of a single layer it stands above it
    values: list[dict[str, Any]] = spec["datasets"][data["name"]]
    return values


def texts(spec: dict[str, Any]) -> set[str]:
    """Return what is written beside points."""
    return {
        row["text"]
        for layer in range(len(spec["layer"]))
        for row in rows(spec, layer)
        if "text" in row
    }


def test_the_predicted_curve_passes_the_books_rows_and_marks_both_numbers() -> None:
    spec = speedup_chart(predict(BOOK))

    curve = {row["workers"]: row["value"] for row in rows(spec, 0)}
    assert curve[1] == 1
    assert curve[32] == pytest.approx(7.49, abs=0.005)
    assert max(curve) == 1024
    assert texts(spec) == {"R = 1", "p* = 34"}
    assert "Nothing here was measured" in spec["description"]


@pytest.mark.parametrize("comm", [BookRing(), Tree(), Rabenseifner(), RecursiveDoubling()])
def test_every_marked_point_lies_on_the_curve_that_is_drawn(comm: CommModel) -> None:
    spec = speedup_chart(predict(replace(BOOK, comm=comm)))

    curve = {row["workers"]: row["value"] for row in rows(spec, 0)}
    marked = [row for layer in range(2, len(spec["layer"])) for row in rows(spec, layer)]
    assert len({row["text"] for row in marked}) == 2
    assert all(curve[row["workers"]] == row["value"] for row in marked)


def test_a_formula_for_whole_numbers_marks_the_first_of_them_that_communicates_longer() -> None:
    spec = speedup_chart(predict(replace(BOOK, comm=Tree())))

    (dominated,) = {
        row["workers"]
        for layer in range(2, len(spec["layer"]))
        for row in rows(spec, layer)
        if row["text"] == "R \u2265 1"
    }
    assert dominated == 5


def test_two_numbers_at_the_same_point_are_named_together() -> None:
    spec = speedup_chart(predict(StepModel(t_comp=1.0, comm=Tree(), alpha=0.25, beta=0, overlap=1)))

    assert texts(spec) == {"R \u2265 1, p* = 2"}


def test_a_curve_is_drawn_to_any_number_of_workers() -> None:
    vast = StepModel(t_comp=1e6, comm=BookRing(), alpha=1e-30, beta=0.0)

    spec = speedup_chart(predict(vast, (1, 10**30)))

    assert chart_bytes(".svg", "vast", spec).startswith(b"<svg")
    assert "p* = 1e+18" in texts(spec)


def test_a_curve_without_an_end_marks_nothing() -> None:
    endless = StepModel(t_comp=1.0, comm=Gossip(), alpha=0.0, beta=0.0)
    near = predict(BOOK, (1, 2))

    assert texts(speedup_chart(predict(endless))) == set()
    assert texts(speedup_chart(near)) == set()


@pytest.mark.parametrize(
    ("memory_bytes", "said"),
    [(1.2e11, "compute bound"), (1e12, "memory bound"), (2.4e11, "balanced")],
)
def test_the_step_stands_under_its_roof(memory_bytes: float, said: str) -> None:
    spec = roofline_chart(Step(flop=6e12, memory_bytes=memory_bytes), MACHINE)

    low, ridge, high = rows(spec, 0)
    assert (ridge["intensity"], ridge["value"]) == (25, 20e12)
    assert low["value"] == pytest.approx(800e9 * low["intensity"])
    assert high["value"] == 20e12
    assert said in spec["description"]


def test_what_is_sent_is_a_roof_and_what_was_measured_a_point() -> None:
    step = Step(flop=6e12, memory_bytes=1.2e11)

    spec = roofline_chart(step, MACHINE, workers=4, communication_s=0.2, measured_s=0.5)

    assert texts(spec) == {"this step at its roof", "ridge", "measured"}
    assert {row["line"] for row in rows(spec, 1)} == {"communication, 4 workers"}
    assert [row["value"] for row in rows(spec, 1)] == [7.5e12] * 2  # a quarter of the step in 0.2 s
    measured = [row for row in rows(spec, len(spec["layer"]) - 1) if row["text"] == "measured"]
    assert measured == [{"intensity": 50, "value": 12e12, "text": "measured"}]
    assert not {"measured"} & texts(roofline_chart(step, MACHINE))


def test_the_tornado_draws_every_constant_over_ten_and_times_ten_by_its_swing() -> None:
    spec = tornado_chart(tornado(BOOK), reach(BOOK))

    bars = rows(spec, 0)
    assert spec["layer"][0]["encoding"]["y"]["sort"] == [
        "compute (T_comp)", "transfer (beta)", "latency (alpha)"
    ]  # fmt: skip
    assert [
        (bar["change"], bar["text"]) for bar in bars if bar["constant"] == "transfer (beta)"
    ] == [
        ("over ten", "15.74"),
        ("times ten", "1.213"),
    ]
    assert {bar["base"] for bar in bars} == {rows(spec, 3)[0]["speedup"]}
    assert rows(spec, 3)[0]["speedup"] == pytest.approx(7.49, abs=0.005)
    assert "as declared: 7.493" in spec["description"]
    assert "Nothing here was measured" in spec["description"]


def test_a_bar_of_an_option_is_named_and_says_where_it_was_clamped() -> None:
    model = StepModel(t_comp=1.0, comm=Gossip(degree=4), alpha=0.01, beta=0.01, overlap=0.5)

    spec = tornado_chart(tornado(model), reach(model))

    said = {(bar["constant"], bar["change"]): bar["text"] for bar in rows(spec, 0)}
    assert {constant for constant, _ in said} >= {"degree", "overlap"}
    assert said["overlap", "times ten"].endswith(" (at 1)")
    assert "(at" not in said["overlap", "over ten"]


def test_a_bar_without_an_end_reaches_beyond_all_others_and_says_so() -> None:
    endless = StepModel(
        t_comp=1.0, comm=Gossip(), alpha=0.1, beta=0.1, scaling=Scaling.WEAK, serial=0.1
    )
    flat = StepModel(t_comp=1.0, comm=BookRing(), alpha=0.0, beta=0.5 - 1e-9, imbalance=1e-15)

    unbounded = tornado_chart(tornado(endless), reach(endless))
    unknown = tornado_chart(tornado(flat), reach(flat))

    assert {row["text"] for row in rows(unbounded, 0)} == {"unbounded"}
    assert "not found" in {row["text"] for row in rows(unknown, 0)}
    assert "as declared: not found" in unknown["description"]


def test_the_cost_lines_cross_at_break_even() -> None:
    spec = cost_chart(costs_at, hours=30)

    ends = {
        (row["hours"], row["line"]): row["value"] for layer in (0, 1) for row in rows(spec, layer)
    }
    (meets,) = {row["hours"] for row in rows(spec, 2)}
    assert meets == costs_at(0).break_even_hours
    assert ends[0, "self-managed"] == 2400
    assert ends[2 * meets, "managed"] == pytest.approx(12_800)


@pytest.mark.parametrize(("rent", "marked"), [(2.75, 2), (1.4, 1)])
def test_owning_is_drawn_against_renting_with_where_they_meet(rent: float, marked: int) -> None:
    # 10 USD an hour of fixed cost among 8 accelerators, and 0.25 USD of power: 1.5 USD if always used.
    spec = owning_chart(MINE, rent_usd_per_hour=rent, utilization=0.7)

    owned = {row["utilization"]: row["value"] for row in rows(spec, 0)}
    points = {row["text"]: row["utilization"] for row in rows(spec, 2)}
    assert owned[1.0] == pytest.approx(1.5)
    assert max(owned.values()) <= 4 * max(1.5, rent) * (1 + 1e-9)
    assert {row["value"] for row in rows(spec, 1)} == {rent}
    assert len(points) == marked
    assert points["owned $2.036 at 70.0%"] == 0.7
    assert points.get("both cost $2.750 at 50.0%", 0.5) == pytest.approx(0.5)


def test_a_machine_that_is_never_named_busy_marks_no_use() -> None:
    free = replace(MINE, purchase_usd=40_000, staff_usd_per_year=0)

    assert texts(owning_chart(free, rent_usd_per_hour=2.75, utilization=None)) == set()


@pytest.mark.parametrize(("parameters", "accelerators"), [(1e9, 1), (7e9, 2), (70e9, 16)])
def test_what_a_replica_holds_is_drawn_beside_the_memory_of_its_accelerators(
    parameters: float, accelerators: int
) -> None:
    spec = memory_chart(fit(training_state(parameters), accelerator_bytes=80e9))

    held = {row["part"]: row["bytes"] for row in rows(spec, 0) if row["bar"] == "one replica"}
    memory = [row for row in rows(spec, 0) if row["bar"] != "one replica"]
    assert held == {
        "parameters": 2 * parameters, "gradients": 2 * parameters, "optimiser": 12 * parameters
    }  # fmt: skip
    assert len(memory) == 2 * accelerators
    assert sum(row["bytes"] for row in memory) == pytest.approx(accelerators * 80e9)
    assert sum(row["bytes"] for row in memory if row["part"] == "kept free") == pytest.approx(
        accelerators * 8e9
    )


def test_more_accelerators_than_can_be_told_apart_are_drawn_as_one() -> None:
    spec = memory_chart(fit(training_state(1e30), accelerator_bytes=80e9))

    assert len([row for row in rows(spec, 0) if row["bar"] != "one replica"]) == 2
    assert chart_bytes(".svg", "vast", spec).startswith(b"<svg")


@pytest.mark.parametrize(
    "spec",
    [
        roofline_chart(
            Step(flop=6e12, memory_bytes=1.2e11), MACHINE, communication_s=0.16, measured_s=0.5
        ),
        speedup_chart(predict(BOOK)),
        cost_chart(costs_at, hours=None),
    ],
)
def test_names_stand_in_the_legend_where_no_line_and_no_axis_passes(spec: dict[str, Any]) -> None:
    marks = {
        layer["mark"] if isinstance(layer["mark"], str) else layer["mark"]["type"]
        for layer in spec["layer"]
    }
    (named,) = [layer for layer in spec["layer"] if "shape" in layer["encoding"]]

    assert marks == {"line", "rule", "point"}
    assert named["encoding"]["shape"]["legend"]["orient"] == "top"
    assert named["encoding"]["shape"]["legend"]["labelLimit"] == 0


def test_the_numbers_beside_a_wide_tornado_have_room_within_the_axis() -> None:
    wide = StepModel(t_comp=1e6, comm=BookRing(), alpha=1e-9, beta=1e-3, overlap=0.5)
    spec = tornado_chart(tornado(wide), reach(wide))

    speedups = [bar["speedup"] for bar in rows(spec, 0)]
    low, high = spec["layer"][0]["encoding"]["x"]["scale"]["domain"]
    width = math.log(high / low)
    # 480 points of width; a number in 13 points with what it was clamped to takes less than 100.
    assert math.log(min(speedups) / low) / width * 480 > 100
    assert math.log(high / max(speedups)) / width * 480 > 100


@pytest.mark.parametrize(("t_comp", "written"), [(1.0, "~g"), (1e9, "~s")])
def test_the_numbers_of_an_axis_keep_apart(t_comp: float, written: str) -> None:
    model = replace(BOOK, t_comp=t_comp, alpha=1e-6)
    specs = [
        tornado_chart(tornado(model), reach(model)),
        speedup_chart(predict(model)),
        memory_chart(fit(training_state(7e11), accelerator_bytes=80e9)),
        owning_chart(MINE, rent_usd_per_hour=2.75, utilization=0.7),
    ]
    axes = [spec["layer"][0]["encoding"]["x"]["axis"] for spec in specs]

    assert axes[0]["format"] == written
    assert all(axis["labelOverlap"] == "greedy" for axis in axes)
    assert all(axis["labelSeparation"] > 0 for axis in axes)


def test_without_a_crossing_the_lines_are_drawn_alone() -> None:
    spec = cost_chart(partial(costs_at, premium=0.9), hours=None)

    assert len(spec["layer"]) == 2
    assert max(row["hours"] for row in rows(spec, 0)) == 100


def test_a_chart_is_svg_png_or_a_page_that_needs_no_network() -> None:
    spec = speedup_chart(predict(BOOK))
    svg, png, page = (chart_bytes(suffix, "x", spec) for suffix in (".svg", ".png", ".html"))

    assert svg.startswith(b"<svg ")
    assert png.startswith(b"\x89PNG")
    assert page.startswith(b"<!DOCTYPE html>")
    assert svg.strip() in page
    assert not re.search(rb"(?:src|href)=[\"']https?:|<script", page)
    assert chart_bytes(".svg", "x", spec) == svg


@pytest.mark.parametrize(
    "line",
    [
        "predict --t-comp 1 --alpha 0.0008 --beta 0.04 --json --chart drawn.svg",
        "predict --t-comp 1 --alpha 0.0008 --beta 0.04 --sensitivity --chart drawn.svg",
        "roofline --peak-flops 20e12 --bandwidth 800e9 --flops 6e12 --bytes 1e12 --chart drawn.html",
        "roofline --peak-flops 2e13 --bandwidth 8e11 --flops 6e12 --bytes 1e12 --measured 1.4 --latency 1 --chart drawn.svg",
        "cost --accelerators 16 --price 2.5 --premium 1.6 --ops-hours 4 --ops-rate 60 --chart drawn.png",
        "cost --accelerators 8 --price 2.75 --own --capital 1e5 --life-years 4 --power-w 700 --kwh-price 0.2 --chart drawn.svg",
        "size --params 7e9 --chart drawn.svg",
        "size --params 7e9 --chart drawn.SVG --json",
    ],
)
def test_a_command_writes_its_chart_beside_its_answer(
    calculate: Run, tmp_path: Path, line: str
) -> None:
    done = calculate(*line.split())

    (drawn,) = tmp_path.glob("drawn.*")
    assert done.returncode == 0, done.stderr
    assert done.stderr == f"wrote {drawn.name}\n"
    assert drawn.stat().st_size > 5000
    assert "wrote" not in done.stdout


def test_of_two_comparisons_the_chart_says_which_one_it_draws(
    calculate: Run, tmp_path: Path
) -> None:
    managed = "cost --accelerators 8 --price 2.75 --premium 1.6 --ops-hours 4 --ops-rate 60"
    owned = "--own --capital 1e5 --life-years 4 --power-w 700 --kwh-price 0.2 --chart drawn.svg"
    done = calculate(*managed.split(), *owned.split())

    assert "the chart is self-managed against managed; without --premium, owned" in done.stderr
    assert "both cost" in (tmp_path / "drawn.svg").read_text()


def test_a_chart_that_cannot_be_written_names_the_file(calculate: Run, tmp_path: Path) -> None:
    (tmp_path / "drawn.svg").mkdir()
    line = "predict --t-comp 1 --alpha 0 --beta 0.04 --chart drawn.svg"
    done = calculate(*line.split())

    assert done.returncode == 7
    assert "drawn.svg: [CAP703]" in done.stderr
