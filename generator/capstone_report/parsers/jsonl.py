"""The capstone-metrics/1 protocol: JSON lines, one file per process, in `metrics/`.

A line is `{"m": name, "v": number, "u": unit}` with optional `rank`, `step`, `phase` and `attempt`, or
`{"check": name, "ok": bool, "detail": text}`. After an elastic restart steps are done again; then what
the last attempt said of a step counts. Numbers that JSON does not have (NaN, infinity),
duplicate keys, booleans as values and over-long lines are refused with their line number. So are
links, and more than a run can sensibly report.
"""

import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar, TypeAlias

from capstone_report.parsers.parser import Parsed, Parser
from capstone_report.parsers.values import repeats, unit_changes
from capstone_report.results.records import Check, Sample
from capstone_report.units import UNITS

LINE_LIMIT = 64 * 1024
FILE_LIMIT = 256 * 1024 * 1024
MOST_SAMPLES = 100_000
"""How many samples and checks of a run are taken; its record holds them all, in one line."""
MOST_PROBLEMS = 20
"""How many problems of a run are kept: the first ones say what is wrong."""


Attempted: TypeAlias = tuple[int, Sample]
"""A sample with the number of the elastic restarts before it."""


class LineError(ValueError):
    """A line that is not the protocol."""


class JsonLines(Parser):
    """Reads what programs wrote with `emit`, or with any JSON writer."""

    kind: ClassVar[str] = "jsonl"

    def parse(self, run_folder: Path) -> Parsed:
        """Read every `metrics/*.jsonl` of a run, in the order of the file names."""
        samples: list[Attempted] = []
        checks: list[Check] = []
        notes: list[str] = []
        problems: list[str] = []
        for item in _items(run_folder, notes):
            if isinstance(item, str):
                problems.append(item)
            elif len(samples) + len(checks) == MOST_SAMPLES:
                problems.append(f"more than {MOST_SAMPLES:,} samples; report every tenth step")
                break
            elif isinstance(item, Check):
                checks.append(item)
            else:
                samples.append(item)
            if len(problems) == MOST_PROBLEMS:
                break
        said_last = _said_last(samples)
        if len(said_last) < len(samples):
            again = len(samples) - len(said_last)
            notes.append(f"{again} samples were left out: a restart did their steps again")
        problems.extend(unit_changes(said_last))
        problems.extend(repeats(said_last))
        return Parsed(
            samples=tuple(said_last),
            checks=tuple(checks),
            notes=tuple(notes),
            problems=tuple(problems[:MOST_PROBLEMS]),
        )


def _said_last(samples: Sequence[Attempted]) -> list[Sample]:
    """Return what the last attempt at each step said, in the order of the attempts.

    A step is done again by all workers, whatever ranks they have then and whatever phase it is now.
    """
    last: dict[tuple[str, int | None], int] = {}
    ordered = sorted(samples, key=lambda said: said[0])
    for attempt, sample in ordered:
        last[sample.metric, sample.step] = attempt
    return [sample for attempt, sample in ordered if attempt == last[sample.metric, sample.step]]


def _items(run_folder: Path, notes: list[str]) -> Iterator[Attempted | Check | str]:
    """Yield what a run's metrics files say, line by line, and each problem in words."""
    metrics = run_folder / "metrics"
    if run_folder.is_symlink() or metrics.is_symlink():  # what lies elsewhere has no hash
        yield "metrics: a link, not the folder that the run was given"
        return
    for file in sorted(metrics.glob("*.jsonl")):
        if file.name.encode(errors="ignore").decode() != file.name:
            yield f"{file.name!a}: not a name of text"
        elif file.is_symlink() or not file.is_file() or file.stat().st_size > FILE_LIMIT:
            yield f"{file.name}: not a regular file of at most {FILE_LIMIT} bytes"
        else:
            yield from _of_file(file, notes)


def _of_file(file: Path, notes: list[str]) -> Iterator[Attempted | Check | str]:
    """Yield what one file says, and each refused line with its number."""
    for number, line in _lines(file, notes):
        try:
            yield _item(line)
        except (ValueError, OverflowError, RecursionError) as error:
            yield f"{file.name}:{number}: {error}"


def _lines(file: Path, notes: list[str]) -> Iterator[tuple[int, bytes]]:
    """Yield numbered lines; a last line without its end is torn, and noted instead."""
    with file.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            if not line.endswith(b"\n"):
                notes.append(f"{file.name}:{number}: torn last line dropped")
            elif line.strip():
                yield number, line


def _item(line: bytes) -> Attempted | Check:
    """Return what a line says, or raise `LineError` with the reason."""
    if len(line) > LINE_LIMIT:
        raise LineError(f"line longer than {LINE_LIMIT} bytes")
    data = json.loads(line, parse_constant=_no_constant, object_pairs_hook=_no_duplicates)
    json.dumps(data, ensure_ascii=False).encode()  # half a surrogate pair cannot be stored
    if not isinstance(data, dict):
        raise LineError("not a JSON object")
    return _check(data) if "check" in data else (_attempt(data), _sample(data))


def _attempt(data: dict[str, Any]) -> int:
    """Return which attempt a line is of, 0 for the first."""
    attempt = data.get("attempt", 0)
    if isinstance(attempt, bool) or not isinstance(attempt, int) or attempt < 0:
        raise LineError(f'"attempt" must be a whole number, not {attempt!r}')
    return attempt


def _sample(data: dict[str, Any]) -> Sample:
    """Return the sample of a line."""
    value, unit = data.get("v"), data.get("u")
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise LineError(f'"v" must be a finite number, not {value!r}')
    if not isinstance(unit, str) or unit not in UNITS:
        raise LineError(f'"u" must be one of {", ".join(UNITS)}, not {unit!r}')
    return Sample.model_validate(
        {
            "metric": data.get("m"),
            "value": float(value),
            "unit": unit,
            "rank": data.get("rank", 0),
            "step": data.get("step"),
            "phase": data.get("phase"),
        },
        strict=True,
    )


def _check(data: dict[str, Any]) -> Check:
    """Return the sanity check of a line."""
    return Check.model_validate(
        {
            "name": data["check"],
            "ok": data.get("ok"),
            "detail": data.get("detail", ""),
            "rank": data.get("rank", 0),
        },
        strict=True,
    )


def _no_constant(text: str) -> float:
    """Refuse NaN and the infinities, which JSON does not have."""
    raise LineError(f"{text} is not a number")


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the object, or refuse a key that stands twice."""
    data = dict(pairs)
    if len(data) != len(pairs):
        raise LineError("a key stands twice")
    return data
