"""Submits every missing run, each as a job of its own or a few in one, and leaves."""

import contextlib
import select
import shutil
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from capstone_report.errors import LockedError, MachineError
from capstone_report.findings import environment as environment_rules
from capstone_report.findings import integrity
from capstone_report.findings.finding import Finding
from capstone_report.measure.away.answers import NoAnswerError, RefusedError
from capstone_report.measure.away.outstanding import (
    Outstanding,
    Slot,
    outstanding,
    settled,
    write_opening,
)
from capstone_report.measure.away.slurm_cluster import Cluster
from capstone_report.measure.away.submitting import BESIDE_S, prepare, submit
from capstone_report.measure.campaign import Foresight, needs_torch, require_ready, results_here
from capstone_report.measure.leftovers import recover
from capstone_report.measure.one_run import Attempt, begin_run
from capstone_report.measure.opening import opening
from capstone_report.measure.options import Options
from capstone_report.measure.stopping import Stopper
from capstone_report.plan import PlannedRun, plan_for
from capstone_report.results.journal import JournalWriter, open_journal
from capstone_report.results.records import Environment, RunRecord
from capstone_report.spec.load import LoadedStudy
from capstone_report.spec.workspace import ClusterSite
from capstone_report.units import Seconds

# For how long a scheduler may not answer while runs are submitted: nobody waits in the queue here.
UNANSWERED_S: Seconds = 300.0
AGAIN_S: Seconds = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One run that was submitted."""

    run_id: str
    case_id: str
    job: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Detached:
    """What a detached campaign submitted."""

    folder: Path
    sent: tuple[Sent, ...]
    on_their_way: int
    """How many runs had been submitted before and are not yet collected."""
    tuned: bool
    """Whether the plan is whole: a trial that is not decided hides what follows it."""


def submit_missing(
    loaded: LoadedStudy,
    cluster: Cluster[ClusterSite],
    options: Options,
    tell: Callable[[Sent], None],
    foresight: Foresight | None = None,
) -> Detached:
    """Submit every run that a cluster's records miss and that is not on its way already.

    Raises:
        MachineError: the cluster gives no machine or takes no job, or the disk refused.
        LockedError: another process measures or collects into the same records.
        Stopped: a signal ended it; what was submitted is collected like everything else.
    """
    environment = _known_environment(loaded, cluster) or cluster.survey(
        loaded.folder, with_torch=needs_torch(loaded)
    )
    planner = partial(plan_for, noise_floor=options.noise_floor)
    look = partial(results_here, loaded, environment, planner=planner, cluster=cluster.name)
    here = look(begin=False)
    if here.missing:
        require_ready(loaded, options, cluster)
        here = look()
    with (
        open_journal(here.folder, take_over=options.take_over) as (journal, writer),
        Stopper() as stopper,
    ):
        cluster.end_attached(here.folder)
        waiting = _on_their_way(here.folder, cluster)
        found = recover(journal, writer, on_their_way=[run.run_id for run in waiting])
        records = [*journal.runs, *found]
        plan = planner(loaded, environment, records)
        taken = {run.slot for run in waiting}
        missing = [run for run in plan.missing(records) if _slot(run) not in taken]
        if missing:
            writer.append(opening(loaded.study, environment, seed=plan.seed, runs=len(missing)))
        predicted = foresight(environment, journal) if foresight else None
        if predicted and any(_is_distributed(loaded, run) for run in missing):
            writer.append(predicted)
        sender = _Sender(
            loaded=loaded,
            cluster=cluster,
            environment=environment,
            folder=here.folder,
            stopper=stopper,
            writer=writer,
            tries=_tries(records, waiting),
        )
        for runs in shared_jobs(missing, cluster.site):
            stopper.check()
            for sent in sender.send(runs):
                tell(sent)
    MachineError.collect(_refused(loaded, cluster, why) for why in sorted(sender.refused))
    return Detached(
        folder=here.folder,
        sent=tuple(sender.sent),
        on_their_way=len(waiting),
        tuned=plan.tuned is not None,
    )


def shared_jobs(missing: Sequence[PlannedRun], site: ClusterSite) -> list[list[PlannedRun]]:
    """Return which runs share a job, in the order of the plan: on as many machines, within its limit.

    A job holds as many runs as the cluster's profile says, and fewer where their time limits together
    would exceed the one that every job asks for.
    """
    jobs: list[list[PlannedRun]] = []
    filling: dict[int, list[PlannedRun]] = {}
    for run in missing:
        job = filling.get(run.case.allocation.nodes)
        if job is None or len(job) == site.runs_in_a_job or not _fits([*job, run], site):
            job = filling[run.case.allocation.nodes] = []
            jobs.append(job)
        job.append(run)
    return jobs


def _is_distributed(loaded: LoadedStudy, run: PlannedRun) -> bool:
    """Tell whether a run is one of the scaling benchmark."""
    return run.case.benchmark.name == loaded.study.scaling_benchmark.name


def _known_environment(loaded: LoadedStudy, cluster: Cluster[ClusterSite]) -> Environment | None:
    """Return the machines that runs on their way are for: another survey would queue behind them."""
    folders = cluster.machine_folders(loaded.folder / "results")
    runs = [run for folder in folders for run in outstanding(folder)]
    return Environment.model_validate(runs[-1].opening["environment"]) if runs else None


def _on_their_way(folder: Path, cluster: Cluster[ClusterSite]) -> list[Outstanding]:
    """Return the runs that were submitted before and are not yet collected."""
    runs = outstanding(folder)
    if not runs:
        return []
    try:
        queue = cluster.queue.jobs()
    except (NoAnswerError, RefusedError) as error:
        raise LockedError(
            integrity.JOBS_LEFT(str(folder), jobs=len(runs), reason=str(error))
        ) from error
    return settled(runs, queue, patience_s=0.0)


def _fits(runs: Sequence[PlannedRun], site: ClusterSite) -> bool:
    """Tell whether the time limits of some runs, one after the other, are within their job's."""
    needed_s = sum(run.case.benchmark.timeout_s for run in runs) + BESIDE_S
    return site.job_limit_s is None or needed_s <= site.job_limit_s


