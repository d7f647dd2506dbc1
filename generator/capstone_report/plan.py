"""From a study to its cases and runs: what is measured, in which order; pure.

A trial, where the study declares one, runs first and decides the baseline's level. The runs that
count follow in blocks: each block holds one run of every case in an order drawn from the
recorded seed, so that a machine that drifts disturbs all worker counts alike (randomised block
design; Hunold and Carpen-Amarie 2016, Laaber et al. 2019).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf
from random import Random
from statistics import median

from capstone_report.cases import Case, declared_cases
from capstone_report.perfmodel.sequential import Stop, first_stop, least_runs
from capstone_report.results.records import Environment, Outcome, Phase, RunRecord
from capstone_report.spec.benchmarks import Level
from capstone_report.spec.headline import headline_times, headline_values
from capstone_report.spec.load import LoadedStudy
from capstone_report.spec.study import Study

LEVEL = 0.95
ARMS = 2
"""How many runs a pair of the noise floor has."""

Wanted = Sequence[tuple[Case, int]]
"""Cases, each with its number of runs."""

Key = tuple[str, Phase, str]
"""A case by its id, a phase, and the case's fingerprint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRun:
    """One run to be made: the nth of its case, at a place in the order."""

    case: Case
    phase: Phase
    repeat: int
    order: int

    def is_in(self, kept: Sequence[RunRecord]) -> bool:
        """Tell whether runs of its case and phase that ended well stand for it.

        Runs of a case are alike, so their number decides; those of a pair are not.
        """
        if self.phase is Phase.NOISE_FLOOR:
            return any(record.repeat == self.repeat for record in kept)
        return self.repeat < len(kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A declared case that is not measured here, and why."""

    case_id: str
    workers: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that is to be measured on one machine."""

    seed: int
    runs: tuple[PlannedRun, ...]
    skipped: tuple[Skipped, ...]
    tuned: dict[str, Level] | None
    """The baseline's level that the trial found; None while the trial is not complete."""
    environment: Environment | None = None
    """The machine and software that runs must have seen to count; None where none is known."""

    def cases(self, phase: Phase) -> list[Case]:
        """Return the cases of a phase, in their declared order."""
        unique = {run.case.id: run.case for run in self.runs if run.phase is phase}
        return sorted(unique.values(), key=lambda case: case.number)

    def current(self, records: Sequence[RunRecord]) -> list[RunRecord]:
        """Return the attempts at what is planned now, however they ended; the rest is stale."""
        planned = {(run.case.id, run.phase, run.case.fingerprint) for run in self.runs}
        return [
            record
            for record in made_in(self.environment, records)
            if (record.case_id, record.phase, record.fingerprint) in planned
        ]

    def missing(self, records: Sequence[RunRecord]) -> list[PlannedRun]:
        """Return the runs that no valid record covers, in the planned order."""
        done = completed(made_in(self.environment, records))
        return [
            run
            for run in self.runs
            if not run.is_in(done.get((run.case.id, run.phase, run.case.fingerprint), ()))
        ]


def changed_facts(then: Environment, now: Environment) -> list[str]:
    """Name the facts in which a record's environment differs so much that it no longer counts.

    The kernel is recorded, and told where it differs: an update of it is no other experiment.
    """
    return [name for name in then.differences(now) if name != "system"]


def made_in(environment: Environment | None, records: Sequence[RunRecord]) -> Sequence[RunRecord]:
    """Return the records of an environment, in the order measured; all where none is known."""
    if environment is None:
        return records
    return [record for record in records if not changed_facts(record.environment, environment)]


def completed(records: Sequence[RunRecord]) -> dict[tuple[str, Phase, str], list[RunRecord]]:
    """Return the runs that ended well, by case, phase and fingerprint, in the order measured."""
    done: dict[tuple[str, Phase, str], list[RunRecord]] = {}
    for record in records:
        if record.outcome is Outcome.OK:
            done.setdefault((record.case_id, record.phase, record.fingerprint), []).append(record)
    return done


def make_plan(
    loaded: LoadedStudy,
    *,
    cores: int,
    gpus: int = 0,
    machines: int | None = None,
    records: Sequence[RunRecord] = (),
    noise_floor: int = 0,
) -> Plan:
    """Return what a study wants measured on a machine with that many cores and GPUs.

    `machines` is how many like it there are, where a scheduler gives several to one run.

    `records` are what is there already: they decide the baseline's level once the trial is
    complete, and how many runs a case with a target precision gets. Until then the plan holds the
    trial and everything that does not depend on it. `noise_floor` is a number of pairs; pairs that
    were begun stay in the plan.
    """
    study = loaded.study
    done = completed(records)
    cases, skipped = _fitting(loaded, _Room(cores=cores, gpus=gpus, machines=machines), done)
    trial = _trial_runs(study, cases)
    tuned = _tuned(study, trial, records)
    seed = study.reproducibility.seed
    counted = [(c, _wanted(study, c, done)) for c in cases if _is_counted(study, c, tuned)]
    pairs = _pairs(study, counted, records, noise_floor=noise_floor)
    first, arms = len(trial), ARMS if pairs else 0
    main = blocks(counted, seed, phase=Phase.MEASUREMENT, first=first, beside=arms)
    runs = (*trial, *main, *_shuffled_pairs(pairs, seed, first=first, cases=len(counted)))
    return Plan(
        seed=seed,
        runs=tuple(sorted(runs, key=lambda run: run.order)),
        skipped=tuple(skipped),
        tuned=tuned,
    )


def plan_for(
    loaded: LoadedStudy,
    environment: Environment,
    records: Sequence[RunRecord],
    *,
    noise_floor: int = 0,
) -> Plan:
    """Return the plan on the machine that an environment describes, where only its records count."""
    made_here = made_in(environment, records)
    gpus, cores = len(environment.gpus), environment.cores
    plan = make_plan(
        loaded,
        cores=cores,
        gpus=gpus,
        machines=machines_like(environment),
        records=made_here,
        noise_floor=noise_floor,
    )
    return replace(plan, environment=environment)


def machines_like(environment: Environment) -> int | None:
    """Return how many machines like that of an environment one run may get; None without a cluster."""
    known = environment.facts.get("cluster.machines")
    return None if known is None else int(known)


def lacking(case: Case, environment: Environment) -> str:
    """Say what a case needs that the machines of an environment do not have; empty as a rule."""
    room = _Room(
        cores=environment.cores,
        gpus=len(environment.gpus),
        machines=machines_like(environment),
    )
    return _lacking(case, room)


def stop_of(study: Study, case: Case, runs: Sequence[RunRecord]) -> Stop | None:
    """Return where the runs of a case reached its target precision, or the most runs allowed.

    None where they have not yet, or where no precision is declared.
    """
    precision = case.benchmark.precision
    if precision is None:
        return None
    return first_stop(
        headline_values(study, runs),
        relative=precision.relative,
        at_least=case.benchmark.repeats,
        at_most=precision.at_most,
        level=LEVEL,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Room:
    """What there is to run on."""

    cores: int
    gpus: int
    machines: int | None
    """How many such machines; None where there is only this one."""


def _fitting(
    loaded: LoadedStudy, room: _Room, done: Mapping[Key, Sequence[RunRecord]]
) -> tuple[list[Case], list[Skipped]]:
    """Split the declared cases into those that the machine can carry, and the rest.

    What is measured elsewhere is among the first once it has been imported.
    """
    cases: list[Case] = []
    skipped: list[Skipped] = []
    for case in declared_cases(loaded, room.gpus * (room.machines or 1)):
        reason = "" if case.benchmark.oversubscribe else _lacking(case, room)
        if case.benchmark.external:
            imported = (case.id, Phase.MEASUREMENT, case.fingerprint) in done
            reason = "" if imported else f"measured elsewhere: {case.benchmark.external.where}"
        if reason:
            workers = case.allocation.workers
            skipped.append(Skipped(case_id=case.id, workers=workers, reason=reason))
        else:
            cases.append(case)
    return cases, skipped


def _lacking(case: Case, room: _Room) -> str:
    """Say what a case needs that there is not; empty when there is everything."""
    workers, nodes = case.allocation.workers, case.allocation.nodes
    if room.machines is None:
        return _lacking_here(case, room, cores=case.cores, workers=workers)
    if nodes > room.machines:
        return f"needs {nodes} machines; there are {room.machines}"
    return _lacking_here(case, room, cores=case.cores // nodes, workers=workers // nodes)


def _lacking_here(case: Case, room: _Room, *, cores: int, workers: int) -> str:
    """Say what one machine lacks for so many cores and workers."""
    if cores > room.cores:
        return f"needs {cores} cores; this machine has {room.cores}"
    if case.device == "cuda" and workers > room.gpus:
        return f"needs {workers} GPUs; this machine has {room.gpus}"
    return ""


def _trial_runs(study: Study, cases: Sequence[Case]) -> list[PlannedRun]:
    """Return the trial: every level of the baseline's benchmark, a few runs each."""
    tune = study.baseline.tune
    if tune is None:
        return []
    tried = [
        (case, tune.repeats) for case in cases if case.benchmark.name == study.baseline.benchmark
    ]
    return blocks(tried, study.reproducibility.seed, phase=Phase.TRIAL, first=0)


def _tuned(
    study: Study, trial: Sequence[PlannedRun], records: Sequence[RunRecord]
) -> dict[str, Level] | None:
    """Return the levels of the fastest trial case by its median, or None while runs are missing.

    Without a declared trial nothing is tuned and the answer is empty.
    """
    if study.baseline.tune is None:
        return {}
    done = completed(records)
    times: dict[str, float] = {}
    for run in trial:
        kept = done.get((run.case.id, Phase.TRIAL, run.case.fingerprint), [])
        known = headline_times(study, kept)
        if len(known) < study.baseline.tune.repeats:
            return None
        times[run.case.id] = median(known)
    if not times:
        return None
    best = min(times, key=lambda case_id: times[case_id])
    return next(run.case.levels for run in trial if run.case.id == best)


def _is_counted(study: Study, case: Case, tuned: dict[str, Level] | None) -> bool:
    """Tell whether a case is measured for the report: of the baseline, only the tuned level."""
    if study.baseline.tune is None or case.benchmark.name != study.baseline.benchmark:
        return True
    factor = study.baseline.tune.factor
    return tuned is not None and case.levels[factor] == tuned[factor]


def _wanted(study: Study, case: Case, done: Mapping[Key, Sequence[RunRecord]]) -> int:
    """Return how many runs a case gets: the declared number, or until it is known well enough.

    What is measured elsewhere has the runs that were imported.
    """
    precision, repeats = case.benchmark.precision, case.benchmark.repeats
    if case.benchmark.external:
        return len(done[case.id, Phase.MEASUREMENT, case.fingerprint])
    if precision is None:
        return repeats
    runs = done.get((case.id, Phase.MEASUREMENT, case.fingerprint), ())
    stop = stop_of(study, case, runs)
    if stop is None:
        return min(max(least_runs(repeats), len(runs) + 1), precision.at_most)
    return stop.runs


def _pairs(
    study: Study, counted: Wanted, records: Sequence[RunRecord], *, noise_floor: int
) -> dict[int, Case]:
    """Return the baseline's case for each pair by its block: as many as asked for, or were begun.

    Pair k stands beside block k. Where no trial chose from several baselines, the pairs follow the
    blocks: only then is it known which of them is the fastest.
    """
    begun = [record for record in records if record.phase is Phase.NOISE_FLOOR]
    baselines = _baselines(study, counted) if begun or noise_floor else []
    if not baselines:
        return {}
    case = _fastest(study, baselines, records)
    of_case = [r.repeat for r in begun if (r.case_id, r.fingerprint) == (case.id, case.fingerprint)]
    first = max(repeats for _, repeats in counted) if len(baselines) > 1 else 0
    pairs = max(noise_floor, max(of_case, default=-1) // ARMS + 1)
    return dict.fromkeys(range(first, first + pairs), case)


def baseline_case(study: Study, cases: Sequence[Case], records: Sequence[RunRecord]) -> Case | None:
    """Return the baseline's case among some; of several that no trial chose from, the fastest."""
    baselines = _baselines(study, [(case, 1) for case in cases])
    return _fastest(study, baselines, records) if baselines else None


def _baselines(study: Study, counted: Wanted) -> list[Case]:
    """Return the baseline's cases: one, or several that no trial chose from."""
    name = study.baseline.benchmark
    scales = study.scaling_benchmark.name == name
    return [
        case
        for case, _ in counted
        if case.benchmark.name == name
        and (not scales or case.allocation.workers == study.baseline.workers)
    ]


def _fastest(study: Study, cases: Sequence[Case], records: Sequence[RunRecord]) -> Case:
    """Return the case with the smallest median so far, the first where nothing is known."""
    done = completed(records)

    def time(case: Case) -> float:
        """Return the median time so far, or for a rate the time of one unit of work."""
        runs = done.get((case.id, Phase.MEASUREMENT, case.fingerprint), ())
        return median(headline_times(study, runs) or [inf])

    return min(cases, key=time)


def _shuffled_pairs(
    pairs: Mapping[int, Case], seed: int, *, first: int, cases: int
) -> Iterator[PlannedRun]:
    """Yield two runs for each pair, in an order of its own, as if they were two cases, 0 and 1."""
    for pair, (block, case) in enumerate(pairs.items()):
        arms = list(range(ARMS))
        Random(f"{seed}/{Phase.NOISE_FLOOR}/{pair}").shuffle(arms)  # noqa: S311 - as below
        order = first + block * (cases + ARMS) + cases
        for place, arm in enumerate(arms):
            yield PlannedRun(
                case=case, phase=Phase.NOISE_FLOOR, repeat=ARMS * pair + arm, order=order + place
            )


def blocks(
    wanted: Wanted, seed: int, *, phase: Phase, first: int, beside: int = 0
) -> list[PlannedRun]:
    """Return the runs of cases with their repeats, block by block, each in its own random order.

    A block is an order of all cases; those that want no run there are left out of it. So the number
    of runs that one case wants moves no other run, before or after a resume. `beside` is how many
    runs of something else follow each block.
    """
    runs: list[PlannedRun] = []
    for repeat in range(max((repeats for _, repeats in wanted), default=0)):
        block = list(wanted)
        Random(f"{seed}/{phase}/{repeat}").shuffle(block)  # noqa: S311 - an order, not a secret
        for place, (case, repeats) in enumerate(block):
            if repeat < repeats:
                order = first + repeat * (len(block) + beside) + place
                runs.append(PlannedRun(case=case, phase=phase, repeat=repeat, order=order))
    return runs
