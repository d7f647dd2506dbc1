"""A job's folder: what goes in comes out, once, and a job guards its run as a run is guarded here."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from capstone_report.measure import facts
from capstone_report.measure.away import folder as job_folder
from capstone_report.measure.away import job
from capstone_report.measure.away.folder import JobOrder
from capstone_report.measure.guard.client import NotStartedError
from capstone_report.measure.guard.messages import Ended, Ending, Killed, Order

PATIENCE_S = 60.0
JOB = [sys.executable, "-P", "-m", "capstone_report.measure.away.job"]


def ordered(output: Path, *command: str, timeout_s: float = 30.0) -> Order:
    """Return the order to run a program whose output goes to a folder."""
    output.mkdir()
    env = {"PATH": os.environ["PATH"], "MASTER_PORT": "1"}
    return Order(
        command=list(command), cwd=str(output), env=env, output=str(output), timeout_s=timeout_s
    )


def made(folder: Path, order: Order, *, passes_on: tuple[str, ...] = ()) -> Ended | None:
    """Have a job make a run in this process, and read its answer."""
    job_folder.write_order(folder, JobOrder(order=order, environment=False, passes_on=passes_on))
    assert job.make(folder) == 0
    return job_folder.read_ended(folder)


def wait_for(file: Path) -> None:
    """Wait until a file is there."""
    deadline = time.monotonic() + PATIENCE_S
    while not file.exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_an_order_comes_out_of_its_folder_as_it_went_in(tmp_path: Path) -> None:
    order = replace(ordered(tmp_path / "out", "true"), idle_timeout_s=1.5, gpus=True)
    given = JobOrder(order=order, passes_on=["SLURM_"], environment=False, with_torch=True)

    job_folder.write_order(tmp_path / "job", given)

    assert job_folder.read_order(tmp_path / "job") == given


def test_nobody_else_may_read_an_order(tmp_path: Path) -> None:
    job_folder.write_order(tmp_path / "job", JobOrder(order=ordered(tmp_path / "out", "true")))

    assert (tmp_path / "job").stat().st_mode & 0o077 == 0


def test_a_folder_without_an_answer_says_so(tmp_path: Path) -> None:
    assert job_folder.read_ended(tmp_path) is None
    assert job_folder.read_environment(tmp_path) is None
    assert job_folder.begun_by(tmp_path) is None


def test_an_end_comes_back_whole(tmp_path: Path) -> None:
    ended = Ended(
        ending=Ending.TIMEOUT,
        wall_time_s=1.25,
        exit_code=None,
        signal=15,
        peak_memory_bytes=7,
        joules=2.5,
        energy_method="a counter",
        gpu_throttling=["heat"],
        silent_ranks=[1],
        killed=Killed(rank=1, reported_after_s=0.5, killed_after_s=None, killed_at=None),
    )

    job_folder.write_ended(tmp_path, ended)

    assert job_folder.read_ended(tmp_path) == ended


def test_a_job_guards_its_run_as_it_is_guarded_here(tmp_path: Path) -> None:
    program = "print('out'); raise SystemExit(3)"

    ended = made(tmp_path / "job", ordered(tmp_path / "out", sys.executable, "-c", program))

    assert ended is not None
    assert (ended.ending, ended.exit_code) == (Ending.OWN, 3)
    assert ended.peak_memory_bytes > 0
    assert (tmp_path / "out" / "stdout.txt").read_text() == "out\n"


def test_a_limit_in_seconds_holds_inside_a_job(tmp_path: Path) -> None:
    ended = made(tmp_path / "job", ordered(tmp_path / "out", "sleep", "60", timeout_s=0.2))

    assert ended is not None
    assert ended.ending is Ending.TIMEOUT


def test_a_program_that_is_not_there_is_refused_as_it_is_here(tmp_path: Path) -> None:
    with pytest.raises(NotStartedError, match="No such file") as refused:
        made(tmp_path / "job", ordered(tmp_path / "out", "no-such-program"))

    assert (refused.value.errno, refused.value.filename) == (errno.ENOENT, "no-such-program")


def test_a_second_life_of_a_job_does_nothing(tmp_path: Path) -> None:
    made(tmp_path / "job", ordered(tmp_path / "out", "true"))
    answer = (tmp_path / "job" / job_folder.ENDED).read_bytes()

    assert job.make(tmp_path / "job") == job.SECOND_LIFE
    assert (tmp_path / "job" / job_folder.ENDED).read_bytes() == answer


def test_a_job_makes_its_runs_one_after_the_other(tmp_path: Path) -> None:
    folders = [tmp_path / f"job-{number}" for number in range(3)]
    for number, folder in enumerate(folders):
        order = ordered(tmp_path / f"out-{number}", "sh", "-c", f"exit {number}")
        job_folder.write_order(folder, JobOrder(order=order, environment=False))

    assert job.make(*folders) == 0

    answers = [job_folder.read_ended(folder) for folder in folders]
    assert [answer.exit_code for answer in answers if answer] == [0, 1, 2]
    moments = [(folder / job_folder.ENDED).stat().st_mtime_ns for folder in folders]
    assert moments == sorted(moments)


def test_a_job_that_is_stopped_begins_no_further_run(tmp_path: Path) -> None:
    folders = [tmp_path / f"job-{number}" for number in range(2)]
    for number, folder in enumerate(folders):
        program = f"touch {tmp_path}/begun-{number}; exec sleep 60"
        order = ordered(tmp_path / f"out-{number}", "sh", "-c", program)
        job_folder.write_order(folder, JobOrder(order=order, environment=False))
    process = subprocess.Popen([*JOB, *map(str, folders)])
    wait_for(tmp_path / "begun-0")

    process.send_signal(signal.SIGTERM)

    assert process.wait(PATIENCE_S) == 0
    first = job_folder.read_ended(folders[0])
    assert first is not None
    assert first.ending is Ending.STOPPED
    assert job_folder.begun_by(folders[1]) is None


def test_a_program_gets_what_the_scheduler_says_and_a_port_of_its_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLURM_JOB_ID", "41")
    monkeypatch.setenv("SECRET_TOKEN", "x")
    program = "import json, os; print(json.dumps(dict(os.environ)))"
    order = ordered(tmp_path / "out", sys.executable, "-S", "-c", program)

    made(tmp_path / "job", order, passes_on=("SLURM_",))

    seen = json.loads((tmp_path / "out" / "stdout.txt").read_text())
    assert seen["SLURM_JOB_ID"] == "41"
    assert int(seen["MASTER_PORT"]) > 1023
    assert "SECRET_TOKEN" not in seen


def test_a_job_tells_which_machine_it_got(tmp_path: Path) -> None:
    order = ordered(tmp_path / "out", "true")
    job_folder.write_order(tmp_path / "job", JobOrder(order=order))

    job.make(tmp_path / "job")

    told = job_folder.read_environment(tmp_path / "job")
    assert told is not None
    assert told.differences(facts.environment(tmp_path)) == []
    assert told.facts


def test_a_signal_to_a_job_stops_its_run_and_the_answer_says_so(tmp_path: Path) -> None:
    program = "import pathlib, time; pathlib.Path('here').touch(); time.sleep(60)"
    order = ordered(tmp_path / "out", sys.executable, "-S", "-c", program)
    job_folder.write_order(tmp_path / "job", JobOrder(order=order, environment=False))

    with subprocess.Popen([*JOB, str(tmp_path / "job")]) as process:
        wait_for(tmp_path / "out" / "here")
        begun = job_folder.begun_by(tmp_path / "job")
        process.send_signal(signal.SIGTERM)
        status = process.wait(PATIENCE_S)

    ended = job_folder.read_ended(tmp_path / "job")
    assert (begun, status) == ("", 0)
    assert ended is not None
    assert (ended.ending, ended.signal) == (Ending.STOPPED, signal.SIGTERM)
