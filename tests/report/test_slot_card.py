"""The six slots on one card (book figure 41.4.1)."""

from xml.etree import ElementTree as ET

import pytest

from capstone_report.report.slot_card import slot_card
from capstone_report.spec.design import Design
from capstone_report.spec.vocabulary import (
    Communication,
    Consistency,
    Coordination,
    FaultTolerance,
    LoadBalancing,
    Partitioning,
)
from drawn import HOSTILE, ORCHESTRATOR, RECOMMENDER, SVG, assert_readable, design, study, texts

MENUS = (Partitioning, Communication, Consistency, Coordination, FaultTolerance, LoadBalancing)


def marked(chosen: Design, attribute: str) -> list[str]:
    """Return the lines of text that have an attribute, without the headings."""
    root = ET.fromstring(slot_card(study(chosen)).svg)  # noqa: S314 - our own drawing
    options = {str(option) for menu in MENUS for option in menu}
    found = [e.text or "" for e in root.iter(f"{SVG}text") if e.get(attribute)]
    return [text for text in found if text in options]


def test_every_menu_stands_whole_and_in_the_order_of_the_figure() -> None:
    said = [line.text for line in texts(slot_card(study(design())).svg)]
    options = [str(option) for menu in MENUS for option in menu]

    assert [text for text in said if text in options] == options
    assert said[0] == "training axis and best-serial baseline"
    assert [text[:2] for text in said if text[1:3] == ". "] == ["1.", "2.", "3.", "4.", "5.", "6."]


def test_taken_options_are_bold_and_rejected_ones_are_struck() -> None:
    chosen = design(consistency={"rejected": {"choice": "asynchronous", "why": "noise"}})

    assert marked(chosen, "font-weight") == [str(slot.choice) for _, slot in chosen.slots()]
    assert marked(chosen, "text-decoration") == ["asynchronous"]


def test_a_mark_stands_beside_every_taken_option_and_one_in_the_legend() -> None:
    svg = slot_card(study(design())).svg

    assert svg.count("<polyline") - svg.count("<polygon") == 6 + 1 + 2


@pytest.mark.parametrize("hybrid", [RECOMMENDER, ORCHESTRATOR])
def test_a_hybrid_says_which_option_is_for_which_part(hybrid: Design) -> None:
    said = [line.text for line in texts(slot_card(study(hybrid)).svg)]

    assert_readable(slot_card(study(hybrid)).svg)
    for other in hybrid.communication.also:
        assert " ".join(said[said.index(other.choice) + 1 :]).startswith(f"for {other.part}")


def test_the_main_part_of_a_hybrid_is_named_where_it_has_a_name() -> None:
    said = [line.text for line in texts(slot_card(study(RECOMMENDER)).svg)]

    assert said[said.index("all-reduce") + 1] == "for dense layers"


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_parts_stay_text(hostile: str) -> None:
    chosen = design(communication={"also": [{"choice": "gossip", "part": hostile, "why": "x"}]})

    drawing = slot_card(study(chosen))

    assert_readable(drawing.svg)
    assert drawing == slot_card(study(chosen))


def test_a_screen_reader_hears_every_slot() -> None:
    rejected = {"rejected": {"choice": "elastic", "why": "it changes p"}}
    svg = slot_card(study(design(fault_tolerance=rejected))).svg

    assert "Fault tolerance: checkpoint-restart, rejected elastic." in svg
    assert "Load balancing: even-sharding." in svg
