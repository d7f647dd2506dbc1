"""One declared file: what it says, and the place of every key path in it."""

import json
import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from capstone_report.errors import Place
from capstone_report.findings.finding import Finding, located
from capstone_report.spec.positions import KeyPath, Span
from capstone_report.spec.reading import Located, Reading, out_of_range, read_toml

WHAT_IF = "--set"
BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """A value that a what-if puts at a key path."""

    value: object
    written: str
    """As it stood on the command line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredFile:
    """A TOML file inside the project, as far as it could be read."""

    shown: str
    """Its path relative to the project."""
    reading: Reading
    data: dict[str, Any] | None
    """What it says, or would say after a what-if; None when it is not TOML."""
    changes: Mapping[KeyPath, WhatIf] = field(default_factory=dict)

    def problems(self) -> list[Finding]:
        """Return what is wrong with the text itself."""
        return [self._read(problem) for problem in self.reading.problems]

    def placed(self, finding: Finding) -> Finding:
        """Return a finding whose `where` is a key path with the places that its paths stand at."""
        place = self.place(split_key_path(finding.where))
        beside = (self.place(split_key_path(key)) for key in finding.also)
        return located(finding, place, *beside)

    def at(self, finding: Finding, path: KeyPath, *, on_key: bool = False) -> Finding:
        """Return a finding at a path whose keys may be anything, on its key or on its value."""
        return located(finding, self.place(path, on_key=on_key))

    def place(self, path: KeyPath, *, on_key: bool = False) -> Place:
        """Return where a path stands; what is missing stands at the table that lacks it."""
        key = key_path(path)
        for changed, change in self.changes.items():
            inside = path[: len(changed)] == changed
            if inside or (path and changed[: len(path)] == path):
                return _in_line(WHAT_IF, change.written, key)
        if self.reading.document is None:
            return _in_line(self.shown, self.reading.text.split("\n")[0], key)
        spot = self.reading.document.positions.find(path)
        return self._place(spot.key if on_key else spot.value, key)

    def _read(self, problem: Located) -> Finding:
        """Return a problem of the text with its place; a file without text has none."""
        if problem.span is None:
            place = _in_line(self.shown, "", "")
        else:
            place = self._place(problem.span, "")
        return located(problem.finding, place)

    def _place(self, span: Span, key: str) -> Place:
        """Return the part of a span that stands on its first line."""
        text = self.reading.text.split("\n")[span.line - 1]
        end = span.end_column if span.end_line == span.line else len(text) + 1
        return Place(
            file=self.shown,
            line=span.line,
            column=span.column,
            end_column=max(end, span.column + 1),
            text=text,
            key=key,
        )


def read_declared(
    path: Path, root: Path, changes: Mapping[KeyPath, WhatIf] | None = None
) -> DeclaredFile:
    """Read one declared file of a project, and put the values of a what-if into it."""
    reading = read_toml(path, root=root)
    data = deepcopy(reading.document.data) if reading.document else None
    for number in out_of_range(data or {}):  # told already, and nothing can be computed with it
        put(data, number, "")
    placed = {}
    for written_path, change in (changes or {}).items():
        key = numbered(data or {}, written_path)
        if data is not None and put(data, key, change.value):
            placed[key] = change
    shown = path.relative_to(root).as_posix()
    return DeclaredFile(shown=shown, reading=reading, data=data, changes=placed)


def numbered(data: object, path: KeyPath) -> KeyPath:
    """Return a path in which an item of a list is named by its number where its name was given."""
    found: list[str | int] = []
    for part in path:
        if isinstance(data, list) and isinstance(part, str):
            names = [item.get("name") for item in data if isinstance(item, dict)]
            part = names.index(part) if part in names else part  # noqa: PLW2901 - the same part, by number
        found.append(part)
        data = _inside(data, part)
    return tuple(found)


def _inside(data: object, part: str | int) -> object:
    """Return what stands at one part of a path, or nothing."""
    if isinstance(data, dict) and isinstance(part, str):
        return data.get(part)
    if isinstance(data, list) and isinstance(part, int) and part < len(data):
        return data[part]
    return None


def put(data: Any, path: KeyPath, value: object) -> bool:  # noqa: ANN401 - data as TOML gave it
    """Put a value at a path, making the tables on its way; tell whether the path leads anywhere."""
    *way, last = path
    for part in way:
        if isinstance(data, dict) and isinstance(part, str):
            data = data.setdefault(part, {})
        else:
            data = _inside(data, part)
    is_item = isinstance(data, list) and isinstance(last, int) and last < len(data)
    fits = is_item or (isinstance(data, dict) and isinstance(last, str))
    if fits:
        place: Any = last
        data[place] = value
    return fits


def key_path(path: KeyPath) -> str:
    """Return a path the way TOML users write it: benchmarks[1].levels.workers."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{_quoted(part)}"
    return text.removeprefix(".")


def _quoted(key: str) -> str:
    """Return a key as TOML writes it: bare where it can be."""
    return key if BARE_KEY.fullmatch(key) else json.dumps(key, ensure_ascii=False)


def split_key_path(text: str) -> KeyPath:
    """Return the path that key_path wrote, for keys without dots and brackets."""
    parts = re.findall(r"\[(\d+)\]|([^.\[\]]+)", text)
    return tuple(int(index) if index else name for index, name in parts)


def _in_line(file: str, text: str, key: str) -> Place:
    """Return the place of a whole line that is the file's first, or its only one."""
    return Place(file=file, line=1, column=1, end_column=max(2, len(text) + 1), text=text, key=key)
