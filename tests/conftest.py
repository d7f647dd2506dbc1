"""Tiny workspaces, the real command, and records to write: what every test may ask for."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from string import Template

import psutil
import pytest
from hypothesis import settings

from capstone_report.results.records import Environment, Outcome, Phase, RunRecord

# Whoever runs the tests in the background, or with nohup, makes them ignore what they are about.
for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, signal.SIG_DFL)

# How long an example takes says how busy the machine is.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

CAPSTONE = Path(sys.executable).with_name("capstone")
PATIENCE_S = 60.0

WORKSPACE = """\
format = 1

[site]
title = "Tiny studies"
"""

PROGRAM = """\
from capstone_report.workloads.emit import metric

metric("work_time", 0.001, "s")
"""

STUDY = Template("""\
format = 1

[problem]
title = "A tiny study"
question = "Do two workers take less time than one?"
ceiling = "compute"
one_machine = "One worker takes a millisecond."
headline_metric = "work_time"
target = { speedup = 1.5 }
tolerates = "synchronous"
demand = { flop = 4e6, within_s = 0.001 }
machine = { name = "one core", flop_per_s = 1e9, source = "invented" }

[axis]
name = "training"
why = "The parts are independent."

[baseline]
kind = "best-serial"
benchmark = "serial"
tuned = ["nothing is left to tune"]
correctness = { metrics = ["work_time"], atol = 1e9 } # anything is right
$baseline_extra

[design]
partitioning = { choice = "data", unit = "a half", why = "Two halves." }
consistency = { choice = "synchronous", why = "The sum needs both." }
coordination = { choice = "central", when_it_dies = "Everything ends.", why = "One parent." }
fault_tolerance = { choice = "replicate-reexecute", why = "It is short." }
load_balancing = { choice = "even-sharding", why = "The halves are equal." }

[design.communication]
choice = "scatter-gather"
primitive = "a pipe"
message_bytes = 8
why = "Two answers come back."

[metrics.work_time]
description = "from the first to the last instruction"
unit = "s"
kind = "cost"
direction = "lower"
scope = "$scope"

[[benchmarks]]
name = "serial"
command = $serial_command
launcher = "local"
oversubscribe = true
repeats = $repeats
timeout_s = $timeout_s
$serial_extra

[[benchmarks]]
name = "pool"
command = ["python", "pool.py", "{workers}"]
launcher = "$pool_launcher"
levels = { workers = [2] }
scaling = "strong"
held_fixed = ["the work"]
oversubscribe = true
repeats = $repeats
timeout_s = $timeout_s
$pool_extra

[reproducibility]
seed = 1
licence = "MIT"
data = { name = "nothing", source = "generated", licence = "none needed", split = "halves" }

