"""From the design to the stack: axis, collective, framework and tier (book 41.5, figure 41.5.1).

The rows are those of book table 41.5.1; what the study declares is ticked in them.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from capstone_report.perfmodel.remedies import AXES, TRACKING
from capstone_report.report.svg import (
    Block,
    Drawing,
    arrow,
    below,
    beside,
    box,
    joined,
    paragraph,
    picture,
    placed,
    tick,
)
from capstone_report.report.words import counted
from capstone_report.spec.study import Study

WIDTH, TRUNK, PAD, GAP, ROW_GAP = 504.0, 500.0, 6.0, 14.0, 8.0
AXIS, COLLECTIVE, FRAMEWORK = 148.0, 156.0, 158.0
"""The widths of the three columns; right of them the taken path runs down to the tiers."""
EDGE = AXIS + COLLECTIVE + FRAMEWORK + 2 * GAP
TICKED = 18.0
TIER = 158.0
TIERS = ("single node", "managed cluster", "self-managed cluster")
"""From the smallest on: the smallest that clears the ceiling is enough (book section 41.5.3)."""
ALIASES = {
    "PyTorch DDP": ("DDP", "DistributedDataParallel"),
    "FSDP": ("FSDP", "FullyShardedDataParallel"),
    "DeepSpeed ZeRO": ("DeepSpeed",),
    "Megatron-LM": ("Megatron",),
    "Weights & Biases": ("Weights & Biases", "W&B", "wandb"),
    "agent frameworks": (),
}
"""Other names under which a study may declare a framework of the table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of the table: what a need of the design relies on, and what is built for it."""

    need: str
    collective: str
    tools: tuple[str, ...]
    taken: bool


def stack_path(study: Study) -> Drawing:
    """Return the way from the study's axis to the size that it asks for."""
    rows = tuple(_rows(study))
    return Drawing(
        svg=picture(
            "stack-path",
            below([_table(rows, study), _asked(study), _tiers()], gap=GAP),
            title="From the design to the tools and the tier",
            parts=_said(rows, study),
        ),
        caption="The design names a collective, a framework owns it, and the smallest tier that clears the ceiling carries it.",
    )


def _rows(study: Study) -> Iterator[Row]:
    """Yield the rows of the table, one for each axis, and the tracking that every axis needs."""
    second = study.axis.second
    axes = {study.axis.name, second.name} if second else {study.axis.name}
    for name, remedy in AXES.items():
        yield Row(need=name, collective=remedy.collective, tools=remedy.tools, taken=name in axes)
    yield Row(need="any axis", collective="records of runs", tools=TRACKING, taken=False)


def _table(rows: Sequence[Row], study: Study) -> Block:
    """Draw the rows below each other, with the path that leaves the taken ones to the right."""
    blocks = [_titles(), *(_row(row, study) for row in rows)]
    table = below(blocks, gap=ROW_GAP)
    y, paths = blocks[0].height + ROW_GAP, []
    for row, block in zip(rows, blocks[1:], strict=True):
        if row.taken:
            middle = y + block.height / 2
            way = ((EDGE, middle), (TRUNK, middle), (TRUNK, table.height + GAP))
            paths.append(arrow(*way, accent=True))
        y += block.height + ROW_GAP
    return Block(width=WIDTH, height=table.height, shapes=joined(table.shapes, *paths))


def _titles() -> Block:
    """Name the columns."""
    titles = (("design: axis", AXIS), ("collective", COLLECTIVE), ("framework", FRAMEWORK))
    return beside([paragraph(t, width=width, faint=True) for t, width in titles], gap=GAP)


def _row(row: Row, study: Study) -> Block:
    """Draw one row: three boxes, joined by arrows where the study takes it."""
    cells = (
        _lines((row.need,), row, ticked=(row.need,) if row.taken else (), width=AXIS),
        _collective(row, study),
        _lines(row.tools, row, ticked=_declared(row.tools, study), width=FRAMEWORK),
    )
    height = max(cell.height for cell in cells) + 2 * PAD
    shapes, x = [], 0.0
    for cell in cells:
        shapes += [
            box(x, 0, cell.width, height, accent=row.taken, faint=not row.taken),
            placed(cell, x, PAD),
        ]
        x += cell.width + GAP
    for edge in (AXIS, AXIS + GAP + COLLECTIVE):
        ends = ((edge, height / 2), (edge + GAP, height / 2))
        shapes.append(arrow(*ends, accent=row.taken, faint=not row.taken))
    return Block(width=WIDTH, height=height, shapes=joined(*shapes))


