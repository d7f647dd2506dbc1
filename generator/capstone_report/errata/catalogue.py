"""Looks errata up by their code, and writes them as pages of Markdown."""

import tomllib
from functools import cache
from importlib.resources import files
from itertools import groupby
from typing import Any

from capstone_report import errata as room
from capstone_report.errata.erratum import Erratum, Figure

SECTIONS = {
    "41.2": "Defining the distribution axis",
    "41.4": "Designing the distributed version",
    "41.5": "Choosing tools and infrastructure",
}
"""The sections that have errata; the data of each stand in a file of its number."""

_HEAD = """\
# Errata of the book

`capstone` follows chapter 41 of the book. Where a passage there is wrong or loose, the tool ships
what is right, keeps the printed numbers reproducible under a named mode, and says here where the
two differ. `capstone explain ERR01` shows one erratum; `make golden` writes this page, and a test
computes every figure on it anew.
"""


@cache
def errata() -> dict[str, Erratum]:
    """Return every erratum by its code, in the order of the codes."""
    found = (_erratum(entry) for section in SECTIONS for entry in _entries(section))
    return {erratum.code: erratum for erratum in found}


def page_of(erratum: Erratum) -> str:
    """Return everything there is to say about an erratum, as one page of Markdown."""
    return f"""# {erratum.code}: {erratum.title}

*erratum; book section {erratum.section}*

{_body(erratum)}
"""


def errata_page() -> str:
    """Return all errata by section of the book, as one page of Markdown."""
    parts = [_HEAD]
    for section, group in groupby(errata().values(), _section_of):
        parts.append(f"## {section} {SECTIONS[section]}\n")
        parts += [
            f"### {erratum.code}: {erratum.title}\n\n"
            f"*Book section {erratum.section}*\n\n{_body(erratum)}\n"
            for erratum in group
        ]
    return "\n".join(parts)


def _section_of(erratum: Erratum) -> str:
    """Return the section that a part belongs to: 41.4 for 41.4.5."""
    return erratum.section.rpartition(".")[0]


def _entries(section: str) -> list[dict[str, Any]]:
    """Return the entries of a section's file, as TOML holds them."""
    text = files(room).joinpath(f"{section}.toml").read_text(encoding="utf-8")
    entries: list[dict[str, Any]] = tomllib.loads(text)["erratum"]
    return entries


def _erratum(entry: dict[str, Any]) -> Erratum:
    """Return one entry of a file as a value, its lines joined to paragraphs."""
    figures = tuple(Figure(**figure) for figure in entry.pop("figures", ()))
    texts = {name: " ".join(text.split()) for name, text in entry.items()}
    return Erratum(**texts, figures=figures)


def _body(erratum: Erratum) -> str:
    """Return the paragraphs of an erratum, and its figures as a table."""
    parts = [
        f"**Printed.** {erratum.printed}",
        f"**Right.** {erratum.right}",
        f"**It matters.** {erratum.matters}",
    ]
    if erratum.figures:
        rows = (f"| {f.quantity} | {f.printed or 'none'} | {f.right} |" for f in erratum.figures)
        parts.append("\n".join(("| figure | printed | right |", "|---|---|---|", *rows)))
    if erratum.reproduced_by:
        parts.append(f"{erratum.reproduced_by} gives the printed numbers.")
    return "\n\n".join(parts)
