"""The few shapes of a drawing, and blocks of them that are set beside or below each other.

Everything has the page's text colour or its one accent, so that a drawing is readable in light,
dark and print; ids, fonts, scripts and links of others are not needed.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from capstone_report.report.lettering import wrapped

INK, ACCENT = "currentColor", "var(--cap-drawn, #1a5f9e)"
TEXT, LEADING = 16.0, 20.0
FAINT = 0.75
"""The opacity of what is not taken: text still has a contrast of 4.5 on white."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A part of a drawing with its size; its shapes lie between its corner and that size."""

    width: float
    height: float
    shapes: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A finished picture: its SVG, and the sentence that stands below it."""

    svg: Markup
    caption: str


def joined(*shapes: Markup) -> Markup:
    """Return shapes as one piece of markup."""
    return Markup("").join(shapes)


def placed(block: Block, x: float, y: float) -> Markup:
    """Return a block's shapes, moved so that its corner is at a point."""
    return Markup('<g transform="translate({:g} {:g})">{}</g>').format(x, y, block.shapes)


def below(blocks: Sequence[Block], *, gap: float = 0) -> Block:
    """Return blocks below each other, aligned to the left."""
    shapes, y = [], 0.0
    for block in blocks:
        shapes.append(placed(block, 0, y))
        y += block.height + gap
    width = max(block.width for block in blocks)
    return Block(width=width, height=y - gap, shapes=joined(*shapes))


def beside(blocks: Sequence[Block], *, gap: float = 0) -> Block:
    """Return blocks beside each other, aligned to the top."""
    shapes, x = [], 0.0
    for block in blocks:
        shapes.append(placed(block, x, 0))
        x += block.width + gap
    height = max(block.height for block in blocks)
    return Block(width=x - gap, height=height, shapes=joined(*shapes))


def box(
    x: float, y: float, width: float, height: float, *, accent: bool = False, faint: bool = False
) -> Markup:
    """Return a box: plain, or with a thick accented edge, or with a thin dashed one."""
    return Markup(
        '<rect x="{:g}" y="{:g}" width="{:g}" height="{:g}" rx="5" fill="{}" fill-opacity="{}"'
        ' stroke="{}" stroke-width="{}"{}/>'
    ).format(
        *(x, y, width, height, ACCENT if accent else INK, 0.12 if accent else 0.04),
        *(ACCENT if accent else INK, 2.5 if accent else 1.3),
        Markup(' stroke-dasharray="4 3" stroke-opacity="0.6"') if faint else "",
    )


def letters(
    x: float,
    y: float,
    text: str,
    *,
    anchor: str = "start",
    bold: bool = False,
    faint: bool = False,
    struck: bool = False,
) -> Markup:
    """Return one line of text on a baseline."""
    return Markup(
        '<text x="{:g}" y="{:g}" font-size="{:g}" text-anchor="{}"{}{}{}>{}</text>'
    ).format(
        *(x, y, TEXT, anchor),
        Markup(' font-weight="bold"') if bold else "",
        Markup(' text-decoration="line-through"') if struck else "",
        Markup(' fill-opacity="{:g}"').format(FAINT) if faint else "",
        text,
    )


def paragraph(
    text: str,
    *,
    width: float,
    lines: int = 3,
    bold: bool = False,
    faint: bool = False,
    struck: bool = False,
    centred: bool = False,
) -> Block:
    """Return text broken into lines of a width."""
    found = wrapped(text, width=width, size=TEXT, lines=lines, bold=bold)
    x, anchor = (width / 2, "middle") if centred else (0.0, "start")
    shapes = (
        letters(x, LEADING * i + TEXT, line, anchor=anchor, bold=bold, faint=faint, struck=struck)
        for i, line in enumerate(found)
    )
    return Block(width=width, height=LEADING * len(found), shapes=joined(*shapes))


def line(
    *points: Point,
    accent: bool = False,
    dashed: bool = False,
    thin: bool = False,
    faint: bool = False,
) -> Markup:
    """Return a line through points."""
    return Markup(
        '<polyline points="{}" fill="none" stroke="{}" stroke-width="{}"{}{}'
        ' stroke-linejoin="round"/>'
    ).format(
        " ".join(f"{x:g},{y:g}" for x, y in points),
        ACCENT if accent else INK,
        1.2 if thin or faint else 2.5,
        Markup(' stroke-dasharray="5 4"') if dashed else "",
        Markup(' stroke-opacity="0.6"') if faint else "",
    )


def arrow(
    *points: Point,
    accent: bool = False,
    dashed: bool = False,
    thin: bool = False,
    faint: bool = False,
    both: bool = False,
) -> Markup:
    """Return a line through points with a head at its end, or at both."""
    ends = [(points[-2], points[-1]), *([(points[1], points[0])] if both else [])]
    heads = (_head(start, end, accent=accent, faint=faint) for start, end in ends)
    return joined(
        line(*points, accent=accent, dashed=dashed, thin=thin, faint=faint),
        *heads,
    )


def arc(start: Point, control: Point, end: Point, *, dashed: bool = False) -> Markup:
    """Return a curved line with a head at both ends; it bends towards its control point."""
    return Markup(
        '<path d="M{:g},{:g} Q{:g},{:g} {:g},{:g}" fill="none" stroke="{}" stroke-width="{}"{}/>{}{}'
    ).format(
        *(*start, *control, *end, INK if dashed else ACCENT, 1.2 if dashed else 2.5),
        Markup(' stroke-dasharray="5 4"') if dashed else "",
        *(_head(control, point, accent=not dashed, faint=False) for point in (end, start)),
    )


def _head(start: Point, end: Point, *, accent: bool, faint: bool) -> Markup:
    """Return the head of an arrow that comes from one point and ends at another."""
    angle = math.atan2(end[1] - start[1], end[0] - start[0])
    corners = (
        (end[0] - 9 * math.cos(angle + turn), end[1] - 9 * math.sin(angle + turn))
        for turn in (0.45, -0.45)
    )
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in (end, *corners))
    return Markup('<polygon points="{}" fill="{}"{}/>').format(
        points, ACCENT if accent else INK, Markup(' fill-opacity="0.6"') if faint else ""
    )


def tick(x: float, y: float) -> Markup:
    """Return a check mark, 14 units wide, around a text's height above its baseline."""
    return line((x, y - 6), (x + 5, y - 1), (x + 14, y - 12), accent=True)


def cross(x: float, y: float) -> Markup:
    """Return a cross, 10 units wide, around a text's height above its baseline."""
    return joined(
        line((x + 2, y - 11), (x + 12, y - 1), thin=True),
        line((x + 2, y - 1), (x + 12, y - 11), thin=True),
    )


def picture(name: str, block: Block, *, title: str, parts: Iterable[str]) -> Markup:
    """Return a block as an SVG that scales with its page; a screen reader reads title and parts."""
    margin = 4
    return Markup(
        '<svg class="drawing" role="img" aria-labelledby="{0}-title {0}-desc"'
        ' viewBox="0 0 {1:g} {2:g}" font-family="inherit" fill="currentColor"'
        ' xmlns="http://www.w3.org/2000/svg">'
        '<title id="{0}-title">{3}</title><desc id="{0}-desc">{4}</desc>{5}</svg>'
    ).format(
        *(name, block.width + 2 * margin, block.height + 2 * margin, " ".join(title.split())),
        *(" ".join(" ".join(parts).split()), placed(block, margin, margin)),
    )
