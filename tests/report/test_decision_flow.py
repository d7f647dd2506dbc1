"""The decision flow of book figure 41.2.1, with the taken path."""

from itertools import product
from xml.etree import ElementTree as ET

import pytest

from capstone_report.perfmodel.diagnosis import diagnose
from capstone_report.perfmodel.flow import LEAVES, QUESTIONS
from capstone_report.perfmodel.profile import Profile
from capstone_report.report.decision_flow import decision_flow, declared_route, route_to
from capstone_report.spec.vocabulary import Axis, Ceiling
from drawn import SVG, assert_readable, texts

PATHS = [
    (Ceiling.MEMORY_CAPACITY, Axis.MODEL, {"model-too-large"}),
    (Ceiling.DATA_IO, Axis.DATA, {"data-too-large", "reading-dominates"}),
    (Ceiling.COORDINATION, Axis.COORDINATION, {"workers-wait"}),
    (Ceiling.COORDINATION, Axis.INTELLIGENCE, {"agents-wait"}),
    (Ceiling.MEMORY_BANDWIDTH, Axis.MODEL, {"parameters-stream"}),
    (Ceiling.MEMORY_BANDWIDTH, Axis.TRAINING, {"examples-stream"}),
    (Ceiling.LATENCY, Axis.INFERENCE, {"request-too-slow", "too-many-requests"}),
    (Ceiling.COMPUTE, Axis.TRAINING, {"arithmetic-binds"}),
]


def bold(svg: str) -> str:
    """Return all bold text of a drawing as one line."""
    root = ET.fromstring(svg)  # noqa: S314 - our own drawing
    return " ".join(e.text or "" for e in root.iter(f"{SVG}text") if e.get("font-weight"))


@pytest.mark.parametrize(("ceiling", "axis"), list(product(Ceiling, Axis)))
def test_every_declared_ceiling_and_axis_is_readable(ceiling: Ceiling, axis: Axis) -> None:
    drawing = decision_flow(ceiling=ceiling, axis=axis)

    assert_readable(drawing.svg)
    assert f"Declared, not measured: the path to the ceiling {ceiling}." in drawing.caption
    assert drawing == decision_flow(ceiling=ceiling, axis=axis)


@pytest.mark.parametrize(("ceiling", "axis", "ends"), PATHS)
def test_a_declared_ceiling_ends_at_its_leaves(
    ceiling: Ceiling, axis: Axis, ends: set[str]
) -> None:
    drawing = decision_flow(ceiling=ceiling, axis=axis)

    assert {leaf.name for leaf in declared_route(ceiling, axis).ends} == ends
    for name in ends:
        assert f"{LEAVES[name].verdict.partition(':')[0]}: {axis} axis" in bold(drawing.svg)
    assert drawing.caption.endswith(f"{ceiling}.")


def test_an_axis_that_the_flow_does_not_name_is_said_in_the_caption() -> None:
    drawing = decision_flow(ceiling=Ceiling.COMPUTE, axis=Axis.MODEL)
    both = decision_flow(ceiling=Ceiling.COORDINATION, axis=Axis.DATA)

    assert drawing.caption.endswith("It ends at the training axis; the study takes the model axis.")
    assert "the coordination or the intelligence axis" in both.caption


def test_every_question_and_every_end_is_drawn() -> None:
    said = " ".join(
        line.text for line in texts(decision_flow(ceiling=Ceiling.COMPUTE, axis=Axis.TRAINING).svg)
    )

    for question in QUESTIONS:
        assert question.asks in said
    for leaf in LEAVES.values():
        assert leaf.verdict.partition(":")[0] in said


def test_the_way_to_an_end_starts_at_the_first_question_and_has_no_gap() -> None:
    for leaf in LEAVES.values():
        steps = dict(route_to([leaf]).steps)
        at = QUESTIONS[0].name
        while at in steps:
            at = steps[at]

        assert at == leaf.name


def test_only_the_way_is_in_the_accent() -> None:
    first = decision_flow(ceiling=Ceiling.MEMORY_CAPACITY, axis=Axis.MODEL).svg
    last = decision_flow(ceiling=Ceiling.COMPUTE, axis=Axis.TRAINING).svg

    assert first.count("<polyline") == last.count("<polyline")
    assert bold(first).count("no") < bold(last).count("no")


def test_a_measured_profile_draws_its_own_path() -> None:
    diagnosis = diagnose(Profile(working_set_bytes=112e9, memory_bytes=80e9))

    drawing = decision_flow(ceiling=Ceiling.COMPUTE, axis=Axis.TRAINING, diagnosis=diagnosis)

    assert drawing.caption == ("The path of the measured profile. Not answered: implementation.")
    assert "memory-capacity bound: model axis" in bold(drawing.svg)
    assert_readable(drawing.svg)


def test_a_profile_that_answers_everything_leaves_nothing_to_say() -> None:
    diagnosis = diagnose(Profile(out_of_memory=True))

    drawing = decision_flow(ceiling=Ceiling.COMPUTE, axis=Axis.TRAINING, diagnosis=diagnosis)

    assert drawing.caption == "The path of the measured profile."


def test_a_grey_answer_marks_both_ends() -> None:
    profile = Profile(
        working_set_bytes=64e9,
        memory_bytes=80e9,
        compute_roof_share=0.9,
        bandwidth_roof_share=0.2,
        compute_s=2.0,
        memory_s=0.2,
    )

    drawing = decision_flow(
        ceiling=Ceiling.COMPUTE, axis=Axis.TRAINING, diagnosis=diagnose(profile)
    )

    assert "It is open between the marked ends." in drawing.caption
    assert "memory-capacity bound: model axis" in bold(drawing.svg)
    assert "compute bound: training axis" in bold(drawing.svg)


def test_a_screen_reader_hears_the_path() -> None:
    svg = decision_flow(ceiling=Ceiling.MEMORY_CAPACITY, axis=Axis.MODEL).svg

    assert "Does the working set exceed the memory of one device? Yes. memory-capacity" in svg
