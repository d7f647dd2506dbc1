"""The references of prose: `{name}` or `{name:workers=2}` stands for a number of the analysis."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from capstone_report.errors import Place
from capstone_report.findings.finding import Finding, located
from capstone_report.findings.rendering import UNKNOWN_NUMBER
from capstone_report.spec.benchmarks import scaling_indices

if TYPE_CHECKING:
    from capstone_report.spec.load import LoadedStudy

REFERENCE = re.compile(r"\{\{|\}\}|\{([^{}\n]*)\}|(\{)")
"""Doubled braces, a reference, or a brace that is never closed."""
PARTS = re.compile(r"([a-z_]+)(?::workers=([1-9]\d*))?")

OF_POINT = (
    *("time", "speedup", "efficiency", "one_worker_speedup", "one_worker_efficiency"),
    *("step_time", "throughput", "cost", "cost_ratio", "quality"),
)
"""What a reference with a worker count can name."""
OF_STUDY = (
    *("baseline_time", "baseline_threads", "baseline_cost", "baseline_quality"),
    *("claim_workers", "claim_speedup", "claim_efficiency", "verdict", "machine", "cores"),
)
"""What a reference without one can name."""


def prose_problems(loaded: "LoadedStudy") -> Iterator[Finding]:
    """Yield every reference of a study's prose that names no number, at its place."""
    known = ", ".join([*(f"{name}:workers=N" for name in OF_POINT), *OF_STUDY])
    files = loaded.study.report.files()
    counts = _declared_counts(loaded)
    shown = ", ".join(map(str, sorted(counts)))
    for page, text in loaded.prose.items():
        for match in REFERENCE.finditer(text):
            if match[2] or (match[1] is not None and not _is_known(match[1], counts)):
                place = place_in(f"specs/{loaded.id}/{files[page]}", text, match)
                unknown = UNKNOWN_NUMBER("", reference=match[0], known=known, counts=shown)
                yield located(unknown, place)


def _declared_counts(loaded: "LoadedStudy") -> set[int]:
    """Return the worker counts that the scaling benchmark declares."""
    benchmarks = loaded.study.benchmarks
    scaling = [benchmarks[index] for index in scaling_indices(benchmarks)]
    return {int(level) for b in scaling for level in b.levels.get("workers", (1,))}


def _is_known(reference: str, counts: set[int]) -> bool:
    """Tell whether a reference names a number, with declared workers exactly where they belong."""
    parts = PARTS.fullmatch(reference)
    if parts is None:
        return False
    if parts[2] is None:
        return parts[1] in OF_STUDY
    return parts[1] in OF_POINT and (int(parts[2]) in counts or not counts)


def place_in(file: str, text: str, match: re.Match[str]) -> Place:
    """Return where something stands in the text of a file."""
    line = text.count("\n", 0, match.start()) + 1
    begin = text.rfind("\n", 0, match.start()) + 1
    return Place(
        file=file,
        line=line,
        column=match.start() - begin + 1,
        end_column=match.end() - begin + 1,
        text=text[begin:].split("\n", 1)[0],
    )
