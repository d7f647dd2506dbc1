"""A campaign under way: one run after the other, each on disk before the next begins."""

import contextlib
import shlex
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from capstone_report.decisions import due_decisions
from capstone_report.errors import MachineError
from capstone_report.findings import measuring
from capstone_report.findings.finding import Finding
from capstone_report.measure.facts import facts_now
from capstone_report.measure.one_run import Attempt, cut_short, make_run
from capstone_report.measure.opening import opening
from capstone_report.measure.options import Options
from capstone_report.measure.progress import Campaign, Progress, Reporter
from capstone_report.measure.slimming import slim
from capstone_report.measure.starting import Starter
from capstone_report.measure.stopping import SIGNALS, Stopper
from capstone_report.measure.symptoms import ADDRESS_IN_USE, last_words
from capstone_report.plan import Plan, PlannedRun
from capstone_report.results.durable import refusal
from capstone_report.results.journal import JOURNAL, JournalWriter
from capstone_report.results.records import (
    OF_THE_MACHINE,
    CampaignRecord,
    DecisionRecord,
    Environment,
    Outcome,
    Phase,
    PredictionRecord,
    RunRecord,
)
from capstone_report.spec.load import LoadedStudy, hash_programs
from capstone_report.units import Seconds

GIVE_UP_AFTER = 2
# What is not the program's doing is tried more often: a machine that slept, a guard that was killed.
GIVE_UP_ON_THE_MACHINE_AFTER = 6
# A signal to a whole job may reach the program a moment before it reaches capstone.
SIGNAL_LAG_S: Seconds = 0.2
# Somebody else may take a port in the moment between its choice and its use.
TRIES_FOR_AN_ADDRESS = 3
BEAT_S: Seconds = 10.0


