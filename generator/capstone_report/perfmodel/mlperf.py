"""How MLPerf Training scores runs: trimmed means, and reference convergence points.

Source: MLCommons training_policies, training_rules.adoc, sections on results and RCPs. Offered as
an extra column: it carries no interval.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev

from capstone_report.perfmodel.student import t_quantile

# One value is dropped at each end, so that three leave one.
MIN_RUNS = 3


def trimmed(values: Sequence[float]) -> list[float]:
    """Return the values without one smallest and one largest."""
    return sorted(values)[1:-1]


def olympic_mean(times: Sequence[float | None]) -> float | None:
    """Return the mean without fastest and slowest run, in the times' unit.

    A run that did not converge is None and counts as the slowest. With two of them, or with fewer
    than three runs, there is no result.
    """
    if len(times) < MIN_RUNS or sum(time is None for time in times) > 1:
        return None
    return fmean(trimmed([math.inf if time is None else time for time in times]))


@dataclass(frozen=True, slots=True, kw_only=True)
class ConvergencePoint:
    """How fast a submission may converge before it no longer is the reference's computation."""

    mean_epochs: float
    min_mean_epochs: float

    @property
    def max_speedup(self) -> float | None:
        """Return mean/min - 1; None where the reference scatters so much that any mean passes."""
        return self.mean_epochs / self.min_mean_epochs - 1 if self.min_mean_epochs > 0 else None


def convergence_point(
    reference_epochs: Sequence[float], *, submission_runs: int, significance: float = 0.05
) -> ConvergencePoint | None:
    """Return the smallest mean of a submission that a pooled one-sided t test lets pass.

    Both sides are trimmed as olympic_mean trims; the submission is given the reference's population
    standard deviation s: m - t s sqrt(1/n1 + 1/n2) with n1 + n2 - 2 degrees of freedom. None when
    the trimmed runs leave none.
    """
    kept, submitted = trimmed(reference_epochs), submission_runs - 2
    degrees = len(kept) + submitted - 2
    if not kept or submitted < 1 or degrees < 1:
        return None
    t = t_quantile(1 - significance, degrees=degrees)
    margin = t * pstdev(kept) * math.sqrt(1 / len(kept) + 1 / submitted)
    return ConvergencePoint(mean_epochs=fmean(kept), min_mean_epochs=fmean(kept) - margin)
