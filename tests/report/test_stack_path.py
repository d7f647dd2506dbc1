"""From the design to the stack (book table 41.5.1 and figure 41.5.1)."""

from xml.etree import ElementTree as ET

import pytest

from capstone_report.perfmodel.remedies import AXES, TRACKING
from capstone_report.report.stack_path import ALIASES, TIERS, stack_path
from capstone_report.report.svg import Drawing
from capstone_report.spec.study import AxisChoice, SecondAxis, Sizing, Tool
from capstone_report.spec.vocabulary import Axis, Communication, Decision
from drawn import HOSTILE, SVG, assert_readable, design, study, texts


def drawn(
    axis: Axis,
    *tools: str,
    communication: Communication = Communication.ALL_REDUCE,
    second: Axis | None = None,
    workers: int | None = None,
) -> Drawing:
    """Draw a study with an axis, declared tools, a pattern and a size."""
    again = SecondAxis(name=second, reprofile="memory binds now") if second else None
    return stack_path(
        study(
            design(communication={"choice": communication}),
            axis=AxisChoice(name=axis, why="it binds", second=again),
            tools=tuple(
                Tool(name=name, role="a role", decision=Decision.BUY, why="it works")
                for name in tools
            ),
            sizing=Sizing(workers=workers, why="enough") if workers else None,
        )
    )


def bold(drawing: Drawing) -> list[str]:
    """Return the bold lines of a drawing: what is ticked, and the size."""
    root = ET.fromstring(drawing.svg)  # noqa: S314 - our own drawing
    return [e.text or "" for e in root.iter(f"{SVG}text") if e.get("font-weight")]


@pytest.mark.parametrize("communication", Communication)
@pytest.mark.parametrize("axis", Axis)
def test_every_axis_and_pattern_is_readable(axis: Axis, communication: Communication) -> None:
    drawing = drawn(axis, "Ray", communication=communication, second=Axis.DATA, workers=8)

    assert_readable(drawing.svg)
    assert drawing == drawn(axis, "Ray", communication=communication, second=Axis.DATA, workers=8)
    assert axis in bold(drawing)
    assert "data" in bold(drawing)
    if communication is not Communication.ALL_REDUCE:
        assert f"here: {communication}" in " ".join(line.text for line in texts(drawing.svg))


def test_the_whole_table_and_every_tier_are_drawn() -> None:
    said = " ".join(line.text for line in texts(drawn(Axis.TRAINING).svg))

    for name, remedy in AXES.items():
        assert f"{name} {remedy.collective} {' '.join(remedy.tools)}" in said
    for words in (*TRACKING, *TIERS):
        assert words in said


def test_the_way_of_a_data_parallel_study_is_ticked() -> None:
    drawing = drawn(Axis.TRAINING, "PyTorch DistributedDataParallel", "MLflow 3", workers=2)

    assert bold(drawing) == [
        *("training", "all-reduce", "PyTorch DDP"),
        *("MLflow", "Asked for: 2 workers"),
    ]


def test_a_pattern_that_the_table_does_not_name_stands_beside_it() -> None:
    drawing = drawn(Axis.DATA, communication=Communication.GOSSIP)

    assert "here: gossip" in [line.text for line in texts(drawing.svg)]
    assert bold(drawing) == ["data", "No size is declared"]


@pytest.mark.parametrize("tool", ["X-ray viewer", "my-arrays", "Arraylib"])
def test_a_name_inside_another_word_is_not_that_framework(tool: str) -> None:
    assert "Ray Data" not in bold(drawn(Axis.DATA, tool))


def test_every_alias_is_one_of_a_framework_in_the_table() -> None:
    tools = {tool for remedy in AXES.values() for tool in remedy.tools} | set(TRACKING)

    assert ALIASES.keys() <= tools


def test_a_study_without_tools_says_so() -> None:
    drawing = drawn(Axis.MODEL)

    assert "no tools are declared" in " ".join(line.text for line in texts(drawing.svg))
    assert "with no tools." in drawing.svg


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_tools_stay_text(hostile: str) -> None:
    assert_readable(drawn(Axis.MODEL, hostile, hostile).svg)


def test_one_worker_is_not_plural() -> None:
    assert "Asked for: 1 worker" in bold(drawn(Axis.DATA, workers=1))
