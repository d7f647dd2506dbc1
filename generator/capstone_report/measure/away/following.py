"""Follows one job to its end: what it waits for, what ends the waiting, and what came of it.

Every wait has an absolute deadline by the monotonic clock. A job that another process submitted is
as old as its submission says, so that its deadlines are the same from any shell. Only Slurm's own
answer ends a job that has not told its end itself: no answer says nothing of the job.
"""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from capstone_report.measure.away import folder as job_folder
from capstone_report.measure.away.answers import NoAnswerError, RefusedError
from capstone_report.measure.away.states import SeenJob, Standing, verdict
from capstone_report.measure.away.submitting import BESIDE_S, Queue, Submitted, keep
from capstone_report.measure.guard.messages import Ended, Ending
from capstone_report.measure.judging import Judgement
from capstone_report.measure.starting import EndedElsewhere
from capstone_report.results.records import Job, Outcome
from capstone_report.units import Seconds

# A shared file system may show an answer only some time after the job has ended.
LATE_S: Seconds = 60.0
# How long a job that was cancelled may take to end: it may clean up, and is killed then.
CANCELLED_S: Seconds = 120.0
UNKNOWN = "UNKNOWN"
CANCELLED = "cancelled before it began"
"""Stands where a job says that it has begun, so that it does nothing should it ever begin."""
# What a job waits for that is to begin after another one of ours.
BEHIND = "Dependency"
NOTED_EVERY_S: Seconds = 30.0


