"""The cases of a study: one for each combination of a benchmark's levels, and what identifies it; pure."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, product

from pydantic import JsonValue

from capstone_report.launchers.launcher import Allocation
from capstone_report.spec.benchmarks import Benchmark, Level
from capstone_report.spec.load import SOURCES, LoadedStudy

# One GPU cannot show what a second one brings, so one alone is left aside.
SEVERAL_GPUS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One combination of a benchmark's levels."""

    id: str
    number: int
    """Its place among the declared cases."""
    benchmark: Benchmark
    levels: dict[str, Level]
    allocation: Allocation
    command: tuple[str, ...]
    device: str
    """What the workers compute on: cpu, or cuda with one GPU for each."""
    identity: dict[str, JsonValue]
    """What makes runs comparable: command, launcher, device, seed, programs; never the commit."""
    fingerprint: str
    """The hash of the identity."""
    ablation: str = ""
    """In a diagnosis, the declared part of the work that is left out; empty when none is."""

    @property
    def cores(self) -> int:
        """Return how many cores the case keeps busy."""
        return self.allocation.workers * self.allocation.threads


def declared_cases(loaded: LoadedStudy, gpus: int = 0) -> Iterator[Case]:
    """Yield every case of every benchmark."""
    number = count()
    for benchmark in loaded.study.benchmarks:
        factors = {"workers": (1,), "threads": (1,)} | dict(benchmark.levels)
        names = sorted(factors)
        for values in product(*(factors[name] for name in names)):
            levels: dict[str, Level] = dict(zip(names, values, strict=True))
            yield _case(loaded, benchmark, levels, number=next(number), gpus=gpus)


def _case(
    loaded: LoadedStudy, benchmark: Benchmark, levels: dict[str, Level], *, number: int, gpus: int
) -> Case:
    """Return one case with its command filled in."""
    seed = loaded.study.reproducibility.seed
    filled = tuple(argument.format(seed=seed, **levels) for argument in benchmark.command or ())
    device = "cuda" if benchmark.accelerated and gpus >= SEVERAL_GPUS else "cpu"
    label = ",".join(f"{name}={value}" for name, value in sorted(levels.items()))
    identity = identity_of(loaded, benchmark, filled, device)
    return Case(
        id=f"{benchmark.name}/{label}",
        number=number,
        benchmark=benchmark,
        levels=levels,
        allocation=benchmark.launcher.allocation(int(levels["workers"]), int(levels["threads"])),
        command=filled,
        device=device,
        identity=identity,
        fingerprint=fingerprint(identity),
    )


def identity_of(
    loaded: LoadedStudy, benchmark: Benchmark, command: tuple[str, ...], device: str
) -> dict[str, JsonValue]:
    """Return what a run's numbers depend on; a commit, a title or a price is not part of it.

    What is measured elsewhere depends on nothing here.
    """
    here = benchmark.external is None
    named = {*(benchmark.command or ()), *command, *benchmark.inputs}
    identity: dict[str, JsonValue] = {
        "command": list(command),
        "seed": loaded.study.reproducibility.seed if here else None,
        "device": device,
        # Options that are not set stay away: a new one leaves the fingerprints of before as they are.
        "launcher": [
            benchmark.launcher.kind,
            benchmark.launcher.model_dump(mode="json", exclude_defaults=True),
        ],
        "parser": _parser(benchmark),
        "env": dict(benchmark.env),
        "files": {
            name: value
            for name, value in loaded.program_hashes.items()
            if here and (name in named or name.endswith(SOURCES))
        },
    }
    # Without any, a key stays away, so that records from before it keep their fingerprint.
    if here and loaded.engine_variables:
        identity["engine_variables"] = dict(loaded.engine_variables)
    if benchmark.inject:
        identity["inject"] = benchmark.inject.model_dump(mode="json")
    started = loaded.started_programs.get(benchmark.name, {})
    if command and command[0] in started:
        identity["programs"] = {command[0]: started[command[0]]}
    return identity


def _parser(benchmark: Benchmark) -> JsonValue:
    """Return what of a parser decides the samples: its kind, and its options where it has any.

    A parser without options is its kind alone, as in the records of format 1.
    """
    options = benchmark.parser.model_dump(mode="json")
    return [benchmark.parser.kind, options] if options else benchmark.parser.kind


def fingerprint(identity: dict[str, JsonValue]) -> str:
    """Return the hash of a case's identity, in 16 hexadecimal digits."""
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:16]
