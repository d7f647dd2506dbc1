"""Whether a second measurement repeats the first: three outcomes, never two.

Source: equivalence by two one-sided tests, Schuirmann (1987), on a ratio of times.
"""

import math
from enum import StrEnum


class Rerun(StrEnum):
    """What the interval of new over old says."""

    EQUIVALENT = "equivalent"
    DIFFERENT = "different"
    INCONCLUSIVE = "inconclusive"


def rerun_verdict(
    low: float, high: float, *, margin: float, estimate: float | None = None
) -> Rerun:
    """Return whether a ratio of times with this interval reproduces the first measurement.

    Equivalent when the interval lies within [1/(1 + margin), 1 + margin]; different when it excludes
    1 and the estimate, by default the interval's geometric middle, lies outside; else nobody knows.
    """
    estimate = math.sqrt(low * high) if estimate is None else estimate
    smallest, largest = 1 / (1 + margin), 1 + margin
    if smallest <= low and high <= largest:
        return Rerun.EQUIVALENT
    if not low <= 1 <= high and not smallest <= estimate <= largest:
        return Rerun.DIFFERENT
    return Rerun.INCONCLUSIVE
