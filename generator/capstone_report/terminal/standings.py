"""Where the cases of a study stand while it is measured: runs, values, medians, time left."""

from collections import defaultdict
from dataclasses import dataclass
from statistics import median

from capstone_report.analysis.estimates import LEVEL
from capstone_report.cases import Case
from capstone_report.measure.campaign import Progress
from capstone_report.perfmodel.intervals import median_interval, min_runs_for_median
from capstone_report.plan import completed
from capstone_report.results.records import Outcome, Phase, RunRecord
from capstone_report.results.values import run_value
from capstone_report.spec.study import Study
from capstone_report.units import Seconds

RUNS_FOR_INTERVAL = min_runs_for_median(LEVEL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where one case stands in one phase."""

    case_id: str
    phase: Phase
    wanted: int
    values: tuple[float, ...]
    """The headline metric of each run that ended well, in the order measured."""
    runs: int
    """How many runs ended well."""
    failures: tuple[str, ...] = ()
    """Why runs of this campaign failed, in the order measured."""

    @property
    def last(self) -> float | None:
        """Return the value of the latest run, in the metric's unit."""
        return self.values[-1] if self.values else None

    @property
    def median(self) -> float | None:
        """Return the median over runs, in the metric's unit."""
        return median(self.values) if self.values else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Return the median's 95 % order-statistic interval; None below 6 runs."""
        return median_interval(self.values, LEVEL)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLeft:
    """About how long a campaign still takes: the run that goes on, and what follows it."""

    this_run_s: Seconds
    later_s: Seconds

    def after(self, elapsed_s: Seconds) -> Seconds:
        """Return what is left when this run has gone on for a while."""
        return max(self.this_run_s - elapsed_s, 0.0) + self.later_s


class Board:
    """Reads the standings off a campaign's progress; each run's samples are reduced only once."""

    def __init__(self, study: Study) -> None:
        """Begin before the campaign."""
        self._metric = study.problem.headline_metric
        self._declared = study.metrics[self._metric]
        self._values: dict[str, float | None] = {}
        self._known: int | None = None

    @property
    def unit(self) -> str:
        """Return the unit of the headline metric."""
        return self._declared.unit

    def value(self, record: RunRecord) -> float | None:
        """Return a run's headline value in its unit; None when it reported none."""
        if record.run_id not in self._values:
            self._values[record.run_id] = run_value(
                record,
                self._metric,
                unit=self._declared.unit,
                kind=self._declared.kind,
                scope=self._declared.scope,
                direction=self._declared.direction,
            )
        return self._values[record.run_id]

    def standings(self, progress: Progress) -> tuple[Standing, ...]:
        """Return where each case stands, by phase and in the declared order."""
        return tuple(
            self.standing(progress, phase, case)
            for phase in Phase
            for case in progress.plan.cases(phase)
        )

    def standing(self, progress: Progress, phase: Phase, case: Case) -> Standing:
        """Return where one case stands in one phase."""
        if self._known is None:  # what is there at the first progress is of earlier campaigns
            self._known = len(progress.records) - (progress.record is not None)
        mine = [
            r for r in progress.records[self._known :] if (r.case_id, r.phase) == (case.id, phase)
        ]
        kept = completed(progress.records).get((case.id, phase, case.fingerprint), [])
        values = (self.value(record) for record in kept)
        slots = [run for run in progress.plan.runs if (run.case.id, run.phase) == (case.id, phase)]
        return Standing(
            case_id=case.id,
            phase=phase,
            wanted=len(slots),
            values=tuple(value for value in values if value is not None),
            runs=len(kept),
            failures=tuple(
                record.message or record.outcome.value
                for record in mine
                if record.outcome not in {Outcome.OK, Outcome.INTERRUPTED}
            ),
        )


def time_left(progress: Progress) -> TimeLeft | None:
    """Return about how long a campaign still takes, or None while nothing tells.

    Each run is taken to last as long as the median of its case's own wall times; a case without one,
    as long as the median of those of its benchmark's other cases.
    """
    durations = _durations(progress)
    by_benchmark: defaultdict[str, list[Seconds]] = defaultdict(list)
    for run in {run.case.id: run for run in progress.plan.runs}.values():
        if run.case.id in durations:
            by_benchmark[run.case.benchmark.name].append(durations[run.case.id])
    expected = []
    for run in progress.left:
        others = by_benchmark[run.case.benchmark.name]
        if not others:
            return None
        expected.append(durations.get(run.case.id, median(others)))
    goes_on = progress.record is None and expected
    this = expected.pop(progress.left.index(progress.run)) if goes_on else 0.0
    return TimeLeft(this_run_s=this, later_s=sum(expected))


def _durations(progress: Progress) -> dict[str, Seconds]:
    """Return the median wall time of each case that has runs of any phase, by its id."""
    prints = {run.case.id: run.case.fingerprint for run in progress.plan.runs}
    times: defaultdict[str, list[Seconds]] = defaultdict(list)
    for (case_id, _, fingerprint), records in completed(progress.records).items():
        if prints.get(case_id) == fingerprint:
            times[case_id] += [record.wall_time_s for record in records]
    return {case_id: median(seconds) for case_id, seconds in times.items()}
