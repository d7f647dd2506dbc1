"""Makes one run: starts the program in a fresh folder and turns what it left into a record."""

import hashlib
import os
import re
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import capstone_report
from capstone_report.launchers.launcher import WORKLOADS
from capstone_report.measure.aside import aside
from capstone_report.measure.guard.client import NotStartedError
from capstone_report.measure.guard.messages import Ended, Ending, Kill, Order
from capstone_report.measure.hangs import hang_symptoms
from capstone_report.measure.judging import Judgement, judge
from capstone_report.measure.keeping import keep, what_is_there
from capstone_report.measure.recovering import injected, injection_note, recovery_sample
from capstone_report.measure.sharing import Sharing, sharing
from capstone_report.measure.starting import EndedElsewhere, Starter
from capstone_report.measure.symptoms import symptoms
from capstone_report.parsers.parser import Parsed
from capstone_report.plan import PlannedRun, changed_facts
from capstone_report.results.records import Conditions, Energy, Environment, Outcome, RunRecord
from capstone_report.spec.load import LoadedStudy
from capstone_report.spec.surroundings import passed_on
from capstone_report.warmup import warmup_steps

LOOPBACK = "127.0.0.1"
PACKAGE = Path(capstone_report.__file__).parent
OF_OURS = re.compile(rf"{WORKLOADS}/\w+\.py")


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

    @property
    def raw(self) -> Path:
        """Return the folder of the run's own outputs."""
        return self.machine_folder / "raw" / self.id

    def opening(self) -> dict[str, Any]:
        """Return what the record says before anything has happened, as JSON holds it."""
        run, case = self.run, self.run.case
        return {
            "run_id": self.id,
            "case_id": case.id,
            "fingerprint": case.fingerprint,
            "identity": case.identity,
            "benchmark": case.benchmark.name,
            "phase": run.phase.value,
            "workers": case.allocation.workers,
            "threads": case.allocation.threads,
            "nodes": case.allocation.nodes,
            "device": case.device,
            "levels": case.levels,
            "repeat": run.repeat,
            "attempt": self.number,
            "order": run.order,
            "ablation": case.ablation,
            "command": self.command,
            "started_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "environment": self.environment.model_dump(mode="json"),
        }


def make_run(
    attempt: Attempt, starter: Starter, opening: dict[str, Any] | None = None
) -> RunRecord:
    """Make one attempt and return its record; an interruption ends up in the record, too.

    `opening` is what `attempt.opening()` said when it was put on disk.

    Raises:
        OSError: the disk does not take what the program writes.
    """
    opening, order = opening or attempt.opening(), begin_run(attempt)
    started = time.monotonic()
    try:
        ended, trouble = starter.run(order), ""
    except NotStartedError as error:
        if error.filename and Path(error.filename).is_relative_to(order.output):
            raise  # not the program: its output has no place
        waited_s = time.monotonic() - started
        ended = Ended(ending=Ending.OWN, wall_time_s=waited_s, exit_code=None, signal=None)
        trouble = not_started(attempt, error)
    return finish_run(attempt, ended, opening, trouble=trouble)


def begin_run(attempt: Attempt) -> Order:
    """Return the order for an attempt, with a fresh folder for its output."""
    return _order(attempt, _fresh(attempt.raw))


def finish_run(
    attempt: Attempt, ended: Ended, opening: dict[str, Any], *, trouble: str = ""
) -> RunRecord:
    """Turn what a run left into its record; `trouble` is why it was not even started.

    Raises:
        OSError: the disk did not take what the program wrote.
    """
    raw = attempt.raw
    if ended.disk_errno is not None:
        raise OSError(ended.disk_errno, os.strerror(ended.disk_errno), str(raw))
    parsed = attempt.run.case.benchmark.parser.parse(raw)
    outcome, message = _judged(attempt, ended, parsed, trouble)
    kept = keep(attempt.machine_folder, raw)
    if kept.unreadable and outcome is Outcome.OK:
        outcome, message = Outcome.INCOMPLETE, f"it left what cannot be read: {kept.unreadable[0]}"
    shared = sharing(raw, workers=attempt.run.case.allocation.workers)
    return RunRecord.model_validate(
        opening
        | {
            "outcome": outcome,
            "message": message,
            "wall_time_s": ended.wall_time_s,
            "exit_code": ended.exit_code,
            "signal": ended.signal,
            "peak_memory_bytes": ended.peak_memory_bytes,
            "cpu_time_s": ended.cpu_time_s,
            "other_load": round(ended.other_load, 2),
            "suspended_s": round(ended.suspended_s, 3),
            "output_bytes": ended.output_bytes,
            "energy": _energy(ended),
            "conditions": _conditions(ended),
            "warmup_steps": warmup_steps(parsed.samples),
            "injected": injected(ended),
            "samples": (
                *parsed.samples,
                *((shared.sample,) if shared else ()),
                *recovery_sample(ended, parsed.samples),
            ),
            "checks": parsed.checks,
            "notes": (*parsed.notes, *_notes(ended), *injection_note(ended), *_shared(shared)),
            "raw": kept.hashes,
            **_elsewhere(attempt, ended),
        }
    )


def not_started(attempt: Attempt, error: NotStartedError) -> str:
    """Say why an attempt's program could not be started."""
    return f"could not start {attempt.command[0]!r}: {error.strerror}"


def _judged(attempt: Attempt, ended: Ended, parsed: Parsed, trouble: str) -> Judgement:
    """Return how a run ended, and why it does not count when it does not."""
    if trouble:
        return Outcome.FAILED, trouble
    verdict = ended.verdict if isinstance(ended, EndedElsewhere) else None
    if verdict is not None:
        return verdict
    study, run = attempt.loaded.study, attempt.run
    outcome, message = judge(study, run, ended, parsed, causes=_causes(attempt, ended))
    other = _another_machine(attempt.environment, ended) if outcome is Outcome.OK else None
    return other or (outcome, message)


