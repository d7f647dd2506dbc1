"""Section 41.3: whether baseline and scaling benchmark can be compared at all."""

import math
import re
from collections.abc import Iterator
from itertools import pairwise

from capstone_report.findings import commensurability as setups
from capstone_report.findings import problem as claims
from capstone_report.findings import study as rules
from capstone_report.findings.finding import Finding
from capstone_report.spec.arithmetic import proof_of, proofs, replica_proof
from capstone_report.spec.benchmarks import Benchmark, scaling_indices
from capstone_report.spec.design import PartitioningSlot
from capstone_report.spec.study import Baseline, ProblemStatement, Sizing
from capstone_report.spec.vocabulary import (
    HELD_UNDER,
    BaselineKind,
    Ceiling,
    Partitioning,
    Scaling,
)
from capstone_report.units import prefixed

VARIED = ("thread", "worker", "proc", "nproc", "jobs")
"""Options that say how many: what a scaling study varies."""
NUMBER = re.compile(r"[-+]?[\d.]+(?:e[-+]?\d+)?", re.IGNORECASE)


def only_the_workers_vary(benchmarks: tuple[Benchmark, ...]) -> Iterator[Finding]:
    """Check that points of the scaling curve differ in the worker count only."""
    for index in scaling_indices(benchmarks):
        benchmark = benchmarks[index]
        for factor, levels in benchmark.levels.items():
            if factor != "workers" and len(levels) > 1:
                yield rules.ONE_LEVEL(
                    f"benchmarks[{index}].levels.{factor}", benchmark=benchmark.name, factor=factor
                )


def both_do_the_same_work(
    baseline: Baseline, benchmarks: tuple[Benchmark, ...]
) -> Iterator[Finding]:
    """Check that nothing but the number of workers is declared to differ."""
    pair = _pair(baseline, benchmarks)
    if pair is None:
        return
    alone, scaling = (benchmarks[index] for index in pair)
    for field in _differing(baseline, alone, scaling):
        places = [f"benchmarks[{index}].{field}" for index in pair]
        yield rules.UNLIKE_WORK(
            places[1], places[0], scaling=scaling.name, baseline=alone.name, field=field
        )


def baseline_is_of_its_kind(
    baseline: Baseline, benchmarks: tuple[Benchmark, ...]
) -> Iterator[Finding]:
    """Check that the baseline's benchmark is what the declared kind says."""
    pair = _pair(baseline, benchmarks)
    if pair is None:
        return
    measured, scaling = (benchmarks[index] for index in pair)
    remedy = _remedy(baseline, measured, scaling)
    if remedy:
        yield rules.NOT_THAT_BASELINE(
            "baseline.kind",
            f"benchmarks[{pair[0]}].levels.workers",
            kind=baseline.kind.value,
            benchmark=measured.name,
            remedy=remedy,
        )


def best_serial_is_tuned(baseline: Baseline) -> Iterator[Finding]:
    """Check that somebody tried to make the baseline fast."""
    if baseline.kind is BaselineKind.BEST_SERIAL and not (baseline.tuned or baseline.tune):
        yield claims.NOT_TUNED("baseline.kind")


def one_machine_holds_the_baseline(
    baseline: Baseline, problem: ProblemStatement, partitioning: PartitioningSlot
) -> Iterator[Finding]:
    """Check that a baseline on one machine is not ruled out by the study's own proof.

    Where the design would put the same whole replica on every worker, that is told first.
    """
    proof = proof_of(problem, Ceiling.MEMORY_CAPACITY)
    replica = replica_proof(problem, replicated=partitioning.replicated is not None)
    if replica and replica.share > 1 and Partitioning.MODEL not in partitioning.choices:
        return
    if proof and proof.share > 1 and baseline.workers == 1:
        yield claims.BASELINE_DOES_NOT_FIT(
            "baseline.kind",
            "problem.machine.memory_bytes",
            kind=baseline.kind.value,
            arithmetic=str(proof),
        )


def workers_hold_it(
    baseline: Baseline,
    problem: ProblemStatement,
    sizing: Sizing | None,
    partitioning: PartitioningSlot,
) -> Iterator[Finding]:
    """Check that p0, and the workers asked for, have the memory together, divided evenly."""
    proof = proof_of(problem, Ceiling.MEMORY_CAPACITY)
    if proof is None or Partitioning.MODEL not in partitioning.choices:
        return
    asked = [("sizing.workers", sizing.workers)] if sizing else []
    if baseline.kind is BaselineKind.SMALLEST_FEASIBLE and baseline.smallest_workers:
        asked.append(("baseline.smallest_workers", baseline.smallest_workers))
    for where, workers in asked:
        if proof.needed > workers * proof.available:
            yield claims.TOO_FEW_TO_HOLD(
                where,
                "problem.machine.memory_bytes",
                workers=workers,
                available=prefixed(workers * proof.available, "B"),
                arithmetic=str(proof),
                least=math.ceil(proof.share),
            )


