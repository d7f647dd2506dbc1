"""The charts and drawings of a report as files of their own, with the tags that a page names them by."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import vl_convert
from markupsafe import Markup

from capstone_report.analysis.facts import Analysis
from capstone_report.report.charts import charts, to_svg
from capstone_report.report.drawings import drawings
from capstone_report.report.svg import Drawing

FOLDER = "figures"
INK, PAPER = "#14202b", "#ffffff"
"""What a file of its own must say itself: on a page it takes both from there."""
SIZE = re.compile(r'viewBox="[\d.-]+ [\d.-]+ ([\d.]+) ([\d.]+)"')
NAMED = re.compile(rb"(?:^ +/\w+ \d+ 0 R\n){2,}", re.MULTILINE)
"""Neighbouring lines of a PDF that each name an object."""
FONT = re.compile(rb"/Subtype /Type0\s+/BaseFont (\S+)")
DRAWN_AT_MOST = 60
"""A drawing has two fonts, or a third for a sign that they lack."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """What the templates of a report draw with: tags that name files, and the pictures themselves."""

    charts: Mapping[str, Markup]
    drawings: Mapping[str, Drawing]
    svg: Mapping[str, str]
    """Every picture as an SVG file of its own, by name."""
    specs: Mapping[str, dict[str, Any]]
    """The charts as Vega-Lite, by name."""


def pictures(analysis: Analysis, suffix: str) -> Pictures:
    """Return a report's pictures, named as files with a suffix such as "svg"."""
    specs, drawn = charts(analysis), drawings(analysis.loaded.study)
    svg = {name: to_svg(name, spec) for name, spec in specs.items()}
    svg |= {name: drawing.svg for name, drawing in drawn.items()}
    return Pictures(
        charts={name: _tag(name, suffix, spec["description"]) for name, spec in specs.items()},
        drawings={
            name: Drawing(svg=_tag(name, suffix, _title(drawing.svg)), caption=drawing.caption)
            for name, drawing in drawn.items()
        },
        svg={name: standalone(picture) for name, picture in svg.items()},
        specs=specs,
    )


def standalone(svg: str) -> str:
    """Return a picture of a page as a file: dark on white, whatever shows it."""
    coloured = re.sub(r"var\(--[\w-]+, ?([^)]+)\)", r"\1", svg).replace("currentColor", INK)
    plain = coloured.replace('font-family="inherit"', 'font-family="sans-serif"')
    size = SIZE.search(plain)
    width, height = size.groups() if size else ("100%", "100%")
    end = plain.index(">") + 1
    head = plain[: end - 1] + f' width="{width}" height="{height}" style="background:{PAPER}">'
    return f"{head}{plain[end:]}\n"


def pdf_of(svg: str) -> bytes:
    """Return an SVG file as PDF; the same file is the same bytes.

    The library writes fonts, and the names of objects, in the order of a hash that it draws each
    time: names are sorted, and of several fonts the drawing is made again until they are in order.
    """
    tries: Iterator[bytes] = (vl_convert.svg_to_pdf(svg) for _ in range(DRAWN_AT_MOST))
    drawn = next(filter(_is_ordered, tries), None) or vl_convert.svg_to_pdf(svg)
    return NAMED.sub(lambda names: b"".join(sorted(names[0].splitlines(keepends=True))), drawn)


def _is_ordered(drawn: bytes) -> bool:
    """Tell whether the fonts of a PDF stand in the order of their names."""
    fonts = FONT.findall(drawn)
    return fonts == sorted(fonts)


def _tag(name: str, suffix: str, words: str) -> Markup:
    """Return the tag that stands where a page shows the picture."""
    return Markup('<img src="{}/{}.{}" alt="{}">').format(FOLDER, name, suffix, words)


def _title(svg: Markup) -> str:
    """Return the title of a drawing."""
    found = re.search(r"<title[^>]*>(.*?)</title>", svg, re.DOTALL)
    return Markup(found[1]).unescape() if found else ""  # noqa: S704 - unescaped, to be escaped again
