"""A worker that is killed on purpose: in real process trees, in records, and in judgements."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from capstone_report.measure.guard.client import Guard
from capstone_report.measure.guard.messages import Ended, Ending, Kill, Killed, Order
from capstone_report.measure.one_run import Attempt, make_run
from capstone_report.measure.recovering import injected, recovery_s, unlike_declared
from capstone_report.plan import make_plan
from capstone_report.results.records import Environment, Injected, Outcome, RunRecord, Sample
from capstone_report.results.values import RECOVERY_TIME, RESTART_COUNT, RESUMED_AT
from capstone_report.spec.load import load_project

WORKER = """\
import os, pathlib, sys, time
folder, rank = pathlib.Path(os.environ["CAPSTONE_METRICS_DIR"]), os.environ["RANK"]
attempt = int(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0"))
def report(name, value, unit, step=None):
    with open(folder / f"rank{rank}-{os.getpid()}.jsonl", "a") as stream:
        line = f'{{"m": "{name}", "v": {value!r}, "u": "{unit}", "rank": {rank}'
        stream.write(line + (f', "step": {step}' if step is not None else "") + "}\\n")
"""
PARENT = """\
import os, subprocess, sys
def start(rank, attempt):
    environment = {**os.environ, "RANK": str(rank), "TORCHELASTIC_RESTART_COUNT": str(attempt)}
    return subprocess.Popen([sys.executable, "-S", "worker.py"], env=environment)
"""
RESTARTING = PARENT + (
    "workers = [start(rank, 0) for rank in (0, 1)]\n"
    "status = workers[1].wait()\n"
    "workers[0].kill()\n"
    "workers[0].wait()\n"
    "sys.exit(max(worker.wait() for worker in [start(rank, 1) for rank in (0, 1)]))\n"
)
RECOVERING = WORKER + (
    "if attempt == 0:\n"
    "    report('step_time', 0.1, 's', step=0)\n"
    "    time.sleep(60)\n"
    "if rank == '0':\n"
    "    report('work_time', 1.0, 's')\n"
    "    report('resumed_at', time.monotonic(), 's', step=1)\n"
)


def ordered(folder: Path, program: str, kill: Kill, *, timeout_s: float = 60.0) -> Order:
    """Return the order to run a program and to kill one of its workers."""
    (folder / "metrics").mkdir()
    return Order(
        command=[sys.executable, "-S", "-c", program],
        cwd=str(folder),
        env={"PATH": os.environ["PATH"], "CAPSTONE_METRICS_DIR": str(folder / "metrics")},
        output=str(folder),
        timeout_s=timeout_s,
        kill=kill,
    )


def killed(folder: Path, program: str, kill: Kill) -> tuple[Ended, Killed]:
    """Run a program under a guard that is to kill a worker; return both ends."""
    with Guard() as guard:
        ended = guard.run(ordered(folder, program, kill))
    assert ended.killed is not None
    return ended, ended.killed


def waiting(rank: int, *, then: str = "") -> str:
    """Return a program that says something, starts a worker of a rank, and tells how that ended."""
    return (
        "import os, subprocess, sys\nprint('up', flush=True)\n"
        f"worker = subprocess.Popen(['sleep', '60'], env={{**os.environ, 'RANK': '{rank}'}})\n"
        f"print(worker.wait())\n{then}"
    )


def test_the_process_of_a_rank_is_killed_at_its_time_after_the_first_report(
    tmp_path: Path,
) -> None:
    before = time.monotonic()

    ended, told = killed(tmp_path, waiting(1), Kill(rank=1, at_s=0.3))

    assert (ended.ending, ended.exit_code) == (Ending.OWN, 0)
    assert (tmp_path / "stdout.txt").read_text() == "up\n-9\n"
    assert told.rank == 1
    assert told.reported_after_s is not None
    assert told.killed_after_s is not None
    assert told.killed_at is not None
    assert told.killed_after_s >= told.reported_after_s + 0.3
    assert before < told.killed_at < time.monotonic()


def test_a_metric_is_a_report_too_and_start_up_does_not_count(tmp_path: Path) -> None:
    program = (
        "import os, time\ntime.sleep(0.5)\n"
        "open(os.environ['CAPSTONE_METRICS_DIR'] + '/a.jsonl', 'w').write('x')\n"
    ) + waiting(0).replace("print('up', flush=True)\n", "")

    _, told = killed(tmp_path, program, Kill(rank=0, at_s=0.0))

    assert told.reported_after_s is not None
    assert told.reported_after_s >= 0.5
    assert told.killed_after_s is not None


def test_a_worker_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    late = waiting(1).replace("worker =", "import time; time.sleep(0.5)\nworker =")

    _, told = killed(tmp_path, late, Kill(rank=1, at_s=0.0))

    assert told.killed_after_s is not None
    assert told.killed_after_s >= 0.5


@pytest.mark.parametrize(
    ("program", "kill", "reported"),
    [
        ("pass", Kill(rank=0, at_s=0.0), False),
        ("import time; print('up', flush=True); time.sleep(0.3)", Kill(rank=0, at_s=0.0), True),
        ("import time; print('up', flush=True); time.sleep(0.3)", Kill(rank=0, at_s=50.0), True),
    ],
    ids=["no report", "no such rank", "too late"],
)
def test_a_kill_that_never_happened_is_told_as_such(
    tmp_path: Path, program: str, kill: Kill, *, reported: bool
) -> None:
    ended, told = killed(tmp_path, program, kill)

    assert ended.exit_code == 0
    assert (told.reported_after_s is not None) is reported
    assert (told.killed_after_s, told.killed_at) == (None, None)


def test_only_the_outermost_process_of_a_rank_is_killed(tmp_path: Path) -> None:
    inner = "import subprocess, sys; sys.exit(subprocess.call(['sleep', '60']))"
    program = (
        "import os, subprocess, sys\nprint('up', flush=True)\n"
        f"command = [sys.executable, '-S', '-c', {inner!r}]\n"
        "worker = subprocess.Popen(command, env={**os.environ, 'RANK': '1'})\n"
        "print(worker.wait())\n"
    )

    ended, told = killed(tmp_path, program, Kill(rank=1, at_s=0.5))

    # Its child saw nothing of it: the guard found it when the program had ended.
    assert (tmp_path / "stdout.txt").read_text() == "up\n-9\n"
    assert told.killed_after_s is not None
    assert ended.outlived == 1


@pytest.fixture
def attempt(
    workspace: Path, write_study: Callable[..., Path], environment: Environment
) -> Callable[..., Attempt]:
    """Return an attempt at a run with two workers, of which worker 1 is killed at once."""

    def make(program: str, worker: str = "", *, inject: str = "at_s = 0") -> Attempt:
        killing = f"inject = {{ kill_worker = 1, {inject} }}" if inject else ""
        folder = write_study(
            pool_extra=(
                f'[[benchmarks]]\nname = "killed"\ncommand = ["python", "killed.py"]\n'
                f"levels = {{ workers = [2] }}\nrepeats = 1\n{killing}\n"
            )
        )
        (folder / "killed.py").write_text(program)
        (folder / "worker.py").write_text(worker)
        (loaded,) = load_project(workspace).studies
        runs = make_plan(loaded, cores=2).runs
        return Attempt(
            loaded=loaded,
            run=next(run for run in runs if run.case.benchmark.name == "killed"),
            number=0,
            machine_folder=folder / "results" / "here",
            environment=environment,
        )

    return make


def run_once(attempt: Attempt) -> RunRecord:
    """Make one run under a guard of its own."""
    with Guard() as guard:
        return make_run(attempt, guard)


def test_a_recovered_run_counts_and_says_what_was_injected_and_how_long_it_took(
    attempt: Callable[..., Attempt],
) -> None:
    record = run_once(attempt(RESTARTING, RECOVERING))

    assert (record.outcome, record.message) == (Outcome.OK, "")
    assert record.injected is not None
    assert record.injected.kill_worker == 1
    assert record.injected.killed_after_s is not None
    (recovery,) = [sample for sample in record.samples if sample.metric == RECOVERY_TIME]
    assert recovery.unit == "s"
    assert 0 < recovery.value < record.wall_time_s - record.injected.killed_after_s
    assert record.notes == (
        f"worker 1 was killed on purpose, {record.injected.killed_after_s:.2f} s after the start",
    )
    assert record.identity["inject"] == {"kill_worker": 1, "at_s": 0.0}


@pytest.mark.parametrize(
    ("worker", "message"),
    [
        (
            RECOVERING.replace("resumed_at", "another_metric"),
            "worker 1 was killed, and no resumed_at was reported afterwards",
        ),
        (
            RECOVERING.replace("time.monotonic()", "0.5"),
            "worker 1 was killed, and no resumed_at was reported afterwards",
        ),
    ],
)
def test_a_run_that_does_not_say_when_work_went_on_is_incomplete(
    attempt: Callable[..., Attempt], worker: str, message: str
) -> None:
    record = run_once(attempt(RESTARTING, worker))

    assert (record.outcome, record.message) == (Outcome.INCOMPLETE, message)
    assert not [sample for sample in record.samples if sample.metric == RECOVERY_TIME]


@pytest.mark.parametrize(
    ("at_s", "program", "message"),
    [
        (
            "at_s = 0",
            "time.sleep(0.3)\n",
            "it was too early, or no process had RANK=1 until it ended",
        ),
        (
            "at_s = 9",
            "time.sleep(0.3)\n",
            "it was too early, or no process had RANK=1 until it ended",
        ),
    ],
)
def test_a_run_whose_fault_never_happened_is_incomplete(
    attempt: Callable[..., Attempt], at_s: str, program: str, message: str
) -> None:
    reporting = WORKER.replace('os.environ["RANK"]', "0") + "report('work_time', 1.0, 's')\n"

    record = run_once(attempt(reporting + program, inject=at_s))

    assert record.outcome is Outcome.INCOMPLETE
    assert record.message == f"worker 1 was not killed: {message}"
    assert record.injected is not None
    assert record.injected.killed_after_s is None


def test_a_run_that_was_restarted_though_nothing_was_injected_never_counts(
    attempt: Callable[..., Attempt],
) -> None:
    program = WORKER.replace('os.environ["RANK"]', "0") + (
        "report('work_time', 1.0, 's')\nreport('restart_count', 2, '1', step=2)\n"
    )

    record = run_once(attempt(program, inject=""))

    assert record.outcome is Outcome.INCOMPLETE
    assert record.message == ("its workers were restarted 2 times, and no fault was declared")
    assert record.injected is None
    assert "inject" not in record.identity


def test_a_program_that_reports_nothing_leaves_no_time_to_count_from() -> None:
    never = Killed(rank=1, reported_after_s=None, killed_after_s=None, killed_at=None)
    ended = Ended(ending=Ending.OWN, wall_time_s=1.0, exit_code=0, signal=None, killed=never)

    assert unlike_declared(ended, []) == (
        "worker 1 was not killed: the program reported nothing before its end"
    )
    assert injected(ended) == Injected(kill_worker=1, reported_after_s=None, killed_after_s=None)
    assert recovery_s(ended, []) is None


def test_the_recovery_ends_with_the_first_step_after_the_kill() -> None:
    then = Killed(rank=1, reported_after_s=1.0, killed_after_s=4.0, killed_at=104.0)
    ended = Ended(ending=Ending.OWN, wall_time_s=9.0, exit_code=0, signal=None, killed=then)
    resumed = [
        Sample(metric=RESUMED_AT, value=at, unit="s", step=step)
        for step, at in enumerate((103.0, 109.5, 107.25))
    ]
    others = [Sample(metric=RESTART_COUNT, value=1, unit="1")]

    assert recovery_s(ended, [*others, *resumed]) == 3.25
    assert recovery_s(ended, others) is None
