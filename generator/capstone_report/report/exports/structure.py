"""What of a page is left without its site: plain structure, and links that lead somewhere."""

import re
from collections.abc import Iterator
from dataclasses import replace

from capstone_report.report.exports.tree import Element, Node

WEB = re.compile(r"https?://|mailto:", re.IGNORECASE)
PROSE = "In the author's words:"
SEPARATOR = " \u00b7\n"


def structure(page: Element, files: set[str]) -> Element:
    """Return a page of the site with its meaning in tags alone, as any form can hold it.

    `files` are what lies beside the page; other links within the site become their text.
    """
    return replace(page, children=tuple(_nodes(page.children, files)))


def _nodes(children: tuple[Node, ...], files: set[str]) -> Iterator[Node]:
    """Yield what nodes become."""
    for child in children:
        if isinstance(child, str):
            yield child
        else:
            yield from _element(child, files)


def _element(element: Element, files: set[str]) -> Iterator[Node]:
    """Yield what one element becomes: another, its contents, or nothing."""
    inner = tuple(_nodes(element.children, files))
    match element.tag:
        case "p" if _is_menu(element, files):
            return
        case "a" if _is_dead(element, files):
            yield from inner
        case "br":
            yield " "
        case "small":
            yield from ("(", *inner, ")") if element.text.strip() else ()
        case "span":
            yield from ("(", *inner, ")") if "finding-severity" in element.classes else inner
        case _:
            yield from _block(element, inner, files)


def _block(element: Element, inner: tuple[Node, ...], files: set[str]) -> Iterator[Node]:
    """Yield what an element becomes by the name that the site's style sheet knows it by."""
    kept = replace(element, children=inner)
    if "tiles" in element.classes:
        yield _made("ul", tuple(_tile(tile, files) for tile in element.all("div")))
    elif "prose" in element.classes:
        yield from (_made("p", (_made("em", (PROSE,)),)), kept)
    elif "finding" in element.classes:
        yield replace(kept, tag="blockquote")
    elif "verdict" in element.classes:
        yield replace(kept, children=(_made("strong", inner[:1]), *inner[1:]))
    elif "slot" in element.classes:
        yield from (_lower(node) for node in inner)
    else:
        yield kept


def _tile(tile: Element, files: set[str]) -> Element:
    """Return a number in its frame as an item of a list: its name, its value, what stands beside it."""
    parts = [part for part in tile.children if isinstance(part, Element) and part.text]
    name, *rest = (tuple(_nodes(part.children, files)) for part in parts)
    said: list[Node] = [_made("strong", (*name, ":"))]
    for number, part in enumerate(rest):
        said += [" " if number == 0 else "; ", *part]
    return _made("li", tuple(said))


def _lower(node: Node) -> Node:
    """Return a heading of a card one level lower, below the heading of the cards."""
    is_heading = isinstance(node, Element) and node.tag == "h3"
    return replace(node, tag="h4") if isinstance(node, Element) and is_heading else node


def _made(tag: str, children: tuple[Node, ...]) -> Element:
    """Return an element without attributes."""
    return Element(tag=tag, attributes={}, children=children)


def _is_dead(link: Element, files: set[str]) -> bool:
    """Tell whether a link leads neither to the web nor to a file beside the page."""
    target = link.attributes.get("href", "")
    return WEB.match(target) is None and target not in files


def _is_menu(paragraph: Element, files: set[str]) -> bool:
    """Tell whether a paragraph is a row of links to other pages of the site."""
    links = [part for part in paragraph.children if not isinstance(part, str)]
    around = "".join(part for part in paragraph.children if isinstance(part, str))
    dead = [link for link in links if link.tag == "a" and _is_dead(link, files)]
    return len(links) > 1 and bool(dead) and not around.strip(SEPARATOR)
