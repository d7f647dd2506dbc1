"""How long `capstone check` takes; prints a table. Run it on a quiet machine: make bench."""

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
CAPSTONE = Path(sys.executable).with_name("capstone")
REPEATS = 9
IN_PROCESS = """
import sys, time
from pathlib import Path
from capstone_report.terminal.checking import check_project
start = time.perf_counter()
checked = check_project(Path(sys.argv[1]), (), {})
print(time.perf_counter() - start)
assert not checked.has("error")
"""


def workspace(folder: Path, studies: int) -> Path:
    """Write a workspace with so many copies of the case studies."""
    shutil.copy(REPOSITORY / "tests" / "studies" / "capstone.toml", folder)
    sources = sorted((REPOSITORY / "tests" / "studies" / "specs").iterdir())
    for number in range(studies):
        shutil.copytree(sources[number % len(sources)], folder / "specs" / f"study-{number}")
    subprocess.run([CAPSTONE, "schema"], cwd=folder, check=True, capture_output=True)
    return folder


def seconds(action: Callable[[], float]) -> str:
    """Return the median and the range of several repeats."""
    times = [action() for _ in range(REPEATS)]
    return f"{statistics.median(times):.3f} s ({min(times):.3f} to {max(times):.3f}, n = {REPEATS})"


def command(folder: Path) -> float:
    """Return how long the command takes, the start of Python included."""
    start = time.perf_counter()
    subprocess.run([CAPSTONE, "check"], cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - start


def after_start(folder: Path) -> float:
    """Return how long the check takes once everything is imported."""
    answer = subprocess.run(
        [sys.executable, "-c", IN_PROCESS, str(folder)], check=True, capture_output=True, text=True
    )
    return float(answer.stdout)


def main() -> None:
    """Print the table."""
    print(f"{'studies':>8}  {'target':<26} median (range)")
    for studies, target, action in (
        (1, "0.2 s after start", after_start),
        (1, "whole command", command),
        (20, "0.5 s, whole command", command),
        (20, "after start", after_start),
    ):
        with tempfile.TemporaryDirectory() as folder:
            root = workspace(Path(folder), studies)
            print(f"{studies:>8}  {target:<26} {seconds(lambda: action(root))}", flush=True)  # noqa: B023 - used at once


if __name__ == "__main__":
    main()
