"""Every check of what is compared, in the order in which a reader sees what it found."""

from collections.abc import Callable, Iterator

from capstone_report.analysis.commensurable import ordering, setups, shape, values
from capstone_report.analysis.commensurable.compared import Compared
from capstone_report.findings.finding import Finding

Check = Callable[[Compared], Iterator[Finding]]

CHECKS: tuple[Check, ...] = (
    setups.baseline_is_of_this_machine,
    setups.facts_differ,
    setups.facts_are_said_of_both,
    setups.engine_variables_differ,
    values.accelerators_are_not_shared,
    values.values_are_possible,
    values.times_are_no_copies,
    values.times_vary,
    values.duplicates_agree,
    values.batches_add_up,
    values.shares_are_even,
    shape.efficiency_is_possible,
    shape.speedup_has_no_dip,
    shape.series_stays_on_its_machines,
    shape.machines_are_full,
    shape.total_is_no_share,
    ordering.sides_are_of_one_time,
    ordering.sides_are_interleaved,
    ordering.times_do_not_drift,
    ordering.runs_are_independent,
    ordering.times_are_of_one_kind,
    ordering.caches_are_alike,
)


def unlike(compared: Compared) -> tuple[Finding, ...]:
    """Return everything that makes a comparison one of unlike things, or looks as if it did."""
    return tuple(finding for check in CHECKS for finding in check(compared))
