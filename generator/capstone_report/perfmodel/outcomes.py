"""What a question about the number of workers can be answered with: never NaN, never a search's edge."""

from dataclasses import dataclass
from typing import TypeAlias

from capstone_report.perfmodel.step import Point


@dataclass(frozen=True, slots=True, kw_only=True)
class At:
    """There is such a number of workers."""

    point: Point

    @property
    def workers(self) -> int:
        """Return the number of workers."""
        return int(self.point.workers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unbounded:
    """A larger number of workers always follows, so none of them is the last or the best."""

    limit_speedup: float | None
    """What the speedup approaches; None when it grows without bound."""


@dataclass(frozen=True, slots=True)
class NeverDistribute:
    """One worker is best."""


@dataclass(frozen=True, slots=True)
class NeverReached:
    """No number of workers gets there, beyond those that were tried one by one, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotWithin:
    """The search gave up before it found such a number of workers, or proved that there is none."""

    largest: int


Optimum: TypeAlias = At | Unbounded | NeverDistribute | NotWithin
Last: TypeAlias = At | Unbounded | NotWithin
First: TypeAlias = At | NeverReached | NotWithin
