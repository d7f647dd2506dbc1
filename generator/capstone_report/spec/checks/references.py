"""Names of one section that another one refers to."""

from collections.abc import Iterable, Iterator, Mapping

from capstone_report.findings import study as rules
from capstone_report.findings.finding import Finding
from capstone_report.spec.benchmarks import Benchmark, Metric
from capstone_report.spec.diagnosis import Diagnosis
from capstone_report.spec.nearest import did_you_mean
from capstone_report.spec.study import Baseline, Cost, ProblemStatement
from capstone_report.spec.workspace import Price


def headline_metric_exists(
    problem: ProblemStatement, metrics: Mapping[str, Metric]
) -> Iterator[Finding]:
    """Check the headline metric's name."""
    named = [("problem.headline_metric", problem.headline_metric)]
    yield from _unknown(named, "metric of this study", metrics)


def compared_metrics_exist(baseline: Baseline, metrics: Mapping[str, Metric]) -> Iterator[Finding]:
    """Check the names of the metrics that must equal the baseline's."""
    compared = baseline.correctness.metrics if baseline.correctness else ()
    named = [
        (f"baseline.correctness.metrics[{index}]", name) for index, name in enumerate(compared)
    ]
    yield from _unknown(named, "metric of this study", metrics)


def baseline_benchmark_exists(
    baseline: Baseline, benchmarks: tuple[Benchmark, ...]
) -> Iterator[Finding]:
    """Check the names of the baseline's benchmark, and of the factor that its trial varies."""
    names = {benchmark.name: benchmark for benchmark in benchmarks}
    named = [("baseline.benchmark", baseline.benchmark)]
    yield from _unknown(named, "benchmark of this study", names)
    if baseline.tune and baseline.benchmark in names:
        factors = names[baseline.benchmark].levels
        named = [("baseline.tune.factor", baseline.tune.factor)]
        yield from _unknown(named, "factor of that benchmark", factors)


def ablated_benchmarks_exist(
    diagnosis: Diagnosis, benchmarks: tuple[Benchmark, ...]
) -> Iterator[Finding]:
    """Check the names of the benchmarks that an ablation is for."""
    named = [
        (f"diagnosis.ablations[{index}].benchmarks[{position}]", name)
        for index, ablation in enumerate(diagnosis.ablations)
        for position, name in enumerate(ablation.benchmarks)
    ]
    yield from _unknown(named, "benchmark of this study", [b.name for b in benchmarks])


def prices_exist(cost: Cost | None, prices: Mapping[str, Price]) -> Iterator[Finding]:
    """Check that every price stands in the price book."""
    if cost is None:
        return
    named = [("cost.price", cost.price)]
    if cost.build_versus_buy:
        named.append(("cost.build_versus_buy.price", cost.build_versus_buy.price))
    yield from _unknown(named, "price in capstone.toml's price book", sorted(prices))


def _unknown(
    named: Iterable[tuple[str, str]], what: str, known: Iterable[str]
) -> Iterator[Finding]:
    """Yield the names that are not known."""
    names = list(known)
    for where, name in named:
        if name not in names:
            listed = ", ".join(names) or "none"
            yield rules.UNKNOWN_REFERENCE(
                where, name=name, what=what, suggestion=did_you_mean(name, names), known=listed
            )
