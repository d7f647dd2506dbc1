"""Makes one run: starts the program in a fresh folder and turns what it left into a record."""

import hashlib
import os
import signal
import sys
import time
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from capstone_report.measure.process import Ended, Listening, run_process
from capstone_report.parsers.parser import Parsed, parsers
from capstone_report.plan import PlannedRun
from capstone_report.results.journal import file_hash, sync_folder
from capstone_report.results.records import Environment, Outcome, RunRecord
from capstone_report.spec.load import LoadedStudy
from capstone_report.spec.study import Study
from capstone_report.spec.vocabulary import Scope

PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV", "LD_LIBRARY_PATH")
PASSED_ON_PREFIXES = ("CUDA_", "NCCL_", "GLOO_", "NVIDIA_")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try at a planned run."""

    loaded: LoadedStudy
    run: PlannedRun
    number: int
    machine_folder: Path
    environment: Environment

    @property
    def id(self) -> str:
        """Return a name that is unique in the journal and safe as a folder."""
        case = "".join(c if c.isalnum() else "-" for c in self.run.case.id)
        short = hashlib.sha256(self.run.case.id.encode()).hexdigest()[:6]
        return f"{case[:100]}-{short}-{self.run.phase}-{self.run.repeat}-{self.number}"

    @property
    def command(self) -> list[str]:
        """Return the command line as the launcher makes it, "python" unresolved."""
        case = self.run.case
        return case.benchmark.launcher.command(list(case.command), case.allocation)


def make_run(attempt: Attempt, listening: Listening = nullcontext) -> RunRecord:
    """Make one attempt and return its record; an interruption ends up in the record, too.

    Only inside `listening` may a signal interrupt, and only waiting for the program is inside.
    """
    raw = _fresh(attempt.machine_folder / "raw" / attempt.id)
    started_at, started = datetime.now(UTC).isoformat(timespec="seconds"), time.monotonic()
    ended, trouble, stop = _start(attempt, raw, listening)
    benchmark = attempt.run.case.benchmark
    parsed = parsers()[benchmark.parser]().parse(raw)
    if ended is None:
        outcome, message = (Outcome.INTERRUPTED if stop else Outcome.FAILED), trouble
    else:
        outcome, message = _judge(attempt, ended, parsed)
    outlived = (
        ["processes that outlived the program were killed"] if ended and ended.outlived else []
    )
    return RunRecord(
        run_id=attempt.id,
        case_id=attempt.run.case.id,
        fingerprint=attempt.run.case.fingerprint,
        benchmark=benchmark.name,
        phase=attempt.run.phase,
        workers=attempt.run.case.allocation.workers,
        threads=attempt.run.case.allocation.threads,
        device=attempt.run.case.device,
        levels=attempt.run.case.levels,
        repeat=attempt.run.repeat,
        attempt=attempt.number,
        order=attempt.run.order,
        command=tuple(attempt.command),
        started_at=started_at,
        outcome=outcome,
        message=message,
        wall_time_s=ended.wall_time_s if ended else time.monotonic() - started,
        exit_code=ended.exit_code if ended else None,
        signal=ended.signal if ended else stop,
        peak_memory_bytes=ended.peak_memory_bytes if ended else 0,
        cpu_time_s=ended.cpu_time_s if ended else 0.0,
        other_load=round(ended.other_load, 2) if ended else 0.0,
        samples=parsed.samples,
        checks=parsed.checks,
        notes=(*parsed.notes, *outlived),
        raw=_hashes(attempt.machine_folder, raw),
        environment=attempt.environment,
    )


def _start(
    attempt: Attempt, raw: Path, listening: Listening
) -> tuple[Ended | None, str, int | None]:
    """Run the program; without an end of its own, say why, and by which signal it was stopped."""
    command = _with_python(attempt.command, len(attempt.run.case.command))
    try:
        ended = run_process(
            command,
            cwd=attempt.loaded.folder,
            env=_environment(attempt, raw / "metrics"),
            output=raw,
            timeout_s=attempt.run.case.benchmark.timeout_s,
            listening=listening,
        )
    except KeyboardInterrupt as stop:
        number = int(getattr(stop, "number", signal.SIGINT))
        return None, f"stopped by signal {number}", number
    except OSError as error:
        return None, f"could not start {attempt.command[0]!r}: {error.strerror}", None
    return ended, "", None


def _with_python(command: list[str], program_length: int) -> list[str]:
    """Put this Python where the launcher or the program's head says "python", not in arguments."""
    head = len(command) - program_length + 1
    resolved = [sys.executable if part == "python" else part for part in command[:head]]
    return [*resolved, *command[head:]]


