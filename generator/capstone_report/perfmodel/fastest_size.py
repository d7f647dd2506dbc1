"""The time-optimal number of workers as fitted curves know it: with an interval, or only a bound."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from capstone_report.perfmodel.model_choice import Choice, Doubt, Judged
from capstone_report.perfmodel.relative_fit import fitted_constants
from capstone_report.perfmodel.scaling_bootstrap import (
    Bounds,
    Curves,
    Resampled,
    at_least,
    fitted_times,
    percentiles,
)

# Burnham and Anderson 2002, section 2.6: from 4 on a law has considerably less support.
CONSIDERABLE = 4.0
# A curve without a peak is at its end there.
NEVER = 2.0**40


class Unsettled(StrEnum):
    """Why no fastest number of workers is given."""

    NO_PEAK = "no peak"
    """Fewer than 97.5 % of the resampled studies have one."""
    BEYOND = "beyond"
    """Its interval reaches further than anything is extrapolated to."""
    ALIKE = "alike"
    """Laws that are not told apart put it elsewhere: none of them may speak alone."""
    CLOSE = "close"
    """A law close behind the chosen one puts it outside of the interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FastestSize:
    """p* relative to p0, and the speedup there."""

    ratio: Bounds | None
    """q* = p*/p0; None where it is not identified."""
    speedup: Bounds | None
    """S* over the baseline."""
    at_least: float
    """The one-sided 95 % bound of q*, no further than anything is extrapolated to."""
    doubt: Unsettled | None


def fastest_size(found: Curves) -> FastestSize:
    """Return q* and S*, or why the data do not identify them and which q* is the least."""
    bound = min(found.farthest, _least(found.choice, found.study))
    peaks = found.peaks()
    low, high = percentiles(peaks)
    doubt = _doubt(found, low, high)
    if doubt is not None:
        return FastestSize(ratio=None, speedup=None, at_least=bound, doubt=doubt)
    (law,) = found.choice.supported
    best = _peak(law)
    shortest = law.model.each_time(found.constants[0], np.minimum(peaks, NEVER))
    top = float(np.median(found.study.baseline) / fitted_times(law, np.array([best]))[0])
    ends = percentiles(found.study.baseline / shortest)
    return FastestSize(
        ratio=Bounds(value=best, low=low, high=high),
        speedup=Bounds(value=top, low=ends[0], high=ends[1]),
        at_least=bound,
        doubt=None,
    )


def _doubt(found: Curves, low: float, high: float) -> Unsettled | None:
    """Return why q* is not given, from the ends of its interval.

    A law that is chosen by a narrow lead may fit as well and yet be fastest elsewhere.
    """
    if found.choice.chosen is None:
        return Unsettled.ALIKE
    if not np.isfinite(high):
        return Unsettled.NO_PEAK
    rivals = [_peak(one) for one in found.choice.judged if _is_close(one)]
    if not all(low <= peak <= high for peak in rivals):
        return Unsettled.CLOSE
    return Unsettled.BEYOND if high > found.farthest else None


def _is_close(judged: Judged) -> bool:
    """Tell whether a law with a peak is not far behind the one that is chosen."""
    near = judged.delta is not None and judged.delta < CONSIDERABLE
    return near and judged.model.has_peak


def _peak(judged: Judged) -> float:
    """Return q* of a fitted law."""
    assert judged.fit is not None  # noqa: S101 - only a fitted law takes part in a choice
    return float(judged.model.peaks(np.array([judged.fit.constants]))[0])


def _least(choice: Choice, study: Resampled) -> float:
    """Return the lowest bound of any law with a peak that was fitted and is not rejected.

    A law without a peak that is chosen does not prove that there is none.
    """
    bounds = [
        at_least(one.model.peaks(fitted_constants(one.model, study.ratios, study.sums)))
        for one in choice.judged
        if one.model.has_peak and one.fit is not None and one.doubt is not Doubt.REJECTED
    ]
    return min(bounds, default=np.inf)
