"""Whether values can be what they are said to be: limits, copies, shares and sums."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

from capstone_report.analysis.commensurable.compared import Compared, Setup, number
from capstone_report.analysis.facts import CaseFacts
from capstone_report.analysis.summaries import ratio_estimate
from capstone_report.findings import suspicions as rules
from capstone_report.findings.finding import Finding
from capstone_report.spec.benchmarks import Metric

LEAST_EQUAL = 3
"""Two equal times happen; three are a clock or a copy."""

LEAST_COPIED = 4
"""With a coarse clock, fewer different times come in the same order by chance."""

ROWS_APART = 1.25
RUNS_APART = 1.05
UNEVEN = 0.01
TOLERATED = 1e-3
SHARES = frozenset({"mfu", "hfu"})
"""Metrics that are shares of a peak: 1 is their limit."""


def values_are_possible(compared: Compared) -> Iterator[Finding]:
    """Yield metrics that exceed their physical limit, in the case that exceeds it most."""
    for name, metric in compared.study.metrics.items():
        limit = _limit(name, metric)
        highest = {
            case.case_id: max(case.values[name])
            for case in compared.measured
            if name in case.values
        }
        beyond = [case_id for case_id in highest if limit is not None and highest[case_id] > limit]
        if beyond and limit is not None:
            worst = max(beyond, key=lambda case_id: highest[case_id])
            told = rules.IMPOSSIBLE_VALUE(
                compared.where,
                metric=name,
                value=_in_unit(highest[worst], metric),
                case=worst,
                limit=_in_unit(limit, metric),
            )
            yield compared.weighed(told, *beyond)


def times_vary(compared: Compared) -> Iterator[Finding]:
    """Yield cases all of whose times are equal."""
    for case in compared.measured:
        if len(case.times) >= LEAST_EQUAL and len(set(case.times)) == 1:
            yield rules.CONSTANT_TIMES(
                compared.where, case=case.case_id, runs=case.runs, seconds=case.times[0]
            )


def times_are_no_copies(compared: Compared) -> Iterator[Finding]:
    """Yield cases whose different times are, to the last digit, those of another case."""
    seen: dict[tuple[float, ...], str] = {}
    for case in compared.measured:
        if len(set(case.times)) < LEAST_COPIED:
            continue
        other = seen.setdefault(case.times, case.case_id)
        if other != case.case_id:
            told = rules.COPIED_TIMES(
                compared.where, case=case.case_id, other=other, runs=case.runs
            )
            yield compared.weighed(told, case.case_id, other)


def duplicates_agree(compared: Compared) -> Iterator[Finding]:
    """Yield rows of one configuration, or cases that start the same command, that disagree."""
    alike: defaultdict[str, list[CaseFacts]] = defaultdict(list)
    for case in compared.measured:
        factor = max(case.times) / min(case.times)
        if case.imported and factor > ROWS_APART:
            told = {"case": f"a row of {case.case_id}", "other": "another row", "factor": factor}
            yield rules.DUPLICATES_DISAGREE(compared.where, **told)
        for run in compared.runs.get(case.case_id, ())[:1]:
            if run.command:
                alike[repr((run.command, run.identity.get("env"), run.workers))].append(case)
    for left, right in (pair for cases in alike.values() for pair in combinations(cases, 2)):
        seen = ratio_estimate(left.times, right.times).interval
        factor = max(seen.low, 1 / seen.high) if seen else 1.0
        if factor > RUNS_APART:
            told = {"case": left.case_id, "other": right.case_id, "factor": factor}
            yield rules.DUPLICATES_DISAGREE(compared.where, **told)


def shares_are_even(compared: Compared) -> Iterator[Finding]:
    """Yield sizes that a measured number of workers does not divide, where the largest share stands out."""
    for case in compared.others:
        for name in ("global_batch", "dataset_items"):
            amount = number(compared.setups[case.case_id], name)
            if amount is None:
                continue
            excess = -(-amount // case.workers) * case.workers / amount - 1
            if excess > UNEVEN:
                yield rules.INDIVISIBLE(
                    compared.where,
                    name=name.replace("_", " "),
                    amount=f"{amount:g}",
                    workers=case.workers,
                    excess=excess,
                )


def accelerators_are_not_shared(compared: Compared) -> Iterator[Finding]:
    """Yield cases that had fewer accelerators than workers."""
    for case in compared.measured:
        share = number(compared.setups[case.case_id], "accelerators_per_worker")
        if share is not None and 0 < share < 1:
            told = rules.SHARED_ACCELERATOR(
                compared.where,
                case=case.case_id,
                workers=case.workers,
                accelerators=f"{share * case.workers:.4g}",
            )
            yield compared.weighed(told, case.case_id)


def batches_add_up(compared: Compared) -> Iterator[Finding]:
    """Yield cases whose declared batch sizes are no products of each other."""
    for case in compared.measured:
        setup = compared.setups[case.case_id]
        share = number(setup, "worker_batch")
        sums = (
            ("passes times one pass", _product(setup), "batch of a worker", share),
            (
                "the batches of all workers",
                None if share is None else share * case.workers,
                "global batch",
                number(setup, "global_batch"),
            ),
        )
        for left, computed, right, stated in sums:
            if computed and stated and abs(computed / stated - 1) > TOLERATED:
                yield rules.BATCHES_DISAGREE(
                    compared.where,
                    case=case.case_id,
                    left=left,
                    computed=computed,
                    right=right,
                    stated=stated,
                )


def _in_unit(value: float, metric: Metric) -> str:
    """Return a value with its unit; a plain number has none."""
    return f"{value:.4g}" if metric.unit == "1" else f"{value:.4g} {metric.unit}"


def _product(setup: Setup) -> float | None:
    """Return the size of one pass times the number of passes."""
    one, passes = number(setup, "micro_batch"), number(setup, "gradient_accumulation")
    return None if one is None or passes is None else one * passes


def _limit(name: str, metric: Metric) -> float | None:
    """Return what a metric cannot exceed: as declared, or 1 for a share of a peak."""
    if metric.limit is not None:
        return metric.limit
    return 1.0 if name in SHARES and metric.unit == "1" else None
