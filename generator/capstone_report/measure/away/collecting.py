"""Turns submitted runs that have ended into records, each once, from any shell."""

import os
import select
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from capstone_report.decisions import due_decisions
from capstone_report.errors import MachineError
from capstone_report.findings.environment import NO_TIDINGS
from capstone_report.measure.away.answers import NoAnswerError, RefusedError
from capstone_report.measure.away.following import Following
from capstone_report.measure.away.outstanding import (
    Outstanding,
    as_begun,
    attempt_of,
    outstanding,
    settled,
)
from capstone_report.measure.away.slurm_cluster import Cluster
from capstone_report.measure.away.states import SeenJob, Standing
from capstone_report.measure.away.submitting import Submitted
from capstone_report.measure.guard.client import NotStartedError
from capstone_report.measure.guard.messages import Ended, Ending
from capstone_report.measure.one_run import cut_short, finish_run, not_started
from capstone_report.measure.starting import EndedElsewhere
from capstone_report.measure.stopping import Stopper
from capstone_report.plan import plan_for
from capstone_report.results.journal import Journal, JournalWriter, open_journal
from capstone_report.results.records import DecisionRecord, RunRecord
from capstone_report.spec.load import LoadedStudy
from capstone_report.spec.workspace import ClusterSite
from capstone_report.units import Seconds

SOONEST_S: Seconds = 1.0
RAREST_S: Seconds = 30.0
SLOWER = 1.3
# How long an answer may be on its way when its capstone was killed.
IN_FLIGHT_S: Seconds = 60.0


@dataclass(slots=True, kw_only=True)
class Collected:
    """What one look at a machine's jobs brought home, and what it left."""

    folder: Path
    records: list[RunRecord] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    """The jobs that have not begun."""
    running: list[str] = field(default_factory=list)
    answered: bool = True
    """Whether the scheduler answered when it was asked last."""


def collect(
    loaded: LoadedStudy,
    cluster: Cluster[ClusterSite],
    folder: Path,
    *,
    wait: bool,
    cancel: bool,
    tell: Callable[[RunRecord], None],
) -> Collected:
    """Record every run on its way to a machine's records that has ended.

    With `wait` until all have; `cancel` ends them first. One query asks for all jobs.

    Raises:
        LockedError: another process measures or collects into the same records.
        IntegrityError: the records cannot be continued.
        MachineError: there is no Slurm here, or it refuses to tell; nothing is lost.
        Stopped: a signal ended the wait; what has ended is on disk.
    """
    with open_journal(folder) as (journal, writer), Stopper() as stopper:
        collector = _Collector(
            loaded=loaded, cluster=cluster, journal=journal, writer=writer, tell=tell
        )
        collector.begin(outstanding(folder), cancel=cancel)
        pace_s = SOONEST_S
        while collector.look() and (wait or cancel):
            stopper.check()
            select.select([stopper], [], [], pace_s)
            writer.mark.beat()
            pace_s = min(RAREST_S, SLOWER * pace_s)
        collector.decide()
        stopper.check()
    return collector.collected


