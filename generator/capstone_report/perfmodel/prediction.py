"""A prediction: the table of book section 41.4.5, and the sizes that can be read off it."""

from collections.abc import Sequence
from dataclasses import dataclass

from capstone_report.perfmodel.optima import (
    Prices,
    below_baseline,
    communication_dominates,
    cost_optimal,
    knee,
    largest_at_efficiency,
    ratio_one,
    relative_cost,
    result_usd,
    time_optimal,
    time_optimal_continuous,
)
from capstone_report.perfmodel.outcomes import At, First, Last, NeverDistribute, Optimum
from capstone_report.perfmodel.step import Point, StepModel
from capstone_report.units import Usd

# The rows of the book's Output 41.4.1.
BOOK_WORKERS = tuple(2**k for k in range(11))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cheapest:
    """What a step costs at the cheapest number of workers: the cost that is minimised there."""

    workers: int
    relative_cost: float
    """(p c + v) T_p over (c + v) T_1."""
    usd: Usd
    """What one worker's work of a step costs there."""
    one_worker_usd: Usd
    """What it costs on one worker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """What a step model says before anything is measured."""

    model: StepModel
    points: tuple[Point, ...]
    time_optimal: Optimum
    time_optimal_continuous: float | None
    communication_dominates: First
    """The first number of workers with R >= 1."""
    ratio_one: float | None
    """Where R crosses one, not rounded."""
    efficiency_80: Last
    """The largest number of workers with an efficiency of at least 80 %."""
    efficiency_50: Last
    """The same at 50 %: there a result costs twice the worker-seconds of the baseline."""
    knee: Optimum
    """The largest E S."""
    below_baseline: First
    """The first number of workers that is slower than one."""
    cost_optimal: Optimum | None
    """The lowest (p c + v) T_p; None without prices."""
    cheapest: Cheapest | None
    """The cost there; None without prices, and where no number of workers is the cheapest."""


def predict(
    model: StepModel, workers: Sequence[int] = BOOK_WORKERS, *, prices: Prices | None = None
) -> Prediction:
    """Return the table at the given numbers of workers, and every size worth naming."""
    cheapest = None if prices is None else cost_optimal(model, prices)
    return Prediction(
        model=model,
        points=tuple(model.point(p) for p in workers),
        time_optimal=time_optimal(model),
        time_optimal_continuous=time_optimal_continuous(model),
        communication_dominates=communication_dominates(model),
        ratio_one=ratio_one(model),
        efficiency_80=largest_at_efficiency(model, 0.8),
        efficiency_50=largest_at_efficiency(model, 0.5),
        knee=knee(model),
        below_baseline=below_baseline(model),
        cost_optimal=cheapest,
        cheapest=None if prices is None else _cheapest(model, cheapest, prices),
    )


def _cheapest(model: StepModel, found: Optimum | None, prices: Prices) -> Cheapest | None:
    """Return the cost at the cheapest number of workers, where there is one."""
    if not isinstance(found, At | NeverDistribute):
        return None
    workers = found.workers if isinstance(found, At) else 1
    return Cheapest(
        workers=workers,
        relative_cost=relative_cost(model, workers, prices),
        usd=result_usd(model, workers, prices),
        one_worker_usd=result_usd(model, 1, prices),
    )
