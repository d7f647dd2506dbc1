"""From a study to its diagnosis runs: cases as they are, and without parts of their work; pure.

Like all runs they come in blocks, each in a random order of its own, so that a machine that drifts
disturbs a case and its ablations alike. None of them ever counts as a measurement.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from pydantic import JsonValue, SerializeAsAny

from capstone_report.cases import Case, fingerprint
from capstone_report.launchers.launcher import Allocation, Launcher, launchers
from capstone_report.plan import Plan, baseline_case, blocks, plan_for
from capstone_report.results.records import Environment, Phase, RunRecord
from capstone_report.spec.benchmarks import Benchmark
from capstone_report.spec.diagnosis import Ablation
from capstone_report.spec.load import LoadedStudy
from capstone_report.spec.study import Study
from capstone_report.spec.vocabulary import Scaling

ROOFS = "roofs-of-this-machine"
ROOFS_MODULE = "capstone_report.workloads.roofs"
ROOFS_TIMEOUT_S = 120.0


class Flame(Launcher):
    """Starts a program as its own launcher does, under py-spy; no study can ask for it."""

    kind: ClassVar[str] = "flame"

    inner: SerializeAsAny[Launcher]
    """How the program starts."""
    file: str
    """The picture, relative to the study's folder."""

    def command(self, program: list[str], allocation: Allocation) -> list[str]:
        """Return the command line behind the profiler's."""
        record = ["py-spy", "record", "--subprocesses", "--output", self.file, "--"]
        return [*record, *self.inner.command(program, allocation)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a diagnosis is about: a case as it is, and each of its ablations."""

    whole: Case
    ablated: tuple[tuple[Ablation, Case], ...]

    @property
    def cases(self) -> tuple[Case, ...]:
        """Return the case as it is, and then without each part."""
        return (self.whole, *(case for _, case in self.ablated))


@dataclass(frozen=True, slots=True, kw_only=True)
class Subjects:
    """Everything that a diagnosis on one machine runs."""

    baseline: Subject
    scaled: Subject | None
    """The scaling benchmark at the workers that are asked about."""
    roofs: Case | None
    """What measures this machine's roofs; None where the baseline computes on a GPU."""

    @property
    def cases(self) -> tuple[Case, ...]:
        """Return every case: those of a question about workers need no roofs."""
        if self.scaled is not None:
            return (*self.baseline.cases, *self.scaled.cases)
        return (*self.baseline.cases, *((self.roofs,) if self.roofs else ()))


def subjects(
    study: Study, plan: Plan, records: Sequence[RunRecord], workers: int | None
) -> Subjects | None:
    """Return what a diagnosis runs, or None where the machine cannot carry it.

    Until a trial has chosen the baseline's level, its first level stands for it. No more workers than
    the baseline's are no question.
    """
    counted = plan.cases(Phase.MEASUREMENT)
    tried = plan.cases(Phase.TRIAL)[:1] if plan.tuned is None else []
    baseline = baseline_case(study, [*counted, *tried], records)
    scaling = (c for c in counted if c.benchmark.scaling is Scaling.STRONG)
    more = (case for case in scaling if case.allocation.workers > study.baseline.workers)
    scaled = next((case for case in more if case.allocation.workers == workers), None)
    if baseline is None or (workers is not None and scaled is None):
        return None
    return Subjects(
        baseline=_subject(study, baseline),
        scaled=_subject(study, scaled) if scaled else None,
        roofs=_roofs(study, baseline) if baseline.device == "cpu" else None,
    )


def diagnosis_plan(
    loaded: LoadedStudy,
    environment: Environment,
    records: Sequence[RunRecord],
    *,
    workers: int | None = None,
) -> Plan:
    """Return the diagnosis runs as a plan; an empty one where the machine cannot carry the case."""
    plan = plan_for(loaded, environment, records)
    found = subjects(loaded.study, plan, records, workers)
    wanted = [(case, loaded.study.diagnosis.repeats) for case in found.cases] if found else []
    runs = blocks(wanted, plan.seed, phase=Phase.DIAGNOSIS, first=0)
    return replace(plan, runs=tuple(runs))


def flame_plan(
    loaded: LoadedStudy,
    environment: Environment,
    records: Sequence[RunRecord],
    *,
    file: Path,
    moment: str,
) -> Plan:
    """Return one run of the baseline under a profiler that draws where it spends its time.

    `moment` tells it from earlier ones: a flame graph is drawn as often as it is asked for.
    """
    plan = plan_for(loaded, environment, records)
    found = subjects(loaded.study, plan, records, None)
    if found is None:
        return replace(plan, runs=())
    case = found.baseline.whole
    drawn = os.path.relpath(file, loaded.folder.resolve())
    profiled = Flame(inner=case.benchmark.launcher, file=drawn)
    identity = {**case.identity, "flame": moment}
    under = replace(
        case,
        id=f"{case.id};flame",
        benchmark=case.benchmark.model_copy(update={"launcher": profiled}),
        identity=identity,
        fingerprint=fingerprint(identity),
        ablation="",
    )
    return replace(
        plan, runs=tuple(blocks([(under, 1)], plan.seed, phase=Phase.DIAGNOSIS, first=0))
    )


def declared_counts(study: Study) -> list[int]:
    """Return the declared worker counts of the scaling benchmark beyond the baseline's, rising."""
    scaling = [b for b in study.benchmarks if b.scaling is Scaling.STRONG]
    counts = {int(level) for b in scaling for level in b.levels.get("workers", (1,))}
    return sorted(count for count in counts if count > study.baseline.workers)


def _subject(study: Study, whole: Case) -> Subject:
    """Return a case with the ablations that its benchmark understands."""
    name, workers = whole.benchmark.name, whole.allocation.workers
    return Subject(
        whole=whole,
        ablated=tuple(
            (ablation, without(whole, ablation))
            for ablation in study.diagnosis.ablations
            if ablation.applies_to(name, workers=workers)
        ),
    )


def without(case: Case, ablation: Ablation) -> Case:
    """Return a case whose program leaves a part of its work out."""
    env = {**case.benchmark.env, **ablation.env}
    command = (*case.command, *ablation.args)
    identity: dict[str, JsonValue] = {
        **case.identity,
        "command": list(command),
        "env": dict(env),
    }
    return replace(
        case,
        id=f"{case.id};{ablation.name}",
        benchmark=case.benchmark.model_copy(update={"env": env}),
        command=command,
        identity=identity,
        fingerprint=fingerprint(identity),
        ablation=ablation.name,
    )


def _roofs(study: Study, baseline: Case) -> Case:
    """Return the case that measures what this machine can do with the baseline's cores."""
    command = ("python", "-m", ROOFS_MODULE, study.diagnosis.precision)
    benchmark = Benchmark(
        name=ROOFS, command=command, launcher=launchers()["local"](), timeout_s=ROOFS_TIMEOUT_S
    )
    identity: dict[str, JsonValue] = {
        "command": list(command),
        "threads": baseline.cores,
        "files": {},
    }
    return Case(
        id=f"{ROOFS}/precision={study.diagnosis.precision},threads={baseline.cores}",
        number=-1,
        benchmark=benchmark,
        levels={"workers": 1, "threads": baseline.cores},
        allocation=Allocation(workers=1, threads=baseline.cores),
        command=command,
        device="cpu",
        identity=identity,
        fingerprint=fingerprint(identity),
    )
