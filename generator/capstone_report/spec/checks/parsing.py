"""Section 41.6: whether what a benchmark's parser gives is what the study declares."""

from collections.abc import Iterator

from capstone_report.findings import study as rules
from capstone_report.findings.finding import Finding
from capstone_report.parsers.quantifiers import nested_quantifier
from capstone_report.parsers.regex import Regex
from capstone_report.spec.benchmarks import Benchmark, Metric


def patterns_come_to_an_end(benchmarks: tuple[Benchmark, ...]) -> Iterator[Finding]:
    """Check that no pattern repeats what repeats something itself."""
    for index, benchmark in enumerate(benchmarks):
        if isinstance(parser := benchmark.parser, Regex):
            for number, pattern in enumerate(parser.patterns):
                if part := nested_quantifier(pattern.pattern):
                    where = f"benchmarks[{index}].parser.patterns[{number}].pattern"
                    yield rules.NESTED_QUANTIFIER(where, part=part, limit_s=parser.time_limit_s)


def parsers_give_the_declared_metrics(
    benchmarks: tuple[Benchmark, ...], metrics: dict[str, Metric]
) -> Iterator[Finding]:
    """Check that a parser that knows beforehand what it gives will give every declared metric."""
    for index, benchmark in enumerate(benchmarks):
        given = benchmark.parser.gives()
        if given is None or benchmark.command is None:
            continue
        for name, metric in metrics.items():
            units = {unit for metric_name, unit in given if metric_name == name}
            if units != {metric.unit}:
                listed = " and ".join(sorted(units))
                problem = f"gives {name} in {listed}, not in {metric.unit}"
                yield rules.PARSED_OTHERWISE(
                    f"benchmarks[{index}].parser",
                    f"metrics.{name}.unit",
                    kind=benchmark.parser.kind,
                    benchmark=benchmark.name,
                    problem=problem if units else f"gives no {name}",
                )
