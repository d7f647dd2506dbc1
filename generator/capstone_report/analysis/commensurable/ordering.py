"""Whether the order and the days of the runs tell sides or cases apart."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

from capstone_report.analysis.commensurable.compared import Compared
from capstone_report.analysis.facts import CaseFacts
from capstone_report.findings import suspicions as rules
from capstone_report.findings.finding import Finding
from capstone_report.perfmodel.order import (
    first_stands_out,
    neighbours,
    separated_by_chance,
    trend,
    two_groups,
)
from capstone_report.results.records import RunRecord

LEVEL = 0.01
"""How often a check may fire on a study whose noise is independent, over all its cases."""

LEAST_RUNS = 4
SECONDS_PER_DAY = 86_400
EPOCH = date(1970, 1, 1).toordinal()
DAYS_APART = 1.0
DAYS_APART_ELSEWHERE = 90.0
"""Of what others measured, only months are known."""


def sides_are_of_one_time(compared: Compared) -> Iterator[Finding]:
    """Yield compared sides between whose runs days lie."""
    for baseline, case in _pairs(compared):
        told = [_days(compared, side) for side in (baseline, case)]
        if not all(told):
            continue
        gap = max(told[1][0] - told[0][-1], told[0][0] - told[1][-1])
        allowed = DAYS_APART_ELSEWHERE if case.imported else DAYS_APART
        if gap > allowed:
            yield rules.FAR_APART(
                compared.where, days=round(gap), baseline=baseline.case_id, case=case.case_id
            )


def sides_are_interleaved(compared: Compared) -> Iterator[Finding]:
    """Yield compared sides whose runs lie one after the other, where a random order rarely puts them."""
    for baseline, case in _pairs(compared):
        left, right = (_moments(compared.runs[side.case_id]) for side in (baseline, case))
        if case.imported or not (left and right):
            continue
        probability = separated_by_chance(len(left), len(right))
        if probability <= LEVEL and (max(left) < min(right) or max(right) < min(left)):
            yield rules.NOT_INTERLEAVED(
                compared.where,
                baseline=baseline.case_id,
                baseline_runs=len(left),
                case=case.case_id,
                runs=len(right),
                probability=probability,
            )


def times_do_not_drift(compared: Compared) -> Iterator[Finding]:
    """Yield cases whose times rise or fall with their order: p below 1 % over the cases."""
    series = _series(compared)
    for case_id, times in series.items():
        found = trend(times)
        if found.p < LEVEL / len(series):
            yield rules.DRIFT(
                compared.where,
                case=case_id,
                way="rise" if found.statistic > 0 else "fall",
                runs=len(times),
                tau=found.statistic,
                p=found.p,
                level=LEVEL / len(series),
                cases=len(series),
            )


def runs_are_independent(compared: Compared) -> Iterator[Finding]:
    """Yield cases whose successive runs depend on each other, where no drift says the same."""
    series = _series(compared)
    level = LEVEL / max(1, len(series))
    for case_id, times in series.items():
        found = neighbours(times)
        if found and found.p < level and trend(times).p >= level:
            yield rules.DEPENDENT(
                compared.where,
                case=case_id,
                ratio=found.statistic,
                runs=len(times),
                p=found.p,
                level=level,
                cases=len(series),
            )


def times_are_of_one_kind(compared: Compared) -> Iterator[Finding]:
    """Yield cases whose times fall into two groups."""
    for case_id, times in _series(compared).items():
        if groups := two_groups(times):
            yield rules.TWO_MODES(
                compared.where,
                case=case_id,
                low_runs=groups.low_runs,
                low=groups.low,
                high_runs=groups.high_runs,
                high=groups.high,
            )


def caches_are_alike(compared: Compared) -> Iterator[Finding]:
    """Yield the one side whose first run was far slower than its others."""
    series = _series(compared)
    times = {side.case_id: series.get(side.case_id, ()) for side in compared.sides}
    slow = [case_id for case_id, seconds in times.items() if first_stands_out(seconds)]
    if len(times) > 1 and len(slow) == 1:
        first, *others = times[slow[0]]
        yield rules.FIRST_RUN_SLOW(
            compared.where, case=slow[0], first=first, low=min(others), high=max(others)
        )


def _pairs(compared: Compared) -> list[tuple[CaseFacts, CaseFacts]]:
    """Return the baseline beside the claimed case, or no pair."""
    sides = compared.sides
    return [(sides[0], sides[1])] if len(sides) > 1 else []


def _series(compared: Compared) -> Mapping[str, Sequence[float]]:
    """Return the times of every case with enough runs that were measured here, in their order."""
    return {
        case.case_id: case.times
        for case in compared.measured
        if len(case.times) >= LEAST_RUNS and not case.imported
    }


def _moments(runs: Sequence[RunRecord]) -> list[float]:
    """Return when runs started, in seconds; nothing where that is not known to the second."""
    try:
        return [datetime.fromisoformat(run.started_at).timestamp() for run in runs]
    except ValueError:
        return []


def _days(compared: Compared, case: CaseFacts) -> list[float]:
    """Return on which days since year 1 a case was measured, as its setup or its records say, in order."""
    said = compared.setups[case.case_id].get("date")
    if said is None:
        seconds = [] if case.imported else _moments(compared.runs[case.case_id])
        return sorted(EPOCH + moment / SECONDS_PER_DAY for moment in seconds)
    return sorted(float(day) for text in said if (day := _day(str(text))) is not None)


def _day(text: str) -> int | None:
    """Return the number of a day, of a month's or a year's first one, or None for other words."""
    try:
        return date.fromisoformat(f"{text}-01-01"[:10]).toordinal()
    except ValueError:
        return None
