"""Measures what a plan misses: run by run, each on disk before the next one starts."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from capstone_report.errors import MachineError
from capstone_report.findings import environment as environment_rules
from capstone_report.measure import facts, identity
from capstone_report.measure.away.elsewhere import Elsewhere
from capstone_report.measure.guard.client import Guard
from capstone_report.measure.leftovers import recover
from capstone_report.measure.options import Options
from capstone_report.measure.progress import Campaign, Progress, Reporter
from capstone_report.measure.quiet import require_quiet
from capstone_report.measure.runner import Runner
from capstone_report.measure.starting import Starter
from capstone_report.measure.stopping import Stopper
from capstone_report.plan import Plan, PlannedRun, plan_for
from capstone_report.results.journal import Journal, JournalWriter, open_journal, read_journal
from capstone_report.results.records import DecisionRecord, Environment, PredictionRecord, RunRecord
from capstone_report.results.running import RUNNING
from capstone_report.spec.load import LoadedStudy

__all__ = [
    "Campaign",
    "Foresight",
    "Here",
    "Planner",
    "Progress",
    "Reporter",
    "check_modules",
    "results_here",
    "run_campaign",
]

Foresight = Callable[[Environment, Journal], PredictionRecord | None]
"""Says what is predicted on a machine and not yet on its record."""

Planner = Callable[[LoadedStudy, Environment, Sequence[RunRecord]], Plan]
"""Says what is to be measured on a machine, as the records there decide it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """What is planned on this machine, where it is recorded, and what is still missing."""

    folder: Path
    plan: Plan
    missing: tuple[PlannedRun, ...]
    unfinished: bool
    """Whether a campaign that was killed left something to make good: half a line, its mark."""


def results_here(
    loaded: LoadedStudy,
    environment: Environment,
    *,
    begin: bool = True,
    planner: Planner = plan_for,
    cluster: str = "",
) -> Here:
    """Return where this machine's next run would be recorded, and the plan as it stands there.

    Records that git tracks are finished: when they miss a run, a new folder is begun (with
    `begin`; otherwise only looked at). `cluster` is the name of that which the machine is of.
    """
    results = loaded.folder / "results"
    folder = identity.folder_here(results, environment, cluster=cluster)
    journal = read_journal(folder, outputs=False)  # a campaign compares them once, when it opens
    plan = planner(loaded, environment, journal.runs)
    missing = tuple(plan.missing(journal.runs))
    tracked = identity.is_tracked(folder)
    if begin and tracked and missing:
        folder = identity.fresh_folder(results, environment, cluster=cluster)
        plan = planner(loaded, environment, ())
        missing = plan.runs
    left = bool(journal.torn) or (folder / RUNNING).exists()
    return Here(folder=folder, plan=plan, missing=missing, unfinished=left and not tracked)


