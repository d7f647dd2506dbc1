"""The one-page report as a tree of elements, which Markdown and LaTeX are written from."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import TypeAlias

from markdown_it import MarkdownIt

EMPTY = {"br", "hr", "img"}
"""The tags that hold nothing."""
INLINE = {"a", "br", "code", "em", "img", "small", "span", "strong", "sub", "sup"}
PRE = re.compile(r"<pre>.*?</pre>", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One element: its tag, its attributes, and what it holds."""

    tag: str
    attributes: Mapping[str, str]
    children: "tuple[Node, ...]"

    @property
    def classes(self) -> set[str]:
        """Return the names that style sheets know it by."""
        return set(self.attributes.get("class", "").split())

    @property
    def text(self) -> str:
        """Return all the text in it."""
        return "".join(part if isinstance(part, str) else part.text for part in self.children)

    def all(self, *tags: str) -> "Iterator[Element]":
        """Yield every element in it that has one of these tags, in order."""
        for child in self.children:
            if isinstance(child, Element):
                if child.tag in tags:
                    yield child
                yield from child.all(*tags)


Node: TypeAlias = Element | str


class _Builder(HTMLParser):
    """Collects what a parser meets."""

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__(convert_charrefs=True)
        self.open: list[tuple[str, dict[str, str], list[Node]]] = [("body", {}, [])]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element."""
        self.open.append((tag, {name: value or "" for name, value in attrs}, []))
        if tag in EMPTY:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close an element."""
        if self.open[-1][0] == tag:
            name, attributes, children = self.open.pop()
            closed = Element(tag=name, attributes=attributes, children=tuple(children))
            self.open[-1][2].append(closed)

    def handle_data(self, data: str) -> None:
        """Keep text."""
        self.open[-1][2].append(data)


def page_tree(markdown: str) -> Element:
    """Return a page of ours, Markdown with HTML in it, as a tree.

    An empty line ends a stretch of HTML, so line ends of code are put as entities meanwhile.
    """
    whole = PRE.sub(lambda code: code[0].replace("\n", "&#10;"), markdown)
    builder = _Builder()
    builder.feed(MarkdownIt("commonmark", {"html": True}).enable("table").render(whole))
    builder.close()
    return Element(tag="body", attributes={}, children=tuple(builder.open[0][2]))


def grouped(children: "tuple[Node, ...]") -> "Iterator[Element | tuple[Node, ...]]":
    """Yield the blocks among some nodes, and what stands in lines between them as one each."""
    line: list[Node] = []
    for child in children:
        if isinstance(child, str) or child.tag in INLINE:
            line.append(child)
            continue
        if is_said(line):
            yield tuple(line)
        line = []
        yield child
    if is_said(line):
        yield tuple(line)


def is_said(line: "list[Node]") -> bool:
    """Tell whether a line holds more than blanks."""
    return any(not isinstance(node, str) or node.strip() for node in line)
