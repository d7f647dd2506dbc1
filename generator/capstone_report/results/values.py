"""From the samples of one run to one value per metric."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from statistics import median

from capstone_report.results.records import RunRecord, Sample

WARMUP = "warmup"


def run_value(
    run: RunRecord,
    metric: str,
    *,
    kind: str,
    scope: str,
    direction: str = "lower",
    unit: str | None = None,
) -> float | None:
    """Return a run's value of a metric in its unit, or None when nothing was reported.

    Ranks are combined first, per step (a step lasts as long as its slowest rank: Hoefler and
    Belli, rule 10); the run's value is the median over its steps. Warm-up samples are left out, and
    so are samples in another unit than the one asked for: they were reported for another study.
    """
    by_step: defaultdict[int | None, list[float]] = defaultdict(list)
    for sample in _steady(run.samples, metric):
        if unit in {None, sample.unit}:
            by_step[sample.step].append(sample.value)
    if not by_step:
        return None
    combine = across_ranks(kind, scope, direction)
    return float(median(combine(values) for values in by_step.values()))


def across_ranks(kind: str, scope: str, direction: str) -> Callable[[Sequence[float]], float]:
    """Return how the ranks of one run combine.

    Workers' shares of a rate or a count add up. Of everything else, several views of one total
    included, the worst counts: the slowest, the least accurate.
    """
    if kind in {"rate", "count"} and scope == "per-worker":
        return sum
    return max if direction == "lower" else min


def _steady(samples: Sequence[Sample], metric: str) -> list[Sample]:
    """Return the metric's samples outside the warm-up."""
    return [s for s in samples if s.metric == metric and s.phase != WARMUP]
