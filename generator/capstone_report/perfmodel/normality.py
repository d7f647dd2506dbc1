"""Whether a sample may be taken for normal, for whoever states a mean with Student's t."""

from collections.abc import Sequence

FEWEST = 8
"""With fewer values the test finds hardly anything, and passing it says nothing."""
SIGNIFICANCE = 0.05


def may_be_normal(values: Sequence[float]) -> bool:
    """Tell whether at least 8 values pass the test of Shapiro and Wilk (1965) at 5 %.

    Values that are all the same have no distribution to be checked; they pass.
    """
    if min(values) == max(values):
        return True
    if len(values) < FEWEST:
        return False
    from scipy.stats import shapiro  # noqa: PLC0415 - takes long to load, and few ask

    return bool(shapiro(values).pvalue >= SIGNIFICANCE)
