"""Measures what this machine can do: arithmetic of a dense product, and memory traffic.

    python -m capstone_report.workloads.roofs float64

The compute roof is the fastest of several dense products by numpy's BLAS, 2 n^3 FLOP each; the
memory roof the fastest of reading, copying and adding arrays that no cache holds (the kernels of
STREAM, McCalpin 1995, in compulsory bytes). Without numpy there is no honest compute roof: memory
is copied by the standard library, and a product in plain Python is reported as what it is.
"""

import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.util import find_spec

from capstone_report.workloads.emit import check, metric

SIDE = 1024
"""Of the matrices: large enough for BLAS to run at speed, 8 MiB each in float64."""
ARRAY_BYTES = 1 << 27
"""Several times the largest cache of a usual processor; three arrays are held."""
TRIES = 4
PYTHON_SIDE = 64


def fastest_s(work: Callable[[], object], *, threads: int = 1) -> float:
    """Return the shortest time of several tries in seconds, after one that does not count.

    What one thread takes of its core is not longer where others use the core, too.
    """
    now = time.process_time if threads == 1 else time.perf_counter
    work()
    times = []
    for _ in range(TRIES):
        started = now()
        work()
        times.append(now() - started)
    return min(times)


def numpy_roofs(precision: str, threads: int) -> tuple[float, float]:
    """Return FLOP/s and bytes/s by numpy, with that many threads."""
    import numpy as np  # noqa: PLC0415 - only where it is installed

    matrix = np.ones((SIDE, SIDE), dtype=precision)
    product = np.empty_like(matrix)
    flop_per_s = (
        2 * SIDE**3 / fastest_s(lambda: np.matmul(matrix, matrix, out=product), threads=threads)
    )
    one, two, three = (np.ones(ARRAY_BYTES // 8) for _ in range(3))
    edges = [len(one) * part // threads for part in range(threads + 1)]
    parts = [slice(edges[part], edges[part + 1]) for part in range(threads)]
    kernels: dict[int, Callable[[slice], object]] = {
        1: lambda part: one[part].sum(),
        2: lambda part: np.copyto(two[part], one[part]),
        3: lambda part: np.add(one[part], two[part], out=three[part]),
    }
    with ThreadPoolExecutor(threads) as pool:  # numpy lets other threads run meanwhile

        def over_all(kernel: Callable[[slice], object]) -> None:
            """Run a kernel on every part at once."""
            list(pool.map(kernel, parts))

        rates = [
            arrays * ARRAY_BYTES / fastest_s(partial(over_all, kernel), threads=threads)
            for arrays, kernel in kernels.items()
        ]
    return flop_per_s, max(rates)


def python_roofs() -> tuple[float, float]:
    """Return FLOP/s of a product in plain Python, and bytes/s of a copy by the C library."""
    row = [1.0] * PYTHON_SIDE
    rows = [row] * PYTHON_SIDE

    def product() -> list[list[float]]:
        """Multiply two matrices element by element."""
        return [[sum(a * b for a, b in zip(x, y, strict=True)) for y in rows] for x in rows]

    source, target = bytes(ARRAY_BYTES), bytearray(ARRAY_BYTES)

    def copy() -> None:
        """Copy one array into another."""
        target[:] = source

    return 2 * PYTHON_SIDE**3 / fastest_s(product), 2 * ARRAY_BYTES / fastest_s(copy)


def main(precision: str) -> None:
    """Measure both roofs and report them; the check says by which means."""
    threads = int(os.environ.get("CAPSTONE_THREADS", "1"))
    if find_spec("numpy"):
        flop_per_s, bytes_per_s = numpy_roofs(precision, threads)
        metric("compute_roof", flop_per_s, "FLOP/s")
        by = (
            f"numpy in {precision}, with {threads} threads"
            if threads > 1
            else f"numpy in {precision}"
        )
    else:
        flop_per_s, bytes_per_s = python_roofs()
        metric("python_arithmetic", flop_per_s, "FLOP/s")
        by = "the standard library, with one thread; install numpy for a compute roof"
    metric("memory_roof", bytes_per_s, "B/s")
    check("roofs", ok=True, detail=by)


if __name__ == "__main__":
    main(sys.argv[1])
