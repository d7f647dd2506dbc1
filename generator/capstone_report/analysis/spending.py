"""Money, energy and carbon per result, and whether and how far to distribute (section 41.7).

Only measured sizes are compared, and one counts as worse than another only where intervals show it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from capstone_report.analysis.estimates import Estimate
from capstone_report.analysis.facts import CaseFacts, Claim, EnergyFact, ScalingPoint
from capstone_report.analysis.spending_facts import AddedWorkers, Advice, Best, Size, Spending
from capstone_report.analysis.summaries import ratio_estimate, shift_estimate
from capstone_report.perfmodel.energy import JOULES_PER_KWH
from capstone_report.perfmodel.pareto import is_dominated
from capstone_report.spec.arithmetic import proofs
from capstone_report.spec.study import Study
from capstone_report.spec.workspace import Carbon
from capstone_report.units import Seconds, Usd

GOOD, HALF = 0.8, 0.5
SAMPLE = 10.0
"""How many times what was measured the declared need must take to be other work, not a rough figure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Option:
    """A measured case with how much more work it does than the baseline."""

    case: CaseFacts
    gained: float
    is_baseline: bool

    @property
    def times(self) -> list[Seconds]:
        """Return the time per result of every run."""
        return [time / self.gained for time in self.case.times]

    @property
    def usd_per_second(self) -> Usd | None:
        """Return what a second of it costs."""
        return None if self.case.cost is None else self.case.cost.value / self.case.time.value

    @property
    def costs(self) -> list[Usd]:
        """Return the price per result of every run; empty where nothing is priced."""
        rate = self.usd_per_second
        return [] if rate is None else [rate * time for time in self.times]


def spending(
    study: Study,
    claim: Claim,
    baseline: CaseFacts | None,
    sound: Sequence[ScalingPoint],
    *,
    energy: Sequence[EnergyFact],
    carbon: Carbon | None,
) -> Spending:
    """Return what results cost and which size to take.

    `sound` are the points whose workers the machine carries and whose results are the baseline's.
    """
    beyond = [p for p in sound if baseline and p.case.case_id != baseline.case_id]
    if baseline is None or not beyond:
        return Spending(advice=Advice.REFUSED)
    options = [
        _Option(case=baseline, gained=1.0, is_baseline=True),
        *(_Option(case=p.case, gained=p.gained, is_baseline=False) for p in beyond),
    ]
    by_case = {fact.case_id: fact for fact in energy}
    sizes = {
        option.case.case_id: _size(option, options, by_case.get(option.case.case_id), carbon)
        for option in options
    }
    fastest = _best(options, sizes, lambda option: option.times)
    priced = all(option.costs for option in options)
    cheapest = _best(options, sizes, lambda option: option.costs) if priced else None
    whole = _whole(study, baseline)
    deadline = None if whole else _deadline(study, beyond)
    in_time = _in_time(options, sizes, deadline, priced=priced)
    advice, recommended = _advice(claim, beyond, sizes, fastest=fastest, in_time=in_time)
    return Spending(
        advice=advice,
        recommended=recommended,
        sizes=tuple(sizes.values()),
        added=tuple(_added(before, after) for before, after in pairwise(options)),
        fastest=fastest,
        cheapest=cheapest,
        deadline_s=deadline,
        whole_s=whole,
        in_time=in_time,
        carbon=carbon if any(size.carbon_kg for size in sizes.values()) else None,
        below_80=_below(beyond, GOOD),
        below_50=_below(beyond, HALF),
    )


def _size(
    option: _Option, options: Sequence[_Option], energy: EnergyFact | None, carbon: Carbon | None
) -> Size:
    """Return what is known of one measured size."""
    case, share = option.case, 1 / option.gained
    joules = energy.joules.scaled(share, "J") if energy else None
    emitted = None
    if joules and carbon:
        emitted = joules.scaled(carbon.pue * carbon.kg_per_kwh / JOULES_PER_KWH, "kgCO2e")
    better = (other for other in options if other is not option and _is_dominated(option, other))
    winner = min(better, key=lambda other: other.case.cost.value / other.gained, default=None)  # type: ignore[union-attr] # only priced ones dominate
    return Size(
        case_id=case.case_id,
        workers=case.workers,
        is_baseline=option.is_baseline,
        time=case.time.scaled(share, "s"),
        cost=case.cost.scaled(share, "USD") if case.cost else None,
        joules=joules,
        carbon_kg=emitted,
        dominated_by=winner.case.case_id if winner else None,
    )


def _is_dominated(option: _Option, other: _Option) -> bool:
    """Tell whether an option is shown to be slower and dearer than another."""
    ratio = ratio_estimate(option.times, other.times)
    if option.usd_per_second is None or not other.usd_per_second or ratio.interval is None:
        return False
    times = (ratio.interval.low, ratio.interval.high)
    dearer = option.usd_per_second / other.usd_per_second
    return is_dominated(times=times, costs=(times[0] * dearer, times[1] * dearer))


