"""What the machine was like in the counted runs, and what it did to them: the caveats of both."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from capstone_report.findings import circumstances as rules
from capstone_report.findings.finding import Finding, Rule
from capstone_report.results.known_facts import KNOWN_FACTS
from capstone_report.results.records import Conditions, RunRecord
from capstone_report.units import Bytes

NAMED_RUNS = 3
MEBI: Bytes = 1 << 20
SWAPPING: Bytes = MEBI
"""A kernel moves a few idle pages at any time; more in one run is want of memory."""


def circumstance_caveats(where: str, counted: Sequence[RunRecord]) -> Iterator[Finding]:
    """Yield every fact that was not the same in all runs, and everything that slowed some down."""
    yield from _changed_facts(where, counted)
    seen = [(run, run.conditions) for run in counted if run.conditions is not None]
    yield from _counted(where, seen, rules.THROTTLED, lambda c: c.thermal_events or 0)
    yield from _counted(where, seen, rules.QUOTA_USED_UP, lambda c: c.quota_waits or 0)
    yield from _counted(where, seen, rules.SWAPPED, _swapped_mebibytes)
    yield from _counted(where, seen, rules.GPU_SHARED, lambda c: c.gpu_sharers or 0)
    slowed = [(run, conditions) for run, conditions in seen if conditions.gpu_throttling]
    if slowed:
        reasons = {reason for _, conditions in slowed for reason in conditions.gpu_throttling}
        yield rules.GPU_SLOWED(
            where,
            affected=len(slowed),
            total=len(seen),
            reasons="; ".join(sorted(reasons)),
            runs=named([run for run, _ in slowed]),
        )


def named(runs: Sequence[RunRecord]) -> str:
    """Return the names of runs, of many the first and how many more."""
    more = len(runs) - NAMED_RUNS
    names = [run.run_id for run in runs[:NAMED_RUNS]]
    return ", ".join([*names, *([f"and {more} more"] if more > 0 else [])])


def number_of(runs: int) -> str:
    """Return a number of runs in words."""
    return f"{runs} run" if runs == 1 else f"{runs} runs"


def _changed_facts(where: str, counted: Sequence[RunRecord]) -> Iterator[Finding]:
    """Yield each fact that matters and has several values; what is not known differs from nothing."""
    for name, fact in KNOWN_FACTS.items():
        known = [
            (run, run.environment.facts[name]) for run in counted if name in run.environment.facts
        ]
        values = Counter(value for _, value in known).most_common()
        if fact.matters and len(values) > 1:
            usual = values[0][0]
            yield rules.FACT_CHANGED(
                where,
                fact=fact.words,
                values=", ".join(f"{value} ({number_of(runs)})" for value, runs in values),
                runs=named([run for run, value in known if value != usual]),
            )


def _counted(
    where: str,
    seen: Sequence[tuple[RunRecord, Conditions]],
    rule: Rule,
    number: Callable[[Conditions], int],
) -> Iterator[Finding]:
    """Yield a caveat with the runs in which a number is not 0, and the largest."""
    affected = [(run, number(conditions)) for run, conditions in seen if number(conditions)]
    if affected:
        yield rule(
            where,
            affected=len(affected),
            total=len(seen),
            most=max(found for _, found in affected),
            runs=named([run for run, _ in affected]),
        )


def _swapped_mebibytes(conditions: Conditions) -> int:
    """Return how much was swapped, in whole MiB; 0 for what always happens."""
    swapped = conditions.swapped_bytes or 0
    return swapped // MEBI if swapped >= SWAPPING else 0
