"""Reads one TOML file that anybody may have written; every problem comes with its place.

What would make tomllib slow, deep or wrong is refused before it parses: size, depth, number of keys,
encoding, line ends. What it accepts beyond a study's needs is refused after: numbers that are not
finite or exceed 64 bits, keys with characters that cannot be seen.
"""

import math
import os
import re
import sys
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from capstone_report.findings import syntax as rules
from capstone_report.findings.finding import Finding, Rule
from capstone_report.spec.positions import KeyPath, Positions, Source, Span, locate
from capstone_report.spec.scanning import MAX_DEPTH, MAX_KEYS, ExcessError

MAX_MEBIBYTES = 1
INT64 = range(-(2**63), 2**63)
SHOWN_DIGITS = 24
"""How much of a number a message repeats."""

BYTE_ORDER_MARKS = {
    b"\xff\xfe\x00\x00": "UTF-32",
    b"\x00\x00\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
    b"\xef\xbb\xbf": "UTF-8 with a byte order mark (BOM)",
}
"""How a file begins in each encoding; UTF-32 first, for it begins like UTF-16."""
ZEROS: dict[tuple[bool, ...], str] = {
    (False, True, True, True): "UTF-32",
    (True, True, True, False): "UTF-32",
    (False, True, False, True): "UTF-16",
    (True, False, True, False): "UTF-16",
}
"""Which of the first four bytes are zero in each encoding of two ASCII letters (RFC 4627 section 3)."""
HIDDEN_CATEGORIES = {"Cc", "Cf", "Zl", "Zp"}
"""Unicode's categories of control, format, line and paragraph characters: bidi and zero width too."""

REMEDIES = {
    "Cannot overwrite a value": "this key or table stands in the file a second time: keep one, or "
    "begin every table of a list with [[name]]",
    "Cannot declare": "this table stands in the file a second time: keep one, or begin every table "
    "of a list with [[name]]",
    "Cannot mutate immutable namespace": "this table was closed by { } or [ ] before: keep one of the two",
    "Expected newline or end of document": "one key and one value per line: text needs quotes, a "
    "number has no unit and no comma, a date is 2026-11-21",
    "Invalid value": "text stands between straight quotes, true and false are written small, a date "
    "is 2026-11-21",
    "Illegal character": 'close the text with a quote; a text of several lines stands between """',
    "Expected '=' after a key": "write key = value; if this is text, the quotes of a text above it "
    "may not be closed",
    "Expected ']' at the end of a table": "close the table's name with ]",
    "Unclosed array": "close the list with ]",
    "Unclosed inline table": "close the table with }, on the same line",
    "Expected": "close what was opened before: a quote, a list or a table",
    "Unescaped": "write two backslashes for one, or put the text between single quotes",
}
"""What usually helps, by the beginning of tomllib's words."""

PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """A finding and the piece of the text that it is about; none where there is no text."""

    finding: Finding
    span: Span | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a file says, and where it says it."""

    data: dict[str, object]
    positions: Positions


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A file as far as it could be read."""

    text: str
    """What stands in it, newlines normalised; undecodable bytes show as U+FFFD."""
    document: Document | None
    """None if it is not TOML; it may have problems all the same."""
    problems: tuple[Located, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Problems:
    """The problems of one file, worded where they stand."""

    shown: Path
    found: list[Located] = field(default_factory=list)

    def file(self, rule: Rule, **evidence: object) -> None:
        """Add a problem of the file as a whole."""
        self.found.append(Located(finding=rule(str(self.shown), **evidence), span=None))

    def at(self, span: Span, rule: Rule, **evidence: object) -> None:
        """Add a problem of a piece of the text."""
        where = f"{self.shown}:{span.line}:{span.column}"
        self.found.append(Located(finding=rule(where, **evidence), span=span))


def read_toml(path: Path, *, root: Path) -> Reading:
    """Read one TOML file inside the project's root; its problems are returned, all of them."""
    problems = _Problems(shown=path.relative_to(root) if path.is_relative_to(root) else path)
    content = _content(path, root, problems)
    source = Source.of((content or b"").decode("utf-8", errors="replace"))
    is_text = content is not None and _is_plain_utf8(content, source, problems)
    document = _document(source, problems) if is_text else None
    if document is not None:
        _check_numbers(document, problems)
        _check_keys(document.positions, problems)
    return Reading(text=source.text, document=document, problems=tuple(problems.found))


def read_value(text: str) -> object:
    """Return one TOML value, under the caps of a file.

    Raises:
        ValueError: it is not a value, too deep, or a number that is out of range.
    """
    source = Source.of(f"value = {text}")
    try:
        locate(source)
        value = tomllib.loads(source.text)["value"]
    except (ExcessError, RecursionError) as error:
        raise ValueError("it is nested too deeply") from error
    if out_of_range(value):
        raise ValueError("a number is out of range")
    return value


def out_of_range(data: object) -> list[KeyPath]:
    """Return the paths of the numbers that are not finite or that 64 bits cannot hold."""
    return [path for path, value in _leaves(data, ()) if _is_out_of_range(value)]


def _is_out_of_range(value: object) -> bool:
    """Tell whether a value is a number that is not finite or that 64 bits cannot hold."""
    is_large = isinstance(value, int) and value not in INT64
    return is_large or (isinstance(value, float) and not math.isfinite(value))


def _content(path: Path, root: Path, problems: _Problems) -> bytes | None:
    """Return the bytes of a regular file inside the root, up to one too many."""
    try:
        real = Path(os.path.realpath(path, strict=True))
        if not real.is_relative_to(root.resolve()):
            problems.file(rules.NOT_A_REGULAR_FILE, kind="a file outside the project")
        elif not real.is_file():
            kind = "a folder" if real.is_dir() else "a pipe, a socket or a device"
            problems.file(rules.NOT_A_REGULAR_FILE, kind=kind)
        else:
            return _bounded(real, problems)
    except OSError as error:
        remedy = f"make it readable ({error.strerror})"
        problems.file(rules.NO_FILE, what=f"readable {path.name}", remedy=remedy)
    return None


def _bounded(path: Path, problems: _Problems) -> bytes | None:
    """Return the bytes of a file that is not too large."""
    limit = MAX_MEBIBYTES * 2**20
    with path.open("rb") as file:
        content = file.read(limit + 1)
    if len(content) <= limit:
        return content
    problems.file(rules.FILE_TOO_LARGE, limit=MAX_MEBIBYTES)
    return None


def _is_plain_utf8(content: bytes, source: Source, problems: _Problems) -> bool:
    """Tell whether a file is UTF-8 with the line ends of TOML."""
    encoding = _foreign_encoding(content)
    carriage_return = source.text.find("\r")
    try:
        if encoding is not None:
            reason = f"the file is {encoding}"
            problems.at(source.span(0, 0), rules.WRONG_ENCODING, reason=reason)
        elif content.decode("utf-8") and carriage_return >= 0:
            span = source.span(carriage_return, carriage_return + 1)
            problems.at(span, rules.BARE_CARRIAGE_RETURN)
    except UnicodeDecodeError as error:
        offset = len(content[: error.start].decode("utf-8").replace("\r\n", "\n"))
        reason = f"byte 0x{content[error.start]:02x} is not UTF-8 here"
        problems.at(source.span(offset, offset + 1), rules.WRONG_ENCODING, reason=reason)
    return not problems.found


def _foreign_encoding(content: bytes) -> str | None:
    """Return the encoding that a file's first bytes betray, unless it is plain UTF-8."""
    for mark, encoding in BYTE_ORDER_MARKS.items():
        if content.startswith(mark):
            return encoding
    return ZEROS.get(tuple(byte == 0 for byte in content[:4]))


def _document(source: Source, problems: _Problems) -> Document | None:
    """Parse a text that is neither too deep nor too long."""
    try:
        positions = locate(source)
    except ExcessError as error:
        limit = MAX_DEPTH if error.rule is rules.NESTED_TOO_DEEPLY else MAX_KEYS
        problems.at(source.span(error.offset, error.offset + 1), error.rule, limit=f"{limit:,}")
        return None
    try:
        return Document(data=tomllib.loads(source.text), positions=positions)
    except tomllib.TOMLDecodeError as error:
        reason = PLACE.sub("", str(error))
        problems.at(
            _place(str(error), source), rules.NOT_TOML, reason=reason, remedy=_remedy(reason)
        )
    except ValueError:
        _refuse_long_integers(positions, problems)
    return None


def _remedy(reason: str) -> str:
    """Return what usually helps against a refusal of tomllib."""
    usual = (text for start, text in REMEDIES.items() if reason.startswith(start))
    return next(usual, "compare the line with an example of the reference")


def _place(message: str, source: Source) -> Span:
    """Return the place that a message of tomllib names; the end of a document is its last word."""
    match = PLACE.search(message)
    if match is None or match[1] is None:
        end = len(source.text.rstrip())
        return source.span(end, end)
    offset = source.offset(int(match[1]), int(match[2]))
    return source.span(offset, offset + 1)


def _refuse_long_integers(positions: Positions, problems: _Problems) -> None:
    """Add a problem for each integer with more digits than Python converts."""
    limit = sys.get_int_max_str_digits()
    for path in positions.paths():
        span = positions.value(path)
        written = positions.text(span)
        if len(written) > limit and written.strip("+-0123456789_") == "":
            _refuse_number(span, positions, problems)


def _check_numbers(document: Document, problems: _Problems) -> None:
    """Add a problem for each number that 64 bits cannot hold."""
    for path, value in _leaves(document.data, ()):
        if _is_out_of_range(value):
            _refuse_number(document.positions.value(path), document.positions, problems)


def _refuse_number(span: Span, positions: Positions, problems: _Problems) -> None:
    """Add the problem of one number, which may be very long."""
    written = positions.text(span)
    is_long = len(written) > SHOWN_DIGITS
    number = f"{written[:SHOWN_DIGITS]}..." if is_long else written
    problems.at(span, rules.NUMBER_OUT_OF_RANGE, number=number)


def _check_keys(positions: Positions, problems: _Problems) -> None:
    """Add a problem for each key with a character that cannot be seen."""
    for path in positions.paths():
        hidden = next(
            (c for c in str(path[-1]) if unicodedata.category(c) in HIDDEN_CATEGORIES), ""
        )
        if hidden:
            name = unicodedata.name(hidden, "a control character")
            character = f"U+{ord(hidden):04X} ({name})"
            problems.at(positions.key(path), rules.HIDDEN_CHARACTER, character=character)


def _leaves(value: object, path: KeyPath) -> Iterator[tuple[KeyPath, object]]:
    """Yield every value that is no table and no array, with its path."""
    if isinstance(value, dict):
        for key, child in value.items():
            yield from _leaves(child, (*path, key))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _leaves(child, (*path, index))
    else:
        yield path, value