class Following:
    """One job, from its submission to its end."""

    def __init__(
        self, queue: Queue, folder: Path, submitted: Submitted, *, queue_limit_s: Seconds
    ) -> None:
        """Begin with what is on disk."""
        self._queue, self._folder, self.submitted = queue, folder, submitted
        self._queue_limit_s = queue_limit_s
        self._run_until = self._queue_until + submitted.limit_s + BESIDE_S
        self._running = False
        self._why: Judgement | None = None
        self._to_cancel_at: float | None = None
        self._silent_since: float | None = None
        self._cancelled_at: float | None = None
        self._ended_at: float | None = None
        self.seen: SeenJob | None = None
        """The job as it was seen last."""

    @property
    def age_s(self) -> Seconds:
        """Return how long ago its scheduler was first asked for it."""
        return max(0.0, time.time() - self.submitted.at)

    @property
    def _queue_until(self) -> float:
        """Return until when it may wait, by the monotonic clock; behind our own jobs is no queue."""
        behind_s = max(0.0, self.submitted.behind_until - self.submitted.at)
        return time.monotonic() - self.age_s + behind_s + self._queue_limit_s

    @property
    def standing(self) -> Standing:
        """Return where it stood last; one that was never seen waits."""
        return self.seen.standing if self.seen else Standing.WAITING

    @property
    def has_answered(self) -> bool:
        """Tell whether the job has told how its run ended."""
        return (self._folder / job_folder.ENDED).exists()

    @property
    def is_overdue(self) -> bool:
        """Tell whether the scheduler has been silent for long, with the last deadline gone by."""
        if self._silent_since is None:
            return False
        last = self._cancelled_at or self._to_cancel_at or self._run_until
        return time.monotonic() > max(last, self._silent_since) + CANCELLED_S

    @property
    def lost(self) -> str:
        """Say that there is no telling how it ended."""
        return (
            f"nobody knows what became of job {self._number}, last seen {self._state}; look for it"
        )

    def look(self, jobs: Sequence[SeenJob] | None) -> EndedElsewhere | None:
        """Take in the queue as its scheduler shows it, None where it does not answer; return the end.

        Raises:
            NotStartedError: the program could not be started there.
        """
        if jobs is None:
            self._silent_since = self._silent_since or time.monotonic()
            return self._without_queue()
        self._silent_since = None
        seen = self.submitted.among(jobs, job_folder.begun_by(self._folder))
        if seen is None:
            return self._unknown()
        if seen.started is None and seen.standing is not Standing.WAITING:
            seen = replace(seen, started=job_folder.begun_at(self._folder))
        self.seen = seen
        if seen.standing is Standing.ENDED:
            return self._ended(seen)
        if self._why is None:
            self._why = self._lost_cause(seen)
        if (self._why or self._to_cancel_at) and self._cancelled_at is None:
            self.cancel()
        if never_begins(seen, self._folder, cancelled=self._to_cancel_at is not None):
            why = self._why or (Outcome.INTERRUPTED, f"job {seen.id} was {CANCELLED}")
            return self._told(None, seen.state, why)
        return self._given_up()

    def cancel(self, *, at_once: bool = False) -> None:
        """Ask for the job's end, or that of its processes at once; without an answer, again later."""
        self._to_cancel_at = self._to_cancel_at or time.monotonic()
        number = self.seen.id if self.seen else self.submitted.id
        if number is None:
            return
        try:
            self._queue.cancel(number, at_once=at_once)
        except (NoAnswerError, RefusedError):
            return
        self._cancelled_at = self._cancelled_at or time.monotonic()

    def _lost_cause(self, seen: SeenJob) -> Judgement | None:
        """Say why a job is not waited for any longer; None while it is."""
        now = time.monotonic()
        if seen.standing is Standing.RUNNING:
            if not self._running:
                ran_s = max(0.0, time.time() - seen.started) if seen.started else 0.0
                self._run_until = now - min(ran_s, self.age_s) + self._most_s
                self._running = True
            if now < self._run_until:
                return None
            how = f"was still {seen.state} {self._most_s:g} s after it had begun"
            return Outcome.TIMEOUT, f"job {seen.id} {how}, and was cancelled"
        if seen.words.requeues and job_folder.begun_by(self._folder) is not None:
            return Outcome.INTERRUPTED, f"job {seen.id} was put back into the queue, and cancelled"
        if seen.can_never_start:
            return Outcome.FAILED, f"job {seen.id} could never start: {seen.reason}"
        if seen.reason == BEHIND:
            self._note_behind()
        elif now > self._queue_until:
            waited = f"waited {self.age_s:.0f} s in the queue ({seen.reason})"
            return Outcome.INTERRUPTED, f"job {seen.id} {waited}, and was cancelled"
        return None

    def _note_behind(self) -> None:
        """Keep on disk that it waits for a job of ours: any shell may look at it next."""
        if time.time() > self.submitted.behind_until + NOTED_EVERY_S:
            self.submitted = replace(self.submitted, behind_until=time.time())
            keep(self._folder, self.submitted)
            self._run_until = self._queue_until + self._most_s

    @property
    def _most_s(self) -> Seconds:
        """Return for how long a job may run: its program's limit, and what is done beside it."""
        return self.submitted.limit_s + BESIDE_S

    def _ended(self, seen: SeenJob) -> EndedElsewhere | None:
        """Return the end of a job that has ended; None while its answer may still be on the way."""
        self._ended_at = self._ended_at or time.monotonic()
        told = job_folder.read_ended(self._folder)
        since_s = time.time() - seen.ended if seen.ended else 0.0
        waited_s = max(time.monotonic() - self._ended_at, since_s)
        may_come = job_folder.begun_by(self._folder) is not None or seen.state == seen.words.well
        if told is None and may_come and waited_s < LATE_S and not self._why:
            return None
        return self._told(
            told, seen.state, self._why or self._passed_over(seen) or verdict(seen, told)
        )

    def _passed_over(self, seen: SeenJob) -> Judgement | None:
        """Say that the job ended before this run of it began; None for its first run."""
        if self.submitted.turn == 0 or job_folder.begun_by(self._folder) is not None:
            return None
        how = f"ended before this run of it began ({seen.words.title}: {seen.state})"
        return Outcome.INTERRUPTED, f"job {seen.id} {how}"

    def _unknown(self) -> EndedElsewhere | None:
        """Return the end of a job that its scheduler does not know, once that is no passing state."""
        told = job_folder.read_ended(self._folder)
        if told is None and self.age_s < LATE_S:
            return None
        title = self._queue.words.title
        why = f"{title} knows nothing of job {self._number} any more, and it left no answer"
        return self._told(told, UNKNOWN, None if told else (Outcome.INTERRUPTED, why))

    def _without_queue(self) -> EndedElsewhere | None:
        """Return the end as far as the folder alone tells it, where the queue does not answer."""
        told = job_folder.read_ended(self._folder)
        if told is None:
            return None
        self._ended_at = self._ended_at or time.monotonic()
        if time.monotonic() < self._ended_at + LATE_S:
            return None
        return self._told(told, self._state, None)

    def _given_up(self) -> EndedElsewhere | None:
        """Return the end of a job that its scheduler shows alive long after it was to be cancelled."""
        at = self._cancelled_at or self._to_cancel_at
        if at is None or time.monotonic() < at + CANCELLED_S:
            return None
        return self._told(None, self._state, (Outcome.INTERRUPTED, self.lost))

    def _told(self, told: Ended | None, state: str, judgement: Judgement | None) -> EndedElsewhere:
        """Put together what the job and its scheduler tell."""
        seen = self.seen
        ran_s = seen.ran_s if seen else 0.0
        nothing = Ended(ending=Ending.GUARD_LOST, wall_time_s=ran_s, exit_code=None, signal=None)
        return EndedElsewhere.of(
            told or nothing,
            job=Job(
                scheduler=self._queue.words.kind,
                id=self._number,
                state=state,
                queued_s=seen.queued_s if seen else 0.0,
                nodes=seen.nodes if seen else 1,
            ),
            started_at=_iso(seen.started) if seen else None,
            environment=job_folder.read_environment(self._folder),
            verdict=judgement,
        )

    @property
    def _state(self) -> str:
        """Return the state in which it was seen last."""
        return self.seen.state if self.seen else UNKNOWN

    @property
    def _number(self) -> str:
        """Return the job's number, in words where it is not known."""
        return self.seen.id if self.seen else self.submitted.id or "without a number"


def never_begins(job: SeenJob, folder: Path, *, cancelled: bool = True) -> bool:
    """Tell whether a waiting job will do nothing should it ever begin; a cancelled one is kept so.

    Not every scheduler drops a job that is cancelled while it waits. But a job's folder serves
    whoever says first that it has begun.
    """
    if job.standing is not Standing.WAITING or job.words.cancels_waiting:
        return False
    if job_folder.begun_by(folder) == CANCELLED:
        return True
    return cancelled and job_folder.begin(folder, CANCELLED)


def _iso(moment: Seconds | None) -> str | None:
    """Return a moment as records say it."""
    return None if moment is None else datetime.fromtimestamp(moment, UTC).isoformat()
