"""What runs inside a job: `python -P -m capstone_report.measure.away.job FOLDER`.

It makes the run that the folder's order names, under a guard of its own, and leaves the answer
there. A signal to the job stops the run, and the answer says so.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from capstone_report.measure import facts
from capstone_report.measure.away import folder as job_folder
from capstone_report.measure.away.folder import JobOrder
from capstone_report.measure.guard.client import Guard, NotStartedError
from capstone_report.measure.guard.messages import Order
from capstone_report.measure.one_run import free_port
from capstone_report.measure.stopping import Stopper
from capstone_report.results.records import Environment

SECOND_LIFE = 75
"""The exit status of a job that the scheduler started again: EX_TEMPFAIL of sysexits.h."""


def main() -> None:
    """Make the run of the folder that the command line names."""
    sys.exit(make(Path(sys.argv[1])))


def make(folder: Path) -> int:
    """Make the run of a folder, leave its answer there, and return the job's exit status."""
    if not job_folder.begin(folder):
        return SECOND_LIFE
    with Stopper() as stopper:
        job = job_folder.read_order(folder)
        if job.environment:
            job_folder.write_environment(folder, _environment(job))
        with Guard(stopping=stopper) as guard:
            try:
                ended = guard.run(adapted(job.order, os.environ, job.passes_on))
            except NotStartedError as error:
                job_folder.write_refused(folder, error)
            else:
                job_folder.write_ended(folder, ended)
    return 0


def adapted(order: Order, surroundings: Mapping[str, str], passes_on: Sequence[str]) -> Order:
    """Return an order as it is here: with what the scheduler says, and a free port of this machine."""
    said = {name: text for name, text in surroundings.items() if name.startswith(tuple(passes_on))}
    return replace(order, env={**order.env, "MASTER_PORT": str(free_port()), **said})


def _environment(job: JobOrder) -> Environment:
    """Return the facts of the machine that the job got."""
    study = Path(job.order.cwd)
    return facts.surveyed(facts.environment(study), study, with_torch=job.with_torch)


if __name__ == "__main__":
    main()
