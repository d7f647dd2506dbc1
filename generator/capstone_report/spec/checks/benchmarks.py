"""Section 41.7: each benchmark for itself."""

from collections.abc import Iterator
from string import Formatter

from capstone_report.findings import problem as claims
from capstone_report.findings import study as rules
from capstone_report.findings.finding import Finding
from capstone_report.spec.benchmarks import Benchmark, scaling_indices
from capstone_report.spec.vocabulary import Scaling


def names_are_unique(benchmarks: tuple[Benchmark, ...]) -> Iterator[Finding]:
    """Check that every benchmark has a name of its own."""
    first: dict[str, int] = {}
    for index, benchmark in enumerate(benchmarks):
        earlier = first.setdefault(benchmark.name, index)
        if earlier != index:
            yield rules.NAMED_TWICE(
                f"benchmarks[{index}].name", f"benchmarks[{earlier}].name", name=benchmark.name
            )


def placeholders_are_filled(benchmarks: tuple[Benchmark, ...]) -> Iterator[Finding]:
    """Check that every placeholder of a command is a level, workers, threads or seed."""
    for index, benchmark in enumerate(benchmarks):
        known = sorted({"workers", "threads", "seed", *benchmark.levels})
        for position, argument in enumerate(benchmark.command or ()):
            if not _is_filled(argument, known):
                yield rules.UNKNOWN_PLACEHOLDER(
                    f"benchmarks[{index}].command[{position}]",
                    argument=argument,
                    known=", ".join(known),
                )


def factors_reach_the_program(benchmarks: tuple[Benchmark, ...]) -> Iterator[Finding]:
    """Check that what varies is visible to the program: a factor, or the workers of one process."""
    for index, benchmark in enumerate(benchmarks):
        named = " ".join(benchmark.command or ())
        for factor, levels in benchmark.levels.items():
            where, told = f"benchmarks[{index}].levels.{factor}", f"{{{factor}}}" in named
            if benchmark.command is None or told or factor == "threads":
                continue
            if factor != "workers":
                yield claims.UNUSED_FACTOR(
                    where, name=benchmark.name, factor=factor, variable=factor.upper()
                )
            elif len(levels) > 1 and benchmark.launcher.kind == "local":
                yield claims.WORKERS_UNSEEN(where, name=benchmark.name)


def scaling_says_what_it_means(benchmarks: tuple[Benchmark, ...]) -> Iterator[Finding]:
    """Check what is held fixed, and how the work grows where it does."""
    for index, benchmark in enumerate(benchmarks):
        where = f"benchmarks[{index}]"
        if benchmark.scaling is not Scaling.NONE and not benchmark.held_fixed:
            yield rules.NOTHING_HELD_FIXED(f"{where}.scaling", name=benchmark.name)
        if benchmark.scaling is Scaling.WEAK and benchmark.scaling_function is None:
            yield claims.NO_GROWTH(f"{where}.scaling", name=benchmark.name)


def one_benchmark_scales(benchmarks: tuple[Benchmark, ...]) -> Iterator[Finding]:
    """Check that exactly one benchmark varies the workers for the claim."""
    scaling = scaling_indices(benchmarks)
    if len(scaling) != 1:
        others = [f"benchmarks[{index}].scaling" for index in scaling[:-1]]
        last = f"benchmarks[{scaling[-1]}].scaling" if scaling else "benchmarks"
        yield rules.NO_SCALING(last, *others)


def measured_in_one_way(benchmarks: tuple[Benchmark, ...]) -> Iterator[Finding]:
    """Check that a benchmark is either a command or measured elsewhere."""
    for index, benchmark in enumerate(benchmarks):
        where = f"benchmarks[{index}]"
        if benchmark.command is None and benchmark.external is None:
            what = "neither a command nor external measurements"
            yield claims.ONE_WAY_TO_MEASURE(f"{where}.name", name=benchmark.name, what=what)
        elif benchmark.command is not None and benchmark.external is not None:
            what = "both a command and external measurements"
            yield claims.ONE_WAY_TO_MEASURE(
                f"{where}.external", f"{where}.command", name=benchmark.name, what=what
            )


def runs_have_room(benchmarks: tuple[Benchmark, ...]) -> Iterator[Finding]:
    """Check that a precision allows at least the runs that every case gets."""
    for index, benchmark in enumerate(benchmarks):
        precision = benchmark.precision
        if precision and precision.at_most < benchmark.repeats:
            yield rules.MORE_THAN_AT_MOST(
                f"benchmarks[{index}].precision.at_most",
                f"benchmarks[{index}].repeats",
                name=benchmark.name,
                repeats=benchmark.repeats,
                at_most=precision.at_most,
            )


def _is_filled(argument: str, known: list[str]) -> bool:
    """Tell whether an argument's placeholders are known names without formatting."""
    try:
        parts = [part for part in Formatter().parse(argument) if part[1] is not None]
    except ValueError:
        return False
    return all(name in known and not (spec or form) for _, name, spec, form in parts)
