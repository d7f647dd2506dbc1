"""The one-page report as plain Markdown, as GitHub and others render it."""

import re
from collections.abc import Callable, Sequence
from urllib.parse import quote

from capstone_report.analysis.facts import Analysis
from capstone_report.report.exports.pictures import FOLDER, pictures
from capstone_report.report.exports.structure import structure
from capstone_report.report.exports.tree import Element, Node, grouped, page_tree
from capstone_report.report.pages import render_one_page

RUNS = "runs.csv"
SPECIAL = re.compile(r"([\\`*_{}\[\]#|~$])")
LINE_START = re.compile(r"^(\s*)(?:([-+=])(?=[-+=\s]|$)|(\d{1,9})([.)])(?=\s|$))")
MARKS = {"strong": "**", "em": "*"}
UNSAFE = re.compile(r"[\s<>()|\\]")
ALIGNED = {"right": "--:", "center": ":-:"}


def markdown_files(analysis: Analysis) -> dict[str, bytes]:
    """Return the report as one Markdown file, with its charts and drawings as SVG beside it."""
    seen = pictures(analysis, "svg")
    page = page_tree(render_one_page(analysis, seen.charts, seen.drawings))
    text = to_markdown(structure(page, {RUNS}))
    shown = {name: svg for name, svg in seen.svg.items() if f"({FOLDER}/{name}.svg)" in text}
    return {
        "report.md": text.encode(),
        RUNS: analysis.runs_csv.encode(),
        **{f"{FOLDER}/{name}.svg": svg.encode() for name, svg in shown.items()},
    }


def to_markdown(page: Element) -> str:
    """Return a tree of plain structure as Markdown."""
    return _blocks(page.children) + "\n"


def _blocks(children: tuple[Node, ...]) -> str:
    """Return nodes as blocks with empty lines between them."""
    blocks = (
        _block(part) if isinstance(part, Element) else _line(part) for part in grouped(children)
    )
    return "\n\n".join(block for block in blocks if block)


def _block(element: Element) -> str:
    """Return one block; what only holds blocks is what it holds."""
    if re.fullmatch("h[1-6]", element.tag):
        return f"{'#' * int(element.tag[1])} {_words(element.children)}"
    write = BLOCKS.get(element.tag)
    return write(element) if write else _blocks(element.children)


def _line(nodes: Sequence[Node]) -> str:
    """Return inline nodes as one line that begins no list."""
    return LINE_START.sub(_harmless_start, _words(nodes))


def _words(nodes: Sequence[Node]) -> str:
    """Return inline nodes as one line."""
    return re.sub(r"[ \n]+", " ", "".join(_inline(node) for node in nodes)).strip()


def _harmless_start(start: re.Match[str]) -> str:
    """Return the start of a line that would begin a list, escaped."""
    return f"{start[1]}\\{start[2]}" if start[2] else f"{start[1]}{start[3]}\\{start[4]}"


def _inline(node: Node) -> str:
    """Return one inline node."""
    if isinstance(node, str):
        return escaped(node)
    inner = "".join(_inline(child) for child in node.children)
    if node.tag in MARKS:
        mark = MARKS[node.tag]
        return f"{mark}{inner.strip()}{mark}" if inner.strip() else ""
    if node.tag == "a":
        return f"[{inner}]({_address(node.attributes['href'])})"
    if node.tag == "img":
        return f"![{escaped(node.attributes['alt'])}]({node.attributes['src']})"
    # Markdown writes what stands high or low as HTML, too.
    return _code_span(node.text) if node.tag == "code" else f"<{node.tag}>{inner}</{node.tag}>"


def escaped(text: str) -> str:
    """Return text that Markdown reads as itself."""
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return SPECIAL.sub(r"\\\1", safe)


def _address(target: str) -> str:
    """Return the address of a link without what would end it."""
    return UNSAFE.sub(lambda sign: quote(sign[0]), target)


def _code_span(text: str) -> str:
    """Return code between more backticks than it holds in a row; a bar would end a cell."""
    ticks = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    blank = " " if "`" in (text[:1], text[-1:]) else ""
    line = re.sub(r"\s+", " ", text)
    return f"{ticks}{blank}{line}{blank}{ticks}" if "|" not in line else escaped(line)


def _code_block(element: Element) -> str:
    """Return lines of code in a fence that is longer than any in them."""
    runs = re.findall("`{3,}", element.text)
    fence = "`" * max((3, *(len(run) + 1 for run in runs)))
    return f"{fence}\n{element.text.rstrip()}\n{fence}"


def _list(element: Element) -> str:
    """Return a list, every further line of an item indented below its first."""
    items = []
    for number, item in enumerate((c for c in element.children if isinstance(c, Element)), start=1):
        mark = "- " if element.tag == "ul" else f"{number}. "
        body = _blocks(item.children).replace("\n", "\n" + " " * len(mark))
        items.append(mark + re.sub(r"\n +(?=\n)", "\n", body))
    return "\n".join(items)


def _quote(element: Element) -> str:
    """Return a quotation."""
    lines = _blocks(element.children).split("\n")
    return "\n".join(f"> {line}".rstrip() for line in lines)


def _figure(element: Element) -> str:
    """Return a picture, and its caption below it."""
    (image, *_) = element.all("img")
    captions = [_line(caption.children) for caption in element.all("figcaption")]
    return "\n\n".join([_inline(image), *(f"*{caption}*" for caption in captions)])


def _table(element: Element) -> str:
    """Return a table: its header, how its columns are set, its rows."""
    head, *rows = ([*row.all("th", "td")] for row in element.all("tr"))
    rules = [ALIGNED.get(_alignment(cell), "---") for cell in head]
    lines = [[_line(cell.children) for cell in row] for row in (head, *rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (lines[0], rules, *lines[1:]))


def _alignment(cell: Element) -> str:
    """Return how a cell is set: left, right or center."""
    return cell.attributes.get("style", "").removeprefix("text-align:").strip()


BLOCKS: dict[str, Callable[[Element], str]] = {
    "p": lambda element: _line(element.children),
    "pre": _code_block,
    "ul": _list,
    "ol": _list,
    "blockquote": _quote,
    "figure": _figure,
    "table": _table,
    "hr": lambda _: "---",
}
