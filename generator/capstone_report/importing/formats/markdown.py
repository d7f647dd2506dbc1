"""Tables in Markdown, as GitHub writes them; the text around them is left aside."""

import re
from collections.abc import Iterator
from typing import ClassVar

from markdown_it import MarkdownIt
from markdown_it.token import Token

from capstone_report.importing.formats.format import TABLE, Row, Table, TableFormat

DELIMITERS = re.compile(r"\|?(\s*:?-+:?\s*\|)+(\s*:?-+:?\s*)?")


class Markdown(TableFormat):
    """Every table of a Markdown text, numbered from 1 in the cell "table"."""

    kind: ClassVar[str] = "markdown"

    def read(self, text: str) -> Table:
        """Return the rows of all tables; cells are plain text, without emphasis and links."""
        apart, numbers = _apart(text.splitlines())
        tokens = MarkdownIt("commonmark").enable("table").parse("\n".join(apart))
        rows: list[Row] = []
        header: list[str] = []
        table = 0
        for kind, first_line, cells in _written_rows(tokens):
            if kind == "th":
                header, table = cells, table + 1
            else:
                named = dict(zip(header, cells, strict=True))
                rows.append(Row(line=numbers[first_line], cells={TABLE: str(table), **named}))
        return Table(rows=tuple(rows))


def _apart(lines: list[str]) -> tuple[list[str], list[int]]:
    """Return the lines with an empty one above every header, and the number that each has in the file.

    Tables that were copied below each other without one would be read as a single table.
    """
    found: list[str] = []
    numbers: list[int] = []
    for number, line in enumerate(lines, start=1):
        below = lines[number].strip() if number < len(lines) else ""
        if "|" in line and DELIMITERS.fullmatch(below):
            found.append("")
            numbers.append(number)
        found.append(line)
        numbers.append(number)
    return found, numbers


def _written_rows(tokens: list[Token]) -> Iterator[tuple[str, int, list[str]]]:
    """Yield each row of each table: whether of th or td, its line from 0, and its cells."""
    kind, line = "", 0
    cells: list[str] = []
    for token in tokens:
        if token.type == "tr_open":
            line, cells = (token.map or [0])[0], []
        elif token.type in {"th_open", "td_open"}:
            kind = token.tag
        elif token.type == "inline" and kind:
            cells.append("".join(child.content for child in token.children or ()).strip())
        elif token.type == "tr_close":
            yield kind, line, cells
            kind = ""
