"""The figures of the errata of book section 41.2, from the formulas."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from capstone_report.perfmodel.comm.ring import Ring
from capstone_report.perfmodel.flops import (
    array_mebibytes,
    array_megabytes,
    gemm_flop,
)
from capstone_report.perfmodel.flow import LEAVES
from capstone_report.perfmodel.intervals import min_runs_for_median, range_coverage
from capstone_report.perfmodel.laws import speedup_with_full_overlap, speedup_without_overlap
from capstone_report.perfmodel.profile import Thresholds
from capstone_report.perfmodel.roofline import Machine, Step, achieved, place
from capstone_report.perfmodel.step import Scaling, StepModel

Rows = list[tuple[str, str]]
"""The printed and the right figure of each row, as they are shown; nothing is printed: empty."""

ROOFS = Machine(flop_per_s=20e12, bytes_per_s=800e9)
EXERCISE_STEP = Step(
    flop=6e12,
    memory_bytes=1.2e11,
    network_bytes=4e9,
    network_bytes_per_s=25e9,
    message_latency_s=10e-6,
)
PLACED = place(EXERCISE_STEP, ROOFS)
BETA = EXERCISE_STEP.network_bytes / EXERCISE_STEP.network_bytes_per_s
EXERCISE = StepModel(t_comp=PLACED.compute_s, comm=Ring(), alpha=10e-6, beta=BETA)
PRODUCT = Step(flop=gemm_flop(rows=1200, columns=1200, inner=1200), memory_bytes=3 * 1200**2 * 8)
PRODUCT_S, SUM_S, FILE_S = 2.4954, 0.0476, 0.0724
NUMBERS, FILE_NUMBERS = 40_000_000, 8_000_000


def err02() -> Rows:
    """Exercise 41.2.3 on more than one worker."""
    times = {"t_comp": PLACED.compute_s, "t_comm": PLACED.communication_s}
    return [
        (f"{PLACED.compute_s:.2f}", f"{EXERCISE.compute(2):.2f}"),
        ("", f"{speedup_without_overlap(2, **times):.3f}"),
        ("", f"{speedup_with_full_overlap(2, **times):.2f}"),
        ("", f"{EXERCISE.speedup(4):.3f}"),
    ]


def err03() -> Rows:
    """Strong and weak scaling of the same step."""
    weak = replace(EXERCISE, scaling=Scaling.WEAK)
    return [("", f"{100 * model.efficiency(64):.1f}") for model in (EXERCISE, weak)]


def err04() -> Rows:
    """Leaves of the flow that reach the inference row."""
    reached = [x for x in LEAVES.values() if x.remedy and x.remedy.axis == "inference"]
    return [("0", str(len(reached)))]


def err05() -> Rows:
    """Grey zones, and leaves without a remedy."""
    judge = Thresholds().data_io_share.judge
    unlifted = [leaf for leaf in LEAVES.values() if leaf.remedy is None]
    return [("no, yes", f"{judge(0.29)}, {judge(0.31)}"), ("0", str(len(unlifted)))]


def err06() -> Rows:
    """Communication of one and of two workers."""
    return [(f"{EXERCISE.ratio(1):.0f}", f"{EXERCISE.ratio(2):.2f}")]


def err08() -> Rows:
    """The matrix product under a measured roof."""
    roofs = Machine(flop_per_s=43e9, bytes_per_s=6.73e9)
    rate = f"{PRODUCT.flop / PRODUCT_S / 1e9:.1f}"
    share = achieved(PRODUCT, roofs, measured_s=PRODUCT_S).compute_share
    return [(rate, rate), ("", f"{100 * share:.1f}")]


def err09() -> Rows:
    """The sum with two FLOP and with one per element."""
    two, one = (
        place(Step(flop=each * NUMBERS, memory_bytes=8 * NUMBERS), ROOFS) for each in (2, 1)
    )
    return [
        (f"{two.intensity:.3f}", f"{one.intensity:.3f}"),
        (f"{2 * NUMBERS / SUM_S / 1e9:.1f}", f"{NUMBERS / SUM_S / 1e9:.2f}"),
    ]


def err10() -> Rows:
    """Mebibytes and megabytes."""
    sizes = [
        (f"{array_mebibytes(n):.0f}", f"{array_megabytes(n):.0f}") for n in (NUMBERS, FILE_NUMBERS)
    ]
    # The output's time has three digits, so its last one of the bandwidth is within one of ours.
    rates = [size / SUM_S / 1e3 for size in (305, array_megabytes(NUMBERS))]
    assert rates[1] == pytest.approx(6.73, abs=0.01)
    return [*sizes, (f"{rates[0]:.1f}", "6.73")]


def err11() -> Rows:
    """What the probe's rate consists of."""
    rate = f"{2 * array_megabytes(FILE_NUMBERS) / FILE_S / 1e3:.2f}"
    return [(rate, rate)]


def err12() -> Rows:
    """Three runs, and six."""
    return [("", f"{100 * range_coverage(3):.0f}"), ("3", str(min_runs_for_median(0.95)))]


FIGURES: dict[str, Callable[[], Rows]] = {
    "ERR02": err02,
    "ERR03": err03,
    "ERR04": err04,
    "ERR05": err05,
    "ERR06": err06,
    "ERR08": err08,
    "ERR09": err09,
    "ERR10": err10,
    "ERR11": err11,
    "ERR12": err12,
}
