"""Random TOML documents: data first, then written in any style that TOML has for it."""

import datetime as dt
import json
from collections.abc import Iterator

from hypothesis import strategies as st

Value = object
Table = dict[str, object]

LETTERS = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"))
WORDS = st.one_of(st.text("ab1-_", min_size=1, max_size=3), st.text(LETTERS, max_size=4))
TEXTS = st.text(st.one_of(LETTERS, st.sampled_from("\n\"'\\#[]{}=,.\t")), max_size=8)
TIMES = st.times().map(lambda time: time.replace(microsecond=0, fold=0))
MOMENTS = st.datetimes().map(lambda moment: moment.replace(microsecond=0, fold=0))
LEAVES = st.one_of(
    TEXTS,
    st.booleans(),
    st.integers(-9, 2**40),
    st.floats(allow_nan=False),
    MOMENTS,
    TIMES,
    st.dates(),
)
TABLES = st.recursive(
    st.dictionaries(WORDS, LEAVES, max_size=4),
    lambda inner: st.dictionaries(
        WORDS,
        st.one_of(LEAVES, inner, st.lists(LEAVES, max_size=3), st.lists(inner, max_size=3)),
        max_size=4,
    ),
    max_leaves=8,
)


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Return a valid document with nested data, in mixed styles, with LF or CRLF."""
    table = draw(TABLES)
    text = "".join(_Writer(draw).table(table, ()))
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


class _Writer:
    """Writes data as TOML; each choice of style is drawn."""

    def __init__(self, draw: st.DrawFn) -> None:
        """Keep the source of choices."""
        self.draw = draw

    def one_of(self, *choices: str) -> str:
        """Return one of several ways to write a thing."""
        return self.draw(st.sampled_from(choices))

    def table(self, table: Table, header: tuple[str, ...]) -> Iterator[str]:
        """Yield the lines of a table: its pairs first, then what has headers of its own."""
        own = {key: self.one_of("header", "dotted", "inline") for key in table}
        for key, value in table.items():
            if not self.has_header(value, own[key]):
                yield from self.pairs(key, value, own[key])
        for key, value in table.items():
            path = (*header, key)
            if isinstance(value, dict) and own[key] == "header":
                yield from self.headed(value, path)
            elif self.has_header(value, own[key]) and isinstance(value, list):
                for element in value:
                    yield f"{self.indent()}[[{self.dotted(path)}]]{self.line_end()}"
                    yield from self.table(element, path)

    def headed(self, table: Table, path: tuple[str, ...]) -> Iterator[str]:
        """Yield a table with its header, or without one where a header below implies it."""
        nested = [key for key, value in table.items() if isinstance(value, dict) and value]
        if len(nested) == len(table) == 1 and self.one_of("implied", "said") == "implied":
            yield from self.headed(table[nested[0]], (*path, nested[0]))  # type: ignore[arg-type]
            return
        yield f"{self.indent()}[{self.dotted(path)}]{self.line_end()}"
        yield from self.table(table, path)

    def has_header(self, value: Value, style: str) -> bool:
        """Tell whether a value is written below a header rather than as a pair."""
        is_tables = isinstance(value, list) and value and all(isinstance(v, dict) for v in value)
        return style == "header" and (isinstance(value, dict) or bool(is_tables))

    def pairs(self, key: str, value: Value, style: str) -> Iterator[str]:
        """Yield one pair, or one pair of dotted keys for each key of a table."""
        if style == "dotted" and isinstance(value, dict) and value:
            for path, leaf in self.dotted_pairs(value, (key,)):
                yield f"{self.indent()}{self.dotted(path)} = {self.value(leaf)}{self.line_end()}"
        else:
            yield f"{self.indent()}{self.key(key)}={self.value(value)}{self.line_end()}"

    def dotted_pairs(
        self, table: Table, path: tuple[str, ...]
    ) -> Iterator[tuple[tuple[str, ...], Value]]:
        """Yield the paths of a table that is written without headers and without braces."""
        for key, value in table.items():
            if isinstance(value, dict) and value and self.one_of("deeper", "inline") == "deeper":
                yield from self.dotted_pairs(value, (*path, key))
            else:
                yield (*path, key), value

    def dotted(self, path: tuple[str, ...]) -> str:
        """Return a dotted key, with blanks around its dots now and then."""
        return self.one_of(".", " . ").join(self.key(part) for part in path)

    def key(self, key: str) -> str:
        """Return a key bare, in either quotes, or with escapes."""
        ways = [json.dumps(key), json.dumps(key, ensure_ascii=False)]
        if key.isascii() and key.replace("-", "a").replace("_", "a").isalnum():
            ways.append(key)
        if "'" not in key:
            ways.append(f"'{key}'")
        return unpaired(self.one_of(*ways), key)

    def value(self, value: Value) -> str:
        """Return a value in one of its forms."""
        if isinstance(value, str):
            return self.string(value)
        if isinstance(value, list):
            gaps = [self.one_of("", " ", "\n", " # ]\n") for _ in range(len(value) + 1)]
            inner = [f"{gap}{self.value(v)}" for gap, v in zip(gaps, value, strict=False)]
            comma = self.one_of("", ",") if value else ""
            return f"[{','.join(inner)}{comma}{gaps[-1]}]"
        if isinstance(value, dict):
            inner = [f" {self.key(key)} = {self.value(v)} " for key, v in value.items()]
            return f"{{{','.join(inner)}}}"
        if isinstance(value, dt.datetime):
            return value.isoformat(sep=self.one_of("T", " ")) + self.one_of("", "Z", "+01:00")
        if isinstance(value, dt.date | dt.time):
            return value.isoformat()
        return str(value).lower()

    def string(self, text: str) -> str:
        """Return a string in one of the four kinds."""
        escaped = unpaired(json.dumps(text, ensure_ascii=False), text)
        lines = escaped[1:-1].replace("\\n", "\n") if "\\\\" not in escaped else escaped[1:-1]
        ways = [escaped, f'"""{lines}"""', f'"""\n{lines}"""', f'"""\\\n  {lines}"""']
        if not set(text) & {"'", "\n"}:
            ways.append(f"'{text}'")
        if "'''" not in text and not text.startswith("\n"):
            ways.append(f"'''{text}'''" if text[-1:] != "'" else escaped)
        return self.one_of(*ways)

    def indent(self) -> str:
        """Return what stands before a statement."""
        return self.one_of("", "  ", "\t", "\n", "# x = [\n")

    def line_end(self) -> str:
        """Return what stands after a statement."""
        return self.one_of("\n", " \n", ' # "a comment\n')


def unpaired(written: str, text: str) -> str:
    """Return a JSON string as TOML: outside the basic plane it escapes with eight digits."""
    if max(map(ord, text), default=0) <= 0xFFFF or written.isascii() is False:
        return written
    escapes = (c if " " <= c <= "~" and c not in '"\\' else f"\\U{ord(c):08x}" for c in text)
    return f'"{"".join(escapes)}"'
