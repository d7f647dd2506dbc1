"""Submits runs as a job: what it asks for, its script, and a comment by which it is found again.

A job makes one run, or several one after the other on the same machines; each has a folder of its own,
the first of which also holds the script. What is about to be submitted is on disk before its scheduler hears of it. A job that was taken without
telling is found by its comment; should there ever be two, the folder serves the first one only.
"""

import json
import secrets
import shlex
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import ClassVar, Generic, Protocol, TypeVar

from capstone_report.measure.away import folder as job_folder
from capstone_report.measure.away.answers import NoAnswerError
from capstone_report.measure.away.folder import JobOrder
from capstone_report.measure.away.states import SeenJob, Words
from capstone_report.measure.guard.messages import Order
from capstone_report.results.durable import replace_file
from capstone_report.spec.workspace import ClusterSite
from capstone_report.units import Seconds

OURS = "capstone-"
"""How every mark begins."""
# By how much the controller's clock may be behind the one that says when it was asked.
CLOCKS_APART_S: Seconds = 300.0
SUBMITTED, SCRIPT, LOG = "submitted.json", "job.sh", "job.txt"
# How long a job may take beside its program: to start Python, to look at its machine, to clean up.
BESIDE_S: Seconds = 300.0
GPUS = ("CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES")
PASSES_ON = {"slurm": ("SLURM_", "SLURMD_", "SRUN_", "PET_", *GPUS), "ray": GPUS}
OF_MODULES = ("PATH", "LD_LIBRARY_PATH", "CUDA_", "NCCL_")
"""What loading modules changes, and a program must get from its job then."""
# A scheduler gets only requests of its own cluster, though the type alone would allow others.
SiteT_co = TypeVar("SiteT_co", bound=ClusterSite, covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """A job that a scheduler was, or is about to be, asked for."""

    mark: str
    """What its comment says; no other job has it."""
    name: str
    """Its name, which all jobs of one machine's records share."""
    limit_s: Seconds
    """For how long its programs may run, one after the other."""
    turn: int = 0
    """How many runs of the same job come before this one."""
    id: str | None = None
    """Its number, once the scheduler has told it."""
    at: Seconds = 0.0
    """When the scheduler was first asked, in seconds since 1970."""
    behind_until: Seconds = 0.0
    """Until when it was seen to wait for another job of ours, in seconds since 1970."""

    def among(self, jobs: Sequence[SeenJob], begun: str | None = None) -> SeenJob | None:
        """Return the job among those of the queue; of two, the one that has begun, or the first."""
        mine = self.all_among(jobs)
        return min(mine, key=lambda job: (job.id != begun, len(job.id), job.id), default=None)

    def all_among(self, jobs: Sequence[SeenJob]) -> list[SeenJob]:
        """Return the job and its doubles, should Slurm have taken it twice.

        A site may keep no comments, write its own ones, or add to ours.
        """
        return [job for job in jobs if self.mark in job.comment or self._has_our_number(job)]

    def _has_our_number(self, job: SeenJob) -> bool:
        """Tell whether a job without any mark is ours by its number: an older one may have it, too."""
        if job.id != self.id or OURS in job.comment:
            return False
        return job.submitted is None or job.submitted >= self.at - CLOCKS_APART_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Request(Generic[SiteT_co]):
    """What a run asks a cluster for."""

    site: SiteT_co
    name: str
    cores: int
    """How many on each machine: the same at every worker count."""
    nodes: int = 1
    with_torch: bool = False


class Queue(Protocol):
    """A scheduler that is asked about jobs."""

    words: ClassVar[Words]

    def jobs(self) -> list[SeenJob]:
        """Return every job of this user that it still knows, in one query.

        Raises:
            RefusedError: it does not answer such questions.
            NoAnswerError: it does not answer now.
        """

    def cancel(self, *ids: str, at_once: bool = False) -> None:
        """Cancel jobs; those that have ended stay as they are.

        Raises:
            RefusedError: it refuses.
            NoAnswerError: it does not answer now.
        """


class Taker(Queue, ABC, Generic[SiteT_co]):
    """A scheduler that also takes jobs."""

    @abstractmethod
    def take(
        self, folder: Path, order: Order, request: Request[SiteT_co], submitted: Submitted
    ) -> str:
        """Take the prepared job whose script a folder holds and return its number.

        Raises:
            RefusedError: it does not take it.
            NoAnswerError: nobody knows whether it took it.
        """


def prepare(orders: Mapping[Path, Order], request: Request[ClusterSite]) -> Submitted:
    """Put everything that a job needs into the new folders of its runs, on disk."""
    kind = request.site.scheduler
    passes_on = (*PASSES_ON[kind], *(OF_MODULES if request.site.modules else ()))
    for folder, order in orders.items():
        job_folder.write_order(
            folder,
            JobOrder(
                scheduler=kind, order=order, passes_on=passes_on, with_torch=request.with_torch
            ),
        )
    folders = list(orders)
    replace_file(folders[0] / SCRIPT, _script(folders, request.site).encode())
    submitted = Submitted(
        mark=f"{OURS}{secrets.token_hex(8)}",
        name=request.name,
        limit_s=sum(order.timeout_s for order in orders.values()),
        at=time.time(),
    )
    _keep_in_each(folders, submitted)
    return submitted


def submit(
    queue: Taker[ClusterSite],
    folders: Sequence[Path],
    request: Request[ClusterSite],
    submitted: Submitted,
    *,
    deadline: Seconds,
    wait: Callable[[], None],
) -> Submitted:
    """Submit a prepared job, however often its scheduler must be asked; return it with its number.

    `deadline` is by the monotonic clock; `wait` passes the time between two tries, and may raise.

    Raises:
        RefusedError: the scheduler does not take it.
        NoAnswerError: it did not answer until the deadline.
    """
    first, *_ = folders
    order = job_folder.read_order(first).order
    while True:
        try:
            taken = submitted.among(queue.jobs())
            number = taken.id if taken else queue.take(first, order, request, submitted)
        except NoAnswerError:
            if time.monotonic() > deadline:
                raise
            wait()
            continue
        known = replace(submitted, id=number)
        _keep_in_each(folders, known)
        return known


def _keep_in_each(folders: Sequence[Path], submitted: Submitted) -> None:
    """Put on disk, for each run of a job, what is known of it."""
    for turn, folder in enumerate(folders):
        keep(folder, replace(submitted, turn=turn))


def keep(folder: Path, submitted: Submitted) -> None:
    """Put on disk what is known of a job."""
    replace_file(folder / SUBMITTED, json.dumps(asdict(submitted)).encode())


def known(folder: Path) -> Submitted | None:
    """Return what is on disk of a job; None where nothing was about to be submitted."""
    try:
        return Submitted(**json.loads((folder / SUBMITTED).read_bytes()))
    except FileNotFoundError:
        return None


def shell(site: ClusterSite) -> str:
    """Return the shell that a job's script is for; a login shell knows modules."""
    return "/bin/bash -l" if site.modules else "/bin/sh"


def _script(folders: Sequence[Path], site: ClusterSite) -> str:
    """Return the shell script of a job: modules, and then Python in place of the shell."""
    modules = [f"module load {shlex.join(site.modules)}"] if site.modules else []
    program = [*site.container, sys.executable, "-P", "-m", "capstone_report.measure.away.job"]
    return "\n".join(
        [f"#!{shell(site)}", *modules, f"exec {shlex.join([*program, *map(str, folders)])}", ""]
    )