def _collective(row: Row, study: Study) -> Block:
    """Draw the collective of a row; where the row is taken, beside what the study declares."""
    if not row.taken:
        return _lines((row.collective,), row, ticked=(), width=COLLECTIVE)
    choices = study.design.communication.choices
    own = tuple(f"here: {choice}" for choice in choices if choice not in row.collective)
    met = any(choice in row.collective for choice in choices)
    ticked = (row.collective,) if met else ()
    return _lines((row.collective, *own), row, ticked=ticked, width=COLLECTIVE)


def _lines(texts: Sequence[str], row: Row, *, ticked: Sequence[str], width: float) -> Block:
    """Set the texts of a cell below each other, ticked where the study declares them."""
    blocks = []
    for text in texts:
        taken = text in ticked
        indent = PAD + (TICKED if taken else 0)
        words = paragraph(
            text, width=width - indent, lines=5, bold=taken, faint=not (taken or row.taken)
        )
        mark = tick(PAD, 16) if taken else joined()
        shapes = joined(mark, placed(words, indent, 0))
        blocks.append(Block(width=width, height=words.height, shapes=shapes))
    return below(blocks)


def _declared(tools: Sequence[str], study: Study) -> list[str]:
    """Return the frameworks of a row that the study declares, under whichever of their names."""
    return [
        tool
        for tool in tools
        for name in ALIASES.get(tool, (tool,))
        if any(_names(declared.name, name) for declared in study.tools)
    ]


def _names(declared: str, name: str) -> bool:
    """Tell whether a declared tool has a name among its words."""
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", declared, re.IGNORECASE) is not None


def _asked(study: Study) -> Block:
    """Draw what the path ends in: the declared tools and the workers that are asked for."""
    tools = ", ".join(tool.name for tool in study.tools) or "no tools are declared"
    size = study.sizing
    workers = f"Asked for: {counted(size.workers, 'worker')}" if size else "No size is declared"
    words = [
        paragraph(f"Declared here: {tools}", width=WIDTH - 2 * PAD),
        paragraph(workers, width=WIDTH - 2 * PAD, bold=True),
    ]
    block = below(words)
    bottom = block.height + 2 * PAD
    return Block(
        width=WIDTH,
        height=bottom + GAP,
        shapes=joined(
            box(0, 0, WIDTH, bottom, accent=True),
            placed(block, PAD, PAD),
            arrow((TIER / 2, bottom), (TIER / 2, bottom + 2 * GAP), accent=True),
        ),
    )


def _tiers() -> Block:
    """Draw the tiers from the smallest on, with the arrows that only a ceiling forces."""
    cells = [paragraph(tier, width=TIER, centred=True) for tier in TIERS]
    height = max(cell.height for cell in cells) + 2 * PAD
    shapes = []
    for i, cell in enumerate(cells):
        x = i * (TIER + GAP)
        shapes += [box(x, 0, TIER, height), placed(cell, x, PAD)]
        if i:
            shapes.append(arrow((x - GAP, height / 2), (x, height / 2)))
    note = paragraph(
        "tier: start at the smallest; move right only when the ceiling forces it",
        width=WIDTH,
        faint=True,
    )
    boxes = Block(width=WIDTH, height=height, shapes=joined(*shapes))
    return below([boxes, note], gap=4)


def _said(rows: Sequence[Row], study: Study) -> Iterator[str]:
    """Yield the path as a screen reader says it."""
    for row in rows:
        if row.taken:
            tools = ", ".join(row.tools)
            yield f"The {row.need} axis relies on {row.collective}, which {tools} implement."
    yield f"Declared: {' and '.join(study.design.communication.choices)}"
    yield f"with {', '.join(tool.name for tool in study.tools) or 'no tools'}."
