"""How long reading and verifying a journal takes; prints a table. On a quiet machine: make bench."""

import hashlib
import tempfile
import time
from pathlib import Path

from capstone_report.results.journal import JOURNAL, read_journal
from capstone_report.results.lines import FIRST, written_line
from capstone_report.results.records import Environment, Outcome, Phase, RunRecord, Sample

TARGET_S = 2.0
RECORDS = 100_000
REPEATS = 3
ENVIRONMENT = Environment(
    cpu="Invented(R) Core(TM) X1 Processor",
    cores=2,
    physical_cores=2,
    memory_bytes=2**33,
    system="Linux-6.1.0-x86_64-with-glibc2.36",
    python="3.11.7",
    packages={"numpy": "2.1.0", "torch": "2.13.0"},
    capstone="0.1.0",
)


def run(number: int, samples: int) -> RunRecord:
    """Return a run with so many samples, as a small benchmark program leaves it."""
    return RunRecord(
        run_id=f"serial-{number}",
        case_id="serial/threads=1,workers=1",
        fingerprint="0123456789abcdef",
        benchmark="serial",
        phase=Phase.MEASUREMENT,
        workers=1,
        threads=1,
        levels={"workers": 1, "threads": 1},
        repeat=number,
        attempt=0,
        order=number,
        command=("python", "serial.py"),
        started_at="2026-11-21T10:00:00+00:00",
        outcome=Outcome.OK,
        wall_time_s=0.1 + number * 1e-7,
        exit_code=0,
        signal=None,
        peak_memory_bytes=1024,
        cpu_time_s=0.1,
        other_load=0.01,
        samples=tuple(
            Sample(metric="step_time", value=0.01 + step * 1e-5, unit="s", step=step)
            for step in range(samples)
        ),
        environment=ENVIRONMENT,
    )


def write(folder: Path, *, records: int, samples: int) -> int:
    """Write a journal, without waiting for the disk at each record; return its size in bytes."""
    previous = FIRST
    with (folder / JOURNAL).open("wb") as stream:
        for number in range(records):
            line = written_line(run(number, samples), seq=number, previous=previous)
            previous = hashlib.sha256(line).hexdigest()
            stream.write(line + b"\n")
        return stream.tell()


def seconds(folder: Path, records: int) -> float:
    """Return how long one reading takes."""
    start = time.perf_counter()
    journal = read_journal(folder)
    taken = time.perf_counter() - start
    assert len(journal.records) == records
    return taken


def main() -> None:
    """Print the table."""
    print(f"{'records':>8}  {'samples':>7}  {'bytes':>11}  {'read_journal':>12}  target")
    for samples in (1, 40):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            size = write(folder, records=RECORDS, samples=samples)
            best = min(seconds(folder, RECORDS) for _ in range(REPEATS))
        print(f"{RECORDS:>8}  {samples:>7}  {size:>11}  {best:>10.2f} s  {TARGET_S} s", flush=True)


if __name__ == "__main__":
    main()