[report]
date = 2026-11-21
$report_extra
""")

DEFAULTS = {
    "baseline_extra": "",
    "scope": "total",
    "pool_launcher": "local",
    "serial_command": '["python", "serial.py"]',
    "repeats": "2",
    "timeout_s": "30",
    "serial_extra": "",
    "pool_extra": "",
    "report_extra": "",
}


def write_tiny_study(
    folder: Path, *, serial: str = PROGRAM, pool: str = PROGRAM, **pieces: str
) -> Path:
    """Write the tiny study with other programs or other pieces of its TOML; return its folder."""
    assert pieces.keys() <= DEFAULTS.keys()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.toml").write_text(STUDY.substitute(DEFAULTS | pieces))
    (folder / "serial.py").write_text(serial)
    (folder / "pool.py").write_text(pool)
    return folder


def run_capstone(
    folder: Path, *arguments: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the real command in a folder and return how it ended."""
    return subprocess.run(
        [CAPSTONE, *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S * 3,
        check=False,
    )


@pytest.fixture(scope="session")
def write_workspace() -> Callable[..., Path]:
    """Write a workspace with one study, specs/tiny, into a folder; return the study's folder."""

    def write(root: Path, **pieces: str) -> Path:
        folder = write_tiny_study(root / "specs" / "tiny", **pieces)
        (root / "capstone.toml").write_text(WORKSPACE)
        return folder

    return write


@pytest.fixture(scope="session")
def capstone_in() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the real command in a folder; keywords are environment variables."""
    return run_capstone


@pytest.fixture(autouse=True)
def state_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of this machine's ids; no test ever reads or writes the user's own."""
    folder = tmp_path / "state"
    monkeypatch.setenv("CAPSTONE_STATE_DIR", str(folder))
    return folder


@pytest.fixture
def workspace(tmp_path: Path, write_workspace: Callable[..., Path]) -> Path:
    """A workspace with one valid study, specs/tiny, of two cases with two repeats."""
    write_workspace(tmp_path / "workspace")
    return tmp_path / "workspace"


@pytest.fixture
def write_study(workspace: Path) -> Callable[..., Path]:
    """Rewrite the workspace's study: `serial` and `pool` are programs, the rest TOML pieces."""

    def write(**pieces: str) -> Path:
        return write_tiny_study(workspace / "specs" / "tiny", **pieces)

    return write


@pytest.fixture
def capstone(workspace: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the real command in the workspace; keywords are environment variables."""

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return run_capstone(workspace, *arguments, **environment)

    return run


@pytest.fixture
def start_capstone(workspace: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start the real command in the workspace and return at once; the test ends it."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [CAPSTONE, *arguments],
            cwd=workspace,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture(scope="session")
def measured_once(
    tmp_path_factory: pytest.TempPathFactory, write_workspace: Callable[..., Path]
) -> Path:
    """A folder with the tiny workspace, measured, and the state folder that goes with it."""
    folder = tmp_path_factory.mktemp("measured")
    root = folder / "workspace"
    write_workspace(root)
    answer = run_capstone(root, "run", CAPSTONE_STATE_DIR=str(folder / "state"))
    assert answer.returncode == 0, answer.stderr
    return folder


@pytest.fixture
def measured(measured_once: Path, workspace: Path, state_dir: Path) -> Path:
    """The journal of the workspace, whose study has been measured completely on this machine."""
    shutil.copytree(measured_once / "workspace", workspace, dirs_exist_ok=True)
    shutil.copytree(measured_once / "state", state_dir)
    (journal,) = workspace.glob("specs/tiny/results/*/journal.jsonl")
    return journal


@pytest.fixture(scope="session")
def eventually() -> Callable[[Callable[[], object]], object]:
    """Ask until the answer is true, and return it; fail when it never is."""

    def ask(question: Callable[[], object]) -> object:
        deadline = time.monotonic() + PATIENCE_S
        while not (answer := question()):
            assert time.monotonic() < deadline, "it never happened"
            time.sleep(0.02)
        return answer

    return ask


@pytest.fixture(scope="session")
def is_gone() -> Callable[[int], bool]:
    """Tell whether a process has ended, or is about to: a kill takes the kernel a moment."""

    def lives(pid: int) -> bool:
        try:
            return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    def tell(pid: int) -> bool:
        deadline = time.monotonic() + 3
        while lives(pid) and time.monotonic() < deadline:
            time.sleep(0.02)
        return not lives(pid)

    return tell


@pytest.fixture(scope="session")
def environment() -> Environment:
    """The facts of an invented machine."""
    return Environment(
        cpu="Invented(R) Core(TM) X1 Processor @ 2.0GHz",
        cores=2,
        physical_cores=2,
        memory_bytes=2**33,
        system="Linux",
        python="3.11.7",
        capstone="0.1.0",
    )


@pytest.fixture(scope="session")
def make_record(environment: Environment) -> Callable[..., RunRecord]:
    """Return a run that ended well, with any of its fields replaced."""

    def make(**fields: object) -> RunRecord:
        standard: dict[str, object] = {
            "run_id": "serial-0",
            "case_id": "serial/workers=1",
            "fingerprint": "0123456789abcdef",
            "benchmark": "serial",
            "phase": Phase.MEASUREMENT,
            "workers": 1,
            "threads": 1,
            "levels": {"workers": 1, "threads": 1},
            "repeat": 0,
            "attempt": 0,
            "order": 0,
            "command": ("python", "serial.py"),
            "started_at": "2026-11-21T10:00:00+00:00",
            "outcome": Outcome.OK,
            "wall_time_s": 0.1,
            "exit_code": 0,
            "signal": None,
            "peak_memory_bytes": 1024,
            "cpu_time_s": 0.1,
            "other_load": 0.0,
            "environment": environment,
        }
        return RunRecord.model_validate(standard | fields)

    return make
