"""What a scheduler's words for a job mean for a run: where it stands, and what became of it; pure.

Slurm's are those of squeue's manual, "job state codes". A word that is not listed is no end: the
absolute deadline of whoever waits ends that wait, too.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from enum import StrEnum

from capstone_report.measure.guard.messages import Ended, Ending
from capstone_report.measure.judging import Judgement
from capstone_report.results.records import Outcome
from capstone_report.units import Seconds


class Standing(StrEnum):
    """Where a job stands."""

    WAITING = "waiting"
    RUNNING = "running"
    ENDED = "ended"


WAITING = {
    *("PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_FED", "REQUEUE_HOLD"),
    *("RESV_DEL_HOLD", "SPECIAL_EXIT"),
}
ENDINGS = {
    "COMPLETED": (Outcome.INTERRUPTED, "ended without an answer"),
    "FAILED": (Outcome.FAILED, "failed before it could answer"),
    "CANCELLED": (Outcome.INTERRUPTED, "was cancelled"),
    "TIMEOUT": (Outcome.TIMEOUT, "was ended at the time limit that it had asked Slurm for"),
    "DEADLINE": (Outcome.INTERRUPTED, "was ended at Slurm's deadline for it"),
    "NODE_FAIL": (Outcome.INTERRUPTED, "lost a machine"),
    "BOOT_FAIL": (Outcome.INTERRUPTED, "got a machine that did not boot"),
    "LAUNCH_FAILED": (Outcome.INTERRUPTED, "could not be launched on its machines"),
    "RECONFIG_FAIL": (Outcome.INTERRUPTED, "got a machine that could not be reconfigured"),
    "PREEMPTED": (Outcome.INTERRUPTED, "made room for another job"),
    "REVOKED": (Outcome.INTERRUPTED, "was taken to another cluster"),
    "OUT_OF_MEMORY": (Outcome.FAILED, "used more memory than Slurm allowed it"),
}
NEVER = {
    *("DependencyNeverSatisfied", "BadConstraints", "PartitionNodeLimit", "PartitionTimeLimit"),
    *("InvalidAccount", "InvalidQOS", "AccountNotAllowed", "QOSNotAllowed"),
    *("launch failed requeued held", "launch_failed_requeued_held"),
}
"""Reasons for waiting that no waiting mends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What the words of one scheduler mean."""

    kind: str
    """The scheduler as studies and records name it."""
    title: str
    """And as messages do."""
    waiting: AbstractSet[str]
    endings: Mapping[str, Judgement]
    well: str
    """How a job ends whose program ended well."""
    silent: AbstractSet[str]
    """Endings that say no more than the run itself."""
    causes: Mapping[str, Judgement] = field(default_factory=dict)
    """Reasons for an ending that say more than its word."""
    never: AbstractSet[str] = frozenset()
    """Reasons for waiting that no waiting mends."""
    requeues: bool = True
    """Whether a job that has begun may be put back into the queue."""
    cancels_waiting: bool = True
    """Whether a job that waits ends as soon as it is cancelled."""


SLURM = Words(
    kind="slurm",
    title="Slurm",
    waiting=WAITING,
    endings=ENDINGS,
    well="COMPLETED",
    silent={"COMPLETED", "FAILED"},
    never=NEVER,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenJob:
    """A job as one look at the queue shows it; moments in seconds since 1970, by its own clock."""

    id: str
    state: str
    reason: str
    nodes: int
    comment: str
    submitted: Seconds | None
    started: Seconds | None
    """When it began; for one that waits, when Slurm expects it to."""
    ended: Seconds | None
    words: Words = SLURM
    """What its words mean."""

    @property
    def standing(self) -> Standing:
        """Return where it stands; in a state that nobody knows it is taken to run."""
        if self.state in self.words.waiting:
            return Standing.WAITING
        return Standing.ENDED if self.state in self.words.endings else Standing.RUNNING

    @property
    def can_never_start(self) -> bool:
        """Tell whether it waits for what will never be."""
        return self.standing is Standing.WAITING and self.reason in self.words.never

    @property
    def queued_s(self) -> Seconds:
        """Return how long it waited before it began, or before it ended without that."""
        began = self.started if self.started is not None else self.ended
        if began is None or self.submitted is None:
            return 0.0
        return max(0.0, began - self.submitted)

    @property
    def ran_s(self) -> Seconds:
        """Return how long it ran."""
        if self.started is None or self.ended is None:
            return 0.0
        return max(0.0, self.ended - self.started)


def verdict(job: SeenJob, ended: Ended | None) -> Judgement | None:
    """Return what a scheduler's word makes of a job that has ended; None where the run tells more itself.

    A run that ended well did so, whatever became of its job; one that capstone's own limits ended
    was ended by them; one that was stopped, or failed while its job was being ended, was ended by
    what ended the job.
    """
    words = job.words
    outcome, how = words.causes.get(job.reason) or words.endings[job.state]
    if ended is not None:
        by_limit = ended.ending not in {Ending.OWN, Ending.STOPPED, Ending.GUARD_LOST}
        well = ended.ending is Ending.OWN and ended.exit_code == 0
        if by_limit or well or job.state in words.silent:
            return None
    return outcome, f"job {job.id} {how} ({words.title}: {job.state})"
