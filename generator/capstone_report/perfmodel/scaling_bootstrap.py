"""How well a fitted curve is known: launches resampled within each number of workers, and refitted.

Speedups of all numbers of workers share one baseline, so that it is resampled together with them;
points of speedup are never fitted as if each were independent.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from capstone_report.perfmodel.model_choice import FARTHEST, Choice, Judged
from capstone_report.perfmodel.relative_fit import Launches, Sums, fitted_constants, sums_of
from capstone_report.perfmodel.scaling_models import Array
from capstone_report.units import Seconds

RESAMPLES = 2000
SEED = 20261121
LEVEL = 0.95
FINITE_SHARE = (1 + LEVEL) / 2
"""An interval of 95 % has an upper end only where this share of the resampled studies has a peak."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resampled:
    """Studies that might have been measured instead."""

    ratios: Array
    sums: Sums
    medians: Array
    """The median time at each q: a row for each study."""
    baseline: Array
    """The baseline's median time in each study."""


def resampled(launches: Launches, baseline: Sequence[Seconds] | None = None) -> Resampled:
    """Return studies with launches drawn anew within each q, the baseline's together with them.

    Draws are widened by sqrt(n/(n-1)) around their centre in log time, or the intervals of a few
    launches would be too narrow (Davison and Hinkley 1997, section 2.3). Without a baseline of its
    own, the smallest q is the baseline.
    """
    random = np.random.default_rng(SEED)
    drawn = [_drawn(times, random) for times in launches.times]
    medians = np.stack([np.median(one, axis=1) for one in drawn], axis=1)
    own = medians[:, 0] if baseline is None else np.median(_drawn(baseline, random), axis=1)
    return Resampled(
        ratios=np.array(launches.ratios), sums=sums_of(drawn), medians=medians, baseline=own
    )


def _drawn(times: Sequence[Seconds], random: np.random.Generator) -> Array:
    """Return as many launches as there are, in every study."""
    logs, runs = np.log(np.array(times)), len(times)
    wider = np.sqrt(runs / (runs - 1)) if runs > 1 else 1.0
    logs = logs.mean() + wider * (logs - logs.mean())
    return np.asarray(np.exp(logs[random.integers(runs, size=(RESAMPLES, runs))]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """A value with the ends of its percentile interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Curves:
    """The curves of the laws that the data do not tell apart, each in as many studies as its weight."""

    choice: Choice
    study: Resampled
    constants: tuple[Array, ...]
    """Of each supported law, a row for each study."""
    of_study: NDArray[np.int64]
    """Which of the supported laws each study follows."""

    @property
    def farthest(self) -> float:
        """Return the largest q that anything is said about."""
        return FARTHEST * float(self.study.ratios[-1])

    def times(self, ratios: Array) -> Array:
        """Return T(q): a row for each study."""
        found = np.empty((len(self.of_study), len(ratios)))
        for place, one in enumerate(self.choice.supported):
            inside = self.of_study == place
            found[inside] = one.model.times(self.constants[place][inside], ratios)
        return found

    def speedups(self, ratios: Array) -> Array:
        """Return the speedup over the baseline of each study."""
        return np.asarray(self.study.baseline[:, None] / self.times(ratios))

    def peaks(self) -> Array:
        """Return q* of each study, infinite where it has none."""
        found = np.empty(len(self.of_study))
        for place, one in enumerate(self.choice.supported):
            inside = self.of_study == place
            found[inside] = one.model.peaks(self.constants[place][inside])
        return found

    def middle(self, ratios: Array) -> Array:
        """Return T(q) of the fits to the launches themselves, averaged with the laws' weights."""
        total = np.zeros(len(ratios))
        for one in self.choice.supported:
            total += one.weight * fitted_times(one, ratios)
        return total


def fitted_times(judged: Judged, ratios: Array) -> Array:
    """Return T(q) of one law. Domain: a law that was fitted."""
    fit = judged.fit
    assert fit is not None  # noqa: S101 - only a fitted law has a weight
    return np.asarray(judged.model.times(np.array([fit.constants]), ratios)[0])


def curves(choice: Choice, study: Resampled) -> Curves:
    """Return the supported laws refitted to every study. Domain: at least one is supported."""
    laws = choice.supported
    weights = np.array([one.weight for one in laws])
    random = np.random.default_rng(SEED + 1)
    return Curves(
        choice=choice,
        study=study,
        constants=tuple(fitted_constants(one.model, study.ratios, study.sums) for one in laws),
        of_study=random.choice(len(laws), size=len(study.baseline), p=weights / weights.sum()),
    )


def percentiles(draws: Array) -> tuple[float, float]:
    """Return the ends of the 95 % percentile interval; an end can be infinite."""
    low, high = np.quantile(draws, [1 - FINITE_SHARE, FINITE_SHARE], method="inverted_cdf")
    return float(low), float(high)


def at_least(draws: Array) -> float:
    """Return the one-sided 95 % lower bound."""
    return float(np.quantile(draws, 1 - LEVEL, method="inverted_cdf"))
