"""Whether a reported rate can be true: the time in which it does the work, against what there was.

A rate R of the whole job does the work W of a run in W / R seconds. That part of a run is never longer
than the run, so W / R <= T by any clock around it. What T holds beside it, start-up and loading, is
known where one worker was measured: o = T(1) - W / R(1), for there a worker's rate is the job's. With p
workers it is between o / p, all of it divided, and o p, one start after the other; so

    T(p) - o p <= W / R(p) <= T(p) - o / p.

A rate of one worker that is taken for that of the job is p times too small and breaks the right side;
one of the job that is added up over all workers is p times too large and breaks the left side.
"""

from dataclasses import dataclass

from capstone_report.units import Seconds

TOLERANCE = 1.25
"""What a rate of usual steps may differ by from work over time: below the square root of two, which
divides two readings of one number that differ by at least two workers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingTime:
    """How long the work of a run took, at least and at most, by one clock."""

    shortest_s: Seconds
    longest_s: Seconds

    def allows(self, claimed_s: Seconds) -> bool:
        """Tell whether the work may have been done in so many seconds."""
        return self.shortest_s / TOLERANCE <= claimed_s <= self.longest_s * TOLERANCE


def overhead(elapsed_s: Seconds, claimed_s: Seconds) -> Seconds | None:
    """Return o = T(1) - W / R(1) in seconds, or None where one worker had no time for its own claim.

    Then the rate counts something else than the declared work, or the clock times something else.
    """
    return None if claimed_s > elapsed_s * TOLERANCE else max(0.0, elapsed_s - claimed_s)


def working_time(elapsed_s: Seconds, *, workers: int, overhead_s: Seconds | None) -> WorkingTime:
    """Return T - o p to T - o / p in seconds; without a measured o, nothing to T."""
    if overhead_s is None:
        return WorkingTime(shortest_s=0.0, longest_s=elapsed_s)
    return WorkingTime(
        shortest_s=max(0.0, elapsed_s - overhead_s * workers),
        longest_s=elapsed_s - min(overhead_s / workers, elapsed_s),
    )
