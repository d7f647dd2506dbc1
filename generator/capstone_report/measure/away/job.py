"""What runs inside a job: `python -P -m capstone_report.measure.away.job FOLDER...`.

It makes the run that each folder's order names, one after the other, under a guard of its own, and
leaves the answer there. A signal to the job stops the run, and the answer says so; no further one begins.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from capstone_report.measure import facts
from capstone_report.measure.away import folder as job_folder
from capstone_report.measure.away.folder import JobOrder
from capstone_report.measure.away.meeting import JOB_CORES, JOB_NUMBER, meeting_point
from capstone_report.measure.away.node import FOLDER, with_parts
from capstone_report.measure.guard.client import Guard, NotStartedError
from capstone_report.measure.guard.messages import Order
from capstone_report.measure.one_run import free_port
from capstone_report.measure.stopping import Stopper
from capstone_report.results.records import Environment

NUMBER = (JOB_NUMBER, "SLURM_JOB_ID")
CORES = (JOB_CORES, "SLURM_CPUS_ON_NODE")
SECOND_LIFE = 75
"""The exit status of a job that the scheduler started again: EX_TEMPFAIL of sysexits.h."""


def main() -> None:
    """Make the runs of the folders that the command line names."""
    sys.exit(make(*map(Path, sys.argv[1:])))


def make(*folders: Path) -> int:
    """Make the run of each folder, leave its answer there, and return the job's exit status."""
    with Stopper() as stopper:
        for folder in folders:
            if stopper.stops():
                break
            if not job_folder.begin(folder, _told(*NUMBER)):
                return SECOND_LIFE
            _make(folder, stopper)
    return 0


def _make(folder: Path, stopper: Stopper) -> None:
    """Make the run of a folder that has begun."""
    job = job_folder.read_order(folder)
    if job.environment:
        job_folder.write_environment(folder, _environment(job))
    with Guard(stopping=stopper) as guard:
        try:
            order = adapted(job.order, os.environ, job.passes_on)
            order.env[FOLDER] = str(folder)
            ended = guard.run(order)
        except NotStartedError as error:
            job_folder.write_refused(folder, error)
        else:
            nodes = job.order.nodes
            whole = with_parts(ended, folder, nodes=nodes) if nodes > 1 else ended
            job_folder.write_ended(folder, whole)


def adapted(order: Order, surroundings: Mapping[str, str], passes_on: Sequence[str]) -> Order:
    """Return an order as it is here: with what the scheduler says, and a free port of this machine."""
    said = {name: text for name, text in surroundings.items() if name.startswith(tuple(passes_on))}
    port = free_port()
    here = {"MASTER_PORT": str(port), **said, **meeting_point(surroundings, port)}
    return replace(order, env={**order.env, **here})


def _environment(job: JobOrder) -> Environment:
    """Return the facts of the machine that the job got, with the cores that it may use."""
    study = Path(job.order.cwd)
    found = facts.surveyed(facts.environment(study), study, with_torch=job.with_torch)
    given = int(_told(*CORES) or found.cores)
    return found.model_copy(update={"cores": min(found.cores, given)})


def _told(*names: str) -> str:
    """Return the first of some variables that is there; empty without any."""
    return next((os.environ[name] for name in names if name in os.environ), "")


if __name__ == "__main__":
    main()
