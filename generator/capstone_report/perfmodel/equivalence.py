"""Whether two samples of a quality are the same within a margin: shown, disproved, or neither.

Source: two one-sided tests (Schuirmann 1987) on means, paired where both sides ran with the same
seeds, else with Welch's degrees of freedom. That a difference is not significant shows nothing.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean, variance

from capstone_report.perfmodel.fieller import welch_degrees
from capstone_report.perfmodel.student import two_sided_t

FEWEST = 3
"""A mean's interval from two values says nothing but that there are two."""
LEVEL = 0.95


class Sameness(StrEnum):
    """What an interval of a difference says about a margin."""

    EQUIVALENT = "equivalent"
    DIFFERENT = "different"
    NOT_SHOWN = "not shown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A difference of two means, with the interval of the tests and the wider one of a difference."""

    estimate: float
    within: tuple[float, float] | None
    """The 90 % interval: inside the margin, both one-sided tests at 5 % reject a difference."""
    bounds: tuple[float, float] | None
    """The 95 % interval."""
    paired: bool

    def judged(self, margin: float) -> Sameness:
        """Return what the intervals say about a margin, in the unit of the values.

        Equivalent when the 90 % interval lies within it; different when the 95 % interval excludes
        zero and the estimate lies outside; else nobody knows.
        """
        if self.within is None or self.bounds is None:
            return Sameness.NOT_SHOWN
        if -margin <= self.within[0] and self.within[1] <= margin:
            return Sameness.EQUIVALENT
        excludes_none = not self.bounds[0] <= 0 <= self.bounds[1]
        if excludes_none and abs(self.estimate) > margin:
            return Sameness.DIFFERENT
        return Sameness.NOT_SHOWN


def paired_difference(first: Sequence[float], second: Sequence[float]) -> Difference:
    """Return second - first from pairs: the mean of the differences, t with n - 1 degrees."""
    differences = [b - a for a, b in zip(first, second, strict=True)]
    estimate = fmean(differences)
    if len(differences) < FEWEST:
        return Difference(estimate=estimate, within=None, bounds=None, paired=True)
    of_mean = variance(differences) / len(differences)
    return _difference(estimate, of_mean, degrees=len(differences) - 1, paired=True)


def difference(first: Sequence[float], second: Sequence[float]) -> Difference:
    """Return second - first of two samples: the difference of the means, t with Welch's degrees."""
    estimate = fmean(second) - fmean(first)
    if min(len(first), len(second)) < FEWEST:
        return Difference(estimate=estimate, within=None, bounds=None, paired=False)
    of_first, of_second = (variance(values) / len(values) for values in (first, second))
    together = of_first + of_second
    runs = (len(first), len(second))
    degrees = welch_degrees(of_first, of_second, runs=runs) if together else 1.0
    return _difference(estimate, together, degrees=degrees, paired=False)


def _difference(estimate: float, of_mean: float, *, degrees: float, paired: bool) -> Difference:
    """Return a difference with both intervals: d +- t sqrt(v), v the variance of the estimate."""
    narrow, wide = (
        two_sided_t(level, degrees=degrees) * math.sqrt(of_mean) if of_mean else 0.0
        for level in (2 * LEVEL - 1, LEVEL)
    )
    return Difference(
        estimate=estimate,
        within=(estimate - narrow, estimate + narrow),
        bounds=(estimate - wide, estimate + wide),
        paired=paired,
    )
