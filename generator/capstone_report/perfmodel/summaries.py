"""One number for many: which mean a quantity may have, and where outliers begin.

Source: Hoefler and Belli (SC15), rules 3 and 4 and section 3.1.1.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean, geometric_mean, harmonic_mean

from capstone_report.perfmodel.quantiles import linear_quantile
from capstone_report.units import Seconds


class Averaged(StrEnum):
    """What kind of quantity is averaged."""

    COST = "cost"
    """Adds up: seconds, joules, USD."""
    RATE = "rate"
    """Work over cost: its cost adds up, it does not."""
    RELATIVE = "relative"
    """A ratio to something else, averaged only where costs and rates are not to be had."""


MEANS: dict[Averaged, Callable[[Sequence[float]], float]] = {
    Averaged.COST: fmean,
    Averaged.RATE: harmonic_mean,
    Averaged.RELATIVE: geometric_mean,
}


def mean_of(kind: Averaged, values: Sequence[float]) -> float:
    """Return the mean a kind of quantity may have: arithmetic, harmonic or geometric."""
    return MEANS[kind](values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Every mean of a rate that is in use, with the one that is right first."""

    mean_time_s: Seconds
    total_rate: float
    """All work over all time: the rate a user sees."""
    harmonic_mean: float
    """The same as the total rate when every run does the same work."""
    arithmetic_mean: float
    """Flatters: runs count as if all took the same time. Shown only beside the others."""
    geometric_mean_of_peak: float | None
    """Of the shares of the peak; None without a peak."""


def rates(times_s: Sequence[Seconds], work: Sequence[float], *, peak: float | None = None) -> Rates:
    """Return the means of the rates of runs, from each run's time and work; peak is a rate."""
    each = [w / t for w, t in zip(work, times_s, strict=True)]
    return Rates(
        mean_time_s=mean_of(Averaged.COST, times_s),
        total_rate=sum(work) / sum(times_s),
        harmonic_mean=mean_of(Averaged.RATE, each),
        arithmetic_mean=fmean(each),
        geometric_mean_of_peak=(
            None if peak is None else mean_of(Averaged.RELATIVE, [rate / peak for rate in each])
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Fences:
    """Tukey's fences and what lies beyond them, to be named but not removed."""

    first_quartile: float
    third_quartile: float
    low: float
    high: float
    outliers: tuple[float, ...]


def tukey_fences(values: Sequence[float], *, reach: float = 1.5) -> Fences:
    """Return the quartiles, the fences 1.5 interquartile ranges outside, and the outliers.

    Tukey 1977, with linearly interpolated quartiles; in the values' unit.
    """
    first, third = (linear_quantile(values, quantile) for quantile in (0.25, 0.75))
    low, high = first - reach * (third - first), third + reach * (third - first)
    return Fences(
        first_quartile=first,
        third_quartile=third,
        low=low,
        high=high,
        outliers=tuple(value for value in values if not low <= value <= high),
    )