@dataclass(slots=True, kw_only=True)
class _Collector:
    """One collection under way."""

    loaded: LoadedStudy
    cluster: Cluster[ClusterSite]
    journal: Journal
    writer: JournalWriter
    tell: Callable[[RunRecord], None]
    _left: list[tuple[Outstanding, Following]] = field(default_factory=list)
    _unsettled: list[Outstanding] = field(default_factory=list)
    _cancels: bool = False
    collected: Collected = field(init=False)

    def __post_init__(self) -> None:
        self.collected = Collected(folder=self.journal.folder)

    def begin(self, runs: Sequence[Outstanding], *, cancel: bool) -> None:
        """Take up the runs on their way; what is recorded already needs no second record."""
        self._cancels = cancel
        named = {run.run_id for run in self.journal.runs}
        for run in runs:
            if run.run_id in named:
                shutil.rmtree(run.folder)
            elif run.submitted is not None and run.submitted.id is not None:
                self._follow(run, run.submitted)
            else:
                self._unsettled.append(run)

    def look(self) -> bool:
        """Look at all jobs once, record what has ended, and tell whether any is left."""
        queue = self._queue()
        if queue is not None:
            self._settle(queue)
        followed, self._left = self._left, []
        for run, following in followed:
            if self._recorded(run, following, queue):
                shutil.rmtree(run.folder)
            else:
                self._left.append((run, following))
        self.collected.waiting = self._standing(Standing.WAITING)
        self.collected.running = self._standing(Standing.RUNNING, Standing.ENDED)
        self.collected.answered = queue is not None
        return bool(self._left or self._unsettled)

    def decide(self) -> None:
        """Record which cases are known well enough now."""
        if not self.collected.records:
            return
        records = [*self.journal.runs, *self.collected.records]
        loaded = as_begun(self.loaded, [(run.benchmark, run.identity) for run in records])
        plan = plan_for(loaded, records[-1].environment, records)
        decided = [r for r in self.journal.records if isinstance(r, DecisionRecord)]
        now = datetime.now(UTC).isoformat(timespec="seconds")
        for decision in due_decisions(loaded, plan, plan.current(records), decided, decided_at=now):
            self.writer.append(decision)

    def _queue(self) -> list[SeenJob] | None:
        """Return the jobs that the scheduler knows; None where it does not answer.

        Raises:
            MachineError: there is no such scheduler here, or it refuses the question.
        """
        try:
            return self.cluster.queue.jobs()
        except NoAnswerError:
            return None
        except RefusedError as error:
            where, why = f"specs/{self.loaded.id}", str(error)
            kind = self.cluster.queue.words.kind
            raise MachineError(NO_TIDINGS(where, scheduler=kind, reason=why)) from error

    def _standing(self, *standings: Standing) -> list[str]:
        """Return the jobs that stand somewhere; one that has ended still owes its answer."""
        followed = (following for _, following in self._left)
        return [str(f.submitted.id) for f in followed if f.standing in standings]

    def _settle(self, queue: Sequence[SeenJob]) -> None:
        """Follow what the scheduler turns out to have been asked for."""
        unsettled, self._unsettled = self._unsettled, []
        for run in settled(unsettled, queue, patience_s=IN_FLIGHT_S):
            if run.submitted is None or run.submitted.id is None:
                self._unsettled.append(run)
            else:
                self._follow(run, run.submitted)

    def _follow(self, run: Outstanding, submitted: Submitted) -> None:
        """Follow a job from here on."""
        limit_s = self.cluster.site.queue_limit_s
        following = Following(self.cluster.queue, run.folder, submitted, queue_limit_s=limit_s)
        self._left.append((run, following))
        if self._cancels:
            following.cancel()

    def _recorded(
        self, run: Outstanding, following: Following, queue: Sequence[SeenJob] | None
    ) -> bool:
        """Put the record of a run on disk if it has ended; tell whether it has."""
        try:
            ended = following.look(queue)
        except NotStartedError as error:
            self._append(self._record(run, None, error))
            return True
        if ended is None:
            return False
        self._append(self._record(run, ended, None))
        return True

    def _append(self, record: RunRecord) -> None:
        """Put a record on disk, and say so."""
        self.writer.append(record)
        self.collected.records.append(record)
        self.tell(record)

    def _record(
        self, run: Outstanding, ended: EndedElsewhere | None, error: NotStartedError | None
    ) -> RunRecord:
        """Return the record of a run that has ended."""
        attempt = attempt_of(self.loaded, self.journal.folder, run.opening)
        if attempt is None:
            why = "the study or its programs were changed before it was collected"
            return cut_short(run.opening, self.journal.folder, message=why)
        if ended is not None and ended.disk_errno is not None:
            why = f"the disk refused there: {os.strerror(ended.disk_errno)}"
            return cut_short(run.opening, self.journal.folder, message=why)
        if error is None and ended is not None:
            return finish_run(attempt, ended, run.opening)
        nothing = Ended(ending=Ending.OWN, wall_time_s=0.0, exit_code=None, signal=None)
        why = not_started(attempt, error) if error else ""
        return finish_run(attempt, nothing, run.opening, trouble=why)
