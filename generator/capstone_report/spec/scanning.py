"""Scans TOML a second time for what tomllib does not tell: where each key and each value stands.

The scanner accepts a little more than TOML and stops where it understands nothing more, never before
tomllib does; so whatever is to be refused for its depth or its size is found before it is parsed.
Every character is looked at a bounded number of times: no pattern can backtrack over another one.
"""

import re
import tomllib
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple

from capstone_report.findings import syntax as rules
from capstone_report.findings.finding import Rule

MAX_DEPTH = 64
"""How many keys and indices a path may have; tomllib takes the square of it in time."""
MAX_KEYS = 10_000
"""How many parts of keys and elements of arrays a file may have."""

BLANK = re.compile(r"(?:[ \t\n]++|#[^\n]*+)*+")
SPACE = re.compile(r"[ \t]*+")
KEY_PART = re.compile(r"""[ \t]*+([A-Za-z0-9_-]++|'[^'\n]*+'|"(?:[^"\\\n]++|\\.)*+")[ \t]*+""")
SCALAR = re.compile(
    r'"""(?:[^"\\]++|\\[\s\S]|""?(?!"))*+"{3,5}'
    r"|'''[\s\S]*?'{3,5}"
    r'|"(?:[^"\\\n]++|\\.)*+"'
    r"|'[^'\n]*+'"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}[ ][0-9]{2}:[^ \t\n,\]}#]*+"
    r"""|[^ \t\n,\[\]{}#="']++"""
)

Offsets = tuple[int, int]
"""Where a piece of the text begins and ends, in code points."""


class ExcessError(Exception):
    """A text has more of something than a declared file needs: the rule it breaks, and where."""

    def __init__(self, rule: Rule, offset: int) -> None:
        """Keep the rule and the offset of the first key or value that is too many."""
        super().__init__(rule.title)
        self.rule = rule
        self.offset = offset


class _NotTomlError(Exception):
    """The scanner understands nothing from here on; tomllib says why."""


@dataclass(slots=True)
class Node:
    """One key or element: where it stands, and what stands below it."""

    depth: int
    key: Offsets
    value: Offsets
    children: "dict[str | int, Node]" = field(default_factory=dict)
    last: "Node | None" = None
    """The newest element of an array of tables, which headers below it mean."""


class _KeyPart(NamedTuple):
    """One name of a dotted key."""

    name: str
    offsets: Offsets


def scan(text: str) -> Node:
    """Return the tree of all keys and values as far as the text is TOML; newlines are normalised.

    Raises:
        ExcessError: the text is nested more deeply or has more keys than a declared file needs.
    """
    scanner = _Scanner(text)
    with suppress(_NotTomlError):
        scanner.document()
    return scanner.root


