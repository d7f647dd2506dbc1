"""The sizes worth naming: fastest, cheapest, still efficient, no longer worth it.

A time-optimal number of workers is an upper bound on a sensible one: at the book's p* = 34 a result
costs 4.5 times the baseline's worker-seconds, so other sizes are named beside it.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from capstone_report.perfmodel.bounds import Bounds
from capstone_report.perfmodel.outcomes import (
    At,
    First,
    Last,
    NeverDistribute,
    NeverReached,
    NotWithin,
    Optimum,
    Unbounded,
)
from capstone_report.perfmodel.ring_step import TIE, RingStep
from capstone_report.perfmodel.search import FARTHEST, UnprovenError, argmax, first, last
from capstone_report.perfmodel.step import Scaling, StepModel
from capstone_report.perfmodel.weak_ring import WeakRing
from capstone_report.units import Usd

# Beyond these numbers of workers a curve is taken for what it is at infinity.
FAR, FARTHER = 2.0**60, 2.0**90
# A power of two and a number that is none: some costs jump between them.
BEYOND = (FARTHER, 1.5 * FARTHER)
# The outer half of the searched numbers answers nothing: an optimum there may be the search's edge.
LARGEST = FARTHEST // 2
GROWTH = 1e-6
SECONDS_PER_HOUR = 3600
NEAR = 1e-11


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """What an hour costs."""

    worker_hour: Usd
    """c: one worker for one hour."""
    waiting_hour: Usd = 0.0
    """v: one hour of whoever waits for the result."""

    def hour(self, workers: float) -> Usd:
        """Return p c + v, in USD per hour."""
        return workers * self.worker_hour + self.waiting_hour


def limit_speedup(model: StepModel) -> float | None:
    """Return what the speedup approaches without end of workers, or None when it still grows."""
    far, farther = model.speedup(FAR), model.speedup(FARTHER)
    return None if farther > far * (1 + GROWTH) else farther


def ring_step(model: StepModel) -> RingStep | None:
    """Return the step's closed form: strong scaling, a ring's cost, nothing hidden, no imbalance."""
    form = model.comm.ring_form(alpha=model.alpha, beta=model.beta)
    plain = model.scaling is Scaling.STRONG and model.overlap == 0 and model.imbalance == 0
    if form is None or not plain:
        return None
    return RingStep(
        work=model.t_comp,
        latency=form.latency,
        bandwidth=form.bandwidth,
        constant=model.serial + model.io,
    )


def weak_ring(model: StepModel) -> WeakRing | None:
    """Return the step of a ring in weak scaling, whatever is hidden or uneven."""
    form = model.comm.ring_form(alpha=model.alpha, beta=model.beta)
    if form is None or model.scaling is Scaling.STRONG:
        return None
    slowest = model.t_comp * (1 + model.imbalance)
    return WeakRing(
        one_worker=model.one_worker,
        constant=model.serial + model.io + slowest,
        latency=form.latency,
        bandwidth=form.bandwidth,
        hidden=model.overlap * slowest,
    )


def time_optimal(model: StepModel) -> Optimum:
    """Return the number of workers with the shortest step (weak scaling: the most work per second).

    In closed form for a ring, proven by bounds otherwise.
    """
    closed = ring_step(model)
    if closed is None:
        return _best(model, model.speedup, Bounds(model).speedup_most)
    return _closed_optimum(model, closed.optimum())


def time_optimal_continuous(model: StepModel) -> float | None:
    """Return the time-optimal p as if workers could be divided.

    None when there is no such optimum, or the formula has a meaning for whole numbers only. The
    ring's is sqrt((T_comp - 2 beta)/alpha) and its like; others are found by golden section beside
    the best whole number.
    """
    closed = ring_step(model)
    if closed is not None:
        return closed.optimum_continuous()
    best = time_optimal(model)
    if not isinstance(best, At) or not model.comm.continuous:
        return None
    return _golden_maximum(model.speedup, max(1, best.workers - 1), best.workers + 1)


def knee(model: StepModel) -> Optimum:
    """Return the number of workers with the largest E S, where a further one costs more than it gives.

    In closed form for a ring, proven by bounds otherwise.
    """
    closed = ring_step(model) or weak_ring(model)
    if closed is not None:
        return _closed_optimum(model, closed.knee())
    bounds = Bounds(model)
    return _best(
        model,
        lambda p: model.efficiency(p) * model.speedup(p),
        lambda low, high: bounds.efficiency_most(low, high) * bounds.speedup_most(low, high),
    )


def cost_optimal(model: StepModel, prices: Prices) -> Optimum:
    """Return the number of workers with the lowest (p c + v) T_p per unit of work.

    Domain: c + v > 0. With v = 0 that is one worker in every model with E <= 1.
    """
    if prices.worker_hour == 0:
        return time_optimal(model)
    bounds = Bounds(model)

    def bound(low: int, high: int) -> float:
        """Return the lower of two bounds: S/(p c + v) = E p/(p c + v), and p/(p c + v) grows."""
        by_speedup = bounds.speedup_most(low, high) / prices.hour(low)
        return min(by_speedup, bounds.efficiency_most(low, high) * high / prices.hour(high))

    return _best(model, lambda p: model.speedup(p) / prices.hour(p), bound)


def relative_cost(model: StepModel, workers: float, prices: Prices) -> float:
    """Return what a result costs on p workers relative to one: (p c + v) T_p/((c + v) T_1)."""
    return prices.hour(workers) / prices.hour(1) / model.speedup(workers)


def result_usd(model: StepModel, workers: float, prices: Prices) -> Usd:
    """Return what one worker's work of a step costs on p workers: (p c + v) T_1/S, in USD."""
    return prices.hour(workers) * model.one_worker / model.speedup(workers) / SECONDS_PER_HOUR


