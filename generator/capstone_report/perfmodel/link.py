"""Latency and bandwidth of a link, from the times of messages between two ranks.

alpha is read where latency is most of a time, beta where bytes are; each from a regime that no switch
crosses. A token bucket lets small messages through free: a line over all sizes would err on both.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from capstone_report.perfmodel.comm.all_to_all import AllToAll
from capstone_report.perfmodel.comm.broadcast import Broadcast
from capstone_report.perfmodel.comm.model import CommModel
from capstone_report.perfmodel.comm.ring import Ring
from capstone_report.perfmodel.intervals import median_interval
from capstone_report.perfmodel.regimes import Regime, line_fit, regimes
from capstone_report.perfmodel.volumes import Collective
from capstone_report.units import Bytes, Seconds

LEVEL = 0.95
# Beyond it, bytes begin to show in a time: 16 KiB at 1 GB/s take 16 us.
LATENCY_BYTES: Bytes = 1 << 14
# beta comes from the largest sizes, within this factor of each other.
DECADE = 10
# A time that lies further from its line than this is no part of a straight line.
MOST_MISFIT = 0.25
# Medians of a few launches repeat no better than this on a machine that does other things, too.
LEAST_NOISE = 0.05
MAD_TO_DEVIATION = 1.4826

# Reduce-scatter and all-gather around a ring, and a pairwise all-to-all, cost the same: every rank
# sends p - 1 messages of n/p (Thakur, Rabenseifner and Gropp 2005).
MODELS: dict[Collective, CommModel] = {
    Collective.ALL_REDUCE: Ring(),
    Collective.ALL_GATHER: AllToAll(),
    Collective.REDUCE_SCATTER: AllToAll(),
    Collective.ALL_TO_ALL: AllToAll(),
    Collective.BROADCAST: Broadcast(),
}


class Doubt(StrEnum):
    """Why a constant is not identified by what was measured."""

    FEW = "few"
    """Too few launches for an interval."""
    NOT_POSITIVE = "not-positive"
    """Its interval reaches zero or less."""
    MISFIT = "misfit"
    """The times do not lie on a line."""
    WIDE = "wide"
    """Its interval is wider than itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant:
    """alpha in seconds or beta in seconds per byte: the median over launches, and how well it is known."""

    value: float
    low: float | None
    """The lower end of the exact order-statistic interval of the median; None for too few launches."""
    high: float | None
    launches: int
    level: float
    sizes: tuple[Bytes, ...]
    """The sizes that it was fitted to."""
    misfit: float
    """The largest deviation of a median time from the line, relative to the time."""

    @property
    def doubt(self) -> Doubt | None:
        """Return why it is not identified; None where it is."""
        if self.low is None or self.high is None:
            return Doubt.FEW
        if self.low <= 0:
            return Doubt.NOT_POSITIVE
        if self.misfit > MOST_MISFIT:
            return Doubt.MISFIT
        return Doubt.WIDE if self.high - self.low > self.value else None

    @property
    def known(self) -> float | None:
        """Return its value; None where it is not identified."""
        return self.value if self.doubt is None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What messages between two ranks say about the link between them."""

    alpha: Constant
    """Latency of a message."""
    beta: Constant
    """Seconds per byte: one over the bandwidth."""
    regimes: tuple[Regime, ...]
    """Every regime of the sizes that were measured."""

    @property
    def is_identified(self) -> bool:
        """Tell whether both constants may be reported."""
        return self.alpha.doubt is None and self.beta.doubt is None


def link_of(sizes: Sequence[Bytes], launches: Sequence[Sequence[Seconds]]) -> Link:
    """Return alpha and beta from each launch's time at each of the rising sizes.

    The medians over launches decide where regimes end; alpha is then T(0) of the first regime up to
    `LATENCY_BYTES`, beta the slope of the last one within the largest decade, launch by launch.
    Domain: one launch or more, sizes by powers of two from 4 KiB or less to 64 KiB or more.
    """
    columns = list(zip(*launches, strict=True))
    middle = [median(column) for column in columns]
    found = regimes(sizes, middle, [_noise(column) for column in columns])
    small = [n for n in found[0].sizes if n <= LATENCY_BYTES]
    large = [n for n in found[-1].sizes if n * DECADE >= sizes[-1]]
    places = {n: place for place, n in enumerate(sizes)}

    def fitted(kept: Sequence[Bytes], name: str) -> Constant:
        """Return one constant of the lines through some sizes."""
        at = [places[n] for n in kept]
        lines = [line_fit(kept, [times[i] for i in at]) for times in launches]
        values: list[float] = [getattr(line, name) for line in lines]
        low, high = median_interval(values, LEVEL) or (None, None)
        return Constant(
            value=median(values),
            low=low,
            high=high,
            launches=len(launches),
            level=LEVEL,
            sizes=tuple(kept),
            misfit=line_fit(kept, [middle[i] for i in at]).misfit,
        )

    return Link(alpha=fitted(small, "alpha"), beta=fitted(large, "beta"), regimes=found)


def _noise(times: Sequence[Seconds]) -> float:
    """Return the relative standard error of the median of times, as their scatter tells it."""
    middle = median(times)
    deviation = MAD_TO_DEVIATION * median([abs(time - middle) for time in times])
    return max(LEAST_NOISE, deviation / middle / math.sqrt(len(times)))


def expected_seconds(
    collective: Collective, workers: int, size: Bytes, *, alpha: Seconds, beta: float
) -> Seconds:
    """Return what a collective of an array of so many bytes takes by its model and a link's constants.

    beta is in seconds per byte.
    """
    return MODELS[collective].seconds(workers, alpha=alpha, beta=beta * size)
