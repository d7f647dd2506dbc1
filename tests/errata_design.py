"""The figures of the errata of book section 41.4, from the formulas."""

import math
from collections.abc import Callable
from dataclasses import replace

import pytest

from capstone_report.perfmodel.comm.book_ring import BookRing
from capstone_report.perfmodel.comm.ring import Ring
from capstone_report.perfmodel.optima import (
    communication_dominates,
    knee,
    largest_at_efficiency,
    ratio_one,
    time_optimal,
    time_optimal_continuous,
)
from capstone_report.perfmodel.outcomes import At, First, Last, NeverDistribute, Optimum, Unbounded
from capstone_report.perfmodel.rounding import whole_units
from capstone_report.perfmodel.step import StepModel
from capstone_report.spec.design import Design
from errata_axis import BETA, EXERCISE, EXERCISE_STEP, Rows

BOOK = StepModel(t_comp=1.0, comm=BookRing(), alpha=0.0008, beta=0.04)
PER_MESSAGE = replace(BOOK, comm=Ring())


def optimum(answer: Optimum | First | Last) -> int:
    """Return the number of workers of an answer, 1 when distributing never pays."""
    if isinstance(answer, NeverDistribute):
        return 1
    assert isinstance(answer, At)
    return answer.workers


def rule(model: StepModel) -> float:
    """Return the printed rule for p*, sqrt(T_comp/alpha)."""
    return math.sqrt(model.t_comp / model.alpha)


def highest(model: StepModel) -> float:
    """Return the largest speedup."""
    return model.speedup(optimum(time_optimal(model)))


def err13() -> Rows:
    """A sum in two orders."""
    return [("0", f"{(0.1 + 0.2) + 0.3 - (0.1 + (0.2 + 0.3)):.2g}")]


def err14() -> Rows:
    """The two rules for p*."""
    wide = replace(BOOK, beta=0.4)
    return [
        (f"{rule(BOOK):.3f}", f"{time_optimal_continuous(BOOK):.3f}"),
        (f"{rule(wide):.0f}", str(optimum(time_optimal(wide)))),
    ]


def err15() -> Rows:
    """Both rings."""
    columns = [
        (
            str(optimum(time_optimal(model))),
            f"{highest(model):.2f}",
            str(optimum(communication_dominates(model))),
        )
        for model in (BOOK, PER_MESSAGE)
    ]
    return list(zip(*columns, strict=True))


def err16() -> Rows:
    """What happens from R = 1 on."""
    first = optimum(communication_dominates(BOOK))
    gain = highest(BOOK) / BOOK.speedup(first)
    assert gain == pytest.approx(1.2016, abs=5e-5)
    return [
        (str(first), f"{ratio_one(BOOK):.3f}"),
        (f"{BOOK.speedup(first):.2f}", f"{highest(BOOK):.2f}"),
        ("", f"{100 * (gain - 1):.1f}"),
    ]


def err17() -> Rows:
    """The sizes worth naming."""
    fastest = optimum(time_optimal(BOOK))
    half = optimum(largest_at_efficiency(BOOK, 0.5))
    sizes = [optimum(largest_at_efficiency(BOOK, 0.8)), optimum(knee(BOOK)), half, fastest]
    efficiency = f"{100 * BOOK.efficiency(fastest):.0f}"
    return [
        ("", f"{BOOK.point(fastest).relative_cost:.2f}"),
        (efficiency, efficiency),
        (str(fastest), ", ".join(map(str, sizes))),
        ("", f"{BOOK.speedup(half):.2f}"),
        ("", f"{100 * BOOK.speedup(half) / highest(BOOK):.0f}"),
    ]


def err18() -> Rows:
    """The book's search without latency."""
    free = replace(BOOK, alpha=0.0)
    faint = replace(free, beta=0.0001)
    tried = range(1, 4097)
    best = time_optimal(free)
    assert isinstance(best, Unbounded)
    with pytest.raises(StopIteration) as stopped:
        next(p for p in tried if faint.ratio(p) >= 1)
    return [
        (str(min(tried, key=free.step_seconds)), "none"),
        ("", f"{best.limit_speedup:.1f}"),
        (stopped.type.__name__, str(optimum(communication_dominates(faint)))),
    ]


def err19() -> Rows:
    """Both terms at 1024 nodes, and a model that takes half a step to move."""
    latency, bandwidth = replace(BOOK, beta=0.0), replace(BOOK, alpha=0.0)
    half = replace(BOOK, beta=0.5)
    return [
        ("", f"{bandwidth.comm_seconds(1024):.4f}"),
        ("", f"{latency.comm_seconds(1024):.4f}"),
        (f"{rule(half):.0f}", str(optimum(time_optimal(half)))),
    ]


def err20() -> Rows:
    """A serial part, and perfect overlap."""
    serial, overlapped = replace(BOOK, serial=0.05, t_comp=0.95), replace(BOOK, overlap=1.0)
    printed = f"{highest(BOOK):.2f}"
    return [
        (printed, f"{highest(serial):.2f}"),
        (printed, f"{highest(overlapped):.1f}"),
        (str(optimum(time_optimal(BOOK))), str(optimum(time_optimal(overlapped)))),
    ]


def err21() -> Rows:
    """The link of exercise 41.2.3 as beta."""
    return [
        (f"{EXERCISE_STEP.network_bytes_per_s / 1e9:.0f} GB/s", f"{BETA:.2f} s"),
        ("", f"{BETA / EXERCISE.t_comp:.2f}"),
        ("", str(optimum(time_optimal(EXERCISE)))),
    ]


def err22() -> Rows:
    """Workers in nodes of eight."""
    workers = optimum(time_optimal(BOOK))
    return [(str(workers), str(whole_units(workers, each=8)))]


def err23() -> Rows:
    """Nineteen sums of what is already the same everywhere."""
    exponent = math.log2(128**19)
    assert exponent > 128  # where float32 ends
    return [("1", f"2^{exponent:.0f}")]


def err24() -> Rows:
    """Two constants from two times, one of them 5 % too long."""
    two, sixteen = BOOK.comm_seconds(2), 1.05 * BOOK.comm_seconds(16)
    # T(2) = alpha + beta and T(16) = 15 alpha + 30/16 beta.
    alpha = (sixteen - 30 / 16 * two) / (15 - 30 / 16)
    fitted = replace(BOOK, alpha=alpha, beta=two - alpha)
    return [
        ("none", f"{100 * (alpha / BOOK.alpha - 1):.0f}"),
        (str(optimum(time_optimal(BOOK))), str(optimum(time_optimal(fitted)))),
    ]


def err25() -> Rows:
    """The slots, and a design whose slowest worker is behind."""
    uneven = replace(BOOK, imbalance=0.2)
    return [
        ("5", str(len(Design.model_fields))),
        (f"{highest(BOOK):.2f}", f"{highest(uneven):.2f}"),
    ]


FIGURES: dict[str, Callable[[], Rows]] = {
    "ERR13": err13,
    "ERR14": err14,
    "ERR15": err15,
    "ERR16": err16,
    "ERR17": err17,
    "ERR18": err18,
    "ERR19": err19,
    "ERR20": err20,
    "ERR21": err21,
    "ERR22": err22,
    "ERR23": err23,
    "ERR24": err24,
    "ERR25": err25,
}
