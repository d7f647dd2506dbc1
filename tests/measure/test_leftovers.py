"""What a killed campaign leaves is ended or set aside, and nothing else is touched."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from capstone_report.measure.leftovers import MARK, end_processes, set_aside

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
