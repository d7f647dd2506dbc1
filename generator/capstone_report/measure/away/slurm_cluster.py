"""A cluster as a campaign sees it, and one of Slurm."""

import contextlib
import re
import secrets
import shutil
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic

from capstone_report.errors import LockedError, MachineError
from capstone_report.findings import environment as environment_rules
from capstone_report.findings import integrity
from capstone_report.measure.away.answers import NoAnswerError, RefusedError
from capstone_report.measure.away.following import never_begins
from capstone_report.measure.away.slurm import Slurm
from capstone_report.measure.away.slurm_starter import SlurmStarter
from capstone_report.measure.away.states import Standing
from capstone_report.measure.away.submitting import Request, SiteT_co, Taker, known
from capstone_report.measure.guard.client import NotStartedError, Stopping
from capstone_report.measure.guard.messages import Ended, Order
from capstone_report.measure.starting import EndedElsewhere
from capstone_report.measure.stopping import Stopper
from capstone_report.results.durable import replace_file
from capstone_report.results.journal import JOURNAL
from capstone_report.results.locking import hold, left_behind
from capstone_report.results.machines import JOBS, OPENING, submitted_runs
from capstone_report.results.records import Environment
from capstone_report.spec.surroundings import passed_on
from capstone_report.spec.workspace import SlurmSite
from capstone_report.units import Seconds

