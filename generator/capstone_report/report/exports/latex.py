"""The one-page report as LaTeX: booktabs tables, vector figures, every special character escaped."""

import math
import re
from collections.abc import Callable, Sequence
from itertools import zip_longest

from capstone_report.analysis.facts import Analysis
from capstone_report.report.exports.latex_text import BREAKABLE, LONG, escaped, typewriter
from capstone_report.report.exports.pictures import FOLDER, pdf_of, pictures
from capstone_report.report.exports.structure import structure
from capstone_report.report.exports.tree import Element, Node, grouped, page_tree
from capstone_report.report.pages import render_one_page

PREAMBLE = r"""\documentclass[a4paper,11pt]{article}
\usepackage[utf8]{inputenc}
\usepackage[T1]{fontenc}
\usepackage{textcomp}
\IfFileExists{lmodern.sty}{\usepackage{lmodern}}{}
\usepackage[margin=22mm]{geometry}
\usepackage{array}
\usepackage{booktabs}
\usepackage{longtable}
\usepackage{graphicx}
\usepackage[hidelinks]{hyperref}
\setlength{\parindent}{0pt}
\setlength{\parskip}{0.6em}
\setlength{\tabcolsep}{3pt}
\setlength{\emergencystretch}{3em}
\setcounter{secnumdepth}{0}
"""
HEADINGS = ("section", "section", "subsection", "subsubsection", "paragraph", "paragraph")
"""By the level of a heading; the first is the title."""
LINE, WIDEST, PADDING, BOLD = 92, 45, 1.5, 1.15
"""In characters: a line of a table, the column that fits any text, what stands around a cell; and how
much wider a bold one is."""
WIDTHS = {"right": "raggedleft", "center": "centering"}
HIGHEST = 0.8
"""The part of a page's height that a figure may take."""


def latex_files(analysis: Analysis) -> dict[str, bytes]:
    """Return the report as LaTeX, with its charts and drawings as PDF in a folder beside it."""
    seen = pictures(analysis, "pdf")
    page = page_tree(render_one_page(analysis, seen.charts, seen.drawings))
    text = to_latex(structure(page, set()))
    shown = {name: svg for name, svg in seen.svg.items() if f"{{{FOLDER}/{name}.pdf}}" in text}
    figures = {f"{FOLDER}/{name}.pdf": pdf_of(svg) for name, svg in shown.items()}
    return {"report.tex": text.encode(), **figures}


def to_latex(page: Element) -> str:
    """Return a tree of plain structure as a document that pdflatex, xelatex and lualatex take."""
    (title, *_) = page.all("h1")
    rest = tuple(child for child in page.children if child is not title)
    head = f"\\title{{{_line(title.children)}}}\n\\author{{}}\n\\date{{}}\n"
    body = f"\\begin{{document}}\n\\maketitle\n\n{_blocks(rest)}\n\n\\end{{document}}\n"
    return f"{PREAMBLE}{head}{body}"


def _blocks(children: tuple[Node, ...]) -> str:
    """Return nodes as blocks with empty lines between them."""
    blocks = (
        _block(part) if isinstance(part, Element) else _line(part) for part in grouped(children)
    )
    return "\n\n".join(block for block in blocks if block)


def _block(element: Element) -> str:
    """Return one block; what only holds blocks is what it holds."""
    if re.fullmatch("h[1-6]", element.tag):
        return f"\\{HEADINGS[int(element.tag[1]) - 1]}{{{_line(element.children)}}}"
    write = BLOCKS.get(element.tag)
    return write(element) if write else _blocks(element.children)


def _line(nodes: Sequence[Node]) -> str:
    """Return inline nodes as one line."""
    return re.sub(r"[ \n]+", " ", "".join(_inline(node) for node in nodes)).strip()


def _inline(node: Node) -> str:
    """Return one inline node."""
    if isinstance(node, str):
        return escaped(node)
    inner = "".join(_inline(child) for child in node.children)
    if node.tag == "a":
        return f"\\href{{{escaped_address(node.attributes['href'])}}}{{{inner}}}"
    if node.tag == "code":
        return f"\\texttt{{{typewriter(node.text)}}}"
    if node.tag == "img":
        return f"\\includegraphics[width=\\linewidth,height={HIGHEST}\\textheight,keepaspectratio]{{{node.attributes['src']}}}"
    return f"\\{COMMANDS[node.tag]}{{{inner}}}"


def escaped_address(target: str) -> str:
    """Return the address of a link as a command takes it that stands inside another."""
    return re.sub(r"([%#&_{}\\^~$])", _in_address, target)


