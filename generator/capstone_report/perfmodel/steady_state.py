"""Where a series of step times settles: changepoints, and what they say about warm-up.

Sources: the classes are those of Barrett et al. (OOPSLA 2017), the changepoints are found exactly
with PELT (Killick, Fearnhead and Eckley 2012).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from statistics import median

# Shorter series show a changepoint only where anybody would see it.
MIN_STEPS = 30
# As many as Barrett et al. looked at; PELT takes 2 ms for 1,000 steps and 8 ms for 2,000.
MOST_STEPS = 2_000
# Their penalty: each changepoint must explain 15 log n in the deviance.
PENALTY = 15
# The median absolute deviation of normally distributed values, times this, estimates theirs.
MAD_TO_DEVIATION = 1.4826
# Two levels are one where they differ by less than this many deviations of the last segment, or by
# less than this share of it. The share was chosen on 30 launches with 4 slow steps of 60, on one busy
# machine of two cores that drifted by 1 to 3 %: 1 % found 16 exactly and cut up to 35 steps or none of
# others; 5 % found 26, and 5 or 6 steps for the rest.
EQUAL_DEVIATIONS = 2.0
EQUAL_SHARE = 0.05
# Clocks tick: where nothing seems to vary, differences of a thousandth are still none.
TICK_SHARE = 0.001
# Interruptions may take a tenth of the steps after the warm-up; more is no steady state.
INTERRUPTED_SHARE = 0.1


class SteadyState(StrEnum):
    """How the steps of one run went on."""

    FLAT = "flat"
    """At the same level from the first step on."""
    WARMUP = "warm-up"
    """Slower at first, then steady."""
    SLOWDOWN = "slowdown"
    """Faster at first than at the end."""
    NONE = "no steady state"
    """Still changing in the last third."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settling:
    """What the changepoints of a run's steps say."""

    state: SteadyState
    warmup_steps: int
    """How many leading steps are warm-up; more than none only in the class warm-up."""


def settling(times: Sequence[float]) -> Settling | None:
    """Return how a run's steps settle, from their times in any unit; None for too few of them.

    A longer series than `MOST_STEPS` is looked at in blocks of consecutive steps, by their medians.
    """
    if len(times) < MIN_STEPS:
        return None
    width = math.ceil(len(times) / MOST_STEPS)
    blocks = [median(times[i : i + width]) for i in range(0, len(times) - width + 1, width)]
    state, warmup = _classified(blocks)
    return Settling(state=state, warmup_steps=warmup * width)


def _classified(times: Sequence[float]) -> tuple[SteadyState, int]:
    """Return the class of a series, and where its steady state begins."""
    bounds = _changepoints(times)
    levels = [median(times[start:end]) for start, end in bounds]
    last, spread = levels[-1], _deviation(times[bounds[-1][0] :], levels[-1])
    tolerance = max(EQUAL_DEVIATIONS * spread, EQUAL_SHARE * abs(last))
    settled = [abs(level - last) <= tolerance for level in levels]
    first = settled.index(True)
    begin = bounds[first][0]
    others = (b for b, same in zip(bounds[first:], settled[first:], strict=True) if not same)
    interrupted = sum(end - start for start, end in others)
    if 3 * begin > 2 * len(times) or interrupted > INTERRUPTED_SHARE * len(times):
        return SteadyState.NONE, 0
    if first == 0:
        return SteadyState.FLAT, 0
    if min(levels[:first]) > last:
        return SteadyState.WARMUP, begin
    return SteadyState.SLOWDOWN, 0


def _changepoints(times: Sequence[float]) -> list[tuple[int, int]]:
    """Return the segments of a series with one level each, as half-open ranges.

    The deviance is that of normally distributed values with one variance, which the median absolute
    difference of neighbours estimates: changes of the level hardly touch it.
    """
    import numpy as np  # noqa: PLC0415 - only who has steps pays for it
    from ruptures import KernelCPD  # noqa: PLC0415 - and for this

    penalty = PENALTY * math.log(len(times))
    middle = median(times)
    noise = _deviation([b - a for a, b in pairwise(times)], 0.0) / math.sqrt(2)
    scale = max(noise, TICK_SHARE * abs(middle)) or 1.0
    # One slow step in the middle must not pay for two changepoints; a slow first one may for one.
    most = 0.99 * math.sqrt(2 * penalty)
    clipped = [max(-most, min(most, (value - middle) / scale)) for value in times]
    clipped[-1] = median(clipped[-3:])
    search = KernelCPD(kernel="linear", min_size=1).fit(np.array(clipped)[:, np.newaxis])
    found = search.predict(pen=penalty)
    return list(pairwise([0, *(int(end) for end in found)]))


def _deviation(values: Sequence[float], middle: float) -> float:
    """Return the standard deviation that the median absolute deviation stands for."""
    return MAD_TO_DEVIATION * median([abs(value - middle) for value in values])