def largest_at_efficiency(model: StepModel, efficiency: float) -> Last:
    """Return the largest number of workers whose efficiency is at least the given one.

    In closed form for a ring, proven by bounds otherwise. Domain: 0 < efficiency <= 1.
    """
    closed = ring_step(model)
    if closed is not None:
        largest = closed.largest_at_efficiency(efficiency)
        if largest is None:
            return Unbounded(limit_speedup=limit_speedup(model))
        return At(point=model.point(largest))
    enough = efficiency * (1 - TIE)
    if model.efficiency(FARTHER) >= enough:
        return Unbounded(limit_speedup=limit_speedup(model))
    bounds = Bounds(model)
    workers = last(
        lambda p: model.efficiency(p) >= enough,
        lambda low, high: bounds.efficiency_most(low, high) >= enough,
    )
    assert workers is not None, "one worker is always efficient"  # noqa: S101 - E(1) = 1
    return _at(model, workers)


def communication_dominates(model: StepModel) -> First:
    """Return the first number of workers with R >= 1, which is E <= 50 % in the book's model."""
    closed = _ring_ratio(model)
    if closed is not None:
        crossing = closed.ratio_one()
        if crossing is None:
            return NeverReached()
        return At(point=model.point(math.ceil(crossing * (1 - TIE))))
    one = 1 - TIE
    return _first(
        model,
        lambda p: model.ratio(p) >= one,
        lambda low, high: Bounds(model).ratio_most(low, high) >= one,
    )


def ratio_one(model: StepModel) -> float | None:
    """Return the p, not rounded, at which R crosses one.

    None when it never does or jumps over it, or the formula has a meaning for whole numbers only.
    """
    closed = _ring_ratio(model)
    if closed is not None:
        return closed.ratio_one()
    if not model.comm.continuous:
        return None
    reached = communication_dominates(model)
    if not isinstance(reached, At):
        return None
    crossing = _bisect(model.ratio, 1.0, low=reached.workers - 1, high=reached.workers)
    return crossing if abs(model.ratio(crossing) - 1) < GROWTH else None


def _ring_ratio(model: StepModel) -> RingStep | None:
    """Return what R of a ring in strong scaling is made of: only the slowest worker's work counts."""
    form = model.comm.ring_form(alpha=model.alpha, beta=model.beta)
    if form is None or model.scaling is Scaling.WEAK:
        return None
    work = model.t_comp * (1 + model.imbalance)
    return RingStep(work=work, latency=form.latency, bandwidth=form.bandwidth)


def below_baseline(model: StepModel) -> First:
    """Return the first number of workers, from two on, that is slower than one worker."""
    closed = ring_step(model)
    if closed is not None:
        workers = closed.below_baseline()
        return NeverReached() if workers is None else At(point=model.point(workers))
    one = 1 - TIE
    return _first(
        model,
        lambda p: model.speedup(p) < one,
        lambda low, high: Bounds(model).speedup_least(low, high) < one,
    )


def _closed_optimum(model: StepModel, workers: int | None) -> Optimum:
    if workers is None:
        return Unbounded(limit_speedup=limit_speedup(model))
    return At(point=model.point(workers)) if workers > 1 else NeverDistribute()


def _best(
    model: StepModel, merit: Callable[[float], float], bound: Callable[[int, int], float]
) -> Optimum:
    try:
        workers = argmax(merit, bound, limit=merit(FARTHER))
    except UnprovenError as gave_up:
        return NotWithin(largest=gave_up.proven)
    if workers == 1:
        return NeverDistribute()
    # A curve that only rises comes within rounding of its limit somewhere, which is no optimum.
    if workers is None or merit(FARTHER) >= merit(workers) * (1 - NEAR):
        return Unbounded(limit_speedup=limit_speedup(model))
    return _at(model, workers)


def _at(model: StepModel, workers: int) -> At | NotWithin:
    return At(point=model.point(workers)) if workers <= LARGEST else NotWithin(largest=LARGEST)


def _first(
    model: StepModel, holds: Callable[[float], bool], possible: Callable[[int, int], bool]
) -> First:
    try:
        workers = first(holds, possible)
    except UnprovenError as gave_up:
        return NotWithin(largest=gave_up.proven)
    if workers is not None:
        return At(point=model.point(workers))
    return NotWithin(largest=FARTHEST) if any(map(holds, BEYOND)) else NeverReached()


def _golden_maximum(value: Callable[[float], float], low: float, high: float) -> float:
    """Return where a curve that rises once and falls once is highest, to about eight digits."""
    golden = (5**0.5 - 1) / 2
    for _ in range(60):
        inner, outer = high - golden * (high - low), low + golden * (high - low)
        if value(inner) < value(outer):
            low = inner
        else:
            high = outer
    return (low + high) / 2


def _bisect(value: Callable[[float], float], target: float, *, low: float, high: float) -> float:
    """Return where a curve reaches the target between a number below it and one at or above it."""
    for _ in range(100):
        middle = (low + high) / 2
        if value(middle) < target:
            low = middle
        else:
            high = middle
    return high