def _best(
    options: Sequence[_Option],
    sizes: dict[str, Size],
    measure: Callable[[_Option], Sequence[float]],
) -> Best:
    """Return the option of the least median of a measure, and those that cannot be told from it."""
    key = {option.case.case_id: median(measure(option)) for option in options}
    best = min(options, key=lambda option: key[option.case.case_id])
    alike = [o for o in options if o is not best and _is_alike(measure(o), measure(best))]
    return Best(size=sizes[best.case.case_id], alike=tuple(sizes[o.case.case_id] for o in alike))


def _is_alike(first: Sequence[float], second: Sequence[float]) -> bool:
    """Tell whether the interval of a ratio contains 1, or there is none."""
    interval = ratio_estimate(first, second).interval if min(second) > 0 else None
    return interval is None or interval.low <= 1 <= interval.high


def _added(before: _Option, after: _Option) -> AddedWorkers:
    """Return what the step between two sizes brings, and costs for each added worker."""
    added = after.case.workers - before.case.workers
    price = None
    if before.costs and after.costs and added > 0:
        price = shift_estimate(after.costs, before.costs, "USD").scaled(1 / added, "USD")
    return AddedWorkers(
        before=before.case.workers,
        after=after.case.workers,
        from_baseline=before.is_baseline,
        speedup=ratio_estimate(before.times, after.times),
        usd_per_worker=price,
    )


def _deadline(study: Study, points: Sequence[ScalingPoint]) -> Seconds | None:
    """Return the declared deadline, where the headline is the time of one and the same result."""
    headline = study.metrics[study.problem.headline_metric]
    grows = any(point.gained != 1 for point in points)
    return None if headline.is_rate or grows else study.problem.demand.within_s


def _whole(study: Study, baseline: CaseFacts) -> Seconds | None:
    """Return how long all that is needed takes one machine, where what was measured is a part of it."""
    takes = [proof.needed for proof in proofs(study.problem) if proof.unit == "s"]
    longest = max(takes, default=0.0)
    headline = study.metrics[study.problem.headline_metric]
    is_part = not headline.is_rate and longest >= SAMPLE * baseline.time.value
    return longest if is_part else None


def _in_time(
    options: Sequence[_Option], sizes: dict[str, Size], deadline: Seconds | None, *, priced: bool
) -> Size | None:
    """Return the size with the fewest workers, of the cheapest whose whole interval is within a deadline.

    Unpriced, workers are what is paid with; nobody is sent for more to be a little earlier.
    """
    if deadline is None:
        return None
    times = {name: size.time.interval for name, size in sizes.items()}
    met = [o for o in options if (ends := times[o.case.case_id]) and ends.high <= deadline]
    if not met:
        return None
    best = _best(met, sizes, lambda option: option.costs) if priced else None
    cheapest = [best.size, *best.alike] if best else [sizes[o.case.case_id] for o in met]
    return min(cheapest, key=lambda size: (size.workers, not size.is_baseline))


def _advice(
    claim: Claim,
    points: Sequence[ScalingPoint],
    sizes: dict[str, Size],
    *,
    fastest: Best,
    in_time: Size | None,
) -> tuple[Advice, Size | None]:
    """Return whether to distribute, and the size to take.

    With a deadline that sizes are shown to meet, the fewest workers of the cheapest of those. Else the fewest workers that
    cannot be told from the fastest and are shown to be faster than the baseline.
    """
    if claim.refusals:
        return Advice.REFUSED, None
    if in_time is not None:
        return (Advice.STAY if in_time.is_baseline else Advice.DISTRIBUTE), in_time
    intervals = {p.case.case_id: p.speedup.interval for p in points}
    quick = [s for s in (fastest.size, *fastest.alike) if not s.is_baseline]
    faster = [s for s in quick if (known := intervals[s.case_id]) and known.low > 1]
    if faster:
        return Advice.DISTRIBUTE, min(faster, key=lambda size: size.workers)
    if all(known is not None and known.high < 1 for known in intervals.values()):
        return Advice.STAY, next(size for size in sizes.values() if size.is_baseline)
    return Advice.UNDECIDED, None


def _below(points: Sequence[ScalingPoint], share: float) -> int | None:
    """Return the fewest workers whose efficiency is shown to be below a share."""
    found = [p.case.workers for p in points if _high(p.efficiency) < share]
    return min(found, default=None)


def _high(estimate: Estimate) -> float:
    """Return the upper bound of an estimate; none is below anything."""
    return estimate.interval.high if estimate.interval else float("inf")
