"""Runs as jobs while somebody waits: submitted once, followed, cancelled, and never left behind."""

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from capstone_report.errors import MachineError
from capstone_report.measure.away import following, slurm_starter, submitting
from capstone_report.measure.away.slurm import Slurm
from capstone_report.measure.away.slurm_starter import SlurmStarter
from capstone_report.measure.away.submitting import Request, Submitted
from capstone_report.measure.guard.client import NotStartedError
from capstone_report.measure.guard.messages import Ending, Order
from capstone_report.measure.starting import EndedElsewhere
from capstone_report.results.records import Outcome
from capstone_report.spec.workspace import SlurmSite
from scripted_slurm import ScriptedSlurm
from workplaces import PACKAGE, later

SITE = SlurmSite()
AWAY = "Unable to contact slurm controller (connect failure)"


class Stops:
    """Asks to stop whenever a test says so."""

    def __init__(self) -> None:
        """Begin without asking."""
        self._readable, self._writable = os.pipe()
        self.asked = 0

    def ask(self, times: int = 1) -> None:
        """Ask to stop, so many times."""
        self.asked += times

    def fileno(self) -> int:
        """Return a descriptor that is never readable."""
        return self._readable

    def stops(self) -> int:
        """Return how often it was asked."""
        return self.asked


@pytest.fixture
def stops() -> Stops:
    """What asks to stop."""
    return Stops()


@pytest.fixture
def starter(
    tmp_path: Path, scripted: ScriptedSlurm, stops: Stops, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., SlurmStarter]:
    """Return what makes runs as jobs of the scripted cluster."""
    monkeypatch.setattr(slurm_starter, "SOONEST_S", 0.05)
    (tmp_path / "jobs").mkdir()

    def make(**site: object) -> SlurmStarter:
        slurm = Slurm(surroundings=scripted.environment | {"PYTHONPATH": str(PACKAGE)})
        request = Request(site=SITE.model_copy(update=site), name="capstone-x", cores=2)
        return SlurmStarter(slurm, tmp_path / "jobs", request, stopping=stops)

    return make


def ordered(tmp_path: Path, *command: str) -> Order:
    """Return the order to run a command."""
    output = tmp_path / "raw" / "run-1"
    (output / "metrics").mkdir(parents=True)
    return Order(
        command=list(command),
        cwd=str(tmp_path),
        env={"PATH": os.environ["PATH"]},
        output=str(output),
        timeout_s=30.0,
    )


def there_is_a_job(scripted: ScriptedSlurm) -> Callable[[], bool]:
    """Return what tells whether the queue has been asked for a job's state."""
    return lambda: sum(line.startswith("squeue") for line in scripted.asked) > 1


def test_a_run_is_one_job_and_nothing_of_it_is_left(
    tmp_path: Path, scripted: ScriptedSlurm, starter: Callable[..., SlurmStarter]
) -> None:
    ended = starter().run(ordered(tmp_path, sys.executable, "-S", "-c", "raise SystemExit(3)"))

    assert isinstance(ended, EndedElsewhere)
    assert (ended.ending, ended.exit_code, ended.job.id) == (Ending.OWN, 3, "1")
    assert ended.environment is not None
    assert ended.environment.cores <= 2
    assert sum(line.startswith("sbatch") for line in scripted.asked) == 1
    assert list((tmp_path / "jobs").iterdir()) == []


def test_a_job_asks_as_the_site_says_and_is_never_requeued(
    tmp_path: Path, scripted: ScriptedSlurm, starter: Callable[..., SlurmStarter]
) -> None:
    site = {
        "account": "us",
        "partition": "main",
        "qos": "high",
        "constraint": "icelake",
        "gres": "gpu:2",
        "walltime_s": 90.0,
        "exclusive": True,
    }

    starter(**site).run(replace(ordered(tmp_path, "true"), nodes=3))

    (asked,) = [line for line in scripted.asked if line.startswith("sbatch")]
    expected = "--account=us --partition=main --qos=high --constraint=icelake --gres=gpu:2"
    assert expected in asked
    assert {"--no-requeue", "--exclusive", "--time=2", "--nodes=3", "--cpus-per-task=2"} < set(
        asked.split()
    )
    assert "dependency" not in asked


def test_without_whole_machines_one_job_follows_the_other(
    tmp_path: Path, scripted: ScriptedSlurm, starter: Callable[..., SlurmStarter]
) -> None:
    starter().run(ordered(tmp_path, "true"))

    (asked,) = [line for line in scripted.asked if line.startswith("sbatch")]
    assert "--dependency=singleton" in asked
    assert "--job-name=capstone-x" in asked


def test_a_percent_sign_in_a_path_is_itself(tmp_path: Path, scripted: ScriptedSlurm) -> None:
    scripted.mark("held")
    (tmp_path / "50%j").mkdir()
    order = ordered(tmp_path / "50%j", "true")
    request = Request(site=SITE, name="x", cores=1)
    slurm = Slurm(surroundings=scripted.environment)
    submitted = submitting.prepare({tmp_path / "job": order}, request)

    submitting.submit(
        slurm, [tmp_path / "job"], request, submitted, deadline=0.0, wait=lambda: None
    )

    (asked,) = [line for line in scripted.asked if line.startswith("sbatch")]
    assert f"--output={tmp_path}/50%%j/raw/run-1/job.txt" in asked
    assert f"--chdir={tmp_path}/50%j " in asked


