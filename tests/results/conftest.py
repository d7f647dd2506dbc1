"""What every test of the store may ask for."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from capstone_report.results.journal import open_journal
from capstone_report.results.records import RunRecord


@pytest.fixture
def three(tmp_path: Path, make_record: Callable[..., RunRecord]) -> Path:
    """A folder whose journal has three runs, each with a raw output."""
    folder = tmp_path / "machine"
    with open_journal(folder) as (_, writer):
        for number in range(3):
            raw = folder / "raw" / f"run-{number}" / "stdout.txt"
            raw.parent.mkdir(parents=True)
            raw.write_text(f"output {number}")
            named = {f"raw/run-{number}/stdout.txt": hashlib.sha256(raw.read_bytes()).hexdigest()}
            writer.append(make_record(run_id=f"run-{number}", repeat=number, raw=named))
    return folder
