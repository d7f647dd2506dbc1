"""Whether the points of a scaling curve have a shape that scaling can have."""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

from capstone_report.analysis.commensurable.compared import Compared, number
from capstone_report.analysis.estimates import Estimate
from capstone_report.analysis.facts import CaseFacts, ScalingPoint
from capstone_report.findings import suspicions as rules
from capstone_report.findings.finding import Finding
from capstone_report.perfmodel.intervals import hodges_lehmann_ratio
from capstone_report.spec.vocabulary import Scaling

LEVEL = 0.01
"""How often points that are as efficient as can be are called more than that."""

ROUNDED = 0.005
"""What a published digit may hide; a single number has no interval."""

DISTURBED = 0.02
"""How far single numbers of neighbours must be apart to say that one lies below the other."""

SMALLER = 0.75
"""From which share on a worker's memory is told as a likely cause."""

MUCH = 1.2
"""From which weak efficiency of times on the work of each worker has hardly stayed the same."""

NEARLY_TOTAL = 0.8
HARDLY_GROWS = 1.15
HARDLY_FALLS = 0.3


def efficiency_is_possible(compared: Compared) -> Iterator[Finding]:
    """Yield the points above the ideal line, with what makes such points."""
    baseline = compared.baseline
    for point in compared.points:
        if baseline is None or point.case.case_id == baseline.case_id:
            continue
        if _lowest_efficiency(compared, baseline, point) > 1:
            yield rules.SUPERLINEAR(
                compared.where,
                workers=point.case.workers,
                efficiency=point.efficiency.value,
                causes=", ".join(_causes(compared, baseline, point)),
            )


def speedup_has_no_dip(compared: Compared) -> Iterator[Finding]:
    """Yield the points that lie below a smaller and a larger number of workers."""
    points = compared.points
    for before, point, after in zip(points, points[1:], points[2:], strict=False):
        highest = min(_low(before.speedup, DISTURBED), _low(after.speedup, DISTURBED))
        if _high(point.speedup, DISTURBED) < highest:
            yield rules.DIP(
                compared.where,
                workers=point.case.workers,
                before=before.speedup.value,
                speedup=point.speedup.value,
                after=after.speedup.value,
                next_workers=after.case.workers,
            )


def series_stays_on_its_machines(compared: Compared) -> Iterator[Finding]:
    """Yield where a series leaves one machine, and what a doubling keeps there and before."""
    kept: list[float] = []
    for before, point in pairwise(compared.points):
        across = _kept(before, point)
        machines = machines_of(compared, point.case)
        if machines > machines_of(compared, before.case) == 1:
            said = f", and {min(kept):.0%} or more before" if kept else ""
            yield rules.NODE_BOUNDARY(
                compared.where,
                workers=before.case.workers,
                next_workers=point.case.workers,
                machines=machines,
                across=across,
                before=said,
            )
        kept.append(across)


def machines_are_full(compared: Compared) -> Iterator[Finding]:
    """Yield the cases on several machines that have fewer workers on one than another case has."""
    most = max((case.workers // machines_of(compared, case) for case in compared.others), default=1)
    for case in compared.others:
        machines = machines_of(compared, case)
        if machines > 1 and case.workers < most * machines:
            yield rules.PARTIAL_MACHINES(
                compared.where,
                case=case.case_id,
                workers=case.workers,
                machines=machines,
                most=most,
            )


def total_is_no_share(compared: Compared) -> Iterator[Finding]:
    """Yield an imported rate of the whole job that behaves like the rate of one worker."""
    name = compared.study.problem.headline_metric
    baseline = compared.baseline
    if baseline is None or not baseline.imported or not _is_rate(compared):
        return
    others = compared.others
    gains = [case.headline.value / baseline.headline.value for case in others]
    if others and all(HARDLY_FALLS < gain < HARDLY_GROWS for gain in gains):
        yield rules.LOOKS_PER_WORKER(
            compared.where,
            metric=name,
            unit=baseline.headline.unit,
            first=baseline.headline.value,
            fewest=baseline.workers,
            last=others[-1].headline.value,
            most=others[-1].workers,
        )


def machines_of(compared: Compared, case: CaseFacts) -> int:
    """Return on how many machines a case was: as its setup says, or as the launcher put it there."""
    return int(number(compared.setups[case.case_id], "nodes") or case.machines)


def _lowest_efficiency(compared: Compared, baseline: CaseFacts, point: ScalingPoint) -> float:
    """Return what an efficiency is at least: missed in 1 % of studies over all their points.

    Where the runs are too few for that, what its 95 % interval says.
    """
    level = 1 - 2 * LEVEL / len(compared.others)
    sure = hodges_lehmann_ratio(baseline.times, point.case.times, level)
    if sure.low is None:
        return _low(point.efficiency)
    return point.efficiency.value * sure.low / sure.estimate


def _low(estimate: Estimate, slack: float = ROUNDED) -> float:
    """Return the lower bound of an estimate; of a single number, what rounding leaves of it."""
    return estimate.interval.low if estimate.interval else estimate.value / (1 + slack)


def _high(estimate: Estimate, slack: float) -> float:
    """Return the upper bound of an estimate; of a single number, what rounding makes of it."""
    return estimate.interval.high if estimate.interval else estimate.value * (1 + slack)


def _kept(before: ScalingPoint, point: ScalingPoint) -> float:
    """Return what part of its efficiency each doubling keeps between two points: (E2/E1)^(1/log2 p2/p1)."""
    doublings = math.log2(point.case.workers / before.case.workers)
    return math.exp(math.log(point.efficiency.value / before.efficiency.value) / doublings)


def _is_rate(compared: Compared) -> bool:
    """Tell whether the headline is a rate."""
    study = compared.study
    return study.metrics[study.problem.headline_metric].is_rate


def _causes(compared: Compared, baseline: CaseFacts, point: ScalingPoint) -> Sequence[str]:
    """Return what may lift a point above the ideal, what the records show first."""
    case, p0 = point.case, compared.study.baseline.workers
    found = []
    if case.threads > baseline.threads:
        found.append(f"{case.threads} cores per worker beside {baseline.threads} at the baseline")
    scaling = compared.study.scaling_benchmark.scaling
    if scaling is Scaling.WEAK and not _is_rate(compared) and point.efficiency.value > MUCH:
        found.append(
            "the same work at every count, which is strong scaling and is declared as weak"
        )
    if point.efficiency.value > NEARLY_TOTAL * case.workers / p0:
        found.append("the rate of the whole job taken for that of each worker")
    if baseline.peak_memory_bytes and case.peak_memory_bytes and not case.imported:
        share = case.peak_memory_bytes / case.workers / (baseline.peak_memory_bytes / p0)
        if share < SMALLER:
            found.append(
                f"each worker holds {share:.0%} of what the baseline does and fits a cache"
            )
    return [
        *found,
        "a share that fits a cache",
        "a baseline short of memory",
        "less work than the baseline's",
    ]
