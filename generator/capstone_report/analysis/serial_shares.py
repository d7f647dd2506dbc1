"""Karp and Flatt's serial share at each number of workers, and what each further worker adds."""

from collections.abc import Sequence
from itertools import pairwise

from capstone_report.analysis.estimates import Estimate, Interval
from capstone_report.analysis.facts import ScalingPoint
from capstone_report.analysis.fit_facts import Marginal, ScalingFit, SerialShare
from capstone_report.analysis.summaries import ratio_estimate
from capstone_report.perfmodel.laws import karp_flatt
from capstone_report.perfmodel.scaling_models import Law


def serial_shares(
    points: Sequence[ScalingPoint], fit: ScalingFit | None, *, p0: int, grows: bool
) -> tuple[SerialShare, ...]:
    """Return e of every point, over the program's own smallest number of workers p0.

    Empty where that was not measured, and where the work grows with the workers: e is of the same
    work. e falls with S, so that the ends of its interval change places.
    """
    first = next((point.case for point in points if point.case.workers == p0), None)
    if first is None or grows:
        return ()
    line = _line(fit)
    return tuple(
        SerialShare(
            workers=point.case.workers,
            share=_share(ratio_estimate(first.times, point.case.times), point.case.workers / p0),
            fitted=line and line[0] + line[1] * point.case.workers / p0,
        )
        for point in points
        if point.case.workers > p0
    )


def _line(fit: ScalingFit | None) -> tuple[float, float] | None:
    """Return sigma and kappa of the USL where it is among the laws that the data support."""
    if fit is None or Law.USL not in fit.supported:
        return None
    constants = dict(next(law.constants for law in fit.laws if law.law is Law.USL))
    return constants["sigma"].value, constants["kappa"].value


def _share(speedup: Estimate, ratio: float) -> Estimate:
    """Return e of a speedup over p0, with the ends of its interval."""

    def at(value: float) -> float:
        """Return e of one speedup. Domain: more workers than p0."""
        found = karp_flatt(ratio, speedup=value)
        assert found is not None  # noqa: S101 - only for one worker there is none
        return found

    ends = speedup.interval
    interval = ends and Interval(
        low=at(ends.high), high=at(ends.low), method=ends.method, level=ends.level
    )
    return Estimate(value=at(speedup.value), unit="1", n=speedup.n, interval=interval)


def marginals(points: Sequence[ScalingPoint]) -> tuple[Marginal, ...]:
    """Return the speedup that each worker adds between two neighbouring numbers of workers.

    The interval is that of the ratio of the two times, scaled to the speedup that is reached.
    """
    return tuple(
        Marginal(
            workers=after.case.workers,
            since=before.case.workers,
            gain=_gain(before, after),
        )
        for before, after in pairwise(points)
        if after.case.workers > before.case.workers
    )


def _gain(before: ScalingPoint, after: ScalingPoint) -> Estimate:
    """Return (S_after - S_before)/(p_after - p_before) with S_before taken as it stands."""
    added = after.case.workers - before.case.workers
    reached = before.speedup.value
    ratio = ratio_estimate(before.case.times, after.case.times)
    scale = after.speedup.value / ratio.value / reached
    ends = ratio.interval

    def gained(value: float) -> float:
        """Return what one worker adds if the second is `value` times as fast as the first."""
        return reached * (value * scale - 1) / added

    return Estimate(
        value=gained(ratio.value),
        unit="1",
        n=ratio.n,
        interval=ends
        and Interval(
            low=gained(ends.low), high=gained(ends.high), method=ends.method, level=ends.level
        ),
    )
