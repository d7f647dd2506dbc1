"""What a comparison of predicted with measured times says."""

from dataclasses import dataclass
from enum import StrEnum

from capstone_report.analysis.bottlenecks import LostPart
from capstone_report.analysis.estimates import Estimate
from capstone_report.units import Seconds


class Standing(StrEnum):
    """Whether a prediction could have known what was measured."""

    PRE_REGISTERED = "pre-registered"
    POST_HOC = "post-hoc"


class Role(StrEnum):
    """What a measured point says about a prediction."""

    CALIBRATED = "calibrated"
    """The prediction was made from it, or scaled to it."""
    VALIDATED = "validated"
    """The prediction was frozen before it was measured."""
    COMPARED = "compared"
    """It was measured before anything was frozen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastPoint:
    """The predicted and the measured time at one number of workers."""

    workers: int
    predicted_s: Seconds
    measured: Estimate
    role: Role
    parts: tuple[LostPart, ...]
    """What a diagnosis at this number of workers measured of the lost time; empty without one."""

    @property
    def error(self) -> float:
        """Return (predicted - measured)/measured: negative where the prediction was optimistic."""
        return self.predicted_s / self.measured.value - 1

    @property
    def error_bounds(self) -> tuple[float, float] | None:
        """Return the same at the ends of the measured time's interval; None without one."""
        ends = self.measured.interval
        if ends is None:
            return None
        return self.predicted_s / ends.high - 1, self.predicted_s / ends.low - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """A prediction beside what was measured."""

    standing: Standing
    sha256: str | None
    """Of the frozen prediction; None where none is on record."""
    frozen_at: str | None
    git_commit: str | None
    git_dirty: bool | None
    model: str
    changed: tuple[str, ...]
    """The inputs that are others now than when the prediction was frozen."""
    metric: str
    """Which measured time it is compared with."""
    scaled: bool
    """Whether only the shape is compared, scaled to the smallest number of workers."""
    curve: tuple[tuple[int, Seconds], ...]
    """The predicted times, by rising numbers of workers."""
    points: tuple[ForecastPoint, ...]

    @property
    def judged(self) -> tuple[ForecastPoint, ...]:
        """Return the points that the prediction was not made from."""
        return tuple(point for point in self.points if point.role is not Role.CALIBRATED)

    @property
    def mean_absolute_error(self) -> float | None:
        """Return MAPE, as a share, over the points that it was not made from."""
        sizes = [abs(point.error) for point in self.judged]
        return sum(sizes) / len(sizes) if sizes else None

    @property
    def worst(self) -> ForecastPoint | None:
        """Return the point with the largest error."""
        return max(self.judged, key=lambda point: abs(point.error), default=None)