def _slot(run: PlannedRun) -> Slot:
    """Return which planned run it is, as one on its way says it."""
    return run.case.id, run.phase.value, run.repeat, run.case.fingerprint


def _tries(records: Sequence[RunRecord], waiting: Sequence[Outstanding]) -> Counter[Slot]:
    """Return how often each place of the plan was tried; a new program's tries count on."""
    made = [(r.case_id, r.phase.value, r.repeat, "") for r in records]
    return Counter([*made, *((*run.slot[:3], "") for run in waiting)])


def _refused(loaded: LoadedStudy, cluster: Cluster[ClusterSite], reason: str) -> Finding:
    """Say that a scheduler did not take a run."""
    where, scheduler = f"specs/{loaded.id}", cluster.site.scheduler
    return environment_rules.JOB_REFUSED(where, scheduler=scheduler, reason=reason)


@dataclass(slots=True, kw_only=True)
class _Sender:
    """Submits runs into one machine's records."""

    loaded: LoadedStudy
    cluster: Cluster[ClusterSite]
    environment: Environment
    folder: Path
    stopper: Stopper
    writer: JournalWriter
    tries: Counter[Slot]
    sent: list[Sent] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    """Why the scheduler did not take runs."""

    def send(self, runs: Sequence[PlannedRun]) -> list[Sent]:
        """Submit the runs of one job, with everything on disk before anybody hears; none if refused.

        Raises:
            MachineError: the scheduler does not answer.
            Stopped: a signal ended the wait for its answer.
        """
        self._beat()
        attempts = [self._attempt(run) for run in runs]
        jobs = self.cluster.jobs_folder(self.folder)
        folders = [jobs / attempt.id for attempt in attempts]
        request = replace(
            self.cluster.request(self.folder, self.environment),
            nodes=runs[0].case.allocation.nodes,
        )
        orders = {f: begin_run(attempt) for f, attempt in zip(folders, attempts, strict=True)}
        submitted = prepare(orders, request)
        for folder, attempt in zip(folders, attempts, strict=True):
            write_opening(folder, attempt.opening())
        try:
            known = submit(
                self.cluster.queue,
                folders,
                request,
                submitted,
                deadline=time.monotonic() + UNANSWERED_S,
                wait=self._wait,
            )
        except RefusedError as error:
            for folder in folders:
                shutil.rmtree(folder)
            self.refused.add(str(error))
        except NoAnswerError as error:
            raise MachineError(_refused(self.loaded, self.cluster, str(error))) from error
        else:
            sent = [
                Sent(run_id=attempt.id, case_id=attempt.run.case.id, job=str(known.id))
                for attempt in attempts
            ]
            self.sent += sent
            return sent
        return []

    def _attempt(self, run: PlannedRun) -> Attempt:
        """Return the next attempt at a planned run."""
        return Attempt(
            loaded=self.loaded,
            run=run,
            number=self.tries[(*_slot(run)[:3], "")],
            machine_folder=self.folder,
            environment=self.environment,
        )

    def _beat(self) -> None:
        """Give a sign of life: the controller may be slow, and the runs many."""
        with contextlib.suppress(OSError, MachineError):  # no reason to submit nothing more
            self.writer.mark.beat()

    def _wait(self) -> None:
        """Pass the time until the scheduler is asked again, unless a signal ends it."""
        self.stopper.check()
        self._beat()
        select.select([self.stopper], [], [], AGAIN_S)
