"""Reads one JSON document of a run: a file of its own, or in the middle of what a program printed."""

import json
from json import JSONDecodeError
from pathlib import Path
from typing import Any

from capstone_report.parsers.output import Output
from capstone_report.parsers.values import Gathering, RefusedError, shortened


class Node:
    """A value of a document together with its place in it, such as results[3].times[0]."""

    def __init__(self, value: Any, place: str) -> None:  # noqa: ANN401 - JSON
        """Keep both."""
        self.value, self.place = value, place

    def __getitem__(self, key: str) -> "Node":
        """Return what stands under a key; nothing where there is no such key."""
        value = self.value.get(key) if isinstance(self.value, dict) else None
        return Node(value, f"{self.place}.{key}".lstrip("."))

    def items(self) -> list["Node"]:
        """Return the items of a list.

        Raises:
            RefusedError: it is none.
        """
        if not isinstance(self.value, list):
            raise RefusedError(f"{self.place} is not a list")
        return [Node(item, f"{self.place}[{index}]") for index, item in enumerate(self.value)]

    def number(self) -> float:
        """Return a number.

        Raises:
            RefusedError: it is none; documents are read strictly, so that every one is finite.
        """
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            raise RefusedError(f"{self.place} is {shortened(repr(self.value))}, not a number")
        try:
            return float(self.value)
        except OverflowError:
            raise RefusedError(f"{self.place} is too large") from None


def documents(gathering: Gathering, source: str) -> list[tuple[str, Node]]:
    """Return the document of each file that a source names, with the file's name."""
    found = []
    for path in gathering.output.files(source):
        name = gathering.output.name(path)
        try:
            value = _document(gathering, gathering.output, path)
        except (ValueError, OverflowError, RecursionError) as error:
            gathering.refuse(_at(name, error), _reason(error))
        else:
            if value is not None:
                found.append((name, Node(value, "")))
    return found


def _document(gathering: Gathering, output: Output, path: Path) -> Any:  # noqa: ANN401 - JSON
    """Return the first object of a file that begins at a line's start; None without one."""
    text = output.text(path)
    start = 0 if text.startswith("{") else text.find("\n{") + 1
    if not text.startswith("{", start):
        return None
    value, end = DECODER.raw_decode(text, start)
    first = text.count("\n", 0, start) + 1
    last = first + text.count("\n", start, end)
    gathering.matched.update((output.name(path), line) for line in range(first, last + 1))
    return value


def strict_object(text: str) -> Any:  # noqa: ANN401 - JSON
    """Return the object that a text is; what follows it is left alone.

    Raises:
        ValueError: it is not strict JSON, or no object.
    """
    value, _ = DECODER.raw_decode(text)
    if not isinstance(value, dict):
        raise RefusedError("not a JSON object")
    return value


def _at(name: str, error: BaseException) -> str:
    """Return the place of an error."""
    return f"{name}:{error.lineno}" if isinstance(error, JSONDecodeError) else name


def _reason(error: BaseException) -> str:
    """Return what is wrong with a document."""
    return error.msg if isinstance(error, JSONDecodeError) else str(error)


def _no_constant(text: str) -> float:
    """Refuse NaN and the infinities, which JSON does not have."""
    raise RefusedError(f"{text} is not a number")


def _finite(text: str) -> float:
    """Refuse a number that no float can hold."""
    value = float(text)
    if value in {float("inf"), float("-inf")}:
        raise RefusedError(f"{shortened(text)} is too large")
    return value


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the object, or refuse a key that stands twice."""
    data = dict(pairs)
    if len(data) != len(pairs):
        raise RefusedError("a key stands twice")
    return data


DECODER = json.JSONDecoder(
    parse_constant=_no_constant, parse_float=_finite, object_pairs_hook=_no_duplicates
)
