"""A real head of Ray's on this machine: each ending in the right state, and the journal complete.

`python -m pytest -m ray` runs them where Ray is installed; it is an extra that CI leaves out.
"""

import importlib.util
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from capstone_report.measure.away.answers import NoAnswerError, RefusedError
from capstone_report.measure.away.ray import Ray
from capstone_report.spec.workspace import RaySite
from scripted_ray import PACKAGE

pytestmark = [
    pytest.mark.ray,
    pytest.mark.slow,
    pytest.mark.skipif(
        importlib.util.find_spec("ray") is None,
        reason="Ray is not installed: pip install 'capstone-report[ray]'",
    ),
]

PATIENCE_S = 120.0
SLEEP = "import time; time.sleep(120)"
# Otherwise the same ones for every head, so that two on one machine mix up their jobs.
OTHER_PORTS = ("dashboard-agent-listen", "dashboard-agent-grpc", "metrics-export")
POOL = "levels = { workers = [2] }"
Capstone = subprocess.CompletedProcess[str]


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def head() -> Iterator[Ray]:
    """A head with two cores, in the foreground, which takes all that it started with it."""
    folder = Path(tempfile.mkdtemp(prefix="ray-", dir="/tmp"))
    port = free_port()
    command = [
        *(sys.executable, "-m", "ray.scripts.scripts", "start", "--head", "--block"),
        *(f"--port={free_port()}", "--num-cpus=2", "--node-ip-address=127.0.0.1"),
        *("--dashboard-host=127.0.0.1", f"--dashboard-port={port}", "--disable-usage-stats"),
        *(f"--{name}-port={free_port()}" for name in OTHER_PORTS),
        f"--temp-dir={folder}",
    ]
    environment = {**os.environ, "RAY_USAGE_STATS_ENABLED": "0"}
    ray = Ray(address=f"http://127.0.0.1:{port}", answer_s=10.0)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        wait_for(lambda: answers(ray))
        yield ray
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_S)
        shutil.rmtree(folder, ignore_errors=True)


def answers(ray: Ray) -> bool:
    """Tell whether a head answers and has a machine."""
    try:
        return ray.smallest_machine(RaySite()) == 2
    except (NoAnswerError, RefusedError):
        return False


def wait_for(is_so: Callable[[], bool]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.2)


@dataclass(frozen=True, kw_only=True)
class Place:
    """A workspace beside that head, and the real command in it."""

    root: Path
    ray: Ray
    write_workspace: Callable[..., Path]
    run: Callable[..., Capstone]

    def write(self, workers: str = "[2]", **pieces: str) -> None:
        """Write the tiny study, with one run of each case."""
        study = self.write_workspace(self.root, **{"repeats": "1"} | pieces) / "study.toml"
        text = study.read_text()
        assert POOL in text
        study.write_text(text.replace(POOL, f"levels = {{ workers = {workers} }}"))
        with (self.root / "capstone.toml").open("a") as workspace:
            workspace.write(f'\n[ray]\naddress = "{self.ray.address}"\n')

    def capstone(self, *arguments: str) -> Capstone:
        """Run the real command to its end."""
        return self.run(self.root, *arguments, PYTHONPATH=str(PACKAGE))

    def records(self) -> list[dict[str, Any]]:
        """Return the runs on record, of a journal that is whole."""
        assert self.capstone("journal", "verify").returncode == 0
        (journal,) = self.root.glob("specs/tiny/results/ray-*/journal.jsonl")
        found = [json.loads(line)["record"] for line in journal.read_text().splitlines()]
        assert not [path for path in (journal.parent / "jobs").iterdir() if path.is_dir()]
        return [record for record in found if record["kind"] == "run"]

    def outcomes(self) -> dict[str, list[tuple[str, str]]]:
        """Return how the runs of each benchmark ended, and what Ray says of their jobs."""
        ended: dict[str, list[tuple[str, str]]] = {"serial": [], "pool": []}
        for run in self.records():
            ended[run["benchmark"]].append((run["outcome"], run["job"]["state"]))
        return ended


@pytest.fixture
def place(
    tmp_path: Path,
    head: Ray,
    write_workspace: Callable[..., Path],
    capstone_in: Callable[..., Capstone],
) -> Place:
    """A workspace beside that head."""
    return Place(root=tmp_path, ray=head, write_workspace=write_workspace, run=capstone_in)


def test_a_run_that_ends_well_and_one_that_fails_end_so(place: Place) -> None:
    place.write(pool="raise SystemExit(3)")

    done = place.capstone("run", "--launcher", "ray")

    assert done.returncode == 4, done.stderr
    assert place.outcomes() == {
        "serial": [("ok", "SUCCEEDED")],
        "pool": [("failed", "SUCCEEDED")] * 2,
    }


def test_a_run_that_takes_too_long_is_ended_by_its_own_guard(place: Place) -> None:
    place.write(pool=SLEEP, timeout_s="5")

    done = place.capstone("run", "--launcher", "ray")
    assert done.returncode == 4, done.stderr

    assert place.outcomes()["pool"][0] == ("timeout", "SUCCEEDED")


def test_jobs_that_are_cancelled_end_interrupted_whether_they_run_or_wait(place: Place) -> None:
    place.write(serial=SLEEP, pool=SLEEP)
    place.capstone("run", "--launcher", "ray", "--detach")
    wait_for(lambda: any(job.state == "RUNNING" for job in place.ray.jobs()))
    time.sleep(3)  # until the one that runs has begun

    place.capstone("collect", "--cancel")

    ended = Counter(item for items in place.outcomes().values() for item in items)
    assert ended == {("interrupted", "STOPPED"): 1, ("interrupted", "PENDING"): 1}


def test_twelve_cases_are_submitted_and_collected_from_another_shell_each_once(
    place: Place,
) -> None:
    place.write(workers=str(list(range(2, 13))))
    submitted = place.capstone("run", "--launcher", "ray", "--detach")
    again = place.capstone("run", "--launcher", "ray", "--detach")

    collected = place.capstone("collect", "--wait")

    assert "12 runs submitted" in submitted.stdout
    assert "0 runs submitted, 12 are on their way already" in again.stdout
    assert collected.returncode == 0, collected.stderr
    records = place.records()
    assert len({run["case_id"] for run in records}) == len(records) == 12
    assert {(run["outcome"], run["job"]["scheduler"]) for run in records} == {("ok", "ray")}


def test_a_head_that_takes_a_question_and_never_answers_is_given_up() -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        address = f"http://127.0.0.1:{deaf.getsockname()[1]}"

        with pytest.raises(NoAnswerError, match="timed out"):
            Ray(address=address, answer_s=0.5).jobs()
