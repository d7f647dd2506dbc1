"""The guard on real process trees: what comes back from one, and that nothing of one survives."""

import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from capstone_report.measure.guard.client import Guard, NotStartedError
from capstone_report.measure.guard.messages import Ended, Ending, Order

SLEEPER = "import time; time.sleep(60)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"


def ordered(folder: Path, program: str, **limits: float) -> Order:
    """Return the order to run a Python program in a folder that also gets its output."""
    return Order(
        command=[sys.executable, "-S", "-c", program],
        cwd=str(folder),
        env={"PATH": os.environ["PATH"]},
        output=str(folder),
        **{"timeout_s": 30.0} | limits,  # type: ignore[arg-type] # limits by their names
    )


def run(folder: Path, program: str, *, timeout_s: float = 30.0) -> Ended:
    """Run a Python program in a folder that also gets its output."""
    with Guard() as guard:
        return guard.run(ordered(folder, program, timeout_s=timeout_s))


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

    assert (ended.exit_code, ended.signal, ended.ending) == (3, None, Ending.OWN)
    assert not ended.outlived
    assert ended.wall_time_s > 0
    assert (tmp_path / "stdout.txt").read_text() == "out\n"
    assert (tmp_path / "stderr.txt").read_text() == "err\n"


def test_a_program_that_dies_from_a_signal_has_no_status(tmp_path: Path) -> None:
    ended = run(tmp_path, "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")

    assert (ended.exit_code, ended.signal, ended.ending) == (None, 9, Ending.OWN)


def test_a_program_finds_nothing_to_read_and_runs_where_it_is_told(tmp_path: Path) -> None:
    run(tmp_path, "import os, sys; print(repr(sys.stdin.read()), os.getcwd())")

    assert (tmp_path / "stdout.txt").read_text() == f"'' {tmp_path}\n"


def test_a_program_that_does_not_exist_cannot_be_started(tmp_path: Path) -> None:
    order = Order(
        command=["no-such-program"], cwd=str(tmp_path), env={}, output=str(tmp_path), timeout_s=1
    )

    with Guard() as guard, pytest.raises(NotStartedError):
        guard.run(order)


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

    assert ended.ending is Ending.TIMEOUT
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

    assert ended.ending is Ending.TIMEOUT
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

    assert ended.ending is Ending.TIMEOUT
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


def test_an_error_in_capstone_ends_the_tree(
    tmp_path: Path,
    is_gone: Callable[[int], bool],
) -> None:
    written = tmp_path / "pid.txt"

    def fail(_elapsed_s: float) -> None:
        if written.exists() and written.read_text():
            raise RuntimeError

    with Guard(tick=fail) as guard, pytest.raises(RuntimeError):
        guard.run(ordered(tmp_path, starting(SLEEPER, session=False) + "time.sleep(60)"))

    assert is_gone(pid_in(tmp_path))


def test_a_guard_serves_one_run_after_the_other(tmp_path: Path) -> None:
    with Guard() as guard:
        ended = [guard.run(ordered(tmp_path, f"raise SystemExit({i})")).exit_code for i in range(3)]
        pid = guard.pid

        assert pid is not None
        assert ended == [0, 1, 2]
    assert not psutil.pid_exists(pid)


def test_a_program_that_stays_silent_is_stopped_and_shows_where_it_hangs(tmp_path: Path) -> None:
    program = (
        "import faulthandler, time; faulthandler.enable()\ndef waits(): time.sleep(60)\nwaits()"
    )

    with Guard() as guard:
        ended = guard.run(ordered(tmp_path, program, idle_timeout_s=0.6))

    assert ended.ending is Ending.SILENCE
    assert ended.wall_time_s < 10
    assert "in waits" in (tmp_path / "stderr.txt").read_text()


@pytest.mark.parametrize("writes", ["print('.', flush=True)", "file.write('.'); file.flush()"])
def test_output_and_metrics_are_signs_of_life(tmp_path: Path, writes: str) -> None:
    (tmp_path / "metrics").mkdir()
    program = (
        "import time; file = open('metrics/rank0.jsonl', 'w')\n"
        f"for _ in range(8):\n    {writes}; time.sleep(0.2)"
    )

    with Guard() as guard:
        ended = guard.run(ordered(tmp_path, program, idle_timeout_s=1.2))

    assert ended.ending is Ending.OWN


