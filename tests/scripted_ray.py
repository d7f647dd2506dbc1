"""The head of a Ray cluster in this process: jobs that a test may hold back, change or forget.

A job's entrypoint runs as soon as it is submitted, before the head answers, unless jobs are held back.
What a real Ray rarely says can so be said in a moment.
"""

import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

PACKAGE = Path(__file__).parents[1] / "generator"
EXISTS = """Request failed with status code 500: Traceback (most recent call last):
  File "job_manager.py", line 553, in submit_job
ValueError: Job with submission_id {} already exists. Please use a different submission_id.
."""


@dataclass(kw_only=True)
class HeldJob:
    """What the head holds of a job."""

    submission_id: str | None
    status: str = "PENDING"
    error_type: str | None = None
    message: str | None = None
    start_time: int | None = None
    end_time: int | None = None
    metadata: dict[str, str] | None = None
    cpus: int = 0
    gpus: int | None = None
    resources: dict[str, float] | None = None
    variables: dict[str, str] = field(default_factory=dict)
    entrypoint: str = "true"


@dataclass(kw_only=True)
class HeldNode:
    """What the head knows of a machine."""

    state: str = "ALIVE"
    resources_total: dict[str, float] = field(default_factory=lambda: {"CPU": 2.0})


class Head:
    """A head that answers everybody in this process."""

    address = "http://127.0.0.1:9"

    def __init__(self, folder: Path) -> None:
        """Begin without a job, on one machine."""
        self.folder = folder
        self.held: dict[str, HeldJob] = {}
        self.machines = [HeldNode()]
        self.asked: list[str] = []
        self.holds_back = False
        self.trouble: dict[str, Exception] = {}
        """What asking for something ends with; once, where it is asked for in brackets."""

    def connect(self, address: str, answer_s: float) -> Self:
        """Answer at one address only."""
        assert address == self.address
        assert answer_s > 0
        self._ask("connect")
        return self

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
        """Take a job, once, and run it at once."""
        self._ask("submit")
        if submission_id in self.held:
            raise RuntimeError(EXISTS.format(submission_id))
        job = HeldJob(
            submission_id=submission_id,
            start_time=now_ms(),
            metadata=metadata,
            cpus=entrypoint_num_cpus,
            gpus=entrypoint_num_gpus,
            resources=entrypoint_resources,
            variables=runtime_env["env_vars"],
            entrypoint=entrypoint,
        )
        self.held[submission_id] = job
        if not self.holds_back:
            self.run(job, entrypoint)
        self._ask("(submitted)")
        return submission_id

    def run(self, job: HeldJob, entrypoint: str) -> None:
        """Run a job to its end."""
        environment = {**os.environ, "PYTHONPATH": str(PACKAGE), **job.variables}
        done = subprocess.run(entrypoint, shell=True, env=environment, cwd=self.folder, check=False)
        job.status = "FAILED" if done.returncode else "SUCCEEDED"
        job.end_time = now_ms()

    def list_jobs(self) -> Sequence[HeldJob]:
        """Return every job, somebody else's among them."""
        self._ask("list")
        theirs = HeldJob(submission_id="raysubmit_1", status="RUNNING", metadata={"x": "y"})
        driver = HeldJob(submission_id=None, status="RUNNING")
        return [theirs, driver, *self.held.values()]

    def stop_job(self, job_id: str) -> bool:
        """Stop a job that runs; one that waits is kept."""
        self._ask("stop")
        if job_id not in self.held:
            raise RuntimeError(f"Request failed with status code 404: Job {job_id} does not exist.")
        job = self.held[job_id]
        alive = job.end_time is None
        if job.status == "RUNNING":
            job.status, job.end_time = "STOPPED", now_ms()
        return alive

    def nodes(self) -> Sequence[HeldNode]:
        """Return the machines."""
        self._ask("nodes")
        return self.machines

    def hold(self, submission_id: str, *, status: str, metadata: dict[str, str]) -> None:
        """Hold a job that nobody in this process submitted."""
        end = None if status in {"PENDING", "RUNNING"} else now_ms()
        self.held[submission_id] = HeldJob(
            submission_id=submission_id,
            status=status,
            metadata=metadata,
            start_time=now_ms(),
            end_time=end,
        )

    def change(self, number: int, **changes: object) -> None:
        """Change what the head holds of a job."""
        for name, value in changes.items():
            setattr(list(self.held.values())[number], name, value)

    def _ask(self, what: str) -> None:
        self.asked.append(what)
        if what in self.trouble:
            trouble = self.trouble.pop(what) if what.startswith("(") else self.trouble[what]
            raise trouble


def now_ms() -> int:
    """Return the present moment as Ray tells moments."""
    return int(1000 * time.time())
