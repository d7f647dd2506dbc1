"""What a killed campaign leaves is ended or set aside, and nothing else is touched."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from capstone_report.measure.aside import aside
from capstone_report.measure.leftovers import MARK, end_processes, recover, set_aside
from capstone_report.results.journal import JOURNAL, open_journal
from capstone_report.results.records import RunRecord
from capstone_report.results.running import RUNNING

STUBBORN = (
    "import pathlib, signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "pathlib.Path(sys.argv[1]).touch(); time.sleep(60)"
)


@pytest.fixture
def sleeper(
    tmp_path: Path, eventually: Callable[[Callable[[], object]], object]
) -> Iterator[Callable[[Path], "subprocess.Popen[bytes]"]]:
    """Start a process that ignores SIGTERM and whose environment names a folder of metrics."""

    def start(metrics: Path) -> "subprocess.Popen[bytes]":
        up = tmp_path / f"up-{metrics.parent.name}"
        process = subprocess.Popen(
            [sys.executable, "-S", "-c", STUBBORN, str(up)], env={**os.environ, MARK: str(metrics)}
        )
        started.append(process)
        eventually(up.exists)
        return process

    started: list[subprocess.Popen[bytes]] = []
    yield start
    for process in started:
        process.kill()
        process.wait()


def test_processes_of_these_records_are_ended_and_others_are_not(
    tmp_path: Path, sleeper: Callable[[Path], "subprocess.Popen[bytes]"]
) -> None:
    ours = sleeper(tmp_path / "here" / "raw" / "run-0" / "metrics")
    others = sleeper(tmp_path / "there" / "raw" / "run-1" / "metrics")

    ended = end_processes(tmp_path / "here")

    assert ended == 1
    assert not psutil.pid_exists(ours.pid)
    assert others.poll() is None


def test_a_run_that_is_on_its_way_in_a_job_is_left_alone(
    tmp_path: Path, sleeper: Callable[[Path], "subprocess.Popen[bytes]"]
) -> None:
    in_a_job = sleeper(tmp_path / "here" / "raw" / "run-0" / "metrics")

    ended = end_processes(tmp_path / "here", apart_from=["run-0"])

    assert ended == 0
    assert in_a_job.poll() is None


def test_outputs_that_no_record_names_are_kept_under_another_name(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    for name in ("kept-0", "lost-0", "lost-0.orphan-0"):
        (raw / name).mkdir(parents=True)
        (raw / name / "stdout.txt").write_text(name)

    moved = set_aside(tmp_path, {"kept-0"})

    assert [path.name for path in moved] == ["lost-0.orphan-1"]
    assert sorted(path.name for path in raw.iterdir()) == [
        "kept-0",
        "lost-0.orphan-0",
        "lost-0.orphan-1",
    ]
    assert (raw / "lost-0.orphan-1" / "stdout.txt").read_text() == "lost-0"


def test_without_outputs_there_is_nothing_to_set_aside(tmp_path: Path) -> None:
    assert set_aside(tmp_path, set()) == []


def test_what_is_started_while_leftovers_are_ended_is_ended_too(
    tmp_path: Path, eventually: Callable[[Callable[[], object]], object]
) -> None:
    agent = (
        "import os, pathlib, signal, subprocess, sys, time\n"
        "code = 'import time; time.sleep(60)'\n"
        "def restart(*_):\n"
        "    subprocess.Popen([sys.executable, '-S', '-c', code], start_new_session=True)\n"
        "    os._exit(0)\n"
        "signal.signal(signal.SIGTERM, restart)\n"
        "pathlib.Path(sys.argv[1]).touch()\n"
        "time.sleep(60)\n"
    )
    metrics = tmp_path / "here" / "raw" / "run-0" / "metrics"
    process = subprocess.Popen(
        [sys.executable, "-S", "-c", agent, str(tmp_path / "up")],
        env={**os.environ, MARK: str(metrics)},
    )
    eventually((tmp_path / "up").exists)

    ended = end_processes(tmp_path / "here")

    process.wait()
    assert ended == 2
    assert end_processes(tmp_path / "here") == 0


@pytest.mark.parametrize("run_id", ["../../elsewhere", "/etc", "..", ".", "", "a/b", 7, None])
def test_a_mark_from_anybody_touches_nothing_outside_the_records(
    tmp_path: Path, make_record: Callable[..., RunRecord], run_id: object
) -> None:
    folder, elsewhere = tmp_path / "results" / "here", tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "empty.txt").touch()
    (elsewhere / "secret.txt").write_text("secret")
    with open_journal(folder) as (_, writer):
        writer.append(make_record())
    attempt = {**make_record().model_dump(mode="json"), "run_id": run_id}
    mark = {"pid": 2**31 - 2, "host": socket.gethostname(), "since": "then", "attempt": attempt}
    (folder / RUNNING).write_text(json.dumps(mark))

    with open_journal(folder) as (journal, writer):
        found = recover(journal, writer)

    assert found == []
    assert sorted(path.name for path in elsewhere.iterdir()) == ["empty.txt", "secret.txt"]
    assert "secret" not in (folder / JOURNAL).read_text()


def test_an_orphan_gets_the_next_free_name(tmp_path: Path) -> None:
    for name in ("run-0", "run-0.orphan-1"):
        (tmp_path / name).mkdir()

    assert aside(tmp_path / "run-0").name == "run-0.orphan-0"
    (tmp_path / "run-0").mkdir()
    assert aside(tmp_path / "run-0").name == "run-0.orphan-2"