def test_a_program_with_too_many_processes_is_killed(tmp_path: Path) -> None:
    program = "import os, time\nfor _ in range(40): os.fork() or time.sleep(60)\ntime.sleep(60)"

    with Guard() as guard:
        ended = guard.run(ordered(tmp_path, program, most_processes=20))

    assert ended.ending is Ending.CROWD
    assert ended.signal == signal.SIGKILL


def test_a_bomb_of_forks_is_bounded_and_leaves_nothing(tmp_path: Path) -> None:
    bomb = (
        "import os, time, pathlib\n"
        "for _ in range(9): os.fork()\n"  # 512 processes, which go on forking while they are killed
        "while len(os.listdir('/proc')) < 3000: os.fork() or time.sleep(60)\n"
        "time.sleep(60)"
    )

    with Guard() as guard:
        ended = guard.run(ordered(tmp_path, bomb, most_processes=200))
        left = guard.pid and psutil.Process(guard.pid).children(recursive=True)

    assert ended.ending is Ending.CROWD
    assert ended.survivors == 0
    assert left == []


def test_a_run_that_was_stopped_by_a_signal_says_for_how_long(tmp_path: Path) -> None:
    program = (
        "import os, subprocess, sys\n"
        "code = f'import os, time; time.sleep(0.4); os.kill({os.getpid()}, 18)'\n"
        "waker = subprocess.Popen([sys.executable, '-S', '-c', code])\n"
        "os.kill(os.getpid(), 19)\n"
        "waker.wait()"
    )

    ended = run(tmp_path, program)

    assert ended.exit_code == 0
    assert 0.2 <= ended.suspended_s <= ended.wall_time_s


def test_a_stopped_worker_is_noticed_too(tmp_path: Path) -> None:
    program = (
        starting(SLEEPER, session=False) + "time.sleep(0.1); child.send_signal(19); time.sleep(2.2)"
    )

    ended = run(tmp_path, program)

    assert ended.suspended_s > 0


def test_a_guard_that_stood_still_itself_says_so(tmp_path: Path) -> None:
    program = (
        "import os, signal, time\n"
        "os.kill(os.getppid(), 19); time.sleep(2); os.kill(os.getppid(), 18); time.sleep(0.1)"
    )

    ended = run(tmp_path, program)

    assert ended.exit_code == 0
    assert ended.suspended_s >= 1


class Stops:
    """Asks to stop once a file is there, and then again a moment later."""

    def __init__(self, written: Path, *, again: bool) -> None:
        """Wait for a file to be written."""
        self._written, self._again, self._first = written, again, 0.0
        self._readable, self._writable = os.pipe()

    def fileno(self) -> int:
        """Return a descriptor that never becomes readable."""
        return self._readable

    def stops(self) -> int:
        """Return how often a stop has been asked for."""
        if not self._written.exists() or not self._written.read_text():
            return 0
        self._first = self._first or time.monotonic()
        return 2 if self._again and time.monotonic() > self._first + 0.3 else 1


@pytest.mark.parametrize("again", [False, True])
def test_one_stop_lets_a_program_clean_up_and_a_second_one_kills_at_once(
    tmp_path: Path, is_gone: Callable[[int], bool], *, again: bool
) -> None:
    stopping = Stops(tmp_path / "pid.txt", again=again)
    program = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: (print('cleaning', flush=True), time.sleep(1.5), sys.exit(0)))\n"
        + starting(STUBBORN, session=True)
        + "time.sleep(60)"
    )

    with Guard(stopping=stopping) as guard:
        began = time.monotonic()
        ended = guard.run(ordered(tmp_path, program))
        took = time.monotonic() - began

    assert ended.ending is Ending.STOPPED
    assert (tmp_path / "stdout.txt").read_text() == "cleaning\n"
    assert (ended.exit_code, ended.signal) == ((None, 9) if again else (0, None))
    assert took < 5
    assert is_gone(pid_in(tmp_path))


class StopsAtOnce:
    """Has asked to stop before a run begins."""

    def __init__(self) -> None:
        """Make the descriptor readable."""
        self._readable, self._writable = os.pipe()
        os.write(self._writable, b"!")

    def fileno(self) -> int:
        """Return a descriptor that is readable from the start."""
        return self._readable

    def stops(self) -> int:
        """Return that a stop has been asked for."""
        return 1


def test_a_stop_that_arrives_together_with_the_order_ends_the_run(tmp_path: Path) -> None:
    with Guard(stopping=StopsAtOnce()) as guard:
        ended = guard.run(ordered(tmp_path, SLEEPER))

    assert ended.ending is Ending.STOPPED
    assert ended.wall_time_s < 10


