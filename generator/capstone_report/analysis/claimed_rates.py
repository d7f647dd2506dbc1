"""Rates against the work and the time of their runs: a scope that is declared wrongly is found; pure."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from statistics import median

from capstone_report.findings.claims import WRONG_SCOPE
from capstone_report.findings.finding import Finding
from capstone_report.perfmodel.claimed_rate import TOLERANCE, WorkingTime, overhead, working_time
from capstone_report.results.records import RunRecord
from capstone_report.results.values import run_value
from capstone_report.spec.benchmarks import Benchmark, Metric
from capstone_report.spec.study import Study
from capstone_report.spec.vocabulary import MetricKind, Scope
from capstone_report.spec.work import counts_work, work_of
from capstone_report.units import Seconds, is_time, to_si

Runs = Sequence[RunRecord]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """One way to read what the workers of a run reported."""

    scope: Scope
    whole: bool = False
    """Whether workers that reported nothing count like those that did."""

    def rate(self, name: str, metric: Metric, run: RunRecord) -> float | None:
        """Return the rate of the whole job in the metric's unit, or None without a sample."""
        value = run_value(
            run,
            name,
            kind=metric.kind,
            scope=self.scope,
            direction=metric.direction,
            unit=metric.unit,
        )
        return value * run.workers / len(_ranks(run, name)) if value and self.whole else value


def _ranks(run: RunRecord, name: str) -> set[int]:
    """Return the ranks that reported a metric."""
    return {sample.rank for sample in run.samples if sample.metric == name}


TOTAL = _Reading(scope=Scope.TOTAL)
OF_EACH = _Reading(scope=Scope.PER_WORKER)
OF_EACH_AND_ALL = _Reading(scope=Scope.PER_WORKER, whole=True)
READINGS = {
    Scope.TOTAL: (TOTAL, OF_EACH_AND_ALL),
    Scope.PER_WORKER: (OF_EACH, TOTAL, OF_EACH_AND_ALL),
}
"""By declared scope, what it says first, and then what may have been meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """A case with several workers: what each reading claims, and how long its work may have taken."""

    runs: Runs
    claimed_s: Mapping[_Reading, Seconds]
    times: Sequence[WorkingTime]

    def allows(self, reading: _Reading) -> bool:
        """Tell whether a reading is possible by every clock."""
        return all(time.allows(self.claimed_s[reading]) for time in self.times)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rate:
    """One rate of one benchmark, with the work that it counts."""

    study: Study
    name: str
    metric: Metric
    benchmark: Benchmark

    def claimed_s(self, reading: _Reading, runs: Runs) -> Seconds | None:
        """Return the time W / R that a reading's median rate needs for the work of a run."""
        rates = [reading.rate(self.name, self.metric, run) for run in runs]
        known = [rate for rate in rates if rate is not None and rate > 0]
        work = work_of(self.study, self.benchmark, runs[0].workers)
        return work / to_si(median(known), self.metric.unit) if work and known else None


def wrong_scopes(
    where: str, study: Study, counted: Runs, baseline: str | None
) -> Iterator[tuple[str, Finding]]:
    """Yield each rate whose declared scope cannot be, with the finding that says what it is instead.

    A scope is one declaration for all worker counts: the declared one is refused where a count rules
    it out and another reading is possible at all of them. `baseline` is the baseline's case.
    """
    alone = [run for run in counted if run.case_id == baseline and run.workers == 1]
    rates = [
        _Rate(study=study, name=name, metric=metric, benchmark=benchmark)
        for name, metric in study.metrics.items()
        for benchmark in study.benchmarks
        if metric.is_rate and benchmark.work and counts_work(metric.unit, benchmark.work_unit)
    ]
    for rate in rates:
        for cases in _alike(rate.benchmark, counted):
            seen = _seen(rate, cases, alone)
            declared, *others = READINGS[rate.metric.scope]
            impossible = [case for case in seen if not case.allows(declared)]
            meant = [o for o in others if all(case.allows(o) for case in seen)]
            if impossible and meant:
                yield rate.name, _finding(where, rate, impossible[-1], declared, meant[0])


def _alike(benchmark: Benchmark, counted: Runs) -> Iterator[dict[int, list[RunRecord]]]:
    """Yield the measured runs of a benchmark by workers, for each combination of other levels."""
    groups: defaultdict[str, defaultdict[int, list[RunRecord]]]
    groups = defaultdict(lambda: defaultdict(list))
    for run in counted:
        if run.benchmark == benchmark.name and run.imported is None:
            others = {name: level for name, level in run.levels.items() if name != "workers"}
            groups[repr(sorted(others.items()))][run.workers].append(run)
    for group in groups.values():
        yield dict(sorted(group.items()))


