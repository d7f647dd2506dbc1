"""How much launches differ and how much the steps inside them, and which to repeat next.

Source: Kalibera and Jones (2013), for the two levels of a step inside a launch.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, variance

from capstone_report.perfmodel.sample_size import repetition_levels, runs_for_precision
from capstone_report.units import Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoLevels:
    """What launches and steps add to the variance of a step's time, and what to repeat for less."""

    launches: int
    steps: int
    """Of each launch: as many as the shortest has."""
    mean: Seconds
    between_launches: float
    """T_2^2: the variance that launches add, in s^2; none where the steps explain all of it."""
    between_steps: float
    """T_1^2: the variance of the steps inside a launch, in s^2."""
    next_launches: int
    """How many launches reach the target, each of that many steps."""
    next_steps: int
    """The number of steps per launch that is the best use of time."""


def two_levels(
    launches: Sequence[Sequence[Seconds]],
    *,
    launch_cost_s: Seconds,
    step_cost_s: Seconds,
    target: float,
    level: float,
) -> TwoLevels:
    """Return the variance of each level, and the repetitions that bound the mean to a target.

    The target is half the width of the mean's interval, relative to the mean. Where launches add
    nothing, the present number of steps stays. Domain: at least 2 launches of at least 2 steps,
    times above 0; a launch costs at least a step.
    """
    steps = min(len(times) for times in launches)
    equal = [times[-steps:] for times in launches]
    means = [fmean(times) for times in equal]
    step_level, launch_level = repetition_levels(
        [fmean(variance(times) for times in equal), variance(means)],
        repetitions=[steps],
        costs=[step_cost_s, max(launch_cost_s, step_cost_s)],
    )
    best = step_level.repetitions or steps
    spread = math.sqrt(launch_level.variance + step_level.variance / best)
    variation = spread / fmean(means)
    return TwoLevels(
        launches=len(launches),
        steps=steps,
        mean=fmean(means),
        between_launches=launch_level.variance,
        between_steps=step_level.variance,
        next_launches=runs_for_precision(variation=variation, error=target, level=level),
        next_steps=best,
    )