def test_nothing_survives_a_guard_that_is_killed_and_the_next_run_gets_a_new_one(
    tmp_path: Path, is_gone: Callable[[int], bool]
) -> None:
    written = tmp_path / "pid.txt"

    def kill(_elapsed_s: float) -> None:
        if guard.pid and written.exists() and written.read_text():
            os.kill(guard.pid, signal.SIGKILL)

    with Guard(tick=kill) as guard:
        lost = guard.run(ordered(tmp_path, starting(STUBBORN, session=True) + "time.sleep(60)"))
        gone = is_gone(pid_in(tmp_path))
        written.unlink()
        again = guard.run(ordered(tmp_path, "pass"))

    assert lost.ending is Ending.GUARD_LOST
    assert gone
    assert (again.ending, again.exit_code) == (Ending.OWN, 0)


def test_a_program_that_closes_its_output_early_is_waited_for(tmp_path: Path) -> None:
    ended = run(tmp_path, "import os, time; os.close(1); os.close(2); time.sleep(0.5)")

    assert ended.exit_code == 0
    assert ended.wall_time_s >= 0.5


def test_a_signal_for_capstone_does_not_end_the_guard_and_programs_get_the_defaults(
    tmp_path: Path,
) -> None:
    program = (
        "import os, signal\n"
        "for number in (1, 2, 10, 15): os.kill(os.getppid(), number)\n"
        "print([signal.getsignal(n).name for n in (1, 10, 15, 17)])"
    )

    ended = run(tmp_path, program)

    assert ended.exit_code == 0
    assert (tmp_path / "stdout.txt").read_text().count("SIG_DFL") == 4


def test_an_error_beside_a_run_ends_it_and_the_next_run_gets_its_own_answer(
    tmp_path: Path, is_gone: Callable[[int], bool]
) -> None:
    written = tmp_path / "pid.txt"

    def fail(_elapsed_s: float) -> None:
        if written.exists() and written.read_text():
            raise OSError(5, "Input/output error")

    with Guard(tick=fail) as guard:
        with pytest.raises(OSError, match="Input/output"):
            guard.run(ordered(tmp_path, starting(SLEEPER, session=False) + "time.sleep(60)"))
        gone = is_gone(pid_in(tmp_path))
        written.unlink()
        again = guard.run(ordered(tmp_path, "raise SystemExit(7)"))

    assert gone
    assert again.exit_code == 7


def test_a_guard_that_is_stuck_is_killed_after_a_second_stop(
    tmp_path: Path, is_gone: Callable[[int], bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("capstone_report.measure.guard.client.STUCK_S", 0.5)
    stopping = Stops(tmp_path / "pid.txt", again=True)

    def hold(_elapsed_s: float) -> None:
        if stopping.stops() and guard.pid:
            os.kill(guard.pid, signal.SIGSTOP)

    with Guard(stopping=stopping, tick=hold) as guard:
        ended = guard.run(ordered(tmp_path, starting(STUBBORN, session=True) + "time.sleep(60)"))

    assert ended.ending is Ending.GUARD_LOST
    assert is_gone(pid_in(tmp_path))


def test_the_moment_of_the_end_is_taken_whatever_the_guard_does(tmp_path: Path) -> None:
    many = "import os, time\nfor _ in range(150): os.fork() or time.sleep(30)\n"
    program = many + "time.sleep(0.5); os.killpg(0, 9)"

    ended = run(tmp_path, program)

    assert ended.signal == signal.SIGKILL
    assert ended.wall_time_s >= 0.5


def test_afterwards_this_process_adopts_nobody(tmp_path: Path) -> None:
    with Guard() as guard:
        guard.run(ordered(tmp_path, "pass"))

    flag = ctypes.c_int(-1)
    ctypes.CDLL(None).prctl(37, ctypes.byref(flag))  # PR_GET_CHILD_SUBREAPER
    assert flag.value == 0


def test_a_run_on_gpus_of_a_machine_without_a_driver_is_watched_like_any_other(
    tmp_path: Path,
) -> None:
    with Guard() as guard:
        ended = guard.run(replace(ordered(tmp_path, "print('done')"), gpus=True))

    assert (ended.exit_code, ended.gpu_sharers, list(ended.gpu_throttling)) == (0, None, [])
    assert ended.swapped_bytes is not None
