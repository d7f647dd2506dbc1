"""Medians over runs with their exact intervals, and ratios of times (science: Hoefler and Belli)."""

from collections.abc import Sequence
from statistics import median

from capstone_report.analysis.estimates import LEVEL, Estimate, Interval, Method
from capstone_report.analysis.facts import CaseFacts
from capstone_report.analysis.prices import Rate
from capstone_report.analysis.table import CountedRuns
from capstone_report.cases import Case
from capstone_report.launchers.scheduler import Scheduler
from capstone_report.perfmodel.intervals import (
    hodges_lehmann_ratio,
    hodges_lehmann_shift,
    median_interval,
)
from capstone_report.perfmodel.median_bootstrap import median_ratio
from capstone_report.spec.study import Study
from capstone_report.spec.work import work_of
from capstone_report.units import to_si


def median_estimate(values: Sequence[float], unit: str) -> Estimate:
    """Return the median of at least one value with its order-statistic interval, if n allows."""
    bounds = median_interval(values, LEVEL)
    interval = bounds and Interval(low=bounds[0], high=bounds[1], method=Method.ORDER_STATISTICS)
    return Estimate(
        value=median(values),
        unit=unit,
        n=str(len(values)),
        interval=interval or None,
        lowest=min(values),
        highest=max(values),
    )


def ratio_estimate(numerators: Sequence[float], denominators: Sequence[float]) -> Estimate:
    """Return the Hodges-Lehmann ratio of two samples of times, with its interval from 4 + 4 on."""
    ratio = hodges_lehmann_ratio(numerators, denominators, LEVEL)
    interval = None
    if ratio.low is not None and ratio.high is not None:
        interval = Interval(low=ratio.low, high=ratio.high, method=Method.HODGES_LEHMANN)
    n = f"{len(numerators)} + {len(denominators)}"
    return Estimate(value=ratio.estimate, unit="1", n=n, interval=interval)


def median_ratio_estimate(numerators: Sequence[float], denominators: Sequence[float]) -> Estimate:
    """Return the ratio of two medians with its bootstrap interval, which takes no shape for alike."""
    ratio = median_ratio(numerators, denominators, LEVEL)
    interval = None
    if ratio.low is not None and ratio.high is not None:
        interval = Interval(low=ratio.low, high=ratio.high, method=Method.BOOTSTRAP)
    n = f"{len(numerators)} + {len(denominators)}"
    return Estimate(value=ratio.estimate, unit="1", n=n, interval=interval)


def shift_estimate(values: Sequence[float], reference: Sequence[float], unit: str) -> Estimate:
    """Return the Hodges-Lehmann difference of two samples, with its interval from 4 + 4 on."""
    shift = hodges_lehmann_shift(values, reference, LEVEL)
    interval = None
    if shift.low is not None and shift.high is not None:
        interval = Interval(low=shift.low, high=shift.high, method=Method.HODGES_LEHMANN)
    n = f"{len(values)} + {len(reference)}"
    return Estimate(value=shift.estimate, unit=unit, n=n, interval=interval)


def case_facts(
    study: Study, case: Case, runs: CountedRuns, paid: Rate | None, *, lacking: str = ""
) -> CaseFacts | None:
    """Return what the counted runs of a case say, or None without any, or with impossible times.

    `lacking` is what the case needs that the machine does not have.
    """
    headline = study.problem.headline_metric
    metric = study.metrics[headline]
    column = runs.column(headline)
    if not column or min(column) <= 0:
        return None
    measured = tuple(to_si(value, metric.unit) for value in column)
    times = tuple(1 / value for value in measured) if metric.is_rate else measured
    time = median_estimate(times, "s")
    wall, memory = runs.column("wall_time_s"), runs.column("peak_memory_bytes")
    values = {name: found for name in study.metrics if (found := runs.column(name))}
    return CaseFacts(
        case_id=case.id,
        benchmark=case.benchmark.name,
        workers=case.allocation.workers,
        threads=case.allocation.threads,
        runs=len(runs),
        time=time,
        times=times,
        metrics={
            name: median_estimate(found, study.metrics[name].unit) for name, found in values.items()
        },
        values=values,
        headline=median_estimate(column, metric.unit) if metric.is_rate else time,
        imported=case.benchmark.external is not None,
        machines=_machines(case),
        lacking=lacking,
        wall_time=median_estimate(wall, "s") if wall else None,
        peak_memory_bytes=int(max(memory)) if memory else None,
        throughput=_throughput(study, case, time),
        cost=time.scaled(paid.usd_per_second(case), "USD") if paid else None,
    )


def _machines(case: Case) -> int:
    """Return on how many machines the workers of a case were, as far as that is known."""
    launcher = case.benchmark.launcher
    return case.allocation.nodes if isinstance(launcher, Scheduler) else 1


def _throughput(study: Study, case: Case, time: Estimate) -> Estimate | None:
    """Return the declared work over the median time; a headline that is a rate says it itself."""
    is_rate = study.metrics[study.problem.headline_metric].is_rate
    work = None if is_rate else work_of(study, case.benchmark, case.allocation.workers)
    return time.inverted(work, f"{case.benchmark.work_unit}/s") if work else None