def _another_machine(planned: Environment, ended: Ended) -> Judgement | None:
    """Judge a run that a scheduler gave to a machine unlike the one it was planned for."""
    seen = ended.environment if isinstance(ended, EndedElsewhere) else None
    changed = changed_facts(planned, seen) if seen else []
    if not changed:
        return None
    facts = ", ".join(changed)
    return Outcome.INCOMPLETE, f"it ran on a machine with another {facts}; ask for one kind only"


def _elsewhere(attempt: Attempt, ended: Ended) -> dict[str, Any]:
    """Return what a record also says of a run that a scheduler had made."""
    if not isinstance(ended, EndedElsewhere):
        return {}
    told: dict[str, Any] = {"job": ended.job}
    if ended.started_at is not None:
        told["started_at"] = ended.started_at
    if ended.environment is not None:
        # Torch was asked for its own facts once, in the beginning.
        facts = attempt.environment.facts | ended.environment.facts
        told["environment"] = ended.environment.model_copy(update={"facts": facts})
    return told


def cut_short(opening: dict[str, Any], machine_folder: Path, *, message: str) -> RunRecord:
    """Return the record of an attempt that nobody saw the end of, from its opening.

    Raises:
        ValidationError: the opening is not one of this version's.
    """
    return RunRecord.model_validate(
        opening
        | {
            "outcome": Outcome.INTERRUPTED,
            "message": message,
            "wall_time_s": 0.0,
            "exit_code": None,
            "signal": None,
            "peak_memory_bytes": 0,
            "cpu_time_s": 0.0,
            "other_load": 0.0,
            "raw": what_is_there(machine_folder, str(opening["run_id"])),
        }
    )


def _order(attempt: Attempt, raw: Path) -> Order:
    """Return what is started, where, and what ends it."""
    benchmark = attempt.run.case.benchmark
    inject = benchmark.inject
    return Order(
        command=_with_python(attempt.command, len(attempt.run.case.command)),
        cwd=str(attempt.loaded.folder.absolute()),
        env=_environment(attempt, raw / "metrics"),
        output=str(raw.absolute()),
        timeout_s=benchmark.timeout_s,
        idle_timeout_s=benchmark.idle_timeout_s,
        most_processes=benchmark.max_processes,
        gpus=attempt.run.case.device == "cuda",
        kill=Kill(rank=inject.kill_worker, at_s=inject.at_s) if inject else None,
        nodes=attempt.run.case.allocation.nodes,
    )


def _causes(attempt: Attempt, ended: Ended) -> list[str]:
    """Return what is known of the cause of a bad end."""
    if ended.ending is not Ending.SILENCE:
        return symptoms(attempt.raw)
    workers = attempt.run.case.allocation.workers
    return list(hang_symptoms(attempt.raw, workers=workers, living=ended.silent_ranks))


def _energy(ended: Ended) -> Energy | None:
    """Return what counters saw; None where there are none, or where they stood still."""
    if ended.joules is None or ended.energy_method is None or ended.wall_time_s <= 0:
        return None
    return Energy(
        joules=round(ended.joules, 3),
        average_w=round(ended.joules / ended.wall_time_s, 3),
        method=ended.energy_method,
    )


def _conditions(ended: Ended) -> Conditions:
    """Return what the machine did to a run."""
    return Conditions(
        thermal_events=ended.thermal_events,
        quota_waits=ended.quota_waits,
        swapped_bytes=ended.swapped_bytes,
        gpu_throttling=tuple(ended.gpu_throttling),
        gpu_sharers=ended.gpu_sharers,
    )


def _shared(shared: Sharing | None) -> Iterator[str]:
    """Yield which samples several workers trained on."""
    if shared and shared.note:
        yield shared.note


def _notes(ended: Ended) -> Iterator[str]:
    """Yield what a reader should know about a run beside its outcome."""
    if ended.outlived:
        yield f"{ended.outlived} processes that outlived the program were killed"
    if ended.survivors:
        yield f"{ended.survivors} processes could not be killed: they hang inside the kernel"
    if ended.clock_step_s:
        yield f"the wall clock was set by {ended.clock_step_s:+.0f} s; durations do not use it"


def _with_python(command: list[str], program_length: int) -> list[str]:
    """Put this Python where the launcher or the program's head says "python", not in arguments.

    A program of ours is found where capstone is installed: no record says where that is.
    """
    head = len(command) - program_length + 1
    resolved = [sys.executable if part == "python" else part for part in command[:head]]
    return [_located(part) for part in (*resolved, *command[head:])]


def _located(part: str) -> str:
    """Return where a program of ours lies; anything else is what it is."""
    return str(PACKAGE.parent / part) if OF_OURS.fullmatch(part) else part


def _environment(attempt: Attempt, metrics: Path) -> dict[str, str]:
    """Return the program's environment: what is passed on, what is set, and nothing else."""
    case = attempt.run.case
    threads = str(case.allocation.threads)
    return {
        **passed_on(os.environ),
        "PYTHONFAULTHANDLER": "1",  # a program that hangs or crashes writes its stacks
        "MASTER_ADDR": LOOPBACK,
        "MASTER_PORT": str(free_port()),
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


def free_port() -> int:
    """Return a port of this machine that nobody listens on: every run meets at one of its own."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _fresh(folder: Path) -> Path:
    """Return a new folder for a run's output; one that no record names is kept beside it."""
    if folder.exists():
        aside(folder)
    (folder / "metrics").mkdir(parents=True, mode=0o700)
    return folder
