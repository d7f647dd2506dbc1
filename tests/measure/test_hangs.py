"""A run that falls silent names who is missing, as far as processes, metrics and stacks tell."""

import json
import os
import re
import sys
from pathlib import Path

import pytest

from capstone_report.measure.guard.client import Guard
from capstone_report.measure.guard.messages import Ended, Ending, Order
from capstone_report.measure.hangs import hang_symptoms

PARENT = """\
import os, subprocess, sys
workers = [
    subprocess.Popen([sys.executable, "-S", "worker.py"], env={**os.environ, "RANK": str(rank)})
    for rank in range(int(sys.argv[1]))
]
for worker in workers:
    worker.wait()
"""
WORKER = """\
import os, pathlib, sys, threading
rank = os.environ["RANK"]
folder = pathlib.Path(os.environ["CAPSTONE_METRICS_DIR"])
line = f'{{"m": "step_time", "v": 1, "u": "s", "rank": {rank}, "step": 3}}\\n'
(folder / f"rank{rank}.jsonl").write_text(line)
def barrier():
    threading.Event().wait()
if rank == "0":
    barrier()
"""
STACK = """\
Fatal Python error: Aborted

Thread 0x00007f11aa (most recent call first):
  File "/usr/lib/python3.11/threading.py", line 331 in wait

Current thread 0x00007f22bb (most recent call first):
  File "/opt/venv/lib/python3.11/site-packages/torch/distributed/distributed_c10d.py", line 5060 in barrier
  File "/opt/venv/lib/python3.11/site-packages/torch/distributed/c10d_logger.py", line 83 in wrapper
  File "/home/ada/study/train.py", line 40 in exchange
  File "/home/ada/study/train.py", line 71 in <module>
"""
AGENT = """\
Current thread 0x00007f33cc (most recent call first):
  File "/opt/venv/lib/python3.11/site-packages/torch/distributed/elastic/agent/server/api.py", line 912 in _invoke_run
  File "/opt/venv/lib/python3.11/site-packages/torch/distributed/run.py", line 995 in main
"""


def hung(folder: Path, worker: str, *, workers: int) -> Ended:
    """Start workers under a guard that stops them when they fall silent."""
    (folder / "metrics").mkdir()
    (folder / "worker.py").write_text(worker)
    order = Order(
        command=[sys.executable, "-S", "-c", PARENT, str(workers)],
        cwd=str(folder),
        env={
            "PATH": os.environ["PATH"],
            "CAPSTONE_METRICS_DIR": str(folder / "metrics"),
            "PYTHONFAULTHANDLER": "1",
        },
        output=str(folder),
        timeout_s=60.0,
        idle_timeout_s=8.0,  # longer than a busy machine takes to start six workers
    )
    with Guard() as guard:
        return guard.run(order)


def told(folder: Path, *, workers: int, living: tuple[int, ...] = ()) -> list[str]:
    """Return what is told about a folder of outputs."""
    return list(hang_symptoms(folder, workers=workers, living=living))


def reported(folder: Path, rank: int, *, at_s: float, last: str = "") -> None:
    """Write a rank's metrics of two steps, as if they were written at a time."""
    (folder / "metrics").mkdir(exist_ok=True)
    lines = [
        json.dumps({"m": "t", "v": 1, "u": "s", "rank": rank, "step": step}) for step in (6, 7)
    ]
    file = folder / "metrics" / f"rank{rank}.jsonl"
    file.write_text("\n".join(lines) + "\n" + last)
    os.utime(file, (at_s, at_s))


def test_a_rank_whose_process_is_gone_is_named_with_where_the_others_wait(tmp_path: Path) -> None:
    ended = hung(tmp_path, WORKER, workers=2)

    named = told(tmp_path, workers=2, living=tuple(ended.silent_ranks))
    assert ended.ending is Ending.SILENCE
    assert list(ended.silent_ranks) == [0]
    assert named[0] == "no process of rank 1 was left"
    assert named[1].startswith("last metrics: rank")
    assert "wait at worker.py:7" in named[2]


def test_the_stacks_of_several_processes_are_counted(tmp_path: Path) -> None:
    ended = hung(tmp_path, WORKER.replace('if rank == "0":', "if True:"), workers=6)

    named = told(tmp_path, workers=6, living=tuple(ended.silent_ranks))
    assert list(ended.silent_ranks) == list(range(6))
    counted = re.search(r"(\d) in wait at worker.py:7", named[-1])
    assert counted
    # On a busy machine two of them may write at once, and then neither can be read.
    assert int(counted[1]) >= 2


def test_a_worker_that_is_behind_is_told_with_its_last_step(tmp_path: Path) -> None:
    reported(tmp_path, 0, at_s=1000.0)
    reported(tmp_path, 2, at_s=988.0, last='{"m": "torn')

    assert told(tmp_path, workers=3) == [
        "last metrics: none from rank 1; rank 2 at step 7, 12.0 s before the last; rank 0 at step 7"
    ]


def test_several_files_of_a_rank_count_by_the_newest(tmp_path: Path) -> None:
    reported(tmp_path, 0, at_s=1000.0)
    (tmp_path / "metrics" / "rank0.jsonl").rename(tmp_path / "metrics" / "rank0-older.jsonl")
    reported(tmp_path, 0, at_s=1400.0)
    reported(tmp_path, 1, at_s=1400.2)

    assert told(tmp_path, workers=2) == ["last metrics: rank 0 at step 7; rank 1 at step 7"]


def test_many_missing_ranks_are_counted(tmp_path: Path) -> None:
    assert told(tmp_path, workers=20, living=(0, 19)) == [
        "no process of ranks 1, 2, 3, 4, 5, 6, 7, 8 and 10 more was left"
    ]


def test_a_stack_says_what_was_called_and_from_where_in_the_program(tmp_path: Path) -> None:
    inside = STACK.split("\n\n")[2].replace("/home/ada/study/train.py", "<string>")
    (tmp_path / "stderr.txt").write_text(f"{STACK}\n{STACK}\n{AGENT}\n{inside}")

    assert told(tmp_path, workers=2) == [
        "stacks: 2 in barrier at train.py:40, 1 in barrier at distributed_c10d.py:5060"
    ]


@pytest.mark.parametrize("line", ["null", "[]", '{"rank": "one"}', "x", '{"rank": {}}'])
def test_what_is_no_metric_tells_nothing(tmp_path: Path, line: str) -> None:
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "odd.jsonl").write_text(line + "\n")
    (tmp_path / "metrics" / "linked.jsonl").symlink_to("/etc/passwd")
    (tmp_path / "stderr.txt").write_text("Current thread 0x1 (most recent call first):\n  File ?\n")

    assert told(tmp_path, workers=2) == []
