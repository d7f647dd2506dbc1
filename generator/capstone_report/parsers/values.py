"""What all parsers hold their samples to: finite numbers, one unit per metric, steps that differ."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from capstone_report.parsers.output import Line, Output
from capstone_report.parsers.parser import Parsed
from capstone_report.results.records import Check, Sample

MOST_SAMPLES = 1_000_000
MOST_PROBLEMS = 1_000
NUMBER = re.compile(r"[+-]?(?:\d+(?:,\d{3})*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


class RefusedError(ValueError):
    """A value that cannot be a sample."""


def number(text: str) -> float:
    """Return a finite number as programs print it, thousands separated or not: 1,234.5, 1e-3.

    Raises:
        RefusedError: it is no number, or none that is finite.
    """
    stripped = text.strip()
    value = float(stripped.replace(",", "")) if NUMBER.fullmatch(stripped) else math.nan
    if not math.isfinite(value):
        raise RefusedError(f"{shortened(stripped)!a} is not a finite number")
    return value


def whole(text: str) -> int:
    """Return a whole number.

    Raises:
        RefusedError: it is none.
    """
    value = number(text)
    if value != int(value):
        raise RefusedError(f"{shortened(text.strip())!a} is not a whole number")
    return int(value)


def shortened(text: str) -> str:
    """Return a text that fits into a message."""
    return text if len(text) <= 40 else f"{text[:40]}..."  # noqa: PLR2004 - a line's worth


@dataclass(slots=True)
class Gathering:
    """What is read from one run, while it is being read."""

    output: Output
    samples: list[Sample] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    matched: set[tuple[str, int]] = field(default_factory=set)

    def lines(self, source: str) -> Iterator[Line]:
        """Yield the lines of a source, as long as what is made of them fits into memory."""
        for line in self.output.lines(source):
            if max(len(self.samples), len(self.matched)) > MOST_SAMPLES:
                self.refuse(line, f"more than {MOST_SAMPLES} values until here; report fewer")
                return
            if len(self.output.problems) >= MOST_PROBLEMS:
                self.refuse(line, "too many problems until here; no further line was read")
                return
            yield line

    def refuse(self, where: Line | str, reason: object) -> None:
        """Keep a problem with its place."""
        self.output.problems.append(f"{where}: {reason}")

    def parsed(self) -> Parsed:
        """Return all of it, with what is wrong with the samples as a whole."""
        if len(self.samples) > MOST_SAMPLES:
            self.output.problems.append(f"more than {MOST_SAMPLES} values; report fewer")
            self.samples = self.samples[:MOST_SAMPLES]
        samples = numbered(self.samples)
        disagreements = (*unit_changes(samples), *repeats(samples))
        return Parsed(
            samples=tuple(samples),
            checks=tuple(self.checks),
            notes=tuple(dict.fromkeys(self.notes)),
            problems=(*self.output.problems, *disagreements),
            matched=frozenset(self.matched),
        )


def numbered(samples: Sequence[Sample]) -> list[Sample]:
    """Give values that one rank repeated without a step the numbers of their order."""
    without = Counter(_series(sample) for sample in samples if sample.step is None)
    counts: defaultdict[tuple[str, int, str | None], int] = defaultdict(int)
    result = []
    for sample in samples:
        series = _series(sample)
        if sample.step is None and without[series] > 1:
            result.append(sample.model_copy(update={"step": counts[series]}))
            counts[series] += 1
        else:
            result.append(sample)
    return result


def unit_changes(samples: Iterable[Sample]) -> Iterator[str]:
    """Name every metric that was reported in more than one unit."""
    units: dict[str, set[str]] = {}
    for sample in samples:
        units.setdefault(sample.metric, set()).add(sample.unit)
    for metric, used in sorted(units.items()):
        if len(used) > 1:
            yield f"{metric} was reported in several units: {', '.join(sorted(used))}"


def repeats(samples: Iterable[Sample]) -> Iterator[str]:
    """Name every metric that one rank reported twice for the same step: steps need numbers."""
    seen = Counter((s.metric, s.rank, s.step, s.phase) for s in samples if s.phase != "warmup")
    for metric in sorted({key[0] for key, times in seen.items() if times > 1}):
        yield f"{metric} was reported twice by one rank; give repeated values their step=..."


def _series(sample: Sample) -> tuple[str, int, str | None]:
    """Return what the values of one numbering share."""
    return sample.metric, sample.rank, sample.phase
