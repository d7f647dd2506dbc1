"""Submits a run as a job of Slurm: the options, the script, and a comment by which it is found again.

What is about to be submitted is on disk before Slurm hears of it. A job that Slurm took without
telling is found by its comment; should there ever be two, the folder serves the first one only.
"""

import json
import secrets
import shlex
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from math import ceil
from pathlib import Path

from capstone_report.measure.away import folder as job_folder
from capstone_report.measure.away.folder import JobOrder
from capstone_report.measure.away.slurm import NoAnswerError, Slurm
from capstone_report.measure.away.states import SeenJob
from capstone_report.measure.guard.messages import Order
from capstone_report.results.durable import replace_file
from capstone_report.spec.workspace import SlurmSite
from capstone_report.units import Seconds

NO_COMMENT = {"", "(null)"}
SUBMITTED, SCRIPT, LOG = "submitted.json", "job.sh", "job.txt"
# How long a job may take beside its program: to start Python, to look at its machine, to clean up.
BESIDE_S: Seconds = 300.0
PASSES_ON = ("SLURM_", "SLURMD_", "SRUN_", "PET_", "CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES")
OF_MODULES = ("PATH", "LD_LIBRARY_PATH", "CUDA_", "NCCL_")
"""What loading modules changes, and a program must get from its job then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """A job that Slurm was, or is about to be, asked for."""

    mark: str
    """What its comment says; no other job has it."""
    name: str
    """Its name, which all jobs of one machine's records share."""
    limit_s: Seconds
    """For how long its program may run."""
    id: str | None = None
    """Its number, once Slurm has told it."""
    at: Seconds = 0.0
    """When Slurm was first asked, in seconds since 1970."""

    def among(self, jobs: Sequence[SeenJob], begun: str | None = None) -> SeenJob | None:
        """Return the job among those of the queue; of two, the one that has begun, or the first."""
        mine = self.all_among(jobs)
        return min(mine, key=lambda job: (job.id != begun, len(job.id), job.id), default=None)

    def all_among(self, jobs: Sequence[SeenJob]) -> list[SeenJob]:
        """Return the job and its doubles, should Slurm have taken it twice.

        Its number alone is enough only where the site keeps no comments: numbers begin anew.
        """
        return [
            job
            for job in jobs
            if self.mark == job.comment or (self.id == job.id and job.comment in NO_COMMENT)
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a run asks a cluster for."""

    site: SlurmSite
    name: str
    cores: int
    """How many on each machine: the same at every worker count."""
    nodes: int = 1
    with_torch: bool = False


def prepare(folder: Path, order: Order, request: Request) -> Submitted:
    """Put everything that a job needs into its new folder, on disk."""
    passes_on = (*PASSES_ON, *(OF_MODULES if request.site.modules else ()))
    job = JobOrder(order=order, passes_on=passes_on, with_torch=request.with_torch)
    job_folder.write_order(folder, job)
    replace_file(folder / SCRIPT, _script(folder, request.site).encode())
    submitted = Submitted(
        mark=f"capstone-{secrets.token_hex(8)}",
        name=request.name,
        limit_s=order.timeout_s,
        at=time.time(),
    )
    keep(folder, submitted)
    return submitted


def submit(
    slurm: Slurm,
    folder: Path,
    request: Request,
    submitted: Submitted,
    *,
    deadline: Seconds,
    wait: Callable[[], None],
) -> Submitted:
    """Submit a prepared job, however often Slurm must be asked; return it with its number.

    `deadline` is by the monotonic clock; `wait` passes the time between two tries, and may raise.

    Raises:
        RefusedError: Slurm does not take it.
        NoAnswerError: Slurm did not answer until the deadline.
    """
    order = job_folder.read_order(folder).order
    while True:
        try:
            taken = submitted.among(slurm.jobs())
            number = (
                taken.id
                if taken
                else slurm.submit(_options(order, request, submitted), str(folder / SCRIPT))
            )
        except NoAnswerError:
            if time.monotonic() > deadline:
                raise
            wait()
            continue
        known = replace(submitted, id=number)
        keep(folder, known)
        return known


def keep(folder: Path, submitted: Submitted) -> None:
    """Put on disk what is known of a job."""
    replace_file(folder / SUBMITTED, json.dumps(asdict(submitted)).encode())


def known(folder: Path) -> Submitted | None:
    """Return what is on disk of a job; None where nothing was about to be submitted."""
    try:
        return Submitted(**json.loads((folder / SUBMITTED).read_bytes()))
    except FileNotFoundError:
        return None


def _options(order: Order, request: Request, submitted: Submitted) -> list[str]:
    """Return what sbatch is told; a value never begins an option of its own."""
    site = request.site
    limit_s = site.walltime_s or order.timeout_s + BESIDE_S
    asked = {
        "account": site.account,
        "partition": site.partition,
        "qos": site.qos,
        "constraint": site.constraint,
        "gres": site.gres,
        "job-name": submitted.name,
        "comment": submitted.mark,
        "nodes": request.nodes,
        "ntasks-per-node": 1,
        "cpus-per-task": request.cores,
        "time": ceil(limit_s / 60),
        "chdir": order.cwd,
        "output": Path(order.output) / LOG,
        "export": "ALL",
        "dependency": None if site.exclusive else "singleton",
    }
    options = [f"--{name}={value}" for name, value in asked.items() if value is not None]
    return [*options, "--no-requeue", *(["--exclusive"] if site.exclusive else [])]


def _script(folder: Path, site: SlurmSite) -> str:
    """Return the shell script of a job: modules, and then Python in place of the shell."""
    shell = "/bin/bash -l" if site.modules else "/bin/sh"  # a login shell knows modules
    modules = [f"module load {shlex.join(site.modules)}"] if site.modules else []
    program = [*site.container, sys.executable, "-P", "-m", "capstone_report.measure.away.job"]
    return "\n".join([f"#!{shell}", *modules, f"exec {shlex.join([*program, str(folder)])}", ""])
