"""Faults that are injected on purpose: into what, and whether they can happen."""

from collections.abc import Iterator

from capstone_report.findings import faults as rules
from capstone_report.findings.finding import Finding
from capstone_report.spec.benchmarks import Benchmark
from capstone_report.spec.study import Baseline
from capstone_report.spec.vocabulary import Scaling


def faults_stay_out_of_the_comparison(
    baseline: Baseline, benchmarks: tuple[Benchmark, ...]
) -> Iterator[Finding]:
    """Check that no fault is injected into the baseline or a benchmark that scales."""
    for index, benchmark in enumerate(benchmarks):
        where = f"benchmarks[{index}]"
        if benchmark.inject is None:
            continue
        if benchmark.name == baseline.benchmark:
            yield rules.INJECTED_AND_COMPARED(
                f"{where}.inject", "baseline.benchmark", name=benchmark.name, role="the baseline"
            )
        elif benchmark.scaling is not Scaling.NONE:
            yield rules.INJECTED_AND_COMPARED(
                f"{where}.inject", f"{where}.scaling", name=benchmark.name, role="what scales"
            )


def faults_can_happen(benchmarks: tuple[Benchmark, ...]) -> Iterator[Finding]:
    """Check that the worker to be killed exists, here, and before a run's limit."""
    for index, benchmark in enumerate(benchmarks):
        where, inject = f"benchmarks[{index}]", benchmark.inject
        if inject is None:
            continue
        fewest = min(map(int, benchmark.levels.get("workers", (1,))))
        if benchmark.external is not None:
            yield rules.CANNOT_BE_INJECTED(
                f"{where}.inject",
                f"{where}.external",
                name=benchmark.name,
                reason="it is measured elsewhere",
                remedy="drop inject; nothing can be killed there",
            )
        elif inject.kill_worker >= fewest:
            yield rules.CANNOT_BE_INJECTED(
                f"{where}.inject.kill_worker",
                name=benchmark.name,
                reason=f"there is no worker {inject.kill_worker} among {fewest}",
                remedy=f"name one of 0 to {fewest - 1}, or raise levels.workers",
            )
        elif inject.at_s >= benchmark.timeout_s:
            yield rules.CANNOT_BE_INJECTED(
                f"{where}.inject.at_s",
                name=benchmark.name,
                reason=f"a run is stopped after {benchmark.timeout_s:g} s, before {inject.at_s:g} s",
                remedy="lower at_s, or raise timeout_s",
            )
