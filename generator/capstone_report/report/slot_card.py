"""The six slots on one card (book figure 41.4.1): every menu, with what was taken and rejected."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from capstone_report.report.svg import (
    Block,
    Drawing,
    arrow,
    below,
    beside,
    box,
    cross,
    joined,
    letters,
    paragraph,
    picture,
    placed,
    tick,
)
from capstone_report.spec.design import Slot
from capstone_report.spec.study import Study

CARD, GAP, INDENT = 234.0, 12.0, 32.0
WIDTH = 2 * CARD + GAP
QUESTIONS = {
    "partitioning": "who holds what",
    "communication": "who talks to whom",
    "consistency": "how views agree",
    "coordination": "who decides",
    "fault_tolerance": "when one dies",
    "load_balancing": "staying even",
}
"""The question of each slot, in three or four words."""


def slot_card(study: Study) -> Drawing:
    """Return the template of six slots, filled in by a study."""
    slots = tuple(study.design.slots())
    cards = [_card(number, name, slot) for number, (name, slot) in enumerate(slots, start=1)]
    pairs = [beside(_levelled(cards[i : i + 2]), gap=GAP) for i in (0, 2, 4)]
    head = _head(f"{study.axis.name} axis and {study.baseline.kind} baseline")
    return Drawing(
        svg=picture(
            "slot-card",
            below([head, *pairs, _legend()], gap=GAP),
            title="The six slots of the design",
            parts=(_said(name, slot) for name, slot in slots),
        ),
        caption="Axis and baseline feed six decisions; the design takes from every menu.",
    )


def _head(text: str) -> Block:
    """Draw what feeds the slots: axis and baseline."""
    words = paragraph(text, width=WIDTH - 24, bold=True, centred=True)
    bottom = words.height + 14
    return Block(
        width=WIDTH,
        height=bottom + 12,
        shapes=joined(
            box(0, 0, WIDTH, bottom),
            placed(words, 12, 5),
            *(
                arrow((x, bottom), (x, bottom + 22), thin=True)
                for x in (CARD / 2, WIDTH - CARD / 2)
            ),
        ),
    )


def _card(number: int, name: str, slot: Slot[Any]) -> Block:
    """Draw one slot: its name, its question, and every option of its menu."""
    title = f"{number}. {name.replace('_', ' ').capitalize()}"
    rows = [
        paragraph(title, width=CARD, bold=True),
        paragraph(QUESTIONS[name], width=CARD, faint=True),
        *(_option(option, slot) for option in type(slot.choice)),
    ]
    return below(rows, gap=5)


def _option(option: StrEnum, slot: Slot[Any]) -> Block:
    """Draw one option of a menu: ticked with its parts, crossed out, or left open."""
    width = CARD - INDENT - 22
    taken = option in slot.choices
    rejected = slot.rejected is not None and option is slot.rejected.choice
    mark = tick(INDENT - 22, 16) if taken else cross(INDENT - 22, 16) if rejected else joined()
    name = paragraph(option, width=width, bold=taken, faint=not taken, struck=rejected)
    parts = [paragraph(f"for {part}", width=width, lines=2) for part in _parts(option, slot)]
    text = below([name, *parts])
    return Block(width=CARD, height=text.height, shapes=joined(mark, placed(text, INDENT, 0)))


def _parts(option: StrEnum, slot: Slot[Any]) -> list[str]:
    """Return which parts of a hybrid take an option."""
    main = [slot.part] if slot.part and slot.choice is option else []
    return [*main, *(other.part for other in slot.also if other.choice is option)]


def _levelled(cards: Sequence[Block]) -> list[Block]:
    """Frame cards that stand beside each other, all as high as the highest."""
    height = max(card.height for card in cards) + 20
    return [
        Block(
            width=CARD,
            height=height,
            shapes=joined(box(0, 0, CARD, height), placed(card, 12, 8)),
        )
        for card in cards
    ]


def _legend() -> Block:
    """Say what the marks mean."""
    return Block(
        width=WIDTH,
        height=20,
        shapes=joined(
            tick(4, 16),
            letters(26, 16, "taken"),
            cross(120, 16),
            letters(140, 16, "considered and rejected"),
        ),
    )


def _said(name: str, slot: Slot[Any]) -> str:
    """Return a slot as a screen reader says it."""
    rejected = f", rejected {slot.rejected.choice}" if slot.rejected else ""
    return f"{name.replace('_', ' ').capitalize()}: {' and '.join(slot.choices)}{rejected}."