def test_modules_and_a_container_surround_what_a_job_starts(tmp_path: Path) -> None:
    site = SITE.model_copy(update={"modules": ("gcc/12", "cuda"), "container": ("box", "run me")})
    request = Request(site=site, name="x", cores=1)

    submitting.prepare({tmp_path / "job": ordered(tmp_path, "true")}, request)

    script = (tmp_path / "job" / submitting.SCRIPT).read_text().splitlines()
    assert script[:2] == ["#!/bin/bash -l", "module load gcc/12 cuda"]
    assert script[2].startswith(f"exec box 'run me' {sys.executable} -P -m capstone_report.")


def test_a_job_that_slurm_took_without_telling_is_not_submitted_twice(
    tmp_path: Path, scripted: ScriptedSlurm, starter: Callable[..., SlurmStarter]
) -> None:
    scripted.mark("silent")

    ended = starter().run(ordered(tmp_path, "true"))

    assert ended.exit_code == 0
    assert sum(line.startswith("sbatch") for line in scripted.asked) == 1


def test_a_job_that_slurm_refuses_could_not_be_started(
    tmp_path: Path, scripted: ScriptedSlurm, starter: Callable[..., SlurmStarter]
) -> None:
    scripted.mark("sbatch.says", "sbatch: error: Requested node configuration is not available")

    with pytest.raises(NotStartedError) as refused:
        starter().run(ordered(tmp_path, "true"))

    assert "Requested node configuration is not available" in str(refused.value.strerror)
    assert list((tmp_path / "jobs").iterdir()) == []


def test_a_controller_that_stays_away_is_asked_until_the_queues_limit(
    tmp_path: Path, scripted: ScriptedSlurm, starter: Callable[..., SlurmStarter]
) -> None:
    scripted.mark("all.says", AWAY)

    with pytest.raises(MachineError, match=r"CAP716.*Unable to contact"):
        starter(queue_limit_s=0.2).run(ordered(tmp_path, "true"))

    (folder,) = (tmp_path / "jobs").iterdir()
    assert submitting.known(folder) is not None  # there may be a job: it is looked for later


def test_a_stop_ends_the_attempt_to_get_a_job(
    tmp_path: Path, scripted: ScriptedSlurm, stops: Stops, starter: Callable[..., SlurmStarter]
) -> None:
    scripted.mark("all.says", AWAY)
    stopping = later(stops.ask, when=lambda: len(scripted.asked) > 1)

    ended = starter().run(ordered(tmp_path, "true"))

    stopping.join()
    assert ended.ending is Ending.STOPPED


def test_a_controller_that_stays_away_beside_a_job_ends_the_campaign_and_forgets_nothing(
    tmp_path: Path,
    scripted: ScriptedSlurm,
    stops: Stops,
    starter: Callable[..., SlurmStarter],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(following, "CANCELLED_S", 0.1)
    scripted.mark("held")

    def go_away() -> None:
        scripted.mark("all.says", AWAY)
        stops.ask()

    leaving = later(go_away, when=there_is_a_job(scripted))

    with pytest.raises(MachineError, match="nobody knows what became of job 1"):
        starter().run(ordered(tmp_path, "true"))

    leaving.join()
    (folder,) = (tmp_path / "jobs").iterdir()
    assert submitting.known(folder) is not None


@pytest.mark.parametrize("times", [1, 2])
def test_a_stop_cancels_the_job(
    tmp_path: Path,
    scripted: ScriptedSlurm,
    stops: Stops,
    starter: Callable[..., SlurmStarter],
    times: int,
) -> None:
    scripted.mark("held")
    stopping = later(lambda: stops.ask(times), when=there_is_a_job(scripted))

    ended = starter().run(ordered(tmp_path, "true"))

    stopping.join()
    assert isinstance(ended, EndedElsewhere)
    assert ended.verdict == (Outcome.INTERRUPTED, "job 1 was cancelled (Slurm: CANCELLED)")
    (cancel,) = [line for line in scripted.asked if line.startswith("scancel")]
    assert ("--signal=KILL" in cancel) is (times == 2)


def test_whatever_is_raised_beside_a_run_cancels_its_job_first(
    tmp_path: Path, scripted: ScriptedSlurm, starter: Callable[..., SlurmStarter]
) -> None:
    scripted.mark("held")
    made = starter()

    def fail(_elapsed_s: float) -> None:
        if there_is_a_job(scripted)():
            raise RuntimeError

    made.tick = fail

    with pytest.raises(RuntimeError):
        made.run(ordered(tmp_path, "true"))

    assert scripted.job(1)["state"] == "CANCELLED"


def test_a_program_that_is_not_there_could_not_be_started_there_either(
    tmp_path: Path, starter: Callable[..., SlurmStarter]
) -> None:
    with pytest.raises(NotStartedError, match="No such file"):
        starter().run(ordered(tmp_path, "no-such-program"))

    assert list((tmp_path / "jobs").iterdir()) == []


def test_what_is_known_of_a_job_comes_back_from_disk(tmp_path: Path) -> None:
    submitted = Submitted(mark="capstone-1", name="x", limit_s=1.0, id="4", at=2.0)

    submitting.keep(tmp_path, submitted)

    assert submitting.known(tmp_path) == submitted
    assert submitting.known(tmp_path / "elsewhere") is None
