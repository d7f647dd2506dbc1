"""Checks that need more than one field: names that refer to each other, and what a claim needs."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from string import Formatter

from capstone_report.findings import study as rules
from capstone_report.findings.finding import Finding
from capstone_report.spec.benchmarks import Benchmark
from capstone_report.spec.study import Study
from capstone_report.spec.vocabulary import BaselineKind, Direction, MetricKind, Scaling
from capstone_report.units import is_time


def cross_problems(study: Study, path: Path, prices: set[str] | None) -> list[Finding]:
    """Return what contradicts itself in a study whose fields are valid one by one.

    `prices` are the names in the price book, or None when the workspace could not be read.
    """
    found = [*_references(study), *_headline(study), *_benchmarks(study), *_comparison(study)]
    if prices is not None:
        found += _prices(study, prices)
    return [_at(path, finding) for finding in found]


def _at(path: Path, finding: Finding) -> Finding:
    """Return the finding with the file's name before its key path."""
    return replace(finding, where=f"{path}: {finding.where}")


def _references(study: Study) -> Iterator[Finding]:
    """Check the names of benchmarks and metrics."""
    benchmarks = [benchmark.name for benchmark in study.benchmarks]
    baseline = study.baseline
    wanted: list[tuple[str, str, str, list[str]]] = [
        (
            "problem.headline_metric",
            study.problem.headline_metric,
            "metric of this study",
            list(study.metrics),
        ),
        ("baseline.benchmark", baseline.benchmark, "benchmark of this study", benchmarks),
    ]
    if baseline.correctness:
        names = baseline.correctness.metrics
        wanted += [
            ("baseline.correctness.metrics", n, "metric of this study", list(study.metrics))
            for n in names
        ]
    if baseline.tune and baseline.benchmark in benchmarks:
        factors = list(study.benchmark(baseline.benchmark).levels)
        wanted.append(
            ("baseline.tune.factor", baseline.tune.factor, "factor of that benchmark", factors)
        )
    for where, name, what, known in wanted:
        if name not in known:
            yield rules.UNKNOWN_REFERENCE(
                where, name=name, what=what, known=", ".join(known) or "none"
            )


def _headline(study: Study) -> Iterator[Finding]:
    """Check that gates stand on qualities, and that the headline metric can make a speedup."""
    for name, gated in study.metrics.items():
        if gated.gate is not None and gated.kind is not MetricKind.QUALITY:
            yield rules.GATED_COST(f"metrics.{name}.gate", metric=name, kind=gated.kind.value)
    metric = study.metrics.get(study.problem.headline_metric)
    if metric is None:
        return
    right_kind = metric.kind is MetricKind.COST and metric.direction is Direction.LOWER
    if not (right_kind and is_time(metric.unit)):
        yield rules.HEADLINE_NOT_A_TIME(
            "problem.headline_metric",
            name=study.problem.headline_metric,
            kind=metric.kind.value,
            unit=metric.unit,
        )


def _benchmarks(study: Study) -> Iterator[Finding]:
    """Check names, placeholders, and that exactly one benchmark scales."""
    seen: set[str] = set()
    for index, benchmark in enumerate(study.benchmarks):
        where = f"benchmarks[{index}]"
        if benchmark.name in seen:
            yield rules.NAMED_TWICE(f"{where}.name", name=benchmark.name)
        seen.add(benchmark.name)
        yield from _placeholders(benchmark, where)
        if benchmark.scaling is not Scaling.NONE and not benchmark.held_fixed:
            yield rules.NOTHING_HELD_FIXED(f"{where}.held_fixed", name=benchmark.name)
    if [benchmark.scaling for benchmark in study.benchmarks].count(Scaling.STRONG) != 1:
        yield rules.NO_SCALING("benchmarks")


def _comparison(study: Study) -> Iterator[Finding]:
    """Check that baseline and scaling benchmark can be compared at all."""
    scaling = next((b for b in study.benchmarks if b.scaling is Scaling.STRONG), None)
    baseline = next((b for b in study.benchmarks if b.name == study.baseline.benchmark), None)
    if scaling is None or baseline is None:
        return
    for factor, levels in scaling.levels.items():
        if factor != "workers" and len(levels) > 1:
            yield rules.ONE_LEVEL("benchmarks", benchmark=scaling.name, factor=factor)
    yield from _kind_of_baseline(study, baseline, scaling)
    tuned = {study.baseline.tune.factor} if study.baseline.tune else set()
    same = {
        "work": (baseline.work, scaling.work),
        "work_unit": (baseline.work_unit, scaling.work_unit),
        "accelerated": (baseline.accelerated, scaling.accelerated),
        **{
            f"levels.{factor}": (baseline.levels.get(factor), scaling.levels.get(factor))
            for factor in sorted(baseline.levels.keys() & scaling.levels.keys())
            if factor not in {"workers", "threads", *tuned}
        },
    }
    for field, (left, right) in same.items():
        if left != right:
            yield rules.UNLIKE_WORK(
                "benchmarks", scaling=scaling.name, baseline=baseline.name, field=field
            )


def _kind_of_baseline(study: Study, baseline: Benchmark, scaling: Benchmark) -> Iterator[Finding]:
    """Check that the baseline's benchmark is what the declared kind says."""
    kind = study.baseline.kind
    alone = baseline.levels.get("workers", (1,)) == (1,)
    if kind is BaselineKind.BEST_SERIAL and (baseline is scaling or not alone):
        remedy = "name a benchmark of its own, with levels.workers = [1] or without it"
    elif kind is BaselineKind.ONE_WORKER and (
        baseline is not scaling or 1 not in scaling.levels.get("workers", (1,))
    ):
        remedy = f"name the scaling benchmark '{scaling.name}', with 1 in its levels.workers"
    else:
        return
    yield rules.NOT_THAT_BASELINE(
        "baseline.kind", kind=kind.value, benchmark=baseline.name, remedy=remedy
    )


def _placeholders(benchmark: Benchmark, where: str) -> Iterator[Finding]:
    """Check that every placeholder of a command is filled."""
    known = sorted({"workers", "threads", "seed", *benchmark.levels})
    for index, argument in enumerate(benchmark.command):
        try:
            parts = [part for part in Formatter().parse(argument) if part[1] is not None]
        except ValueError:
            parts = [("", "", "", None)]
        plain = all(name in known and not (spec or form) for _, name, spec, form in parts)
        if not plain:
            yield rules.UNKNOWN_PLACEHOLDER(
                f"{where}.command[{index}]", argument=argument, known=", ".join(known)
            )


def _prices(study: Study, prices: set[str]) -> Iterator[Finding]:
    """Check that every price stands in the price book."""
    wanted = []
    if study.cost:
        wanted.append(("cost.price", study.cost.price))
        if study.cost.build_versus_buy:
            wanted.append(("cost.build_versus_buy.price", study.cost.build_versus_buy.price))
    for where, name in wanted:
        if name not in prices:
            what = "price in capstone.toml's price book"
            known = ", ".join(sorted(prices)) or "none"
            yield rules.UNKNOWN_REFERENCE(where, name=name, what=what, known=known)
