"""Who is missing where a run fell silent: from its processes, its metrics and its stacks."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from capstone_report.measure.symptoms import end_of
from capstone_report.units import Seconds

SHOWN_RANKS = 8
SHOWN_STACKS = 4
# Workers that talk to each other report at about the same time; further apart, one is behind.
BEHIND_S = 0.5
STACK = re.compile(
    r"^Current thread 0x\w+ .*?\(most recent call first\):\n((?:  File .*\n?)+)", re.MULTILINE
)
FRAME = re.compile(
    r'^  File "(?P<file>[^"\n]*)", line (?P<line>\d+) in (?P<name>\S+)$', re.MULTILINE
)
NOT_THE_PROGRAM = re.compile(r"/site-packages/|/dist-packages/|/lib/python3|^<")
LAUNCHER = "/torch/distributed/run.py"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """When a worker last reported a metric, and of which step."""

    at: Seconds
    """By the wall clock of the file system."""
    step: int | None


def hang_symptoms(run_folder: Path, *, workers: int, living: Sequence[int]) -> Iterator[str]:
    """Yield what can be told about a run that fell silent; `living` are the ranks with a process.

    Ranks are told from RANK in a process's environment and from the metrics' own; a program that
    has neither is described by its stacks alone.
    """
    if living and (gone := sorted(set(range(workers)) - set(living))):
        yield f"no process of {_ranks(gone)} was left"
    heard = _heard(run_folder / "metrics")
    if heard and workers > 1:
        yield f"last metrics: {_last_metrics(heard, workers)}"
    stacks = Counter(_stacks(end_of(run_folder / "stderr.txt")))
    if stacks:
        shown = [f"{count} in {where}" for where, count in stacks.most_common(SHOWN_STACKS)]
        yield f"stacks: {', '.join(shown)}"


def _ranks(numbers: Sequence[int]) -> str:
    """Return ranks in words, the first few of many."""
    shown = ", ".join(map(str, numbers[:SHOWN_RANKS]))
    more = len(numbers) - SHOWN_RANKS
    return f"rank{'s' * (len(numbers) > 1)} {shown}{f' and {more} more' if more > 0 else ''}"


def _last_metrics(heard: dict[int, Heard], workers: int) -> str:
    """Say of which step each worker was last heard of, those that are behind first."""
    latest = max(last.at for last in heard.values())
    silent = sorted(set(range(workers)) - heard.keys())
    said = [f"none from {_ranks(silent)}"] if silent else []
    for rank, last in sorted(heard.items(), key=lambda item: item[1].at)[:SHOWN_RANKS]:
        step = "" if last.step is None else f" at step {last.step}"
        behind_s = latest - last.at
        behind = f", {behind_s:.1f} s before the last" if behind_s > BEHIND_S else ""
        said.append(f"rank {rank}{step}{behind}")
    return "; ".join(said)


def _heard(folder: Path) -> dict[int, Heard]:
    """Return the last metric of each rank that reported any."""
    heard: dict[int, Heard] = {}
    for file in sorted(folder.glob("*.jsonl")):
        if file.is_symlink() or not file.is_file():
            continue
        for line in reversed(end_of(file).splitlines()):
            try:
                said = json.loads(line)
                rank, step = int(said.get("rank", 0)), said.get("step")
            except (ValueError, TypeError, AttributeError, RecursionError):
                continue  # torn, or not the protocol; the line before it may be
            last = Heard(at=file.stat().st_mtime, step=step if isinstance(step, int) else None)
            heard[rank] = max(heard.get(rank, last), last, key=lambda one: one.at)
            break
    return heard


def _stacks(text: str) -> Iterator[str]:
    """Yield where each Python process stood, and from where in the program it had come there.

    A process writes its stacks when it is aborted (PYTHONFAULTHANDLER); the launcher's own is left out.
    """
    for stack in STACK.finditer(text):
        frames = list(FRAME.finditer(stack[1]))
        if not frames or any(frame["file"].endswith(LAUNCHER) for frame in frames):
            continue
        own = [frame for frame in frames if not NOT_THE_PROGRAM.search(frame["file"])]
        caller = (own or frames)[0]
        place = f"{PurePosixPath(caller['file']).name}:{caller['line']}"
        yield f"{frames[0]['name']} at {place}"
