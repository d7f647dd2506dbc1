"""How often to save a run that can fail, and what failures cost.

Failures arrive at random, with exponential gaps of mean M; a checkpoint takes C, a restart R.
Sources: Young 1974, Daly 2006.
"""

import math
from dataclasses import dataclass

from capstone_report.units import Seconds


def mtbf_of_nodes(node_mtbf: float, *, nodes: int) -> float:
    """Return the mean time between failures of a job that any of its nodes can stop: M / N."""
    return node_mtbf / nodes


def young_interval(*, checkpoint_s: Seconds, mtbf_s: Seconds) -> Seconds:
    """Return Young's first-order interval of work between checkpoints, sqrt(2 C M)."""
    return math.sqrt(2 * checkpoint_s * mtbf_s)


def daly_interval(*, checkpoint_s: Seconds, mtbf_s: Seconds) -> Seconds:
    """Return Daly's higher-order interval, or M when a checkpoint takes 2 M or longer.

    sqrt(2CM) [1 + sqrt(C/2M)/3 + (C/2M)/9] - C (Daly 2006).
    """
    if checkpoint_s >= 2 * mtbf_s:
        return mtbf_s
    x = checkpoint_s / (2 * mtbf_s)
    young = young_interval(checkpoint_s=checkpoint_s, mtbf_s=mtbf_s)
    return young * (1 + math.sqrt(x) / 3 + x / 9) - checkpoint_s


def exact_interval(*, checkpoint_s: Seconds, mtbf_s: Seconds) -> Seconds:
    """Return the interval that minimises the expected wall time: M (1 + W_0(-exp(-C/M - 1))).

    It is M u for the root u in (0, 1) of u = 1 - exp(-C/M - u), which Newton's steps reach from
    above; Lambert's W itself loses digits next to its branch point. Domain: C >= 0, M > 0.
    """
    ratio = checkpoint_s / mtbf_s
    root = min(1.0, math.sqrt(2 * ratio))
    while root > 0:
        decay = math.expm1(-ratio - root)
        lower = root + (root + decay) / decay
        if lower >= root:
            break
        root = lower
    return mtbf_s * root


@dataclass(frozen=True, slots=True, kw_only=True)
class WallTime:
    """How long a run is expected to take with failures and checkpoints."""

    wall_s: Seconds
    slowdown: float
    """Over the same work without either."""


def expected_wall_time(
    *,
    work_s: Seconds,
    interval_s: Seconds,
    checkpoint_s: Seconds,
    restart_s: Seconds,
    mtbf_s: Seconds,
) -> WallTime:
    """Return M exp(R/M) (exp((tau + C)/M) - 1) T_s / tau (Daly 2006).

    Infinite when an interval is so long beside M that the run is never expected to end.
    """
    try:
        per_interval = math.exp(restart_s / mtbf_s) * math.expm1(
            (interval_s + checkpoint_s) / mtbf_s
        )
    except OverflowError:
        per_interval = math.inf
    slowdown = mtbf_s * per_interval / interval_s
    return WallTime(wall_s=slowdown * work_s, slowdown=slowdown)


def spot_break_even_price_ratio(slowdown: float) -> float:
    """Return the ratio of spot to on-demand price below which interruptions pay: 1 / slowdown.

    Money only; a deadline is a risk on top.
    """
    return 1 / slowdown
