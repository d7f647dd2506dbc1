"""Clean studies of many kinds, each with fixed noise: nothing about them is to be accused.

What a check of the declaration or of a table always says of such a study (a baseline of one worker, imported
numbers) stands beside it as expected.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

from capstone_report.analysis.facts import Analysis
from capstone_report.results.records import Energy, RunRecord
from flaws.parents import WEAK, measured, published
from simulated import GONE, SERIAL, Edit, pool, reporting

Noise = Callable[[Random], float]
NOISES: Mapping[str, Noise] = {
    "lognormal": lambda random: random.lognormvariate(0.0, 0.03),
    "quiet": lambda random: random.lognormvariate(0.0, 0.002),
    "wide": lambda random: random.lognormvariate(0.0, 0.15),
    "tailed": lambda random: 1 + 0.02 * random.expovariate(1),
    "uniform": lambda random: random.uniform(0.97, 1.03),
    "rounded": lambda random: round(random.lognormvariate(0.0, 0.03), 2),
    "outliers": lambda random: random.gauss(1, 0.01) + (0.2 if random.random() < 0.05 else 0.0),
}
"""Families of noise as machines make it: one factor for each run, independent."""

ALWAYS = {"CAP403", "CAP408", "CAP414"}
"""Notes on every small study: three worker counts, one machine, more cores than the baseline."""

ONE_WORKER: dict[str, Any] = {"baseline__kind": "one-worker", "baseline__benchmark": "pool"}
SPEEDUPS = {1: 0.9, 2: 1.75, 4: 3.2}


def times_of(
    seconds: Mapping[str, float], *, noise: str = "lognormal", runs: int = 6, seed: int = 0
) -> dict[str, list[float]]:
    """Return times around some seconds, by case."""
    random = Random(f"{noise}/{runs}/{seed}")  # noqa: S311 - noise, no secret
    return {
        case: [mean * NOISES[noise](random) for _ in range(runs)] for case, mean in seconds.items()
    }


def strong(
    root: Path, *, noise: str = "lognormal", runs: int = 6, seed: int = 0, **changes: object
) -> Analysis:
    """Return a study of strong scaling with one kind of noise."""
    means = {SERIAL: 8.0} | {pool(p): 8.0 / s for p, s in SPEEDUPS.items()}
    times = times_of(means, noise=noise, runs=runs, seed=seed)
    repeats = {"benchmarks__0__repeats": runs, "benchmarks__1__repeats": runs}
    return measured(root, times, **(repeats | changes))  # type: ignore[arg-type] # measured's own


def strong_of(noise: str) -> Callable[[Path], Analysis]:
    """Return the study of strong scaling with one kind of noise."""
    return lambda root: strong(root, noise=noise)


def weak(root: Path) -> Analysis:
    """Return a study of weak scaling, with one batch for each worker."""
    means = {SERIAL: 7.9, pool(1): 8.0, pool(2): 8.2, pool(4): 8.6}
    batch = {"worker_batch": 32, "precision": "fp32"}
    return measured(
        root,
        times_of(means),
        **ONE_WORKER,
        benchmarks__1__scaling="weak",
        benchmarks__1__scaling_function="32 items per worker",
        benchmarks__1__setup=batch,
        benchmarks__0__setup=batch,
    )


def smallest_feasible(root: Path) -> Analysis:
    """Return a study that needs two workers at least."""
    return measured(
        root,
        times_of({SERIAL: 8.0, pool(2): 4.4, pool(4): 2.4}),
        baseline__kind="smallest-feasible",
        baseline__benchmark="pool",
        baseline__smallest_workers=2,
        benchmarks__1__levels={"workers": [2, 4]},
        problem__demand__memory_bytes=150e9,
        problem__machine__memory_bytes=80e9,
    )


def metered(root: Path) -> Analysis:
    """Return a study whose energy was measured."""

    def edit(run: RunRecord) -> RunRecord:
        watts = 20.0 * run.workers
        energy = Energy(joules=watts * run.wall_time_s, average_w=watts, method="measured_node")
        return run.model_copy(update={"energy": energy})

    return strong_with(edit)(root)


def strong_with(edit: Edit, **changes: object) -> Callable[[Path], Analysis]:
    """Return a study of strong scaling whose records are edited."""
    return lambda root: strong(root, edit=edit, **changes)  # type: ignore[arg-type] # changes only


def tables(rows: Sequence[Mapping[str, object]], **more: object) -> Callable[[Path], Analysis]:
    """Return a published table."""
    return lambda root: published(root, rows, **more)  # type: ignore[arg-type] # published's own


def several_machines(p0: int) -> list[Mapping[str, object]]:
    """Return a table that begins at two full machines of p0 / 2 workers."""
    return [
        {"p": p0 * k, "rate": 100.0 * p0 * k * 0.97**n, "nodes": 2 * k}
        for n, k in enumerate((1, 2, 4))
    ]


IMPORTED = {"CAP370", "CAP411", "CAP412", "CAP413", "CAP430", "CAP431"}
CLEAN: dict[str, tuple[Callable[[Path], Analysis], set[str]]] = {
    **{f"strong, {noise} noise": (strong_of(noise), set()) for noise in NOISES},
    "strong, eight runs": (lambda root: strong(root, runs=8), set()),
    "strong, twelve runs": (lambda root: strong(root, runs=12), set()),
    "strong, twenty runs of wide noise": (lambda root: strong(root, runs=20, noise="wide"), set()),
    "strong, over one worker": (lambda root: strong(root, **ONE_WORKER), {"CAP411"}),
    "strong, at two workers": (
        lambda root: strong(root, problem__target={"speedup": 1.5, "workers": 2}),
        set(),
    ),
    "strong, without a price": (lambda root: strong(root, cost=GONE), set()),
    "strong, without any setup": (
        lambda root: strong(root, benchmarks__0__setup={}, benchmarks__1__setup={}),
        set(),
    ),
    "strong, with a milder gate": (
        lambda root: strong(root, metrics__accuracy__gate={"at_least": 0.5}),
        set(),
    ),
    "strong, with its energy": (metered, {"CAP342"}),
    "strong, with an MFU": (
        strong_with(
            lambda run: reporting(run, mfu=0.4),
            metrics__mfu={
                "description": "share of the peak",
                "unit": "1",
                "kind": "count",
                "direction": "higher",
                "scope": "total",
            },
        ),
        set(),
    ),
    "weak": (weak, {"CAP411"}),
    "smallest feasible": (smallest_feasible, {"CAP223", "CAP420"}),
    "published, weak": (tables(WEAK), IMPORTED),
    "published, throughput": (tables(WEAK, scaling="throughput"), IMPORTED),
    "published, of each worker": (
        tables(
            [{"p": p, "rate": rate} for p, rate in ((1, 100), (2, 97), (4, 96))], scope="per-worker"
        ),
        IMPORTED,
    ),
    "published, on several machines": (
        tables(several_machines(16)),
        IMPORTED - {"CAP411"} | {"CAP420"},
    ),
    "published, a time": (
        tables(
            [{"p": p, "rate": 8 / p**0.9, "micro": 32 // p} for p in (1, 2, 4)],
            unit="s",
            scaling="strong",
        ),
        IMPORTED,
    ),
}
"""Every clean study by its name, with the codes that are said of it and are no accusation."""
