"""Measures what a plan misses: run by run, each on disk before the next one starts."""

import shlex
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

from capstone_report.decisions import due_decisions
from capstone_report.errors import MachineError
from capstone_report.findings import environment as environment_rules
from capstone_report.findings import measuring
from capstone_report.findings.finding import Finding
from capstone_report.measure import facts, identity
from capstone_report.measure.guard.client import Guard
from capstone_report.measure.one_run import Attempt, make_run
from capstone_report.measure.stopping import Stopper
from capstone_report.measure.symptoms import last_words
from capstone_report.plan import Plan, PlannedRun, plan_for
from capstone_report.results.journal import JOURNAL, JournalWriter, open_journal, read_journal
from capstone_report.results.records import (
    CampaignRecord,
    DecisionRecord,
    Environment,
    Outcome,
    Phase,
    RunRecord,
)
from capstone_report.spec.load import LoadedStudy, hash_programs
from capstone_report.units import Seconds

GIVE_UP_AFTER = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What is about to happen or happens (no record yet), or has just happened, in a campaign."""

    done: int
    total: int
    run: PlannedRun
    command: str
    elapsed_s: Seconds = 0.0
    """How long the run has been going on, while there is no record of it."""
    record: RunRecord | None = None
    last_words: tuple[str, ...] = ()
    """The last lines that a failed run wrote."""


Reporter = Callable[[Progress], None]


@dataclass(slots=True, kw_only=True)
class Campaign:
    """What one `capstone run` did for a study."""

    folder: Path
    measured: int = 0
    findings: list[Finding] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """What is planned on this machine, where it is recorded, and what is still missing."""

    folder: Path
    plan: Plan
    missing: tuple[PlannedRun, ...]
    torn: bool
    """Whether the journal ends inside a line that may be cut."""


def results_here(
    loaded: LoadedStudy, environment: Environment, *, begin: bool = True, noise_floor: int = 0
) -> Here:
    """Return where this machine's next run would be recorded, and the plan as it stands there.

    Records that git tracks are finished: when they miss a run, a new folder is begun (with
    `begin`; otherwise only looked at).
    """
    results = loaded.folder / "results"
    folder = identity.folder_here(results, environment)
    journal = read_journal(folder)
    plan = plan_for(loaded, environment, journal.runs, noise_floor=noise_floor)
    missing = tuple(plan.missing(journal.runs))
    tracked = identity.is_tracked(folder)
    if begin and tracked and missing:
        folder = identity.fresh_folder(results, environment)
        plan = plan_for(loaded, environment, (), noise_floor=noise_floor)
        missing = plan.runs
    return Here(folder=folder, plan=plan, missing=missing, torn=bool(journal.torn) and not tracked)


def run_campaign(
    loaded: LoadedStudy, report: Reporter, *, noise_floor: int = 0, take_over: bool = False
) -> Campaign:
    """Measure every run of a study that this machine's records miss.

    The trial runs first; what it finds decides the baseline's level, and with it the plan. A noise
    floor of that many pairs comes last.

    Raises:
        MachineError: a module that the programs need is not installed.
        LockedError: another run is measuring into the same records.
        IntegrityError: the records cannot be continued.
        Stopped: a signal ended it; the broken run is recorded as interrupted.
    """
    environment = facts.environment(loaded.folder)
    here = results_here(loaded, environment, begin=False, noise_floor=noise_floor)
    if not here.missing and not here.torn:
        return Campaign(folder=here.folder)
    if here.missing:
        _check_modules(loaded)
        here = results_here(loaded, environment, noise_floor=noise_floor)
    campaign = Campaign(folder=here.folder)
    with (
        open_journal(here.folder, take_over=take_over) as (journal, writer),
        Stopper() as stopper,
    ):
        campaign.findings += journal.findings("it was saved beside the journal and cut off")
        with Guard(stopping=stopper) as guard:
            runner = _Runner(
                loaded=loaded,
                writer=writer,
                environment=environment,
                campaign=campaign,
                report=report,
                stopper=stopper,
                guard=guard,
                noise_floor=noise_floor,
                decided=[r for r in journal.records if isinstance(r, DecisionRecord)],
            )
            runner.run(list(journal.runs))
    return campaign


def _check_modules(loaded: LoadedStudy) -> None:
    """Refuse to start when a module that a program or its launcher needs is missing."""
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


def _is_installed(module: str) -> bool:
    """Tell whether a module can be imported, without importing it."""
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):  # its parent is missing, or it is no module's name
        return False


@dataclass(slots=True, kw_only=True)
class _Runner:
    """One campaign under way."""

    loaded: LoadedStudy
    writer: JournalWriter
    environment: Environment
    campaign: Campaign
    report: Reporter
    stopper: Stopper
    guard: Guard
    noise_floor: int
    decided: list[DecisionRecord]

    def run(self, records: list[RunRecord]) -> None:
        """Measure the missing runs; plan again after each, for a trial decides what follows."""
        plan = self._plan(records)
        missing = plan.missing(records)
        if missing:
            self.writer.append(self._opening(plan, len(missing)))
        while queue := self._queue(plan, records):
            self.stopper.check()
            begun = self._progress(plan, records, queue[0])
            self.report(begun)
            self.guard.tick = self._ticking(begun)
            record = self._measure(queue[0], records)
            records.append(record)
            plan = self._plan(records)
            self._decide(plan, records)
            self.report(self._progress(plan, records, queue[0], record))
        self.campaign.findings += self._abandoned()

    def _ticking(self, begun: Progress) -> Callable[[Seconds], None]:
        """Return what reports, several times a second, how long a run has been going on."""

        def _tick(elapsed_s: Seconds) -> None:
            self.report(replace(begun, elapsed_s=elapsed_s))

        return _tick

    def _plan(self, records: Sequence[RunRecord]) -> Plan:
        """Return the plan as the records so far decide it."""
        return plan_for(self.loaded, self.environment, records, noise_floor=self.noise_floor)

    def _decide(self, plan: Plan, records: Sequence[RunRecord]) -> None:
        """Record which cases are known well enough now."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        for decision in due_decisions(self.loaded, plan, records, self.decided, decided_at=now):
            self.writer.append(decision)
            self.decided.append(decision)

    def _opening(self, plan: Plan, missing: int) -> CampaignRecord:
        """Return the record that opens this campaign."""
        return CampaignRecord(
            seed=plan.seed,
            planned_runs=missing,
            started_at=datetime.now(UTC).isoformat(timespec="seconds"),
            environment=self.environment,
        )

    def _queue(self, plan: Plan, records: Sequence[RunRecord]) -> list[PlannedRun]:
        """Return what is still to be run: the trial first, and cases that keep failing not at all."""
        failures = self.campaign.failures
        queue = [r for r in plan.missing(records) if failures[r.case.id] < GIVE_UP_AFTER]
        trial = [run for run in queue if run.phase is Phase.TRIAL]
        return trial or queue

    def _progress(
        self,
        plan: Plan,
        records: Sequence[RunRecord],
        run: PlannedRun,
        record: RunRecord | None = None,
    ) -> Progress:
        """Return how far the campaign is, before a run or, with its record, after it."""
        command = run.case.benchmark.launcher.command(list(run.case.command), run.case.allocation)
        return Progress(
            done=len(plan.runs) - len(plan.missing(records)),
            total=len(plan.runs),
            run=run,
            command=shlex.join(command),
            record=record,
            last_words=self._last_words(record),
        )

    def _last_words(self, record: RunRecord | None) -> tuple[str, ...]:
        """Return what a program said before it failed; nothing of a run that went well."""
        if record is None or record.outcome in {Outcome.OK, Outcome.INTERRUPTED}:
            return ()
        return tuple(last_words(self.campaign.folder / "raw" / record.run_id))

    def _measure(self, run: PlannedRun, records: Sequence[RunRecord]) -> RunRecord:
        """Make one run, write its record, and only then let an interruption through."""
        slot = (run.case.id, run.phase, run.repeat)
        attempt = Attempt(
            loaded=self.loaded,
            run=run,
            number=sum(1 for r in records if (r.case_id, r.phase, r.repeat) == slot),
            machine_folder=self.campaign.folder,
            environment=self.environment,
        )
        record = make_run(attempt, self.guard)
        if record.outcome is Outcome.INTERRUPTED and self.stopper.number:
            number = self.stopper.number
            stopped = {"message": f"stopped by signal {number}", "signal": number}
            record = record.model_copy(update=stopped)
        elif hash_programs(self.loaded.folder, self.loaded.study) != self.loaded.program_hashes:
            changed = {"outcome": Outcome.INCOMPLETE, "message": "the program changed meanwhile"}
            record = record.model_copy(update=changed)
        self.writer.append(record)
        if record.outcome is Outcome.OK:
            self.campaign.measured += 1
        else:
            self._note_failure(record)
        return record

    def _note_failure(self, record: RunRecord) -> None:
        """Keep a failed run's finding, and count it against its case."""
        self.campaign.failures[record.case_id] += 1
        logs = [name for name in sorted(record.raw) if name.endswith(("stderr.txt", "stdout.txt"))]
        log = self.campaign.folder / (logs[0] if logs else JOURNAL)
        where = f"specs/{self.loaded.id}"
        self.campaign.findings.append(
            measuring.RUN_FAILED(where, run_id=record.run_id, message=record.message, log=log)
        )

    def _abandoned(self) -> list[Finding]:
        """Return a finding for each case that was given up."""
        return [
            measuring.CASE_ABANDONED(f"specs/{self.loaded.id}", case_id=case_id, failures=failures)
            for case_id, failures in sorted(self.campaign.failures.items())
            if failures >= GIVE_UP_AFTER
        ]
