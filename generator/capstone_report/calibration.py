"""From a study to its calibration runs: messages between as many ranks as its design uses; pure.

A calibration is a few launches of one program of ours at each number of workers, in blocks of random
order like all runs. It never counts as a measurement, and it is measured anew whenever it is asked
for: a link that was changed looks the same from here.
"""

from collections.abc import Sequence
from dataclasses import replace

from pydantic import JsonValue

from capstone_report.cases import SEVERAL_GPUS, Case, fingerprint
from capstone_report.launchers.launcher import WORKLOADS, Allocation, Launcher, launchers
from capstone_report.perfmodel.intervals import min_runs_for_median
from capstone_report.perfmodel.link import LEVEL
from capstone_report.plan import Plan, blocks, plan_for
from capstone_report.results.records import Environment, Phase, RunRecord
from capstone_report.spec.benchmarks import Benchmark
from capstone_report.spec.load import LoadedStudy
from capstone_report.units import Bytes, Seconds

LINKS = "links-of-this-machine"
PROGRAM = f"{WORKLOADS}/collectives.py"
TIMEOUT_S: Seconds = 600.0
LAUNCHES = min_runs_for_median(LEVEL)
"""The fewest launches with an interval."""
FEWEST_WORKERS = 2


def calibration_plan(
    loaded: LoadedStudy,
    environment: Environment,
    records: Sequence[RunRecord],
    *,
    moment: str,
    workers: Sequence[int] = (),
    launches: int = LAUNCHES,
    largest: Bytes | None = None,
) -> Plan:
    """Return the runs of the calibration that began at a moment, at given or at the study's workers.

    Raises:
        ValueError: the launcher cannot share so many workers among its machines.
    """
    plan = plan_for(loaded, environment, records)
    counts = workers or counts_of(loaded, environment)
    wanted = [
        (_case(loaded, environment, count, moment=moment, largest=largest), launches)
        for count in counts
    ]
    return replace(plan, runs=tuple(blocks(wanted, plan.seed, phase=Phase.CALIBRATION, first=0)))


def counts_of(loaded: LoadedStudy, environment: Environment) -> list[int]:
    """Return two workers, and the counts of the scaling benchmark that this machine can carry."""
    benchmark = loaded.study.scaling_benchmark
    declared = {int(level) for level in benchmark.levels.get("workers", (1,))}
    room = len(environment.gpus) if _device(benchmark, environment) == "cuda" else environment.cores
    carried = {p for p in declared if p > 1 and (p <= room or benchmark.oversubscribe)}
    return sorted({FEWEST_WORKERS, *carried})


def link_identity(loaded: LoadedStudy, environment: Environment) -> dict[str, JsonValue]:
    """Return what decides which link a study talks over: launcher, device, variables of the engine."""
    benchmark = loaded.study.scaling_benchmark
    launcher = launcher_of(benchmark)
    return {
        "launcher": [launcher.kind, launcher.model_dump(mode="json", exclude_defaults=True)],
        "device": _device(benchmark, environment),
        "env": dict(benchmark.env),
        "engine_variables": dict(loaded.engine_variables),
    }


def launcher_of(benchmark: Benchmark) -> Launcher:
    """Return what starts the ranks: the study's launcher, and torchrun where it starts none."""
    here = benchmark.launcher.kind == "local"
    return launchers()["torchrun"]() if here else benchmark.launcher


def _device(benchmark: Benchmark, environment: Environment) -> str:
    """Return what the workers of a benchmark compute on here."""
    on_gpus = benchmark.accelerated and len(environment.gpus) >= SEVERAL_GPUS
    return "cuda" if on_gpus else "cpu"


def _case(
    loaded: LoadedStudy,
    environment: Environment,
    workers: int,
    *,
    moment: str,
    largest: Bytes | None,
) -> Case:
    """Return the case that times messages between so many workers."""
    declared = loaded.study.scaling_benchmark
    launcher = launcher_of(declared)
    sizes = () if largest is None else ("--largest", str(largest))
    command = ("python", PROGRAM, *sizes)
    link = link_identity(loaded, environment)
    identity: dict[str, JsonValue] = {
        "command": list(command),
        "files": {},
        "link": link,
        "engine_variables": link["engine_variables"],
        "calibration": moment,
    }
    allocation: Allocation = launcher.allocation(workers, 1)
    return Case(
        id=f"{LINKS}/workers={workers}",
        number=-1,
        benchmark=Benchmark(
            name=LINKS,
            command=command,
            launcher=launcher,
            env=declared.env,
            timeout_s=TIMEOUT_S,
        ),
        levels={"workers": workers, "threads": 1},
        allocation=allocation,
        command=command,
        device=_device(declared, environment),
        identity=identity,
        fingerprint=fingerprint(identity),
    )
