"""How long the book's formulas take, as functions and as a command; prints a table: make bench."""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

from capstone_report.perfmodel.comm.book_ring import BookRing
from capstone_report.perfmodel.optima import Prices
from capstone_report.perfmodel.prediction import predict
from capstone_report.perfmodel.steady_state import settling
from capstone_report.perfmodel.step import StepModel

CAPSTONE = Path(sys.executable).with_name("capstone")
BOOK = StepModel(t_comp=1.0, comm=BookRing(), alpha=0.0008, beta=0.04)
ARGUMENTS = [
    "predict",
    "--t-comp",
    "1",
    "--alpha",
    "0.0008",
    "--beta",
    "0.04",
    "--model",
    "book-ring",
]
REPEATS = 9


def steps() -> list[float]:
    """Return the times of a thousand steps whose first fifty are slow, in seconds."""
    draw = Random(5)  # noqa: S311 - a draw, not a secret
    return [draw.gauss(2.0 if step < 50 else 1.0, 0.02) for step in range(1000)]


def row(name: str, target: str, action: Callable[[], object]) -> str:
    """Return one line of the table: the median and the range of several repeats, in milliseconds."""
    action()
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        action()
        times.append((time.perf_counter() - began) * 1e3)
    spread = f"({min(times):.1f} to {max(times):.1f}, n = {REPEATS})"
    return f"{name:<32} {target:<8} {statistics.median(times):.1f} ms {spread}"


def main() -> None:
    """Print the table."""
    series = steps()
    print(f"{'what':<32} {'target':<8} median (range)")
    for name, target, action in (
        ("capstone predict, whole command", "500 ms", _command),
        ("predict() of the book's design", "50 ms", _prediction),
        ("settling() of 1000 steps", "5 ms", lambda: settling(series)),
    ):
        print(row(name, target, action), flush=True)


def _command() -> object:
    """Answer as the command line does, the start of Python included."""
    return subprocess.run([CAPSTONE, *ARGUMENTS], check=True, capture_output=True)


def _prediction() -> object:
    """Predict with prices, which adds the search for the cheapest number of workers."""
    return predict(BOOK, prices=Prices(worker_hour=2.5, waiting_hour=60))


if __name__ == "__main__":
    main()
