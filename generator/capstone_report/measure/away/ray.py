"""Ray's own job API: submit, one query for all jobs, stop; each may fail to answer.

Ray is imported only here, and only when it is asked: it is large, and an extra of capstone's. A job's
submission id is that of the run's attempt with a mark of its own, known before Ray is asked. Ray takes
an id only once, so that no job is ever submitted twice.
"""

import os
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Protocol, TypeVar

from capstone_report.errors import MachineError
from capstone_report.findings.environment import SCHEDULER_MISSING
from capstone_report.measure.away.answers import NoAnswerError, RefusedError
from capstone_report.measure.away.meeting import JOB_CORES, JOB_NUMBER
from capstone_report.measure.away.ray_words import RAY
from capstone_report.measure.away.states import SeenJob, Words
from capstone_report.measure.away.submitting import LOG, SCRIPT, Request, Submitted, Taker, shell
from capstone_report.measure.guard.messages import Order
from capstone_report.spec.workspace import RaySite
from capstone_report.units import Seconds

ANSWER_S: Seconds = 60.0
MARK, NAME = "capstone", "name"
"""What a job's metadata says of it."""
STATUS = re.compile(r"status code (\d+)")
COMPLAINT = re.compile(r"(?:ValueError|TypeError): (.+)")
Answer = TypeVar("Answer")


class Details(Protocol):
    """What Ray tells of a job; moments in milliseconds since 1970."""

    @property
    def submission_id(self) -> str | None:
        """Return its id; a program that nobody submitted has none."""

    @property
    def status(self) -> str:
        """Return its state, in Ray's word."""

    @property
    def error_type(self) -> str | None:
        """Return what kind of trouble Ray had with it."""

    @property
    def start_time(self) -> int | None:
        """Return when it was submitted, whatever the name says."""

    @property
    def end_time(self) -> int | None:
        """Return when it ended."""

    @property
    def metadata(self) -> Mapping[str, str] | None:
        """Return what was said of it when it was submitted."""


class Node(Protocol):
    """What Ray tells of a machine."""

    @property
    def state(self) -> str:
        """Return whether it lives."""

    @property
    def resources_total(self) -> Mapping[str, float]:
        """Return what it offers to jobs."""


class Client(Protocol):
    """A connection to the head of a cluster."""

    def submit_job(
        self,
        *,
        entrypoint: str,
        submission_id: str,
        runtime_env: dict[str, dict[str, str]],
        metadata: dict[str, str],
        entrypoint_num_cpus: int,
        entrypoint_num_gpus: int | None,
        entrypoint_resources: dict[str, float] | None,
    ) -> str:
        """Submit a job under an id of its own."""

    def list_jobs(self) -> Sequence[Details]:
        """Return every job that the head still knows."""

    def stop_job(self, job_id: str) -> bool:
        """Ask a job to end; tell whether it was still alive."""

    def nodes(self) -> Sequence[Node]:
        """Return the machines of the cluster, those that were lost among them."""


def connect(address: str, answer_s: Seconds) -> Client:
    """Return a connection to a head, which was there a moment ago.

    Raises:
        MachineError: Ray is not installed here.
    """
    try:
        from ray.job_submission import JobSubmissionClient
        from ray.util.state import list_nodes
    except ImportError as error:
        raise MachineError(
            SCHEDULER_MISSING(address, scheduler="ray", reason=str(error), extra="ray")
        ) from error

    class Patient(JobSubmissionClient):  # type: ignore[misc] # Ray is not there for every check
        """A connection that waits for an answer, but not for ever."""

        def _do_request(self, *asked: object, **more: object) -> object:
            """Ask the head with a limit, which Ray's own client does not set."""
            return super()._do_request(*asked, **{"timeout": answer_s, **more})

        def nodes(self) -> Sequence[Node]:
            """Return the machines of the cluster."""
            found: Sequence[Node] = list_nodes(address=address, timeout=int(answer_s))
            return found

    client: Client = Patient(address)
    return client