def _judge(attempt: Attempt, ended: Ended, parsed: Parsed) -> tuple[Outcome, str]:
    """Say how a run ended, and why it does not count when it does not."""
    if ended.timed_out:
        limit = attempt.run.case.benchmark.timeout_s
        return Outcome.TIMEOUT, f"stopped after its limit of {limit:g} s"
    if ended.signal is not None:
        return Outcome.FAILED, f"ended by signal {ended.signal}"
    if ended.exit_code != 0:
        return Outcome.FAILED, f"exited with status {ended.exit_code}"
    if parsed.problems:
        return Outcome.INCOMPLETE, f"its metrics were refused: {parsed.problems[0]}"
    failed = [check.name for check in parsed.checks if not check.ok]
    if failed:
        return Outcome.FAILED, f"its own check failed: {', '.join(failed)}"
    missing = _missing_metrics(attempt.loaded.study, attempt.run.case.allocation.workers, parsed)
    return (Outcome.INCOMPLETE, missing) if missing else (Outcome.OK, "")


def _missing_metrics(study: Study, workers: int, parsed: Parsed) -> str:
    """Say which declared metric is absent, from too few or too many ranks, or in another unit."""
    for name, metric in study.metrics.items():
        samples = [sample for sample in parsed.samples if sample.metric == name]
        ranks = {sample.rank for sample in samples}
        if not samples:
            return f"it reported no {name}"
        if any(sample.unit != metric.unit for sample in samples):
            return f"it reported {name} in {samples[0].unit}, not in {metric.unit}"
        if max(ranks) >= workers or min(ranks) < 0:
            return f"rank {max(ranks)} reported {name}, but there are {workers} workers"
        if metric.scope is Scope.PER_WORKER and len(ranks) < workers:
            return f"{name} came from {len(ranks)} of {workers} workers"
    return ""


def _environment(attempt: Attempt, metrics: Path) -> dict[str, str]:
    """Return the program's environment: what is passed on, what is set, and nothing else."""
    passed = {
        name: value
        for name, value in os.environ.items()
        if name in PASSED_ON or name.startswith(PASSED_ON_PREFIXES)
    }
    case = attempt.run.case
    threads = str(case.allocation.threads)
    return {
        **passed,
        "OMP_NUM_THREADS": threads,
        "MKL_NUM_THREADS": threads,
        "OPENBLAS_NUM_THREADS": threads,
        "CAPSTONE_DEVICE": case.device,
        **case.benchmark.env,
        "CAPSTONE": "1",
        "CAPSTONE_PROTOCOL": "1",
        "CAPSTONE_METRICS_DIR": str(metrics),
        "CAPSTONE_RUN": attempt.id,
        "CAPSTONE_CASE": case.id,
        "CAPSTONE_WORKERS": str(case.allocation.workers),
        "CAPSTONE_THREADS": threads,
        "CAPSTONE_SEED": str(attempt.loaded.study.reproducibility.seed),
        **{f"CAPSTONE_P_{name.upper()}": str(value) for name, value in case.levels.items()},
    }


def _fresh(folder: Path) -> Path:
    """Return a new folder for a run's output; one that no record names is kept beside it."""
    if folder.exists():
        number = len(list(folder.parent.glob(f"{folder.name}.orphan-*")))
        folder.rename(folder.with_name(f"{folder.name}.orphan-{number}"))
    (folder / "metrics").mkdir(parents=True, mode=0o700)
    return folder


def _hashes(machine_folder: Path, raw: Path) -> dict[str, str]:
    """Flush a run's output files to disk and return their hashes by path; drop empty ones."""
    hashes: dict[str, str] = {}
    for file in sorted(path for path in raw.rglob("*") if path.is_file() and not path.is_symlink()):
        if file.name.encode(errors="ignore").decode() != file.name:
            continue  # no text, so no record can name it
        if file.stat().st_size == 0:
            file.unlink()
            continue
        with file.open("rb") as stream:
            os.fsync(stream.fileno())
        hashes[file.relative_to(machine_folder).as_posix()] = file_hash(file)
    for folder in (*(path for path in raw.rglob("*") if path.is_dir()), raw, raw.parent):
        sync_folder(folder)
    return hashes