def both_get_the_same_options(
    baseline: Baseline, benchmarks: tuple[Benchmark, ...]
) -> Iterator[Finding]:
    """Check options and environment of the two commands, as far as they are written in both."""
    pair = _pair(baseline, benchmarks)
    if pair is None or pair[0] == pair[1]:
        return
    alone, scaling = (benchmarks[index] for index in pair)
    left, right = _settings(alone), _settings(scaling)
    differing = [name for name in left if name in right and left[name] != right[name]]
    if differing:
        said = ", ".join(f"{name} ({left[name]} and {right[name]})" for name in differing)
        yield claims.OPTIONS_DIFFER(
            f"benchmarks[{pair[1]}].command",
            f"benchmarks[{pair[0]}].command",
            baseline=alone.name,
            scaling=scaling.name,
            differing=said,
        )


def both_are_set_up_alike(
    baseline: Baseline, benchmarks: tuple[Benchmark, ...]
) -> Iterator[Finding]:
    """Check what both sides say of their setup, before anything is measured for a comparison of unlike things."""
    pair = _pair(baseline, benchmarks)
    if pair is None:
        return
    alone, scaling = (benchmarks[index] for index in pair)
    differing = [
        f"{name} ({value} and {scaling.setup[name]})"
        for name, value in alone.setup.items()
        if scaling.setup.get(name, value) != value
        and scaling.scaling in HELD_UNDER.get(name, frozenset(Scaling))
    ]
    if differing:
        yield setups.SETUPS_DIFFER(
            f"benchmarks[{pair[1]}].setup",
            f"benchmarks[{pair[0]}].setup",
            baseline=alone.name,
            scaling=scaling.name,
            differing=", ".join(differing),
        )


def _settings(benchmark: Benchmark) -> dict[str, str]:
    """Return the numeric options and the environment that a benchmark's programs get.

    Threads and workers are what the comparison varies; a level that is filled in is compared by
    its only value.
    """
    command = benchmark.command or ()
    only = {f"{{{name}}}": str(v[0]) for name, v in benchmark.levels.items() if len(v) == 1}
    found = {
        option: only.get(value, value)
        for option, value in pairwise(command)
        if option.startswith("-") and not option.lstrip("-").startswith(VARIED)
    }
    numbers = {name: value for name, value in found.items() if NUMBER.fullmatch(value)}
    return numbers | {f"${name}": value for name, value in benchmark.env.items()}


def smallest_feasible_is_proved(baseline: Baseline, problem: ProblemStatement) -> Iterator[Finding]:
    """Check that fewer workers than p0 cannot run it: a log of the failure, or the sizes.

    Of what somebody else published nothing smaller needs to be impossible; p0 must be told.
    """
    published = baseline.kind is BaselineKind.SMALLEST_PUBLISHED
    if not (published or baseline.kind is BaselineKind.SMALLEST_FEASIBLE):
        return
    if published and baseline.smallest_workers:
        return
    if baseline.smallest_workers is None:
        lacking, remedy = "smallest_workers is missing", "give p0, the smallest number that runs"
        yield claims.SMALLEST_NOT_PROVED("baseline.kind", lacking=lacking, remedy=remedy)
        return
    proof = next((proof for proof in proofs(problem) if proof.unit == "B"), None)
    fewer = baseline.smallest_workers - 1
    if baseline.out_of_memory is None and (proof is None or proof.share <= fewer):
        shown = f" ({proof})" if proof else ""
        yield claims.SMALLEST_NOT_PROVED(
            "baseline.smallest_workers",
            "problem.machine.memory_bytes",
            lacking=f"the declared sizes do not rule out {fewer} workers{shown}",
            remedy="name the log of a run that did not fit under baseline.out_of_memory, or give "
            "the bytes that it needs under [problem.demand]",
        )


def _pair(baseline: Baseline, benchmarks: tuple[Benchmark, ...]) -> tuple[int, int] | None:
    """Return the numbers of the baseline's and of the scaling benchmark."""
    names = [benchmark.name for benchmark in benchmarks]
    scaling = scaling_indices(benchmarks)
    if baseline.benchmark not in names or not scaling:
        return None
    return names.index(baseline.benchmark), scaling[0]


def _differing(baseline: Baseline, alone: Benchmark, scaling: Benchmark) -> list[str]:
    """Return the fields in which the two differ and must not."""
    free = {"workers", "threads", *({baseline.tune.factor} if baseline.tune else ())}
    same = ["work", "work_unit", "accelerated"]
    differing = [field for field in same if getattr(alone, field) != getattr(scaling, field)]
    shared = sorted(alone.levels.keys() & scaling.levels.keys() - free)
    levels = [name for name in shared if alone.levels[name] != scaling.levels[name]]
    return [*differing, *(f"levels.{name}" for name in levels)]


def _remedy(baseline: Baseline, measured: Benchmark, scaling: Benchmark) -> str:
    """Say what would make the benchmark a baseline of the declared kind; empty when it is one."""
    workers = scaling.levels.get("workers", (1,))
    scales = measured is scaling
    if baseline.kind is BaselineKind.SMALLEST_PUBLISHED and measured.external is None:
        return "measure one worker here, or say under external where it was measured"
    if baseline.kind is BaselineKind.BEST_SERIAL:
        alone = measured.levels.get("workers", (1,)) == (1,)
        remedy = "name a benchmark of its own, with levels.workers = [1] or without it"
        return "" if alone and not scales else remedy
    p0 = 1 if baseline.kind is BaselineKind.ONE_WORKER else baseline.smallest_workers
    if p0 is None or (scales and p0 in workers and p0 == min(map(float, workers))):
        return ""
    return f"name the scaling benchmark '{scaling.name}', with {p0} as the first of levels.workers"
