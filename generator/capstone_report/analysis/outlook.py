"""What fitted curves say ahead: the band, the fastest size, where efficiency falls; never beyond twice what was measured."""

import math
from collections.abc import Sequence

import numpy as np

from capstone_report.analysis.estimates import Estimate, Interval, Method
from capstone_report.analysis.facts import ScalingPoint
from capstone_report.analysis.fit_facts import (
    CurvePoint,
    EfficiencyFall,
    Fastest,
    Known,
    Outlook,
)
from capstone_report.perfmodel.fastest_size import fastest_size
from capstone_report.perfmodel.scaling_bootstrap import Bounds, Curves, percentiles
from capstone_report.perfmodel.scaling_models import Array

GRID = 33
LEVELS = (0.8, 0.5)


def outlook(found: Curves, points: Sequence[ScalingPoint], *, p0: int, grows: bool) -> Outlook:
    """Return what the supported laws say of speedup and efficiency over the baseline."""
    limit = math.floor(p0 * found.farthest + 1e-9)
    return Outlook(
        curve=_curve(found, p0=p0, grows=grows),
        fastest=None if grows else _fastest(found, points, p0=p0),
        falls=tuple(
            _fall(found, points, level, p0=p0, limit=limit, grows=grows) for level in LEVELS
        ),
        limit=limit,
    )


def _gained(ratios: Array, *, grows: bool) -> Array:
    """Return how much more work is done than at p0."""
    return ratios if grows else np.ones_like(ratios)


def _curve(found: Curves, *, p0: int, grows: bool) -> tuple[CurvePoint, ...]:
    """Return the band along a logarithmic axis, from p0 to the last number that is spoken of."""
    last = float(found.study.ratios[-1])
    steps = np.geomspace(1.0, found.farthest, GRID)
    ratios = np.unique(np.append(steps, last))
    gained = _gained(ratios, grows=grows)
    draws = found.speedups(ratios) * gained
    low, high = np.quantile(draws, [0.025, 0.975], axis=0)
    middle = gained * float(np.median(found.study.baseline)) / found.middle(ratios)
    return tuple(
        CurvePoint(
            workers=float(p0 * q),
            speedup=float(s),
            low=float(min(a, s)),
            high=float(max(b, s)),
            extrapolated=bool(q > last),
        )
        for q, s, a, b in zip(ratios, middle, low, high, strict=True)
    )


def _fastest(found: Curves, points: Sequence[ScalingPoint], *, p0: int) -> Fastest:
    """Return p* and S*, each with its interval, or why they are not identified."""
    size, runs = fastest_size(found), str(sum(point.case.runs for point in points))
    return Fastest(
        workers=_estimate(size.ratio, p0, runs) if size.ratio else None,
        speedup=_estimate(size.speedup, 1, runs) if size.speedup else None,
        at_least=p0 * size.at_least,
        doubt=size.doubt,
    )


def _estimate(bounds: Bounds, factor: float, runs: str) -> Estimate:
    """Return bounds as an estimate, times a factor."""
    interval = Interval(low=bounds.low, high=bounds.high, method=Method.JOINT_BOOTSTRAP)
    return Estimate(value=bounds.value, unit="1", n=runs, interval=interval).scaled(factor, "1")


def _fall(
    found: Curves,
    points: Sequence[ScalingPoint],
    level: float,
    *,
    p0: int,
    limit: int,
    grows: bool,
) -> EfficiencyFall:
    """Return where efficiency falls below a level: as measured, else as modelled, else refused.

    Measured is what intervals show; sizes whose interval holds the level are the model's.
    """
    above = None
    for point in points:
        ends, workers = point.efficiency.interval, point.case.workers
        if ends and ends.high < level:
            return EfficiencyFall(level=level, known=Known.MEASURED, workers=workers, low=above)
        if ends and ends.low >= level:
            above = workers
    sizes = np.arange((above or p0 - 1) + 1, limit + 1, dtype=np.float64)
    ratios = sizes / p0
    gained = _gained(ratios, grows=grows)
    base = float(np.median(found.study.baseline))
    middle = gained * base / found.middle(ratios) / ratios
    below = np.flatnonzero(middle < level)
    if not len(below):
        return EfficiencyFall(level=level, known=Known.REFUSED, workers=None)
    draws = found.speedups(ratios) * gained / ratios < level
    first = np.where(draws.any(axis=1), sizes[draws.argmax(axis=1)], np.inf)
    low, high = percentiles(first)
    return EfficiencyFall(
        level=level,
        known=Known.MODELLED,
        workers=int(sizes[below[0]]),
        low=int(low) if np.isfinite(low) else None,
        high=int(high) if np.isfinite(high) else None,
    )
