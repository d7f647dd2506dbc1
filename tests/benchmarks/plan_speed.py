"""How long plan and status take beside 10,000 cases and a journal of 50 MB; prints a table: make bench.

Reading the journal is told apart: it is the same for every command that looks at records.
"""

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
REPEATS = 5
TARGETS_S = {
    "capstone plan": "2.0 s beside starting",
    "capstone plan --json": "2.0 s beside starting",
    "capstone status": "2.0 s beside starting",
    "reading the journal": "told apart",
}
WRITTEN = """
import os, sys
from pathlib import Path
from simulated import *

levels = {"workers": [1, 2], "batch": list(range(1, 5001))}
sweep = {"name": "sweep", "command": ["python", "pool.py", "{batch}"], "levels": levels, "repeats": 6}
root = write_workspace(Path(sys.argv[1]), benchmarks__2=sweep)
loaded = load(root)
steps = [Sample(metric="step_time", value=0.1, unit="s", step=step) for step in range(40)]
made = []
for number, run in enumerate(plan_for(loaded, ENVIRONMENT, ()).runs[:10_000]):
    one = record(loaded, run, 1 + number % 7, number=number)
    changes = {"samples": (*one.samples, *steps), "run_id": f"run-{number}"}
    if number % 10 == 0:
        changes |= {"outcome": Outcome.FAILED, "message": "exited with status 1"}
    if number % 7 == 0:
        changes |= {"fingerprint": "0" * 16, "identity": {**one.identity, "seed": 3}}
    made.append(one.model_copy(update=changes))
os.fsync = lambda handle: None
write_journal(machine_folder(loaded), made)
print((machine_folder(loaded) / JOURNAL).stat().st_size)
"""
TIMED = """
import contextlib, gc, io, sys, time
from pathlib import Path
from simulated import ENVIRONMENT, analyze, load_project, machine_folder, read_journal
from capstone_report.analysis.ahead import look_ahead
from capstone_report.terminal.output import print_json
from capstone_report.terminal.plans import plan_row, print_plan
from capstone_report.terminal.statuses import status_line

def ahead():
    return look_ahead(loaded, project.workspace, journal, ENVIRONMENT, finished=False)

project = load_project(Path(sys.argv[1]))
(loaded,) = project.studies
start = time.perf_counter()
journal = read_journal(machine_folder(loaded))
gc.freeze()  # as the command does
read = time.perf_counter() - start
actions = {
    "capstone plan": lambda: print_plan(ahead()),
    "capstone plan --json": lambda: print_json("plan", studies=[plan_row(ahead())]),
    "capstone status": lambda: print(status_line("here", analyze(loaded, project.workspace, journal))),
}
start = time.perf_counter()
with contextlib.redirect_stdout(io.StringIO()):
    actions[sys.argv[2]]()
print(read, time.perf_counter() - start)
"""


def python(code: str, *arguments: str) -> list[float]:
    """Return the numbers that a program in a process of its own prints."""
    path = os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")])
    answer = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    )
    return [float(word) for word in answer.stdout.split()]


def row(name: str, times: list[float]) -> str:
    """Return one line of the table: the median and the range of several repeats."""
    spread = f"({min(times):.2f} to {max(times):.2f}, n = {len(times)})"
    return f"{name:<22} {TARGETS_S[name]:<24} {statistics.median(times):.2f} s {spread}"


def main() -> None:
    """Print the table."""
    reading: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        (size,) = python(WRITTEN, folder)
        print(
            f"10,004 cases, 60,024 planned runs, a journal of 10,000 runs and {size / 1e6:.0f} MB"
        )
        print(f"{'what':<22} {'target':<24} median (range)")
        for name in list(TARGETS_S)[:3]:
            pairs = [python(TIMED, folder, name) for _ in range(REPEATS)]
            reading += [read for read, _ in pairs]
            print(row(name, [seconds for _, seconds in pairs]), flush=True)
    print(row("reading the journal", reading))


if __name__ == "__main__":
    main()
