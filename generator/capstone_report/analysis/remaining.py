"""What the runs still to be made will take: time and money, from what earlier runs took; pure."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import fsum
from statistics import median

from capstone_report.analysis.prices import Rate
from capstone_report.analysis.staleness import StaleRun
from capstone_report.cases import Case
from capstone_report.plan import PlannedRun
from capstone_report.results.records import Outcome, Phase, RunRecord
from capstone_report.units import Seconds, Usd


class Basis(StrEnum):
    """What the time of a run is expected from."""

    OWN = "runs of the case"
    EARLIER = "stale runs of the case"
    OTHERS = "other cases of the benchmark"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remaining:
    """What some runs take: about, and at most, when each hits its limit."""

    runs: int
    unknown: int
    """Runs of which no time is known; they count in the upper bounds only."""
    seconds: Seconds
    at_most_s: Seconds
    usd: Usd | None
    at_most_usd: Usd | None
    basis: Basis | None
    """What the time is expected from; None for a sum over cases."""


class WallTimes:
    """How long the runs that ended well took, by case and by benchmark, stale ones apart."""

    def __init__(self, current: Sequence[RunRecord], stale: Sequence[StaleRun]) -> None:
        """Sort the times of the records."""
        by: defaultdict[tuple[Basis, str], list[float]] = defaultdict(list)
        earlier = [run.record for run in stale]
        for own, records in ((Basis.OWN, current), (Basis.EARLIER, earlier)):
            for record in (record for record in records if record.outcome is Outcome.OK):
                by[own, record.case_id].append(record.wall_time_s)
                by[Basis.OTHERS, record.benchmark].append(record.wall_time_s)
        self._medians = {key: median(times) for key, times in by.items()}

    def expected(self, case: Case) -> tuple[Seconds, Basis]:
        """Return the median time of a case's runs, or of what is nearest to them."""
        for basis in (Basis.OWN, Basis.EARLIER, Basis.OTHERS):
            name = case.benchmark.name if basis is Basis.OTHERS else case.id
            known = self._medians.get((basis, name))
            if known is not None:
                return known, basis
        return 0.0, Basis.NOTHING


def remaining(
    wanted: Sequence[PlannedRun], times: WallTimes, paid: Rate | None
) -> dict[tuple[str, Phase], Remaining]:
    """Return what the runs still to be made take, by case and phase."""
    runs: defaultdict[tuple[str, Phase], int] = defaultdict(int)
    cases: dict[str, Case] = {}
    for run in wanted:
        runs[run.case.id, run.phase] += 1
        cases[run.case.id] = run.case
    return {
        key: _of_case(cases[key[0]], number, times, paid, most=_most(cases[key[0]], key[1], number))
        for key, number in runs.items()
    }


def _most(case: Case, phase: Phase, runs: int) -> int:
    """Return how many runs of a case there may be in the end: a target precision may ask for more."""
    precision = case.benchmark.precision
    return runs if precision is None or phase is not Phase.MEASUREMENT else precision.at_most


def _of_case(case: Case, runs: int, times: WallTimes, paid: Rate | None, *, most: int) -> Remaining:
    """Return what so many runs of one case take, and what the most take that there may be."""
    expected, basis = times.expected(case)
    each = min(expected, case.benchmark.timeout_s)
    limit = max(runs, most) * case.benchmark.timeout_s
    per_second = paid.usd_per_second(case) if paid else None
    return Remaining(
        runs=runs,
        unknown=runs if basis is Basis.NOTHING else 0,
        seconds=runs * each,
        at_most_s=limit,
        usd=None if per_second is None else runs * each * per_second,
        at_most_usd=None if per_second is None else limit * per_second,
        basis=basis,
    )


def in_all(parts: Sequence[Remaining]) -> Remaining:
    """Return the sum over cases; a price stands in all of them or in none."""
    return Remaining(
        runs=sum(part.runs for part in parts),
        unknown=sum(part.unknown for part in parts),
        seconds=fsum(part.seconds for part in parts),
        at_most_s=fsum(part.at_most_s for part in parts),
        usd=_sum([part.usd for part in parts]),
        at_most_usd=_sum([part.at_most_usd for part in parts]),
        basis=None,
    )


def _sum(amounts: Sequence[Usd | None]) -> Usd | None:
    """Return the sum of known amounts, or None without any."""
    known = [amount for amount in amounts if amount is not None]
    return fsum(known) if known else None
