"""The whiteboard test of book section 41.4: a design as boxes (partitions) and arrows.

Drawn from three slots alone: who holds what, who talks to whom, and who decides. A hybrid is one
panel for each of its parts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from capstone_report.report.patterns import WIDTH, drawn
from capstone_report.report.svg import (
    Block,
    Drawing,
    below,
    beside,
    joined,
    letters,
    paragraph,
    picture,
    placed,
)
from capstone_report.spec.design import CommunicationSlot, Design, PartitioningSlot, Slot
from capstone_report.spec.vocabulary import Communication, Coordination, Partitioning
from capstone_report.units import prefixed

REST = "everything else"
KEY, LABEL = 84.0, 330.0
"""The widths of the keys of the legend, and of the words at the arrows."""
CONTROL = {
    Coordination.CENTRAL: "one coordinator (dashed), apart from the data path",
    Coordination.DECENTRALISED: "no coordinator: workers decide together",
}
MEANING = {
    Communication.ALL_REDUCE: "all get the sum",
    Communication.PARAMETER_SERVER: "push and pull",
    Communication.GOSSIP: "peers exchange",
    Communication.SCATTER_GATHER: "send out, collect",
}

Row = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a design, as it is drawn: a picture and the rows of its legend."""

    name: str
    """Which part of the state or the work; empty in a design that is no hybrid."""
    partitioning: Partitioning
    communication: Communication
    coordination: Coordination
    replicated: bool
    """Whether every worker holds something whole beside its share."""
    volume: str
    """What stands at the arrows below the pattern: bytes per step, or what they mean."""
    rows: tuple[Row, ...]
    """What the picture cannot say: the unit, the copies, the primitive, the control plane."""


def whiteboard(design: Design) -> Drawing:
    """Return the design as one drawing, narrow enough for a telephone."""
    parts = design_parts(design)
    return _finished("whiteboard", parts, below([_panel(part) for part in parts], gap=28))


def whiteboard_slide(design: Design) -> Drawing:
    """Return the design as one drawing that is as wide as a slide."""
    parts = design_parts(design)
    return _finished("whiteboard-slide", parts, beside([_panel(part) for part in parts], gap=36))


def design_parts(design: Design) -> tuple[Part, ...]:
    """Return the parts of a design, one unless it is a hybrid."""
    slots: tuple[Slot[Any], ...] = (design.partitioning, design.communication, design.coordination)
    others = [other.part for slot in slots for other in slot.also]
    if not others:
        return (_part(design, ""),)
    mains = [slot.part for slot in slots if slot.part] or [REST]
    names = {name.casefold(): name for name in reversed([*mains, *others])}
    return tuple(_part(design, name) for name in reversed(names.values()))


def _part(design: Design, name: str) -> Part:
    """Return what the three slots say about a part."""
    partitioning = _option(design.partitioning, name)
    communication = _option(design.communication, name)
    coordination = _option(design.coordination, name)
    divides = partitioning is design.partitioning.choice
    carries = communication is design.communication.choice
    volume = f"{prefixed(design.communication.message_bytes, 'B')} per step"
    return Part(
        name=name,
        partitioning=partitioning,
        communication=communication,
        coordination=coordination,
        replicated=divides and design.partitioning.replicated is not None,
        volume=volume if carries else MEANING[communication],
        rows=(
            *(_split(design.partitioning) if divides else (("Split", str(partitioning)),)),
            *(_sent(design.communication) if carries else ()),
            ("Control", CONTROL[coordination]),
        ),
    )


def _option(slot: Slot[Any], name: str) -> Any:  # noqa: ANN401 - the slot's own menu
    """Return the option of a slot for a part: its own, else the main one."""
    own = (o.choice for o in slot.also if o.part.casefold() == name.casefold())
    return next(own, slot.choice)


def _split(slot: PartitioningSlot) -> tuple[Row, ...]:
    """Return what is split and what every worker holds whole."""
    copies = (("Copied", f"{slot.replicated}: whole on every worker"),) if slot.replicated else ()
    return (("Split", f"{slot.choice}, by {slot.unit}"), *copies)


def _sent(slot: CommunicationSlot) -> tuple[Row, ...]:
    """Return what goes along the arrows."""
    found = [("Arrows", str(slot.primitive))]
    if slot.choice is Communication.GOSSIP:
        peers = f"{slot.neighbours} in one step (solid); others in other steps (dashed)"
        found.append(("Peers", peers))
    if slot.touched_bytes is not None:
        found.append(("Needed", f"{prefixed(slot.touched_bytes, 'B')} of it by one worker"))
    return tuple(found)


def _panel(part: Part) -> Block:
    """Draw one part: its name in a hybrid, its picture, its legend."""
    head = [paragraph(part.name, width=WIDTH, lines=2, bold=True)] if part.name else []
    return below([*head, _picture(part), _legend(part)], gap=10)


def _picture(part: Part) -> Block:
    """Draw boxes and arrows."""
    name = paragraph(part.communication, width=LABEL, bold=True, centred=True)
    return drawn(
        part.partitioning,
        part.communication,
        part.coordination,
        label=below([name, paragraph(part.volume, width=LABEL, centred=True)]),
        replicated=part.replicated,
    )


def _legend(part: Part) -> Block:
    """Set the rows of the legend below each other."""
    rows = []
    for key, value in part.rows:
        text = paragraph(value, width=WIDTH - KEY, lines=3)
        shapes = joined(letters(0, 16, key, bold=True), placed(text, KEY, 0))
        rows.append(Block(width=WIDTH, height=text.height, shapes=shapes))
    return below(rows, gap=3)


def _finished(name: str, parts: Sequence[Part], board: Block) -> Drawing:
    """Return the drawing with the words that a screen reader says."""
    said = (
        f"{part.name or 'Workers'}: {part.communication}, {part.volume}. "
        + "; ".join(f"{key}: {value}" for key, value in part.rows)
        + "."
        for part in parts
    )
    return Drawing(
        svg=picture(name, board, title="The design on a whiteboard", parts=said),
        caption="Who holds what, and who talks to whom.",
    )
