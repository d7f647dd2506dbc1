"""Real process trees: what comes back from one, and that nothing of one survives."""

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from capstone_report.measure.process import Ended, run_process

SLEEPER = "import time; time.sleep(60)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"


def run(folder: Path, program: str, *, timeout_s: float = 30.0) -> Ended:
    """Run a Python program in a folder that also gets its output."""
    return run_process(
        [sys.executable, "-S", "-c", program],
        cwd=folder,
        env={"PATH": os.environ["PATH"]},
        output=folder,
        timeout_s=timeout_s,
    )


def starting(child: str, *, session: bool, file: str = "pid.txt") -> str:
    """Return a program that starts another one and writes its process id to a file."""
    return (
        "import subprocess, sys, time, pathlib\n"
        f"child = subprocess.Popen([sys.executable, '-S', '-c', {child!r}], start_new_session={session})\n"
        f"pathlib.Path({file!r}).write_text(str(child.pid))\n"
    )


def pid_in(folder: Path, file: str = "pid.txt") -> int:
    """Return the process id that a program wrote down."""
    return int((folder / file).read_text())


def test_an_end_of_its_own_is_told_by_its_status(tmp_path: Path) -> None:
    ended = run(tmp_path, "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)")

    assert (ended.exit_code, ended.signal, ended.timed_out) == (3, None, False)
    assert not ended.outlived
    assert ended.wall_time_s > 0
    assert (tmp_path / "stdout.txt").read_text() == "out\n"
    assert (tmp_path / "stderr.txt").read_text() == "err\n"


def test_a_program_that_dies_from_a_signal_has_no_status(tmp_path: Path) -> None:
    ended = run(tmp_path, "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")

    assert (ended.exit_code, ended.signal, ended.timed_out) == (None, 9, False)


def test_a_program_finds_nothing_to_read_and_runs_where_it_is_told(tmp_path: Path) -> None:
    run(tmp_path, "import os, sys; print(repr(sys.stdin.read()), os.getcwd())")

    assert (tmp_path / "stdout.txt").read_text() == f"'' {tmp_path}\n"


def test_a_program_that_does_not_exist_cannot_be_started(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        run_process(["no-such-program"], cwd=tmp_path, env={}, output=tmp_path, timeout_s=1)


def test_processor_time_and_peak_memory_are_the_programs(tmp_path: Path) -> None:
    ended = run(
        tmp_path,
        "import time\nheld = bytearray(150 * 2**20)\nwhile time.process_time() < 0.3: pass\n",
    )

    assert ended.cpu_time_s >= 0.3
    assert 150 * 2**20 <= ended.peak_memory_bytes < 2**30


def test_peak_memory_includes_the_children(tmp_path: Path) -> None:
    child = "import time; held = bytearray(150 * 2**20); time.sleep(1.5)"

    ended = run(tmp_path, starting(child, session=False) + "child.wait()")

    assert ended.peak_memory_bytes >= 150 * 2**20


def test_the_deadline_stops_a_program(tmp_path: Path) -> None:
    ended = run(tmp_path, SLEEPER, timeout_s=0.3)

    assert ended.timed_out
    assert 0.3 <= ended.wall_time_s < 30
    assert not ended.outlived


def test_a_program_may_clean_up_when_its_time_is_over(tmp_path: Path) -> None:
    ended = run(
        tmp_path,
        "import signal, sys, time, pathlib\n"
        "def stop(*_):\n"
        "    pathlib.Path('cleaned.txt').write_text('yes')\n"
        "    sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, stop)\n"
        "time.sleep(60)\n",
        timeout_s=1.0,
    )

    assert ended.timed_out
    assert (tmp_path / "cleaned.txt").read_text() == "yes"


def test_nothing_of_a_stubborn_tree_survives_the_deadline(
    tmp_path: Path, is_gone: Callable[[int], bool]
) -> None:
    program = (
        "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        + starting(STUBBORN, session=False, file="same.txt")
        + starting(STUBBORN, session=True, file="own.txt")
        + "time.sleep(60)"
    )

    ended = run(tmp_path, program, timeout_s=2.0)

    assert ended.timed_out
    assert ended.signal == 9
    assert is_gone(pid_in(tmp_path, "same.txt"))
    assert is_gone(pid_in(tmp_path, "own.txt"))


def test_a_child_that_outlives_its_program_is_killed_and_told(
    tmp_path: Path, is_gone: Callable[[int], bool]
) -> None:
    ended = run(tmp_path, starting(SLEEPER, session=False))

    assert ended.exit_code == 0
    assert ended.outlived
    assert is_gone(pid_in(tmp_path))


def test_a_child_that_ended_before_its_program_has_not_outlived_it(tmp_path: Path) -> None:
    ended = run(tmp_path, "import os, time\nos.fork() or os._exit(0)\ntime.sleep(0.3)\nos._exit(0)")

    assert not ended.outlived


def test_a_child_in_a_session_of_its_own_is_killed_when_it_outlives_its_program(
    tmp_path: Path, is_gone: Callable[[int], bool]
) -> None:
    ended = run(tmp_path, starting(SLEEPER, session=True) + "time.sleep(1.2)")

    assert ended.outlived
    assert is_gone(pid_in(tmp_path))


def test_a_child_in_a_session_of_its_own_does_not_survive_a_program_that_ends_at_once(
    tmp_path: Path, is_gone: Callable[[int], bool]
) -> None:
    ended = run(tmp_path, starting(SLEEPER, session=True))
    left = not is_gone(pid_in(tmp_path))
    if left:
        psutil.Process(pid_in(tmp_path)).kill()

    assert not left
    assert ended.outlived


def test_an_interruption_stops_the_tree_before_it_goes_on(
    tmp_path: Path,
    eventually: Callable[[Callable[[], object]], object],
    is_gone: Callable[[int], bool],
) -> None:
    written = tmp_path / "pid.txt"

    def interrupt() -> None:
        eventually(lambda: written.exists() and written.read_text())
        os.kill(os.getpid(), 2)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, starting(SLEEPER, session=False) + "time.sleep(60)")
    thread.join()

    assert is_gone(pid_in(tmp_path))