class _Scanner:
    """A position in the text, and the tree of what was read before it."""

    def __init__(self, text: str) -> None:
        """Stand before the first character; the root's place is the first line."""
        first_line = (0, len(text.partition("\n")[0]))
        self.text = text
        self.offset = 0
        self.keys = 0
        self.root = Node(0, first_line, first_line)

    def document(self) -> None:
        """Read statements up to the end of the text."""
        table = self.root
        self.skip(BLANK)
        while self.offset < len(self.text):
            if self.text.startswith("[", self.offset):
                table = self.header()
            else:
                self.pair(table)
            self.skip(BLANK)

    def header(self) -> Node:
        """Read `[a.b]` or `[[a.b]]`; return the table that the next pairs belong to."""
        start = self.offset
        is_array = self.take("[[")
        if not is_array:
            self.expect("[")
        *parents, (name, key) = self.key()
        self.expect("]]" if is_array else "]")
        header = (start, self.offset)
        parent = self.root
        for part in parents:
            parent = self.descend(parent, part)
        node = parent.children.get(name) or self.add(parent, name, key, header)
        if not is_array:
            node.key, node.value = key, header
            return node
        node.last = self.add(node, len(node.children), key, header)
        return node.last

    def pair(self, table: Node) -> None:
        """Read `a.b = value` below a table."""
        *parents, (name, key) = self.key()
        self.expect("=")
        for part in parents:
            table = self.descend(table, part)
        self.skip(SPACE)
        self.value(self.add(table, name, key, key))

    def key(self) -> list[_KeyPart]:
        """Read a key and the blanks around it, as its parts."""
        parts = [self.key_part()]
        while self.take("."):
            parts.append(self.key_part())
            if len(parts) > MAX_DEPTH:
                raise ExcessError(rules.NESTED_TOO_DEEPLY, parts[-1].offsets[0])
        return parts

    def key_part(self) -> _KeyPart:
        """Read one bare or quoted name."""
        match = KEY_PART.match(self.text, self.offset)
        if match is None:
            raise _NotTomlError
        self.offset = match.end()
        self.count(match.start(1))
        return _KeyPart(_name(match[1]), match.span(1))

    def value(self, node: Node) -> None:
        """Read the value of a node, and everything in it."""
        start = self.offset
        if self.take("["):
            self.array(node)
        elif self.take("{"):
            self.inline_table(node)
        else:
            match = SCALAR.match(self.text, start)
            if match is None:
                raise _NotTomlError
            self.offset = match.end()
        node.value = (start, self.offset)

    def array(self, node: Node) -> None:
        """Read the elements of an array and its end."""
        self.skip(BLANK)
        while not self.take("]"):
            self.count(self.offset)
            element = self.add(node, len(node.children), (0, 0), (0, 0))
            self.value(element)
            element.key = element.value
            self.separator("]")

    def inline_table(self, node: Node) -> None:
        """Read the pairs of an inline table and its end; newlines in it are TOML 1.1."""
        self.skip(BLANK)
        while not self.take("}"):
            self.pair(node)
            self.separator("}")

    def separator(self, end: str) -> None:
        """Read the comma after an element, or stand before the end."""
        self.skip(BLANK)
        if self.take(","):
            self.skip(BLANK)
        elif not self.text.startswith(end, self.offset):
            raise _NotTomlError

    def descend(self, node: Node, part: _KeyPart) -> Node:
        """Return the table of that name, which its first mention makes: the newest of an array."""
        child = node.children.get(part.name)
        if child is None:
            child = self.add(node, part.name, part.offsets, part.offsets)
        return child.last or child

    def add(self, parent: Node, name: str | int, key: Offsets, value: Offsets) -> Node:
        """Return a new node below another one, unless it is too deep."""
        if parent.depth == MAX_DEPTH:
            raise ExcessError(rules.NESTED_TOO_DEEPLY, self.offset)
        node = Node(parent.depth + 1, key, value)
        parent.children[name] = node
        return node

    def count(self, offset: int) -> None:
        """Count one more part of a key or element of an array, unless it is one too many."""
        self.keys += 1
        if self.keys > MAX_KEYS:
            raise ExcessError(rules.TOO_MANY_KEYS, offset)

    def skip(self, pattern: re.Pattern[str]) -> None:
        """Step over what matches a pattern that matches the empty text too."""
        match = pattern.match(self.text, self.offset)
        self.offset = match.end() if match else self.offset

    def take(self, token: str) -> bool:
        """Step over a token if it stands here; tell whether it did."""
        found = self.text.startswith(token, self.offset)
        self.offset += len(token) * found
        return found

    def expect(self, token: str) -> None:
        """Step over a token that must stand here."""
        if not self.take(token):
            raise _NotTomlError


def _name(written: str) -> str:
    """Return the name that a bare or quoted key says."""
    if written[0] == '"' and "\\" in written:
        try:
            return str(tomllib.loads(f"name = {written}")["name"])
        except tomllib.TOMLDecodeError:
            raise _NotTomlError from None
    return written[1:-1] if written[0] in "\"'" else written