@dataclass(frozen=True, slots=True, kw_only=True)
class Ray(Taker[RaySite]):
    """A cluster, asked through its head."""

    address: str
    surroundings: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    answer_s: Seconds = ANSWER_S
    """How long the head may take to answer."""
    connect: Callable[[str, Seconds], Client] = connect

    words: ClassVar[Words] = RAY

    def take(
        self, folder: Path, order: Order, request: Request[RaySite], submitted: Submitted
    ) -> str:
        """Submit a prepared job, and return its submission id.

        Raises:
            RefusedError: Ray does not take it.
            NoAnswerError: nobody knows whether Ray took it.
        """
        number = f"{folder.name}-{submitted.mark}"
        script = f"exec {shell(request.site)} {shlex.quote(str(folder / SCRIPT))}"
        variables = {JOB_NUMBER: number, JOB_CORES: str(request.cores)}
        if "PYTHONPATH" in self.surroundings:
            variables["PYTHONPATH"] = self.surroundings["PYTHONPATH"]
        try:
            self._ask(
                lambda head: head.submit_job(
                    entrypoint=f"{script} > {shlex.quote(str(Path(order.output) / LOG))} 2>&1",
                    submission_id=number,
                    runtime_env={"env_vars": variables},
                    metadata={MARK: submitted.mark, NAME: submitted.name},
                    entrypoint_num_cpus=request.cores,
                    entrypoint_num_gpus=request.site.num_gpus,
                    entrypoint_resources=request.site.resources or None,
                )
            )
        except RefusedError as error:
            if "already exists" not in str(error):
                raise
        return number

    def jobs(self) -> list[SeenJob]:
        """Return every job of capstone's that the head still knows, in one query.

        Raises:
            RefusedError: the head does not answer such questions.
            NoAnswerError: it does not answer now.
        """
        known = self._ask(lambda head: head.list_jobs())
        return [_seen(job) for job in known if job.submission_id and MARK in (job.metadata or {})]

    def cancel(self, *ids: str, at_once: bool = False) -> None:  # noqa: ARG002 - Ray kills by itself
        """Stop jobs; those that have ended or are forgotten stay as they are.

        Raises:
            RefusedError: the head refuses.
            NoAnswerError: it does not answer now.
        """
        for number in ids:
            try:
                self._ask(lambda head, number=number: head.stop_job(number))  # type: ignore[misc] # bound now
            except RefusedError as error:
                if "does not exist" not in str(error):
                    raise

    def smallest_machine(self, site: RaySite) -> int:
        """Return how many cores the smallest machine has that offers what a profile asks for.

        Raises:
            RefusedError: there is no such machine.
            NoAnswerError: the head does not answer now.
        """
        wanted = {**site.resources, "GPU": site.num_gpus or 0, "CPU": 1}
        alive = (
            n.resources_total for n in self._ask(lambda head: head.nodes()) if n.state == "ALIVE"
        )
        fitting = [
            int(has["CPU"])
            for has in alive
            if all(has.get(name, 0) >= amount for name, amount in wanted.items())
        ]
        if not fitting:
            raise RefusedError(f"no machine of the cluster has {_spoken(wanted)}")
        return min(fitting)

    def _ask(self, question: Callable[[Client], Answer]) -> Answer:
        """Ask the head something, in a connection of its own."""
        try:
            return question(self.connect(self.address, self.answer_s))
        except OSError as error:  # what requests raises is an OSError, too
            raise NoAnswerError(str(error)) from error
        except RuntimeError as error:
            raise _understood(str(error)) from error


def _understood(said: str) -> RefusedError | NoAnswerError:
    """Return what a head's complaint comes to: a no, or trouble of its own that may pass."""
    complaint = COMPLAINT.search(said)
    status = STATUS.search(said)
    if complaint:
        return RefusedError(complaint[1])
    if status and status[1].startswith("5"):
        return NoAnswerError(said.strip().splitlines()[-1])
    return RefusedError(said.strip().splitlines()[-1])


def _seen(job: Details) -> SeenJob:
    """Return a job as everybody sees it; its reason is what kind of error Ray names."""
    told = job.metadata or {}
    return SeenJob(
        id=job.submission_id or "",
        state=str(job.status),
        reason=str(job.error_type or "no free machine"),
        nodes=1,
        comment=told[MARK],
        submitted=_moment(job.start_time),
        started=None,
        ended=_moment(job.end_time),
        words=RAY,
    )


def _moment(milliseconds: int | None) -> Seconds | None:
    """Return a moment in seconds since 1970; None where Ray knows none."""
    return None if milliseconds is None else milliseconds / 1000


def _spoken(wanted: Mapping[str, float]) -> str:
    """Return resources as Ray writes them."""
    return ", ".join(f"{amount:g} {name}" for name, amount in sorted(wanted.items()) if amount)
