"""How much each declared constant decides: one at a time, over ten and times ten.

Book exercise 41.4.2. In the book's model alpha decides p* and beta decides the speedup at p*.
"""

from dataclasses import dataclass, replace
from typing import Any

from capstone_report.perfmodel.comm.options import model_options
from capstone_report.perfmodel.optima import communication_dominates, time_optimal
from capstone_report.perfmodel.outcomes import (
    At,
    First,
    NeverDistribute,
    Optimum,
    Unbounded,
)
from capstone_report.perfmodel.step import StepModel

CONSTANTS = ("t_comp", "serial", "alpha", "beta", "imbalance", "io", "overlap")
FACTOR = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How far a step model scales."""

    optimum: Optimum
    speedup: float | None
    """The speedup at the optimum, or what it approaches; None when no largest one is known."""
    communication_dominates: First

    @property
    def workers(self) -> int | None:
        """Return the time-optimal number of workers: 1 for never, None when there is no last one."""
        if isinstance(self.optimum, At):
            return self.optimum.workers
        return 1 if isinstance(self.optimum, NeverDistribute) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A changed constant: what the factor makes of it, and what its domain lets it be."""

    asked: float
    taken: float

    @property
    def is_clamped(self) -> bool:
        """Tell whether the domain holds another number than was asked for."""
        return self.taken != self.asked


@dataclass(frozen=True, slots=True, kw_only=True)
class TornadoRow:
    """One constant, and what ten times less and ten times more of it would mean."""

    constant: str
    low_value: Setting
    high_value: Setting
    low: Reach
    """The constant divided by the factor."""
    high: Reach
    """The constant times the factor."""

    @property
    def speedup_swing(self) -> float | None:
        """Return the larger best speedup over the smaller one; None when one is without bound."""
        return _swing(self.low.speedup, self.high.speedup)

    @property
    def workers_swing(self) -> float | None:
        """Return the larger p* over the smaller one; None when one is without bound."""
        return _swing(self.low.workers, self.high.workers)


def reach(model: StepModel) -> Reach:
    """Return p*, the speedup there, and where communication dominates."""
    optimum = time_optimal(model)
    return Reach(
        optimum=optimum,
        speedup=_best_speedup(optimum),
        communication_dominates=communication_dominates(model),
    )


def tornado(model: StepModel, *, factor: float = FACTOR) -> tuple[TornadoRow, ...]:
    """Return a row for each constant that is not zero, the largest swing of the speedup first.

    Options of the communication model count where they are set. A share stays a share, and a number
    of things a whole number.
    """
    rows = [_row(model, name, value, factor) for name, value in _declared(model).items()]
    return tuple(sorted(rows, key=_size, reverse=True))


def _declared(model: StepModel) -> dict[str, float]:
    """Return the constants of a step and the options that are set, without those that are zero."""
    constants = {name: getattr(model, name) for name in CONSTANTS}
    options = {name: getattr(model.comm, name) for name in sorted(model.comm.model_fields_set)}
    return {name: value for name, value in (constants | options).items() if value}


def _row(model: StepModel, name: str, value: float, factor: float) -> TornadoRow:
    """Return one constant over and times a factor, within its domain."""
    low, high = _setting(model, name, value / factor), _setting(model, name, value * factor)
    return TornadoRow(
        constant=name,
        low_value=low,
        high_value=high,
        low=reach(_changed(model, name, low.taken)),
        high=reach(_changed(model, name, high.taken)),
    )


def _setting(model: StepModel, name: str, asked: float) -> Setting:
    """Return what the domain of a constant makes of a number."""
    if name in CONSTANTS:
        return Setting(asked=asked, taken=min(asked, 1.0) if name == "overlap" else asked)
    return Setting(asked=asked, taken=model_options(type(model.comm))[name].clamped(asked))


def _changed(model: StepModel, name: str, value: float) -> StepModel:
    """Return the model with another value of a constant or of an option."""
    if name in CONSTANTS:
        constants: dict[str, Any] = {name: value}
        return replace(model, **constants)
    return replace(model, comm=model.comm.model_copy(update={name: value}))


def _best_speedup(optimum: Optimum) -> float | None:
    if isinstance(optimum, At):
        return optimum.point.speedup
    if isinstance(optimum, Unbounded):
        return optimum.limit_speedup
    return 1.0 if isinstance(optimum, NeverDistribute) else None


def _swing(low: float | None, high: float | None) -> float | None:
    if low is None or high is None:
        return None
    return max(low, high) / min(low, high)


def _size(row: TornadoRow) -> float:
    return float("inf") if row.speedup_swing is None else row.speedup_swing
