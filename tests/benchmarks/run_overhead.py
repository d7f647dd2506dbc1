"""What measuring costs, beside hyperfine; prints tables. On a quiet machine: make bench.

The wall time that a record holds is compared with hyperfine's for the same commands, one run of
each in turn; the bookkeeping of a campaign is what it takes beside its runs; memory is the highest
that capstone and its guard reach while a program prints a gigabyte.
"""

import json
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from capstone_report.measure.campaign import Progress, run_campaign
from capstone_report.measure.guard.client import Guard
from capstone_report.measure.guard.messages import Order
from capstone_report.spec.load import load_project
from conftest import WORKSPACE, write_tiny_study

CAPSTONE = Path(sys.executable).with_name("capstone")
REPEATS = 30
COMMANDS = {
    "true": ["true"],
    "sleep 0.5": ["sleep", "0.5"],
    "a CPU loop of 1 s": [
        sys.executable,
        "-S",
        "-c",
        "import time\nwhile time.process_time() < 1: pass",
    ],
}
WITHIN_S, WITHIN = 0.002, 0.01
BOOKKEEPING_S = 0.030
MEMORY_MB = 150
GIGABYTE = 10**9
SAY = """echo '{"m":"work_time","v":0.0001,"u":"s"}' > $CAPSTONE_METRICS_DIR/0.jsonl"""


def ours(guard: Guard, command: list[str], folder: Path) -> float:
    """Return the wall time that capstone measures."""
    env = {"PATH": os.environ["PATH"]}
    order = Order(
        command=command,
        cwd=str(folder),
        env=env,
        output=str(folder),
        timeout_s=60,
        idle_timeout_s=50,
    )
    return guard.run(order).wall_time_s


def hyperfine(command: list[str], folder: Path) -> float:
    """Return the wall time that hyperfine measures, without a shell."""
    answer = folder / "hyperfine.json"
    options = ["-N", "--runs", "1", "--style", "none", "--export-json", str(answer)]
    subprocess.run(
        ["hyperfine", *options, shlex.join(command)], check=True, capture_output=True, cwd=folder
    )
    return float(json.loads(answer.read_text())["results"][0]["times"][0])


def wall_times() -> None:
    """Print the medians of both, and how far they are apart."""
    print(f"{'command':<20} {'capstone':>12} {'hyperfine':>12} {'difference':>12}  target")
    with tempfile.TemporaryDirectory() as name, Guard() as guard:
        folder = Path(name)
        for said, command in COMMANDS.items():
            pairs = [
                (ours(guard, command, folder), hyperfine(command, folder)) for _ in range(REPEATS)
            ]
            mine, theirs = (statistics.median(times) for times in zip(*pairs, strict=True))
            allowed = max(WITHIN_S, WITHIN * theirs)
            verdict = "met" if abs(mine - theirs) <= allowed else "missed"
            print(
                f"{said:<20} {mine * 1e3:>9.2f} ms {theirs * 1e3:>9.2f} ms "
                f"{(mine - theirs) * 1e3:>+9.2f} ms  {allowed * 1e3:.0f} ms: {verdict} "
                f"(n = {REPEATS} + {REPEATS}, in turn)",
                flush=True,
            )


def workspace(folder: Path, script: str, repeats: int) -> Path:
    """Write a workspace with the tiny study of the tests, its programs a shell command."""
    command = json.dumps(["sh", "-c", script.replace("{", "{{").replace("}", "}}")])
    study = write_tiny_study(
        folder / "specs" / "tiny", serial_command=command, repeats=str(repeats), timeout_s="600"
    )
    (folder / "capstone.toml").write_text(WORKSPACE)
    text = (study / "study.toml").read_text()
    (study / "study.toml").write_text(text.replace('["python", "pool.py", "{workers}"]', command))
    return folder


def bookkeeping() -> None:
    """Print what a campaign takes per run beside the runs themselves."""
    with tempfile.TemporaryDirectory() as name:
        root = workspace(Path(name), SAY, 60)
        os.environ["CAPSTONE_STATE_DIR"] = str(root / "state")
        (loaded,) = load_project(root).studies
        between: list[float] = []
        last = 0.0

        def report(progress: Progress) -> None:
            nonlocal last
            if progress.record is not None:
                now = time.monotonic()
                between.append(now - last - progress.record.wall_time_s)
                last = now

        last = time.monotonic()
        run_campaign(loaded, report)
        start, *rest = between
        median = statistics.median(rest)
        print(
            f"\nbookkeeping per run: {median * 1e3:.1f} ms "
            f"({min(rest) * 1e3:.1f} to {max(rest) * 1e3:.1f}, n = {len(rest)}); "
            f"target {BOOKKEEPING_S * 1e3:.0f} ms: {'met' if median < BOOKKEEPING_S else 'missed'}; "
            f"the first run, with the start of the campaign and its guard: {start * 1e3:.0f} ms"
        )


def memory() -> None:
    """Print the highest memory of capstone and its guard while a program prints a gigabyte."""
    with tempfile.TemporaryDirectory() as name:
        root = workspace(Path(name), f"{SAY}; head -c {GIGABYTE} /dev/zero", 1)
        env = {**os.environ, "CAPSTONE_STATE_DIR": str(root / "state")}
        process = psutil.Popen([CAPSTONE, "run"], cwd=root, env=env, stderr=subprocess.DEVNULL)
        highest = {"capstone": 0, "its guard": 0}
        while process.poll() is None:
            own = [("capstone", process), *(("its guard", p) for p in process.children())]
            for said, part in own:
                try:
                    highest[said] = max(highest[said], part.memory_info().rss)
                except psutil.NoSuchProcess:
                    continue
            time.sleep(0.01)
        total = sum(highest.values()) / 1e6
        parts = ", ".join(f"{said} {size / 1e6:.0f} MB" for said, size in highest.items())
        verdict = "met" if total < MEMORY_MB else "missed"
        print(f"memory while 1 GB is printed: {parts}; target {MEMORY_MB} MB together: {verdict}")


def main() -> None:
    """Print the tables."""
    if shutil.which("hyperfine"):
        wall_times()
    else:
        print(
            "hyperfine is not installed, so wall times are not compared (apt-get install hyperfine)"
        )
    bookkeeping()
    memory()


if __name__ == "__main__":
    main()
