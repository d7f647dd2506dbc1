"""Section 41.6: what the numbers mean, and what holds the quality constant."""

from collections.abc import Iterator, Mapping

from capstone_report.findings import problem as claims
from capstone_report.findings import study as rules
from capstone_report.findings.finding import Finding
from capstone_report.spec.benchmarks import Benchmark, Metric, scaling_indices
from capstone_report.spec.study import Baseline, ProblemStatement
from capstone_report.spec.vocabulary import Direction, MetricKind, MetricRole, Scaling
from capstone_report.spec.work import counts_work
from capstone_report.units import is_time

COUNTED = ("samples/s", "tok/s", "req/s")
"""Rates of what a study's work consists of; bytes and operations rarely are."""


def gates_stand_on_qualities(metrics: Mapping[str, Metric]) -> Iterator[Finding]:
    """Check that a gate holds a quality, not what is being compared."""
    for name, metric in metrics.items():
        if metric.gate is not None and metric.kind is not MetricKind.QUALITY:
            yield rules.GATED_COST(
                f"metrics.{name}.gate", f"metrics.{name}.kind", metric=name, kind=metric.kind.value
            )


def margins_and_roles_fit(metrics: Mapping[str, Metric]) -> Iterator[Finding]:
    """Check that a margin stands on a quality, and each role on one count."""
    for name, metric in metrics.items():
        if metric.equivalent_within is not None and metric.kind is not MetricKind.QUALITY:
            yield claims.CHECKS_NOTHING(
                f"metrics.{name}.equivalent_within",
                f"metrics.{name}.kind",
                what=f"{name} is a {metric.kind}, and equivalent_within is for a quality",
                remedy='take it away, or declare kind = "quality"',
            )
        if metric.role is not None and metric.kind is not MetricKind.COUNT:
            yield claims.CHECKS_NOTHING(
                f"metrics.{name}.role",
                f"metrics.{name}.kind",
                what=f"{name} is a {metric.kind}, and the role {metric.role} is for a count",
                remedy='take it away, or declare kind = "count"',
            )
    for role in MetricRole:
        named = [name for name, metric in metrics.items() if metric.role is role]
        for name in named[1:]:
            yield claims.CHECKS_NOTHING(
                f"metrics.{name}.role",
                f"metrics.{named[0]}.role",
                what=f"{named[0]} and {name} both have the role {role}",
                remedy="leave it to one of them",
            )


def headline_is_a_time(
    problem: ProblemStatement, metrics: Mapping[str, Metric], benchmarks: tuple[Benchmark, ...]
) -> Iterator[Finding]:
    """Check that the headline metric can make a speedup.

    A rate can where the work grows or is endless, and where nobody published a time.
    """
    name = problem.headline_metric
    metric = metrics.get(name)
    if metric is None:
        return
    right_kind = metric.kind is MetricKind.COST and metric.direction is Direction.LOWER
    scaling = [benchmarks[index] for index in scaling_indices(benchmarks)]
    divided = any(b.scaling is Scaling.STRONG and b.external is None for b in scaling)
    rate = metric.is_rate and metric.direction is Direction.HIGHER and not divided
    if not (rate or (right_kind and is_time(metric.unit))):
        yield rules.HEADLINE_NOT_A_TIME(
            "problem.headline_metric",
            f"metrics.{name}",
            name=name,
            kind=metric.kind.value,
            unit=metric.unit,
        )


def gates_can_decide(metrics: Mapping[str, Metric]) -> Iterator[Finding]:
    """Check that a gate can be reached, and stands on the side where a quality is bad."""
    for name, metric in metrics.items():
        gate, where = metric.gate, f"metrics.{name}.gate"
        if gate is None:
            continue
        low, high = gate.at_least, gate.at_most
        if low is not None and high is not None and low > high:
            yield claims.CHECKS_NOTHING(
                where,
                what=f"no value of {name} is at least {low:g} and at most {high:g}",
                remedy="exchange the two",
            )
        bound, needed = (
            (low, "at_least") if metric.direction is Direction.HIGHER else (high, "at_most")
        )
        if bound is None:
            yield claims.CHECKS_NOTHING(
                where,
                f"metrics.{name}.direction",
                what=f"{name} is better when it is {metric.direction}, but its gate has no {needed}",
                remedy=f"give the gate {needed}, or correct the direction",
            )


def compared_values_are_results(
    baseline: Baseline, metrics: Mapping[str, Metric]
) -> Iterator[Finding]:
    """Check that what must equal the baseline's value is not what the comparison measures."""
    compared = baseline.correctness.metrics if baseline.correctness else ()
    for index, name in enumerate(compared):
        metric = metrics.get(name)
        if metric and metric.kind in {MetricKind.COST, MetricKind.RATE}:
            yield claims.COMPARED_COST(
                f"baseline.correctness.metrics[{index}]",
                f"metrics.{name}.kind",
                metric=name,
                kind=metric.kind.value,
            )


def quality_is_held(
    baseline: Baseline, metrics: Mapping[str, Metric], benchmarks: tuple[Benchmark, ...]
) -> Iterator[Finding]:
    """Check that something decides whether the faster result is still the same result.

    What others published rarely says so; then the report does.
    """
    gated = any(metric.gate is not None for metric in metrics.values())
    elsewhere = any(b.external for b in benchmarks if b.name == baseline.benchmark)
    if not gated and baseline.correctness is None and not elsewhere:
        yield claims.NO_QUALITY("metrics")


def rates_can_be_checked(
    metrics: Mapping[str, Metric], benchmarks: tuple[Benchmark, ...]
) -> Iterator[Finding]:
    """Check that a rate of several workers can be compared with work over time."""
    for index, benchmark in enumerate(benchmarks):
        several = benchmark.levels.get("workers", (1,)) != (1,) and benchmark.external is None
        for name, metric in metrics.items():
            known = benchmark.work is not None and counts_work(metric.unit, benchmark.work_unit)
            if several and metric.is_rate and metric.unit in COUNTED and not known:
                yield rules.SCOPE_UNCHECKED(
                    f"metrics.{name}.scope",
                    f"benchmarks[{index}].name",
                    name=benchmark.name,
                    metric=name,
                    unit=metric.unit,
                )
