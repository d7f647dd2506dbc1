"""A tiny workspace beside a Slurm, and the real command in it."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import capstone_report

CAPSTONE = Path(sys.executable).with_name("capstone")
PATIENCE_S = 120.0
PACKAGE = Path(capstone_report.__file__).parents[1]
"""Where the package under test is found, for programs that Slurm starts."""
ACROSS = '{ kind = "slurm", inside = "local", workers_per_node = 1 }'


@dataclass(kw_only=True)
class Workplace:
    """A workspace with one tiny study, and a Slurm for it."""

    root: Path
    environment: dict[str, str]
    writer: Callable[..., Path]
    """Writes the workspace with its study."""
    began: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def study(self) -> Path:
        """Return the study's folder."""
        return self.root / "specs" / "tiny"

    def write(self, *, pool_launcher: str = '"local"', site: str = "", **pieces: str) -> None:
        """Write the study: the launcher of its benchmark pool, and [slurm] of its workspace."""
        file = self.writer(self.root, **{"repeats": "1"} | pieces) / "study.toml"
        pool = 'launcher = "local"\nlevels'
        text = file.read_text()
        assert pool in text
        file.write_text(text.replace(pool, f"launcher = {pool_launcher}\nlevels"))
        slurm = f"\n[slurm]\n{site}\n" if site else ""
        with (self.root / "capstone.toml").open("a") as workspace:
            workspace.write(slurm)

    def capstone(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the real command to its end."""
        return subprocess.run(
            [CAPSTONE, *arguments],
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S * 3,
            check=False,
        )

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        """Start the real command."""
        process = subprocess.Popen(
            [CAPSTONE, *arguments],
            cwd=self.root,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.began.append(process)
        return process

    def machine(self) -> Path:
        """Return the one machine's folder."""
        (journal,) = self.study.glob("results/*/journal.jsonl")
        return journal.parent

    def runs(self) -> list[dict[str, Any]]:
        """Return the runs on record."""
        lines = (self.machine() / "journal.jsonl").read_text().splitlines()
        records = [json.loads(line)["record"] for line in lines]
        return [record for record in records if record["kind"] == "run"]

    def run_of(self, benchmark: str) -> dict[str, Any]:
        """Return the one run of a benchmark."""
        (run,) = [run for run in self.runs() if run["benchmark"] == benchmark]
        return run

    def is_whole(self) -> bool:
        """Tell whether the journal and its outputs are as they were written, and nothing is left."""
        jobs = [path for path in (self.machine() / "jobs").iterdir() if path.is_dir()]
        return self.capstone("journal", "verify").returncode == 0 and jobs == []

    def wait_for(self, is_so: Callable[[], object]) -> None:
        """Wait until something is so."""
        deadline = time.monotonic() + PATIENCE_S
        while not is_so():
            assert time.monotonic() < deadline
            time.sleep(0.1)

    def end(self) -> None:
        """End what a failed test left."""
        for process in self.began:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.communicate()


def surroundings(of_the_cluster: dict[str, str]) -> dict[str, str]:
    """Return the environment of a command that finds a cluster, and the package under test."""
    return {**os.environ, "PYTHONPATH": str(PACKAGE), **of_the_cluster}


def later(action: Callable[[], object], *, when: Callable[[], bool]) -> threading.Thread:
    """Do something as soon as something is so."""

    def wait() -> None:
        deadline = time.monotonic() + 60
        while not when() and time.monotonic() < deadline:
            time.sleep(0.02)
        action()

    thread = threading.Thread(target=wait)
    thread.start()
    return thread
