"""How long the analysis of a study takes, and how much memory: a usual one and one of 10,000 runs; prints a table.

Each analysis has a process of its own; imports and the reading of the journal are told apart.
"""

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
REPEATS = 5
STUDIES = {
    "usual": ("24 runs of 4 cases", "0.3 s", "-"),
    "deep": ("4,000 runs of 4 cases", "2.0 s", "500 MB"),
    "wide": ("10,000 runs of 1,671 cases", "2.0 s", "500 MB"),
}
WRITTEN = """
import os, sys
from pathlib import Path
from random import Random
from simulated import *

random = Random(1)
means = {SERIAL: 8.0, pool(1): 9.0, pool(2): 4.6, pool(4): 2.5}
kind, repeats = sys.argv[2], {"usual": 6, "deep": 1000, "wide": 6}[sys.argv[2]]
changes = {"benchmarks__0__repeats": repeats, "benchmarks__1__repeats": repeats}
if kind == "wide":
    means |= {f"sweep/batch={batch},threads=1,workers=1": 1.0 for batch in range(1, 1668)}
    levels = {"batch": list(range(1, 1668))}
    sweep = {"name": "sweep", "command": ["python", "pool.py", "{batch}"], "levels": levels, "repeats": 6}
    changes["benchmarks__2"] = sweep
loaded = load(write_workspace(Path(sys.argv[1]), **changes))
times = {case: [mean * random.lognormvariate(0, 0.03) for _ in range(repeats)] for case, mean in means.items()}
os.fsync = lambda handle: None
write_journal(machine_folder(loaded), records(loaded, times))
"""
TIMED = """
import gc, resource, sys, time
from pathlib import Path
from simulated import analyze, load_project, machine_folder, read_journal

project = load_project(Path(sys.argv[1]))
(loaded,) = project.studies
start = time.perf_counter()
journal = read_journal(machine_folder(loaded))
gc.freeze()  # as the command does
read = time.perf_counter() - start
start = time.perf_counter()
analyze(loaded, project.workspace, journal)
print(read, time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3)
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


def main() -> None:
    """Print the table."""
    print("study                        analysis (target)   memory (target)     reading")
    for kind, (words, seconds, megabytes) in STUDIES.items():
        with tempfile.TemporaryDirectory() as folder:
            python(WRITTEN, folder, kind)
            made = [python(TIMED, folder) for _ in range(REPEATS)]
        read, took, memory = (statistics.median(column) for column in zip(*made, strict=True))
        print(
            f"{words:<28} {took:.2f} s ({seconds})      {memory:.0f} MB ({megabytes})     {read:.2f} s",
            flush=True,
        )


if __name__ == "__main__":
    main()