@dataclass(slots=True, kw_only=True)
class Runner:
    """One campaign under way."""

    loaded: LoadedStudy
    writer: JournalWriter
    environment: Environment
    campaign: Campaign
    report: Reporter
    stopper: Stopper
    starter: Starter
    options: Options
    planner: Callable[[Sequence[RunRecord]], Plan]
    """What is to be measured, as the records so far decide it."""
    decided: list[DecisionRecord]
    look: Callable[[Environment], Environment] = facts_now
    """Takes in what may change of the environment between runs; a job looks at its own machine."""
    prediction: PredictionRecord | None = None
    """What goes on record before the first distributed run; None once it is there."""
    _hopeless: Counter[str] = field(default_factory=Counter)
    """By case, the failures that another try will not mend."""
    _changed: bool = False
    """Whether the study's programs were changed meanwhile: nothing can count any more."""
    _beaten: float = field(default_factory=time.monotonic)

    def run(self, earlier: Sequence[RunRecord]) -> None:
        """Measure the missing runs; plan again after each, for a trial decides what follows."""
        records = [slim(record, self.loaded.study) for record in earlier]
        plan = self.planner(records)
        missing = plan.missing(records)
        if missing:
            self.writer.append(self._opening(plan, len(missing)))
        while (queue := self._queue(plan, records)) and not self._ends_early:
            self.stopper.check()
            begun = self._progress(plan, records, queue[0])
            self.report(begun)
            self.starter.tick = self._ticking(begun)
            self._freeze(queue[0])
            record = self._measure(queue[0], records)
            records.append(slim(record, self.loaded.study))
            plan = self.planner(records)
            self._decide(plan, records)
            self.report(self._progress(plan, records, queue[0], records[-1]))
        self.stopper.check()
        self.campaign.findings += self._given_up(len(queue))

    @property
    def _ends_early(self) -> bool:
        """Tell whether as many runs failed as the user allows, or none can count any more."""
        most = self.options.max_failures
        return self._changed or (most is not None and self.campaign.failures.total() >= most)

    def _ticking(self, begun: Progress) -> Callable[[Seconds], None]:
        """Return what happens several times a second beside a run: a report, a sign of life."""

        def _tick(elapsed_s: Seconds) -> None:
            stopping = self.stopper.number is not None
            self.report(replace(begun, elapsed_s=elapsed_s, stopping=stopping))
            if time.monotonic() > self._beaten + BEAT_S:
                self._beaten = time.monotonic()
                with contextlib.suppress(OSError, MachineError):  # no reason to disturb a run
                    self.writer.mark.beat()

        return _tick

    def _decide(self, plan: Plan, records: Sequence[RunRecord]) -> None:
        """Record which cases are known well enough now."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        current = plan.current(records)
        for decision in due_decisions(self.loaded, plan, current, self.decided, decided_at=now):
            self.writer.append(decision)
            self.decided.append(decision)

    def _freeze(self, run: PlannedRun) -> None:
        """Put the prediction on record before a distributed run, so that the report can prove the order."""
        distributed = run.case.benchmark.name == self.loaded.study.scaling_benchmark.name
        if self.prediction is not None and distributed:
            self.writer.append(self.prediction)
            self.prediction = None

    def _opening(self, plan: Plan, missing: int) -> CampaignRecord:
        """Return the record that opens this campaign."""
        return opening(self.loaded.study, self.environment, seed=plan.seed, runs=missing)

    def _left(self, plan: Plan, records: Sequence[RunRecord]) -> list[PlannedRun]:
        """Return what is missing, without the cases that keep failing."""
        return [r for r in plan.missing(records) if self._hopeless[r.case.id] < GIVE_UP_AFTER]

    def _queue(self, plan: Plan, records: Sequence[RunRecord]) -> list[PlannedRun]:
        """Return what can be run now: the trial first, for it decides what follows."""
        left = self._left(plan, records)
        trial = [run for run in left if run.phase is Phase.TRIAL]
        return trial or left

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
            folder=self.campaign.folder,
            plan=plan,
            records=tuple(records),
            left=tuple(self._left(plan, records)),
            stopping=self.stopper.number is not None,
            record=record,
            last_words=self._last_words(record),
        )

    def _last_words(self, record: RunRecord | None) -> tuple[str, ...]:
        """Return what a program said before it failed; nothing of a run that went well."""
        if record is None or record.outcome in {Outcome.OK, Outcome.INTERRUPTED}:
            return ()
        return tuple(last_words(self.campaign.folder / "raw" / record.run_id))

    def _measure(self, run: PlannedRun, records: Sequence[RunRecord]) -> RunRecord:
        """Make one run and put its record on disk, whatever becomes of it.

        Raises:
            MachineError: the disk refused; what could be kept is kept.
        """
        slot = (run.case.id, run.phase, run.repeat)
        attempt = Attempt(
            loaded=self.loaded,
            run=run,
            number=sum(1 for r in records if (r.case_id, r.phase, r.repeat) == slot),
            machine_folder=self.campaign.folder,
            environment=self.look(self.environment),
        )
        opening = attempt.opening()
        self.writer.mark.attempt(opening)
        try:
            record = self._judged(make_run(attempt, self.starter, opening))
        except OSError as error:
            refused = refusal(attempt.raw, error)
            why = f"the disk refused: {error.strerror}"
            self.writer.append_last(cut_short(opening, self.campaign.folder, message=why))
            raise refused from error
        self._keep(record)
        self.writer.mark.done()
        if record.outcome is Outcome.OK:
            self.campaign.measured += 1
        else:
            self._note_failure(record)
        return record

    def _judged(self, record: RunRecord) -> RunRecord:
        """Add what the program cannot know: which signal stopped it, whether it was changed."""
        if self._was_stopped(record):
            number = self.stopper.number
            stopped = {"message": f"stopped by signal {number}", "signal": number}
            return record.model_copy(update=stopped | {"outcome": Outcome.INTERRUPTED})
        if hash_programs(self.loaded.folder, self.loaded.study) != self.loaded.program_hashes:
            self._changed = True
            changed = {"outcome": Outcome.INCOMPLETE, "message": "the program changed meanwhile"}
            return record.model_copy(update=changed)
        return record

    def _was_stopped(self, record: RunRecord) -> bool:
        """Tell whether a signal to capstone, or to the whole job, ended a run."""
        if record.outcome is Outcome.FAILED and record.signal in SIGNALS:
            time.sleep(0 if self.stopper.number else SIGNAL_LAG_S)
            return self.stopper.number is not None
        return record.outcome is Outcome.INTERRUPTED and self.stopper.number is not None

    def _keep(self, record: RunRecord) -> None:
        """Append a record; on a full disk with the room that was reserved, and then end."""
        try:
            self.writer.append(record)
        except MachineError:
            self.writer.append_last(record)
            raise

    def _note_failure(self, record: RunRecord) -> None:
        """Keep a failed run's finding, and count it against its case."""
        case = record.case_id
        self.campaign.failures[case] += 1
        self._hopeless[case] += 1
        patience = 0
        if record.outcome in OF_THE_MACHINE:
            patience = GIVE_UP_ON_THE_MACHINE_AFTER - GIVE_UP_AFTER
        elif ADDRESS_IN_USE in record.message:
            patience = TRIES_FOR_AN_ADDRESS
        if self.campaign.failures[case] <= patience:
            self._hopeless[case] -= 1
        logs = [name for name in sorted(record.raw) if name.endswith(("stderr.txt", "stdout.txt"))]
        log = self.campaign.folder / (logs[0] if logs else JOURNAL)
        where = f"specs/{self.loaded.id}"
        self.campaign.findings.append(
            measuring.RUN_FAILED(where, run_id=record.run_id, message=record.message, log=log)
        )

    def _given_up(self, waiting: int) -> Iterator[Finding]:
        """Yield what was not measured because of failures."""
        where = f"specs/{self.loaded.id}"
        for case_id, failures in sorted(self._hopeless.items()):
            if failures >= GIVE_UP_AFTER:
                yield measuring.CASE_ABANDONED(
                    where, case_id=case_id, failures=self.campaign.failures[case_id]
                )
        if waiting and self._changed:
            yield measuring.PROGRAM_CHANGED(where, waiting=waiting)
        elif waiting:
            most = self.options.max_failures
            yield measuring.ENOUGH_FAILURES(where, most=most, waiting=waiting)
