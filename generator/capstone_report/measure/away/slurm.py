"""Slurm's own commands: submit, one query for all jobs, cancel; each may fail to answer.

A controller that restarts loses nothing, so whoever asks asks again later. Times are asked for in
seconds since 1970, so that neither midnight nor a time zone is anything special.
"""

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from typing import ClassVar

from capstone_report.measure.away.answers import NoAnswerError, RefusedError
from capstone_report.measure.away.states import SLURM, SeenJob, Words
from capstone_report.measure.away.submitting import BESIDE_S, LOG, SCRIPT, Request, Submitted, Taker
from capstone_report.measure.guard.messages import Order
from capstone_report.spec.surroundings import passed_on
from capstone_report.spec.workspace import SlurmSite
from capstone_report.units import Seconds

__all__ = ["NoAnswerError", "RefusedError", "Slurm"]

ANSWER_S: Seconds = 60.0
OF_THE_SITE = (
    "SLURM_CONF",
    "USER",
    "LOGNAME",
    "SHELL",
    "PYTHONPATH",
    "KRB5CCNAME",
)
"""Variables of the surroundings that Slurm's commands need, beside what programs get."""
DEFAULTS_OF_USERS = "SBATCH_"
# Of several clusters all commands ask the one that is there: a number means nothing on another.
NOT_OURS = {
    *("SBATCH_EXPORT", "SBATCH_REQUEUE", "SBATCH_NO_REQUEUE", "SBATCH_ARRAY_INX"),
    "SBATCH_CLUSTERS",
}
FIELDS = "%i|%T|%D|%V|%S|%e|%r|%k"
NO_ANSWER = re.compile(
    r"unable to contact slurm controller|socket timed out|connection (?:refused|reset|timed out)"
    r"|zero bytes were transmitted|temporarily unable|in standby mode|unexpected message"
    r"|resource temporarily|transport endpoint|not responding|communication (?:connection )?failure",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slurm(Taker[SlurmSite]):
    """A cluster, asked by its commands."""

    surroundings: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    answer_s: Seconds = ANSWER_S
    """How long a command may take to answer."""

    words: ClassVar[Words] = SLURM

    def take(
        self, folder: Path, order: Order, request: Request[SlurmSite], submitted: Submitted
    ) -> str:
        """Submit the script of a prepared job and return the id of its job.

        Raises:
            RefusedError: Slurm does not take it.
            NoAnswerError: nobody knows whether Slurm took it.
        """
        return self.submit(_options(order, request, submitted), str(folder / SCRIPT))

    def submit(self, options: Sequence[str], script: str) -> str:
        """Submit a script and return the id of its job.

        Raises:
            RefusedError: Slurm does not take it.
            NoAnswerError: nobody knows whether Slurm took it.
        """
        answer = self._ask("sbatch", "--parsable", *options, script).split()
        if not answer:
            raise NoAnswerError("sbatch told no number")
        return answer[-1].partition(";")[0]

    def jobs(self) -> list[SeenJob]:
        """Return every job of this user that Slurm still knows, in one query.

        Raises:
            RefusedError: Slurm does not answer such questions.
            NoAnswerError: it does not answer now.
        """
        answer = self._ask(
            "squeue", "--me", "--noheader", "--states=all", "--array", f"--format={FIELDS}"
        )
        return [_seen(line) for line in answer.splitlines() if line.count("|") >= FIELDS.count("|")]

    def cancel(self, *ids: str, at_once: bool = False) -> None:
        """Cancel jobs; those that have ended stay as they are.

        Raises:
            RefusedError: Slurm refuses.
            NoAnswerError: it does not answer now.
        """
        if ids:
            self._ask("scancel", *(["--signal=KILL", "--full"] if at_once else []), *ids)

    def machines(self, partition: str | None) -> tuple[int, int]:
        """Return how many machines a partition has and how many cores the smallest has.

        Without a name it is the default partition, which sinfo marks with a star.

        Raises:
            RefusedError: there is no such partition.
            NoAnswerError: Slurm does not answer now.
        """
        lines = self._ask("sinfo", "--Node", "--noheader", "--format=%P|%N|%c").splitlines()
        rows = [line.strip().split("|") for line in lines]
        cores = {
            node: int(count.rstrip("+"))
            for name, node, count in rows
            if (name.endswith("*") if partition is None else name.rstrip("*") == partition)
        }
        if not cores:
            raise RefusedError(f"there is no partition {partition or 'that is the default'}")
        return len(cores), min(cores.values())

    def _ask(self, *command: str) -> str:
        """Run one of Slurm's commands."""
        try:
            answer = subprocess.run(
                command,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=self.answer_s,
                check=False,
                start_new_session=True,  # a Ctrl-C is for capstone, which then asks to cancel
            )
        except FileNotFoundError as error:
            raise RefusedError(f"{command[0]} is not installed here") from error
        except subprocess.TimeoutExpired as error:
            raise NoAnswerError(f"{command[0]} did not answer for {self.answer_s:g} s") from error
        if answer.returncode == 0:
            return answer.stdout
        said = " ".join(answer.stderr.split()) or f"{command[0]} exited with {answer.returncode}"
        if NO_ANSWER.search(said):
            raise NoAnswerError(said)
        raise RefusedError(said)

    def _environment(self) -> dict[str, str]:
        """Return what the commands get, and with it a job: nothing of a job around capstone."""
        here = self.surroundings
        theirs = {
            name: value
            for name, value in here.items()
            if name in OF_THE_SITE or (name.startswith(DEFAULTS_OF_USERS) and name not in NOT_OURS)
        }
        return {**passed_on(here), **theirs, "SLURM_TIME_FORMAT": "%s", "LC_ALL": "C"}


def _options(order: Order, request: Request[SlurmSite], submitted: Submitted) -> list[str]:
    """Return what sbatch is told; a value never begins an option of its own."""
    site = request.site
    limit_s = site.walltime_s or submitted.limit_s + BESIDE_S
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
        "output": str(Path(order.output) / LOG).replace("%", "%%"),  # sbatch fills in %j and such
        "export": "ALL",
        "dependency": None if site.exclusive else "singleton",
    }
    options = [f"--{name}={value}" for name, value in asked.items() if value is not None]
    return [*options, "--no-requeue", *(["--exclusive"] if site.exclusive else [])]


def _seen(line: str) -> SeenJob:
    """Read a line of the queue."""
    job, state, nodes, submitted, started, ended, reason, comment = line.split("|", 7)
    return SeenJob(
        id=job,
        state=state,
        reason=reason.strip("()").partition(",")[0],
        nodes=int(nodes) if nodes.isdecimal() else 1,
        comment=comment,
        submitted=_moment(submitted),
        started=_moment(started),
        ended=_moment(ended),
    )


def _moment(text: str) -> Seconds | None:
    """Return a moment in seconds since 1970; None where Slurm knows none."""
    return float(text) if text.isdecimal() else None
