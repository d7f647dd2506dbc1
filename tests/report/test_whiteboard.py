"""The whiteboard test of book section 41.4, for every design that the menus allow."""

from itertools import product
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capstone_report.report.whiteboard import whiteboard, whiteboard_slide
from capstone_report.spec.design import Design
from capstone_report.spec.vocabulary import Communication, Coordination, Partitioning
from drawn import HOSTILE, ORCHESTRATOR, RECOMMENDER, assert_readable, design, size, texts

MENUS = list(product(Partitioning, Communication, Coordination))
LINE = st.text(st.characters(categories=["L", "M", "N", "P", "S", "Zs"]), min_size=1, max_size=80)


def words(svg: str) -> str:
    """Return all text of a drawing as one line."""
    return " ".join(line.text for line in texts(svg))


@pytest.mark.parametrize("replicated", [None, "weights, optimiser state and data set"])
@pytest.mark.parametrize(("partitioning", "communication", "coordination"), MENUS)
def test_every_combination_of_the_menus_is_readable(
    partitioning: Partitioning,
    communication: Communication,
    coordination: Coordination,
    replicated: str | None,
) -> None:
    chosen = design(
        partitioning={"choice": partitioning, "replicated": replicated},
        communication={"choice": communication},
        coordination={"choice": coordination},
    )

    for drawing in (whiteboard(chosen), whiteboard_slide(chosen)):
        assert_readable(drawing.svg)
        assert communication in words(drawing.svg)
        assert ("coordinator" in {line.text for line in texts(drawing.svg)}) == (
            coordination is Coordination.CENTRAL
        )


@pytest.mark.parametrize("hybrid", [RECOMMENDER, ORCHESTRATOR])
def test_a_hybrid_is_one_panel_for_each_part(hybrid: Design) -> None:
    said = [line.text for line in texts(whiteboard(hybrid).svg)]

    assert_readable(whiteboard(hybrid).svg)
    assert_readable(whiteboard_slide(hybrid).svg)
    assert said.count("worker 1") == 2


def test_a_part_has_its_own_options_and_the_main_ones_where_it_names_none() -> None:
    dense, tables = words(whiteboard(RECOMMENDER).svg).split("embedding tables")
    main, fan_out = words(whiteboard(ORCHESTRATOR).svg).split("task fan-out")

    assert "dense layers" in dense
    assert "shard 1" in dense
    assert "all-reduce 259 kB per step" in dense
    assert "coordinator (" not in dense
    assert "slice 1" in tables
    assert "server 1" in tables
    assert "coordinator (" in tables
    assert "per step" not in tables
    assert "everything else" in main
    assert "slice 1" in main
    assert "tasks 1" in fan_out
    assert "root" in fan_out
    assert "coordinator (" in fan_out


def test_a_hybrid_of_one_slot_whose_main_part_has_no_name_says_everything_else() -> None:
    hybrid = design(
        communication={"also": [{"choice": "gossip", "part": "the index", "why": "loose"}]}
    )

    said = words(whiteboard(hybrid).svg)

    assert said.startswith("everything else")
    assert "peers exchange" in said.split("the index")[1]


def test_a_replicated_state_is_a_copy_in_every_worker() -> None:
    copied = design(partitioning={"replicated": "the weights"})

    said = [line.text for line in texts(whiteboard(copied).svg)]

    assert said.count("+ copy") == 3
    assert "the weights: whole on every worker" in said


def test_gossip_says_how_many_peers_and_a_server_how_much_one_worker_needs() -> None:
    gossip = design(communication={"choice": "gossip", "neighbours": 3})
    server = design(communication={"choice": "parameter-server", "touched_bytes": 2e6})

    assert "3 in one step (solid)" in words(whiteboard(gossip).svg)
    assert "2 MB of it by one worker" in words(whiteboard(server).svg)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_stays_text(hostile: str) -> None:
    chosen = design(
        partitioning={"unit": hostile, "replicated": hostile},
        communication={
            "primitive": hostile,
            "also": [{"choice": "gossip", "part": hostile, "why": "x"}],
        },
    )

    for drawing in (whiteboard(chosen), whiteboard_slide(chosen)):
        tags = {element.tag.split("}")[1] for element in ET.fromstring(drawing.svg).iter()}  # noqa: S314 - our own

        assert_readable(drawing.svg)
        assert tags <= {"svg", "title", "desc", "g", "rect", "polyline", "polygon", "path", "text"}
        assert "\n" not in drawing.svg


@settings(max_examples=25, deadline=None)
@given(unit=LINE, primitive=LINE)
def test_any_words_fit(unit: str, primitive: str) -> None:
    fields: dict[str, dict[str, Any]] = {
        "partitioning": {"unit": unit},
        "communication": {"primitive": primitive, "choice": "scatter-gather"},
    }

    assert_readable(whiteboard(design(**fields)).svg)


def test_the_same_design_is_the_same_bytes() -> None:
    assert whiteboard(RECOMMENDER) == whiteboard(RECOMMENDER)


def test_a_drawing_is_narrow_for_a_telephone_and_wide_for_a_slide() -> None:
    narrow, _ = size(whiteboard(RECOMMENDER).svg)
    wide, high = size(whiteboard_slide(RECOMMENDER).svg)

    assert narrow < 500
    assert wide / high > 2


def test_a_screen_reader_hears_the_design() -> None:
    svg = whiteboard(design()).svg
    root = ET.fromstring(svg)  # noqa: S314 - our own drawing
    names = {element.get("id"): element.text or "" for element in root.iter()}

    assert root.get("role") == "img"
    title, description = (root.get("aria-labelledby") or "").split()
    assert names[title] == "The design on a whiteboard"
    assert names[description].startswith("Workers: all-reduce, 259 kB per step. Split: data")