def _seen(rate: _Rate, cases: Mapping[int, Runs], baseline: Runs) -> list[_Seen]:
    """Return the cases with several workers; none where one worker contradicts its own claim.

    The whole process is a clock around everything. A time that the program reports is one around the
    work if one worker shows that it is: it may be the time of a step. Where there is such a clock, the
    process says only how long the work lasted at most: start-up may grow faster than the workers.
    """
    alone = cases.get(1, ())
    process_s = _overhead(rate, alone, _process_s)
    if alone and process_s is None:
        return []
    clocks = list(_work_clocks(rate, alone or baseline))
    found = []
    for workers, runs in cases.items():
        claims = {reading: rate.claimed_s(reading, runs) for reading in READINGS[rate.metric.scope]}
        claimed = {reading: seconds for reading, seconds in claims.items() if seconds is not None}
        if workers == 1 or len(claimed) < len(claims):
            continue
        process = _working(runs, _process_s, process_s)
        timed = [_working(runs, clock, overhead_s) for clock, overhead_s in clocks]
        times = [replace(process, shortest_s=0.0), *timed] if timed else [process]
        found.append(_Seen(runs=runs, claimed_s=claimed, times=times))
    return found


Clock = Callable[[RunRecord], Seconds]


def _overhead(rate: _Rate, alone: Runs, clock: Clock) -> Seconds | None:
    """Return what one worker's time by a clock holds beside its work, or None where that is unknown."""
    claimed = rate.claimed_s(TOTAL, alone) if alone else None
    return None if claimed is None else overhead(median(map(clock, alone)), claimed)


def _working(runs: Runs, clock: Clock, overhead_s: Seconds | None) -> WorkingTime:
    """Return how long the work of a case may have taken by a clock."""
    return working_time(median(map(clock, runs)), workers=runs[0].workers, overhead_s=overhead_s)


def _process_s(run: RunRecord) -> Seconds:
    """Return how long the process lasted."""
    return run.wall_time_s


def _work_clocks(rate: _Rate, alone: Runs) -> Iterator[tuple[Clock, Seconds]]:
    """Yield the reported times around the work, each with what it holds beside it at one worker.

    The headline may hold more than the work; another time counts where it holds little else.
    """
    for name, metric in rate.study.metrics.items():
        if metric.kind is not MetricKind.COST or not is_time(metric.unit):
            continue
        clock = partial(_timed_s, name, metric)
        overhead_s = _overhead(rate, alone, clock)
        headline = name == rate.study.problem.headline_metric
        if overhead_s is not None and (
            headline or overhead_s <= (1 - 1 / TOLERANCE) * median(map(clock, alone))
        ):
            yield clock, overhead_s


def _timed_s(name: str, metric: Metric, run: RunRecord) -> Seconds:
    """Return how long a run says that it worked, all steps of the slowest workers; 0 if it does not."""
    slowest: defaultdict[int | None, Seconds] = defaultdict(float)
    for sample in run.samples:
        if sample.metric == name:
            seconds = to_si(sample.value, metric.unit)
            slowest[sample.step] = max(slowest[sample.step], seconds)
    return sum(slowest.values())


def _finding(where: str, rate: _Rate, case: _Seen, declared: _Reading, meant: _Reading) -> Finding:
    """Return the refusal of a scope, with both readings and what to write."""
    workers = case.runs[0].workers
    work = work_of(rate.study, rate.benchmark, workers) or 0.0
    unit = to_si(1.0, rate.metric.unit)
    return WRONG_SCOPE(
        where,
        metric=rate.name,
        scope=declared.scope.value,
        case=case.runs[0].case_id,
        unit=rate.metric.unit,
        rate=work / case.claimed_s[declared] / unit,
        work=work,
        work_unit=rate.benchmark.work_unit,
        claimed=case.claimed_s[declared],
        there_was=_there_was(case.times),
        meant="of each worker" if meant.scope is Scope.PER_WORKER else "of the whole job",
        meant_rate=work / case.claimed_s[meant] / unit,
        meant_s=case.claimed_s[meant],
        remedy=_remedy(rate, case, meant),
    )


def _there_was(times: Sequence[WorkingTime]) -> str:
    """Return in words how long the work may have taken by all clocks."""
    longest = f"{min(time.longest_s for time in times):.3g} s"
    least = max(time.shortest_s for time in times)
    if not least:
        return f"at most {longest}"
    return longest if longest == f"{least:.3g} s" else f"{least:.3g} to {longest}"


def _remedy(rate: _Rate, case: _Seen, meant: _Reading) -> str:
    """Return what to write, and whether the runs can be kept."""
    declared = meant.scope is rate.metric.scope
    written = f'write scope = "{meant.scope}" under [metrics.{rate.name}]'
    if meant.whole and any(len(_ranks(run, rate.name)) < run.workers for run in case.runs):
        reported = "let every worker report its own, and measure again"
        return reported if declared else f"{written}, {reported}"
    return f"{written}; the same runs then count as they are"
