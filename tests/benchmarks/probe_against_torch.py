"""The probe beside a plain loop over PyTorch, one thread; prints a table. On a quiet machine: make bench.

Each launch of the probe's program is followed by a launch of the loop, which shares no code with it: it
times every product by itself with the same shape, and every copy and triad of arrays of the same size.
A rate of a launch is the median of its repeats, a ratio that of both by Hodges and Lehmann.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from statistics import median
from typing import Any

from capstone_report.measure.facts.ceilings import free_memory, last_level_cache, usable_cpus
from capstone_report.perfmodel.intervals import hodges_lehmann_ratio
from capstone_report.perfmodel.spread import NOISY_SPREAD, relative_spread

LAUNCHES = 20
SECONDS = 0.5
WITHIN = (0.9, 1.1)
KERNELS = ("float32", "bfloat16", "copy", "triad")
PROGRAM = str(files("capstone_report.workloads").joinpath("probing.py"))
PLAIN = """
import json, sys, time, torch
torch.set_num_threads(1)
said = json.loads(sys.argv[1])
rates = {}
for kind in ("float32", "bfloat16"):
    n = said[kind]
    a = torch.randn(n, n).to(getattr(torch, kind)); b = torch.randn(n, n).to(a.dtype)
    seconds = []
    for i in range(12):
        begin = time.monotonic(); c = a @ b; seconds.append(time.monotonic() - begin)
    seconds = sorted(seconds[2:]); rates[kind] = 2 * n * n * n / (0.5 * (seconds[4] + seconds[5]))
    del a, b, c
n = said["numbers"]
x = torch.zeros(n, dtype=torch.double); y = torch.zeros(n, dtype=torch.double); z = torch.zeros(n, dtype=torch.double)
for name, factor in (("copy", 2), ("triad", 3)):
    seconds = []
    for i in range(8):
        begin = time.monotonic()
        if name == "copy": y[:] = x
        else: torch.add(y, x, alpha=3.0, out=z)
        seconds.append(time.monotonic() - begin)
    seconds = sorted(seconds[2:]); rates[name] = factor * 8 * n / (0.5 * (seconds[2] + seconds[3]))
print(json.dumps(rates))
"""


def environment(**more: str) -> dict[str, str]:
    """Return the surroundings of a launch: one thread."""
    return {**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", **more}


def reported(*arguments: str) -> list[dict[str, Any]]:
    """Return what one launch of the probe's program reports."""
    command = [sys.executable, "-P", PROGRAM, *arguments]
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(command, check=True, env=environment(CAPSTONE_METRICS_DIR=folder))
        (file,) = Path(folder).glob("*.jsonl")
        return [json.loads(line) for line in file.read_text().splitlines()]


def times_of(lines: list[dict[str, Any]], kernel: str) -> list[float]:
    """Return the times of a kernel's repeats in seconds, without those that warmed up."""
    return [said["v"] for said in lines if said.get("m") == kernel and said.get("phase") is None]


def probed(cache: int, room: int) -> tuple[dict[str, float], dict[str, int]]:
    """Return the rates that the probe's program measures in one launch, and of which problem."""
    only = [word for kernel in KERNELS for word in ("--only", kernel)]
    sizes = ["--cache-bytes", str(cache), "--room-bytes", str(room)]
    lines = reported("cpu", "--seconds", str(SECONDS), *sizes, *only)
    work = {said["m"]: said["v"] for said in lines if str(said.get("m")).endswith(".work")}
    rates = {kernel: work[f"{kernel}.work"] / median(times_of(lines, kernel)) for kernel in KERNELS}
    how = {said["check"]: said["detail"] for said in lines if "check" in said}
    sides = {kind: int(how[kind].split()[-1]) for kind in ("float32", "bfloat16")}
    return rates, {**sides, "numbers": round(work["copy.work"] / 16)}


def plain(said: Mapping[str, int]) -> dict[str, float]:
    """Return the rates that a plain loop measures in one launch."""
    command = [sys.executable, "-c", PLAIN, json.dumps(said)]
    answer = subprocess.run(command, check=True, capture_output=True, env=environment())
    found: dict[str, float] = json.loads(answer.stdout)
    return found


def verdict(kernel: str, ours: list[float], theirs: list[float]) -> str:
    """Return a line of the table: both medians, the ratio with its interval, and what it says."""
    ratio = hodges_lehmann_ratio(ours, theirs, 0.95)
    if ratio.low is None or ratio.high is None:
        return f"{kernel:<10} too few launches for an interval; the ratio is {ratio.estimate:.3f}"
    low, high = ratio.low, ratio.high
    agrees = low <= 1 <= high or (WITHIN[0] <= low and high <= WITHIN[1])
    noise = max(relative_spread(ours), relative_spread(theirs))
    said = "agrees" if agrees else "DIFFERS"
    if noise > NOISY_SPREAD:
        said += f"; noisy: launches differ by {noise:.0%}"
    return (
        f"{kernel:<10} {median(ours):>11.4g} {median(theirs):>11.4g}   {ratio.estimate:.3f}"
        f"  ({low:.3f} to {high:.3f})  n = {len(ours)} + {len(theirs)}  {said}"
    )


def main() -> None:
    """Print the table."""
    launches = int(sys.argv[1]) if sys.argv[1:] else LAUNCHES
    cache = int(sys.argv[2]) if sys.argv[2:] else last_level_cache(usable_cpus()) or 0
    loop: list[float] = []
    ours: dict[str, list[float]] = {kernel: [] for kernel in KERNELS}
    theirs: dict[str, list[float]] = {kernel: [] for kernel in KERNELS}
    for _ in range(launches):
        loop += times_of(reported("loop"), "loop")
        mine, problem = probed(cache, free_memory() // 2)
        other = plain(problem)
        for kernel in KERNELS:
            ours[kernel].append(mine[kernel])
            theirs[kernel].append(other[kernel])
    print("one thread; FLOP/s and bytes/s; capstone probe over a plain loop, launched in turn")
    print(f"{'roof':<10} {'probe':>11} {'plain loop':>11}   ratio  (95 % interval)")
    for kernel in KERNELS:
        print(verdict(kernel, ours[kernel], theirs[kernel]))
    spread = relative_spread(loop)
    noisy = "TOO NOISY for figures" if spread > NOISY_SPREAD else "quiet enough"
    print(f"the machine: a fixed loop differs by {spread:.0%} in {len(loop)} repeats: {noisy}")


if __name__ == "__main__":
    main()
