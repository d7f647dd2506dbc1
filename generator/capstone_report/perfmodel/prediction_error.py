"""How far a prediction lay from what was measured, each as a share.

Errors are of times; the error of a speedup is the same ratio, inverted.
"""

from collections.abc import Sequence
from statistics import fmean


def relative_errors(predicted: Sequence[float], measured: Sequence[float]) -> list[float]:
    """Return (predicted - measured)/measured of each pair. Domain: measured > 0."""
    return [(p - m) / m for p, m in zip(predicted, measured, strict=True)]


def mean_signed_relative_error(predicted: Sequence[float], measured: Sequence[float]) -> float:
    """Return the mean relative error: negative for an optimistic prediction of times."""
    return fmean(relative_errors(predicted, measured))


def mean_absolute_relative_error(predicted: Sequence[float], measured: Sequence[float]) -> float:
    """Return the mean of the relative errors' sizes, MAPE as a share."""
    return fmean(abs(error) for error in relative_errors(predicted, measured))


def largest_relative_error(predicted: Sequence[float], measured: Sequence[float]) -> float:
    """Return the relative error of the largest size, with its sign."""
    return max(relative_errors(predicted, measured), key=abs)


def symmetric_mean_relative_error(predicted: Sequence[float], measured: Sequence[float]) -> float:
    """Return the mean of 2 |m - p|/(|m| + |p|), SMAPE as a share between 0 and 2.

    Two zeros agree.
    """
    return fmean(
        2 * abs(m - p) / (abs(m) + abs(p)) if m or p else 0.0
        for p, m in zip(predicted, measured, strict=True)
    )


def regret(chosen_time: float, best_time: float) -> float:
    """Return how much longer the chosen number of workers takes than the best measured one."""
    return chosen_time / best_time - 1
