"""The warm-up of a run's steps: found where the program declares none."""

from collections import defaultdict
from collections.abc import Sequence
from math import inf

from capstone_report.perfmodel.steady_state import Settling, settling
from capstone_report.results.records import Sample
from capstone_report.results.values import WARMUP
from capstone_report.units import is_rate, is_time

# Far outside what any clock shows, and far inside what squares of floats can hold.
SHORTEST, LONGEST = 1e-30, 1e30


def warmup_steps(samples: Sequence[Sample]) -> dict[str, int]:
    """Return how many leading steps of each metric of a run are warm-up; metrics without are absent.

    Only times and rates per step warm up: a loss that falls is no warm-up but the result.
    """
    settled = run_settling(samples)
    return {name: found.warmup_steps for name, found in settled.items() if found.warmup_steps}


def run_settling(samples: Sequence[Sample]) -> dict[str, Settling]:
    """Return how the steps of each metric of a run settle, where there are enough of them."""
    found = {name: settling(series) for name, series in step_times(samples).items()}
    return {name: s for name, s in found.items() if s is not None}


def step_times(samples: Sequence[Sample]) -> dict[str, list[float]]:
    """Return each metric's series in the order of the steps: the slowest rank's, larger is slower.

    A rate is turned into the time per unit of work. Metrics that are neither times nor rates, that
    mark a warm-up themselves or that report what no clock can say are left out.
    """
    declared = {sample.metric for sample in samples if sample.phase == WARMUP}
    steps: defaultdict[str, defaultdict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for sample in samples:
        timed = is_time(sample.unit) or is_rate(sample.unit)
        if sample.step is None or sample.metric in declared or not timed:
            continue
        steps[sample.metric][sample.step].append(_slowness(sample))
    return {
        metric: [max(by_step[step]) for step in sorted(by_step)]
        for metric, by_step in steps.items()
        if all(SHORTEST < value < LONGEST for values in by_step.values() for value in values)
    }


def _slowness(sample: Sample) -> float:
    """Return a time as it is, a rate as the time per unit: without end for a rate of nothing."""
    if is_time(sample.unit):
        return sample.value
    return 1 / sample.value if sample.value else inf
