"""Campaigns of the real command, and what is on disk after them."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from campaigns import SAY, shell
from capstone_report.results.journal import JOURNAL, read_journal
from capstone_report.results.records import RunRecord

Answer = subprocess.CompletedProcess[str]


@pytest.fixture
def machine_folder(workspace: Path) -> Callable[[], Path]:
    """Return the folder of the one machine that has records."""

    def find() -> Path:
        (journal,) = workspace.glob(f"specs/tiny/results/*/{JOURNAL}")
        return journal.parent

    return find


@pytest.fixture
def runs(machine_folder: Callable[[], Path]) -> Callable[[], tuple[RunRecord, ...]]:
    """Read the run records of the one machine."""

    def read() -> tuple[RunRecord, ...]:
        return read_journal(machine_folder()).runs

    return read


@pytest.fixture
def one_case(write_study: Callable[..., Path]) -> Callable[..., Path]:
    """Write the study with one benchmark as asked for and the other quick, one run each."""

    def write(script: str | None = None, **pieces: str) -> Path:
        if script is not None:
            pieces["serial_command"] = shell(script)
        folder = write_study(**{"repeats": "1"} | pieces)
        other = '"serial.py"]' if "pool" in pieces else '"pool.py", "{workers}"]'
        text = (folder / "study.toml").read_text()
        (folder / "study.toml").write_text(text.replace(f'["python", {other}', shell(SAY)))
        return folder

    return write


@pytest.fixture
def measure(
    one_case: Callable[..., Path],
    capstone: Callable[..., Answer],
    runs: Callable[[], tuple[RunRecord, ...]],
) -> Callable[..., tuple[RunRecord, Answer]]:
    """Measure one case with the real command; return its one record, and the answer."""

    def run(script: str | None = None, **pieces: str) -> tuple[RunRecord, Answer]:
        one_case(script, **pieces)
        answer = capstone("run", "--max-failures", "1")
        name = "pool" if "pool" in pieces else "serial"
        (record,) = (record for record in runs() if record.benchmark == name)
        return record, answer

    return run
