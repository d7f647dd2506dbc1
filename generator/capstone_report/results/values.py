"""From the samples of one run to one value per metric."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from statistics import median

from capstone_report.results.records import RunRecord, Sample

WARMUP = "warmup"

# How the ranks of one run combine, by kind and scope: the slowest and the worst count; workers'
# shares add up, but several views of one total do not.
ACROSS_RANKS: dict[tuple[str, str], Callable[[Sequence[float]], float]] = {
    ("cost", "per-worker"): max,
    ("cost", "total"): max,
    ("rate", "per-worker"): sum,
    ("rate", "total"): min,
    ("count", "per-worker"): sum,
    ("count", "total"): max,
    ("quality", "per-worker"): min,
    ("quality", "total"): min,
}


def run_value(run: RunRecord, metric: str, *, kind: str, scope: str) -> float | None:
    """Return a run's value of a metric in its unit, or None when nothing was reported.

    Ranks are combined first, by the metric's kind and scope and per step (a step lasts as long
    as its slowest rank: Hoefler and Belli, rule 10); the run's value is the median over its
    steps. Warm-up samples are left out.
    """
    by_step: defaultdict[int | None, list[float]] = defaultdict(list)
    for sample in _steady(run.samples, metric):
        by_step[sample.step].append(sample.value)
    if not by_step:
        return None
    combine = ACROSS_RANKS[kind, scope]
    return float(median(combine(values) for values in by_step.values()))


def _steady(samples: Sequence[Sample], metric: str) -> list[Sample]:
    """Return the metric's samples outside the warm-up."""
    return [s for s in samples if s.metric == metric and s.phase != WARMUP]
