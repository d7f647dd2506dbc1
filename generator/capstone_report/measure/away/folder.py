"""A job's folder: the order that capstone puts there, and what the job leaves in answer.

It may lie on a shared file system, so that every file appears whole: it is written beside, moved,
and on disk before anybody is told. A folder serves one job, once.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from capstone_report.measure.guard.client import NotStartedError
from capstone_report.measure.guard.messages import Ended, Order, ended_from, order_from
from capstone_report.results.durable import replace_file, sync_folder
from capstone_report.results.records import Environment
from capstone_report.units import Seconds

ORDER, BEGUN, ENVIRONMENT, ENDED = "order.json", "begun", "environment.json", "ended.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobOrder:
    """What a job is asked to do."""

    order: Order
    """The run to be made on the job's first machine."""
    passes_on: Sequence[str] = ()
    """Beginnings of the names of variables that the program gets from the job's own environment."""
    environment: bool = True
    """Whether the job also tells on which machine and with which software it ran."""
    with_torch: bool = False
    """Whether torch is asked for its facts, too, which takes seconds."""
    scheduler: str = "slurm"
    """Whose job it is."""


def write_order(folder: Path, job: JobOrder) -> None:
    """Put an order into a new folder, which nobody else may read: it holds an environment."""
    folder.mkdir(parents=True, mode=0o700)
    sync_folder(folder.parent)
    replace_file(folder / ORDER, json.dumps(asdict(job)).encode())


def read_order(folder: Path) -> JobOrder:
    """Return the order of a folder."""
    said = json.loads((folder / ORDER).read_bytes())
    return JobOrder(**said | {"order": order_from(said["order"])})


def begin(folder: Path, job: str = "") -> bool:
    """Note that a job of that number has begun; tell whether the folder sees its first one.

    A scheduler may start a job again after a failure. Its second life would write over the first.
    """
    try:
        handle = os.open(folder / BEGUN, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return False
    os.write(handle, job.encode())
    os.close(handle)
    sync_folder(folder)
    return True


def begun_by(folder: Path) -> str | None:
    """Return the number of the job that has begun, which may be empty; None before any has."""
    file = folder / BEGUN
    return file.read_text() if file.exists() else None


def begun_at(folder: Path) -> Seconds | None:
    """Return when the job began, in seconds since 1970; None before any has."""
    file = folder / BEGUN
    return file.stat().st_mtime if file.exists() else None


def write_environment(folder: Path, environment: Environment) -> None:
    """Tell on which machine a job runs."""
    replace_file(folder / ENVIRONMENT, environment.model_dump_json().encode())


def read_environment(folder: Path) -> Environment | None:
    """Return what a job told of its machine; None before it has."""
    said = _said(folder / ENVIRONMENT)
    return None if said is None else Environment.model_validate(said)


def write_ended(folder: Path, ended: Ended) -> None:
    """Tell how a run ended."""
    replace_file(folder / ENDED, json.dumps({"ended": asdict(ended)}).encode())


def write_refused(folder: Path, error: OSError) -> None:
    """Tell why a run did not begin."""
    refused = {"refused": error.errno, "path": error.filename}
    replace_file(folder / ENDED, json.dumps(refused).encode())


def read_ended(folder: Path) -> Ended | None:
    """Return how a job's run ended; None while it has not told.

    Raises:
        NotStartedError: the program could not be started there.
    """
    said = _said(folder / ENDED)
    if said is None:
        return None
    if "refused" in said:
        number = int(said["refused"])
        raise NotStartedError(number, os.strerror(number), said["path"])
    return ended_from(said["ended"])


def _said(file: Path) -> dict[str, Any] | None:
    """Return what a file of the folder says; None without the file."""
    try:
        said: Mapping[str, Any] = json.loads(file.read_bytes())
    except FileNotFoundError:
        return None
    return dict(said)
