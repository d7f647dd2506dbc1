"""From the samples of one run to one value per metric."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from statistics import median

from capstone_report.results.records import RunRecord, Sample

WARMUP = "warmup"
SHARED_SAMPLES = "shared_samples"
"""The metric, added by us, of the part of an epoch's samples that several workers trained on."""

RESTART_COUNT = "restart_count"
"""The metric by which a program says how often its workers have been restarted, by attempt."""
RESUMED_AT = "resumed_at"
"""The metric by which it says when the first step after a restart had ended, by the machine's
monotonic clock in seconds."""
LOST_STEPS = "lost_steps"
"""The metric by which it says how many steps a restart did again."""
RECOVERY_TIME = "recovery_time"
"""The metric, added by us, of the time from a kill on purpose to the end of the first step after it."""


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
    Belli, rule 10); the run's value is the median over its steps. Warm-up is left out, declared or
    found, and so are samples in another unit than the one asked for: they were reported for another
    study.
    """
    by_step: defaultdict[int | None, list[float]] = defaultdict(list)
    for sample in steady_samples(run, metric):
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


def steady_samples(run: RunRecord, metric: str) -> list[Sample]:
    """Return a metric's samples outside the warm-up, whether the program marked it or we found it."""
    reported = [s for s in run.samples if s.metric == metric and s.phase != WARMUP]
    steps = sorted({s.step for s in reported if s.step is not None})
    warming = set(steps[: run.warmup_steps.get(metric, 0)])
    return [s for s in reported if s.step not in warming]