CLUSTER = ".cluster"
SURVEYS = ".surveys"
SURVEYING = "lock"
SURVEY_S: Seconds = 300.0
POLL_S: Seconds = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster(ABC, Generic[SiteT_co]):
    """The machines that a profile of a workspace asks a scheduler for."""

    site: SiteT_co
    cleared_s: Seconds = 120.0
    """How long jobs that a killed campaign left may take to end."""

    @property
    def name(self) -> str:
        """Return what the names of its results folders begin with."""
        return self.site.scheduler

    @property
    @abstractmethod
    def queue(self) -> Taker[SiteT_co]:
        """Return its scheduler."""

    @abstractmethod
    def _machines(self) -> tuple[int, int]:
        """Return how many machines a run may get, and how many cores it gets on each."""

    @property
    def brings_software(self) -> bool:
        """Tell whether programs find other software there than here."""
        return bool(self.site.container)

    def survey(self, study_folder: Path, *, with_torch: bool) -> Environment:
        """Return what its machines are, as a job on one of them finds.

        Raises:
            MachineError: it gave none.
            LockedError: another process asks the same for the same study.
            Stopped: a signal ended the wait for it.
        """
        surveys = hidden_folder(study_folder / "results", SURVEYS)
        with hold(surveys / SURVEYING):  # what another survey left is ended, not one under way
            return self._surveyed(study_folder, surveys, with_torch=with_torch)

    def _surveyed(self, study_folder: Path, surveys: Path, *, with_torch: bool) -> Environment:
        """Return what a job finds, with whatever was left before it ended."""
        self._end_jobs(surveys)
        self._end_what_is_left(study_folder / "results")
        try:
            machines, cores = self._machines()
            with Stopper() as stopper:
                request = Request(
                    site=self.site, name="capstone-survey", cores=cores, with_torch=with_torch
                )
                starter = SlurmStarter(self.queue, surveys, request, stopping=stopper)
                ended = starter.run(_look_around(study_folder, surveys))
                stopper.check()
        except (RefusedError, NoAnswerError) as error:
            raise self._refusal(study_folder, str(error)) from error
        except NotStartedError as error:
            raise self._refusal(study_folder, str(error.strerror)) from error
        found = self._found(study_folder, ended)
        facts = found.facts | {"cluster.machines": str(machines)}
        for left in job_folders(surveys):
            shutil.rmtree(left)
        return found.model_copy(update={"facts": facts})

    def request(self, machine_folder: Path, environment: Environment) -> Request[SiteT_co]:
        """Return what every run of a machine's records asks for."""
        return Request(
            site=self.site,
            name=f"capstone-{machine_folder.name}",
            cores=self.site.cores_per_node or environment.cores,
        )

    def starter(
        self, machine_folder: Path, environment: Environment, stopping: Stopping
    ) -> SlurmStarter:
        """Return what makes runs there, one job after the other."""
        jobs = self.jobs_folder(machine_folder)
        request = self.request(machine_folder, environment)
        return SlurmStarter(self.queue, jobs, request, stopping=stopping)

    def jobs_folder(self, machine_folder: Path) -> Path:
        """Return the folder of the jobs for a machine's records; it says of which cluster."""
        jobs = hidden_folder(machine_folder, JOBS)
        replace_file(jobs / CLUSTER, self.name.encode())
        return jobs

    def machine_folders(self, results: Path) -> list[Path]:
        """Return the folders of records that this cluster's jobs were submitted for."""
        marks = sorted(results.glob(f"*/{JOBS}/{CLUSTER}"))
        return [mark.parent.parent for mark in marks if mark.read_text() == self.name]

    def require_collected(self, results: Path) -> None:
        """Refuse to go on beside runs that were submitted and are not yet collected.

        Raises:
            LockedError: there are some.
        """
        for folder in self.machine_folders(results):
            if waiting := submitted_runs(folder):
                raise LockedError(integrity.NOT_COLLECTED(str(folder), jobs=waiting))

    def end_attached(self, machine_folder: Path) -> None:
        """End the jobs that somebody waited for who was killed.

        Raises:
            LockedError: they do not end.
        """
        self._end_jobs(machine_folder / JOBS)

    def _end_what_is_left(self, results: Path) -> None:
        """End the jobs that a killed campaign left on the machines that a survey waits for.

        A campaign that goes on holds the lock of its records, and is left alone.
        """
        for folder in self.machine_folders(results):
            if list(attached_jobs(folder / JOBS)):
                with contextlib.suppress(LockedError), hold(folder / JOURNAL):
                    left_behind(folder)
                    self._end_jobs(folder / JOBS)

    def _end_jobs(self, jobs: Path) -> None:
        """Cancel every job below a folder, and wait until it has ended."""
        deadline = time.monotonic() + self.cleared_s
        while folders := list(attached_jobs(jobs)):
            try:
                alive = self._cancelled(folders)
            except (NoAnswerError, RefusedError) as error:
                alive, why = len(folders), str(error)
            else:
                why = "they do not end"
            if alive and time.monotonic() > deadline:
                raise LockedError(integrity.JOBS_LEFT(str(jobs), jobs=alive, reason=why))
            time.sleep(POLL_S if alive else 0)

    def _cancelled(self, folders: list[Path]) -> int:
        """Cancel the jobs of some folders; return how many still live, and forget the others."""
        queue, alive = self.queue.jobs(), 0
        for folder in folders:
            submitted = known(folder)
            mine = submitted.all_among(queue) if submitted else []
            living = [job.id for job in mine if job.standing is not Standing.ENDED]
            self.queue.cancel(*living)
            if all(never_begins(job, folder) for job in mine):
                living = []
            alive += bool(living)
            if not living:
                shutil.rmtree(folder)
        return alive

    def _found(self, study_folder: Path, ended: Ended) -> Environment:
        """Return what a survey found, or say why it found nothing."""
        seen = ended if isinstance(ended, EndedElsewhere) else None
        if seen is None or seen.environment is None:
            why = seen.verdict[1] if seen and seen.verdict else "it was stopped"
            raise self._refusal(study_folder, why)
        return seen.environment

    def _refusal(self, study_folder: Path, reason: str) -> MachineError:
        """Return the error that a campaign ends with that gets no machine."""
        where = f"specs/{study_folder.name}"
        return MachineError(
            environment_rules.CLUSTER_REFUSED(where, scheduler=self.site.scheduler, reason=reason)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SlurmCluster(Cluster[SlurmSite]):
    """The machines that [slurm] of a workspace asks for."""

    slurm: Slurm = field(default_factory=Slurm)

    @property
    def name(self) -> str:
        """Return what the names of its results folders begin with."""
        partition = re.sub(r"[^a-z0-9]+", "-", (self.site.partition or "").lower()).strip("-")
        return f"slurm-{partition}" if partition else "slurm"

    @property
    def queue(self) -> Slurm:
        """Return Slurm."""
        return self.slurm

    def _machines(self) -> tuple[int, int]:
        """Return how many machines a run may get, and how many cores it gets on each."""
        nodes, cores = self.site.nodes, self.site.cores_per_node
        if nodes is not None and cores is not None:
            return nodes, cores
        there, smallest = self.slurm.machines(self.site.partition)
        return nodes or there, cores or smallest


def hidden_folder(folder: Path, name: str) -> Path:
    """Return a folder of a folder, made if it is not there, that git never takes up."""
    inner = folder / name
    inner.mkdir(parents=True, exist_ok=True)
    if not (inner / ".gitignore").exists():
        replace_file(inner / ".gitignore", b"*\n")
    return inner


def job_folders(jobs: Path) -> Iterator[Path]:
    """Yield the folders of jobs, in the order of their names."""
    if jobs.is_dir():
        yield from sorted(path for path in jobs.iterdir() if path.is_dir())


def attached_jobs(jobs: Path) -> Iterator[Path]:
    """Yield the folders of jobs that somebody waits for, or waited."""
    yield from (folder for folder in job_folders(jobs) if not (folder / OPENING).exists())


def _look_around(study_folder: Path, surveys: Path) -> Order:
    """Return the order for a job that does nothing but tell where it is."""
    output = surveys / f"output-{secrets.token_hex(4)}"
    return Order(
        command=["true"],
        cwd=str(study_folder.absolute()),
        env=passed_on({}),
        output=str(output.absolute()),
        timeout_s=SURVEY_S,
    )