def run_campaign(
    loaded: LoadedStudy,
    report: Reporter,
    options: Options | None = None,
    *,
    planner: Planner | None = None,
    elsewhere: Elsewhere | None = None,
    foresight: Foresight | None = None,
) -> Campaign:
    """Measure every run of a study that this machine's records miss, or those of a cluster.

    The trial runs first; it decides the baseline's level, and with it the plan. A noise floor runs beside
    the blocks. Another `planner` has its own runs measured: a diagnosis. What `foresight` predicts is
    on record before the first distributed run.

    Raises:
        MachineError: a module is missing, the machine is busy, the cluster gives none, or the disk refused.
        LockedError: another run is measuring into the same records.
        IntegrityError: the records cannot be continued.
        Stopped: a signal ended it; the broken run is recorded as interrupted.
    """
    options, cluster = options or Options(), elsewhere.name if elsewhere else ""
    environment = _environment(loaded, elsewhere)
    planner = planner or partial(plan_for, noise_floor=options.noise_floor)
    here = results_here(loaded, environment, begin=False, planner=planner, cluster=cluster)
    if not here.missing and not here.unfinished:
        read_journal(here.folder)  # with its outputs: nobody is told that damage is complete
        return Campaign(folder=here.folder)
    if here.missing:
        require_ready(loaded, options, elsewhere)
        here = results_here(loaded, environment, planner=planner, cluster=cluster)
        if elsewhere is None:
            with_torch = needs_torch(loaded)
            environment = facts.surveyed(environment, loaded.folder, with_torch=with_torch)
    campaign = Campaign(folder=here.folder)
    with (
        open_journal(here.folder, take_over=options.take_over) as (journal, writer),
        Stopper() as stopper,
        _starter(elsewhere, here.folder, environment, stopper, writer) as starter,
    ):
        campaign.findings += journal.findings("it was saved beside the journal and cut off")
        if elsewhere is not None:
            elsewhere.end_attached(here.folder)
        found = recover(journal, writer)
        runner = Runner(
            loaded=loaded,
            writer=writer,
            environment=environment,
            campaign=campaign,
            report=report,
            stopper=stopper,
            starter=starter,
            options=options,
            planner=partial(planner, loaded, environment),
            decided=[r for r in journal.records if isinstance(r, DecisionRecord)],
            look=_as_it_is if elsewhere else facts.facts_now,
            prediction=foresight(environment, journal) if foresight else None,
        )
        runner.run([*journal.runs, *found])
    return campaign


def _environment(loaded: LoadedStudy, elsewhere: Elsewhere | None) -> Environment:
    """Return the machine that runs would be made on, by a look at this one or by a job there."""
    if elsewhere is None:
        return facts.environment(loaded.folder)
    elsewhere.require_collected(loaded.folder / "results")
    return elsewhere.survey(loaded.folder, with_torch=needs_torch(loaded))


def require_ready(loaded: LoadedStudy, options: Options, elsewhere: Elsewhere | None) -> None:
    """Refuse to start where something is missing that can be known before.

    Raises:
        MachineError: a module that the programs need is not installed, or the machine is not as
            quiet as asked for.
    """
    if elsewhere is None or not elsewhere.brings_software:
        check_modules(loaded)
    if elsewhere is None and options.max_load is not None:
        require_quiet(options.max_load)


def _starter(
    elsewhere: Elsewhere | None,
    folder: Path,
    environment: Environment,
    stopper: Stopper,
    writer: JournalWriter,
) -> AbstractContextManager[Starter]:
    """Return what makes the runs: a guard here, or the cluster."""
    if elsewhere is not None:
        return nullcontext(elsewhere.starter(folder, environment, stopper))
    return Guard(stopping=stopper, keep_open=[writer.descriptor])


def _as_it_is(environment: Environment) -> Environment:
    """Return an environment as it is: a job looks at its own machine."""
    return environment


def check_modules(loaded: LoadedStudy) -> None:
    """Refuse to start when a module that a program or its launcher needs is missing.

    Raises:
        MachineError: one is.
    """
    MachineError.collect(
        environment_rules.MODULE_MISSING(
            f"specs/{loaded.id}/study.toml: benchmarks[{index}]",
            benchmark=benchmark.name,
            module=module,
            install=benchmark.install or f"pip install {module}",
        )
        for index, benchmark in enumerate(loaded.study.benchmarks)
        for module in dict.fromkeys((*benchmark.launcher.requires, *benchmark.requires))
        if not _is_installed(module)
    )


def needs_torch(loaded: LoadedStudy) -> bool:
    """Tell whether a program of a study needs torch, so that it is asked for its facts."""
    return "torch" in _modules(loaded)


def _modules(loaded: LoadedStudy) -> set[str]:
    """Return the Python modules that the programs of a study need."""
    found = ((*b.launcher.requires, *b.requires) for b in loaded.study.benchmarks)
    return {module for modules in found for module in modules}


def _is_installed(module: str) -> bool:
    """Tell whether a module can be imported, without importing it."""
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):  # its parent is missing, or it is no module's name
        return False