def _in_address(sign: re.Match[str]) -> str:
    """Return a special character of an address: as its code where LaTeX cannot hold it."""
    return f"\\{sign[0]}" if sign[0] in "%#&_" else f"\\%{ord(sign[0]):02X}"


def _code_block(element: Element) -> str:
    """Return lines of code, each as it stands."""
    lines = element.text.rstrip().split("\n")
    return (
        "\\begin{flushleft}\n"
        + "\\\\\n".join(f"\\mbox{{}}\\texttt{{{typewriter(line, blanks=True)}}}" for line in lines)
        + "\n\\end{flushleft}"
    )


def _list(element: Element) -> str:
    """Return a list."""
    kind = "itemize" if element.tag == "ul" else "enumerate"
    items = [child for child in element.children if isinstance(child, Element)]
    # The group keeps a bracket at the start of an item from being read as its mark.
    said = "\n".join(f"\\item {{}}{_blocks(item.children)}" for item in items)
    return f"\\begin{{{kind}}}\n{said}\n\\end{{{kind}}}"


def _quote(element: Element) -> str:
    """Return a quotation."""
    return f"\\begin{{quote}}\n{_blocks(element.children)}\n\\end{{quote}}"


def _figure(element: Element) -> str:
    """Return a picture where it stands, and its caption below it."""
    (image, *_) = element.all("img")
    captions = [_line(caption.children) for caption in element.all("figcaption")]
    said = "".join(f"\\\\\n{{\\small {caption}}}" for caption in captions)
    return f"\\begin{{center}}\n{_inline(image)}{said}\n\\end{{center}}"


def _table(element: Element) -> str:
    """Return a table that breaks over pages and repeats its header there."""
    head, *rows = ([*row.all("th", "td")] for row in element.all("tr"))
    columns = "".join(_columns(head, rows))
    header = _cells([f"\\textbf{{{said}}}" if (said := _line(c.children)) else "" for c in head])
    body = "\n".join(_cells([_line(cell.children) for cell in row]) for row in rows)
    start = "\\toprule\n" if not any(cell.text.strip() for cell in head) else ""
    top = start or f"\\toprule\n{header}\n\\midrule\n\\endhead\n"
    return f"{{\\small\n\\begin{{longtable}}{{{columns}}}\n{top}{body}\n\\bottomrule\n\\end{{longtable}}}}"


def _columns(head: Sequence[Element], rows: Sequence[Sequence[Element]]) -> list[str]:
    """Return each column's declaration: its share of the line, and how it is set."""
    cells = list(zip_longest(head, *rows))
    least = [max(_longest_word(cell) for cell in column if cell) + PADDING for column in cells]
    most = [max(len(cell.text) for cell in column if cell) + PADDING for column in cells]
    wanted = [max(low, min(WIDEST, high)) for low, high in zip(least, most, strict=True)]
    room, asked = LINE - sum(least), sum(wanted) - sum(least)
    given = min(1.0, max(0.0, room / asked)) if asked else 0.0
    widths = [low + given * (high - low) for low, high in zip(least, wanted, strict=True)]
    # Rounded down: columns that together are a hair too wide stand over the margin.
    shares = [math.floor(1000 * width / sum(widths)) / 1000 for width in widths]
    return [
        f">{{\\{_set(cell)}\\arraybackslash}}p{{\\dimexpr {share:.3f}\\linewidth-2\\tabcolsep\\relax}}"
        for cell, share in zip(head, shares, strict=True)
    ]


def _longest_word(cell: Element) -> float:
    """Return how many characters of a cell cannot be broken; those of a header are bold."""
    words = re.split(r"[ \n]+", cell.text)
    pieces = (re.split(f"[{re.escape(BREAKABLE)}]", w) if len(w) >= LONG else [w] for w in words)
    longest = max(len(piece) for found in pieces for piece in found)
    return longest * BOLD if cell.tag == "th" else longest


def _set(cell: Element) -> str:
    """Return the command that sets a column as its header says."""
    said = cell.attributes.get("style", "").removeprefix("text-align:").strip()
    return WIDTHS.get(said, "raggedright")


def _cells(cells: Sequence[str]) -> str:
    """Return a row; the group keeps a bracket at its start from being read as an option."""
    return "{}" + " & ".join(cells) + " \\\\"


COMMANDS = {
    "strong": "textbf",
    "em": "emph",
    "sup": "textsuperscript",
    "sub": "textsubscript",
}
BLOCKS: dict[str, Callable[[Element], str]] = {
    "p": lambda element: _line(element.children),
    "pre": _code_block,
    "ul": _list,
    "ol": _list,
    "blockquote": _quote,
    "figure": _figure,
    "table": _table,
    "hr": lambda _: "\\par\\noindent\\rule{\\linewidth}{0.4pt}",
}
