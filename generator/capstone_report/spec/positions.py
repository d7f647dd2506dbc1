"""Finds the line and the column of every key and value of a TOML text."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from capstone_report.spec.scanning import Node, scan

KeyPath = tuple[str | int, ...]
"""The keys and indices that lead to a value, as in the data that tomllib returns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A piece of a text; lines and columns count from 1, columns in code points, ends exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int
    offset: int
    """How many code points stand before it, newlines normalised."""
    end_offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where the nearest existing part of a path stands."""

    path: KeyPath
    """What exists of the path that was asked for."""
    key: Span
    """The last key of the path; an element of an array has none and gives its value."""
    value: Span
    """The value; a table gives its header or the first key that implies it, the root line 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A text with CRLF turned into LF, as tomllib does, and where its lines begin."""

    text: str
    line_offsets: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> "Source":
        """Return the source of a text with any newlines."""
        text = text.replace("\r\n", "\n")
        *whole_lines, _ = text.split("\n")
        lengths = (len(line) + 1 for line in whole_lines)
        return cls(text=text, line_offsets=tuple(accumulate(lengths, initial=0)))

    def span(self, offset: int, end_offset: int) -> Span:
        """Return the piece between two offsets."""
        line, column = self._place(offset)
        end_line, end_column = self._place(end_offset)
        return Span(
            line=line,
            column=column,
            end_line=end_line,
            end_column=end_column,
            offset=offset,
            end_offset=end_offset,
        )

    def offset(self, line: int, column: int) -> int:
        """Return how many code points stand before a place."""
        return self.line_offsets[line - 1] + column - 1

    def _place(self, offset: int) -> tuple[int, int]:
        """Return the line and the column of an offset."""
        line = bisect_right(self.line_offsets, offset)
        return line, offset - self.line_offsets[line - 1] + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Positions:
    """Where everything in a text of valid TOML stands."""

    source: Source
    root: Node

    def find(self, path: KeyPath) -> Spot:
        """Return the spot of the longest part of the path that exists, from its start."""
        node = self.root
        known = 0
        for step in path:
            child = node.children.get(step)
            if child is None:
                break
            node = child
            known += 1
        key, value = (self.source.span(*offsets) for offsets in (node.key, node.value))
        return Spot(path=path[:known], key=key, value=value)

    def key(self, path: KeyPath) -> Span:
        """Return where the last key of the path stands, for what is wrong with the key."""
        return self.find(path).key

    def value(self, path: KeyPath) -> Span:
        """Return where the value of the path stands, for what is wrong with the value."""
        return self.find(path).value

    def text(self, span: Span) -> str:
        """Return the piece of the text that a span covers."""
        return self.source.text[span.offset : span.end_offset]

    def paths(self) -> Iterator[KeyPath]:
        """Yield the path of every key and element, in the order of their first mention."""
        yield from _paths(self.root, ())


def locate(source: Source) -> Positions:
    """Return the positions of a text.

    Raises:
        ExcessError: the text is nested more deeply or has more keys than a declared file needs.
    """
    return Positions(source=source, root=scan(source.text))


def _paths(node: Node, path: KeyPath) -> Iterator[KeyPath]:
    """Yield the paths below a node, each before those below it."""
    for step, child in node.children.items():
        yield (*path, step)
        yield from _paths(child, (*path, step))
