"""The diagnosis, pinned to the tables, the exercises and the story of section 41.2."""

from dataclasses import replace

import pytest

from capstone_report.perfmodel.answers import ANSWERS
from capstone_report.perfmodel.diagnosis import Diagnosis, diagnose
from capstone_report.perfmodel.flow import LEAVES, QUESTIONS, Leaf
from capstone_report.perfmodel.profile import Profile, Threshold, Thresholds, Verdict, around
from capstone_report.perfmodel.remedies import AXES, CEILINGS, TRACKING
from capstone_report.spec import vocabulary

TB = 1e12
# A healthy training step: fits, reads quickly, and computes twice as long as it streams.
HEALTHY = Profile(
    compute_roof_share=0.7,
    bandwidth_roof_share=0.35,
    working_set_bytes=40e9,
    memory_bytes=80e9,
    dataset_bytes=0.1 * TB,
    storage_bytes=4 * TB,
    tail_latency_s=0.1,
    latency_limit_s=0.2,
    step_s=0.31,
    step_without_loading_s=0.30,
    workers=8,
    communication_s=0.001,
    compute_s=0.30,
    memory_s=0.15,
)


def answers(diagnosis: Diagnosis) -> dict[str, str]:
    """Return each question of the path with its answer."""
    return {answer.question.name: answer.verdict.value for answer in diagnosis.path}


def ends(diagnosis: Diagnosis) -> list[str]:
    """Return the names of the leaves."""
    return [leaf.name for leaf in diagnosis.leaves]


def test_the_tables_cover_the_vocabulary_of_studies() -> None:
    assert set(AXES) == set(vocabulary.Axis)
    assert set(CEILINGS) == set(vocabulary.Ceiling)
    assert {row.ceiling for row in AXES.values()} <= set(vocabulary.Ceiling)
    assert TRACKING


def test_every_ceiling_names_one_axis() -> None:
    assert {ceiling: row.axis for ceiling, row in CEILINGS.items()} == {
        "data-io": "data",
        "compute": "training",
        "memory-capacity": "model",
        "memory-bandwidth": "model",
        "latency-throughput": "inference",
        "coordination": "coordination",
    }


def test_every_target_of_the_flow_exists_and_every_leaf_is_reached() -> None:
    names = {question.name for question in QUESTIONS}
    targets = {target for question in QUESTIONS for target in (question.yes, question.no)}

    assert targets == (names | set(LEAVES)) - {QUESTIONS[0].name}
    assert set(ANSWERS) == names


def test_the_flow_never_turns_back() -> None:
    order = {question.name: place for place, question in enumerate(QUESTIONS)}

    for place, question in enumerate(QUESTIONS):
        for target in (question.yes, question.no):
            assert target in LEAVES or order[target] > place


def test_every_axis_of_the_book_has_a_leaf() -> None:
    reached = {leaf.remedy.axis for leaf in LEAVES.values() if leaf.remedy}

    # Data sets, compute, capacity, requests and both kinds of coordination: all six.
    assert reached == set(AXES)


@pytest.mark.parametrize("leaf", LEAVES.values(), ids=lambda leaf: leaf.name)
def test_every_leaf_names_what_follows_or_advises_against_distribution(leaf: Leaf) -> None:
    if leaf.remedy is None:
        assert leaf.name in {"inefficient-implementation", "nothing-binds"}
    else:
        assert leaf.remedy.collective
        assert leaf.remedy.tools
        assert leaf.remedy.book
        assert leaf.remedy.first_steps


def test_a_healthy_compute_bound_step_walks_the_whole_flow() -> None:
    result = diagnose(HEALTHY)

    assert result.leaf is LEAVES["arithmetic-binds"]
    assert answers(result) == {
        "implementation": "no",
        "memory-capacity": "no",
        "storage-capacity": "no",
        "service-level": "no",
        "data-io": "no",
        "coordination": "no",
        "memory-bandwidth": "no",
        "compute": "yes",
    }
    assert result.unanswered == ()


def test_exercise_41_2_3_is_compute_bound_on_one_machine() -> None:
    result = diagnose(Profile(compute_s=0.30, memory_s=0.15))

    assert result.leaf is LEAVES["arithmetic-binds"]
    assert result.leaf.remedy is AXES["training"]
    assert "data-io" in result.unanswered


def test_exercise_41_2_3_is_coordination_bound_when_two_workers_are_asked_for() -> None:
    result = diagnose(Profile(compute_s=0.30, memory_s=0.15, workers=2, communication_s=0.16001))

    assert result.leaf is LEAVES["workers-wait"]
    assert result.path[-2].readings[0].number == pytest.approx(0.16001 / 0.31001)


SKETCHES = {
    "41.2.1 (a): captions in 200 ms for thousands of users": (
        Profile(tail_latency_s=0.9, latency_limit_s=0.2, unloaded_latency_s=0.12),
        "latency-throughput",
        "inference",
    ),
    "41.2.1 (b): state of three times the largest accelerator": (
        Profile(working_set_bytes=240e9, memory_bytes=80e9),
        "memory-capacity",
        "model",
    ),
    "41.2.1 (c): a crawl of 50 TB that fits no disk": (
        Profile(dataset_bytes=50 * TB, storage_bytes=8 * TB),
        "data-io",
        "data",
    ),
    "41.2.4: the fine-tune of 13 billion parameters that crashed": (
        Profile(out_of_memory=True),
        "memory-capacity",
        "model",
    ),
    "41.5.1 (a): 240 GB to train on 80 GB devices": (
        Profile(working_set_bytes=240e9, memory_bytes=80e9),
        "memory-capacity",
        "model",
    ),
    "41.5.1 (b): two logs of many terabytes joined nightly": (
        Profile(step_s=10, step_without_loading_s=3),
        "data-io",
        "data",
    ),
    "41.5.1 (c): 50 requests per second, one device sustains 40": (
        Profile(
            required_rate_per_s=50,
            sustained_rate_per_s=40,
            unloaded_latency_s=0.05,
            latency_limit_s=0.2,
        ),
        "latency-throughput",
        "inference",
    ),
}


@pytest.mark.parametrize(("profile", "ceiling", "axis"), SKETCHES.values(), ids=SKETCHES)
def test_a_sketch_of_the_book_ends_at_its_ceiling(
    profile: Profile, ceiling: str, axis: str
) -> None:
    leaf = diagnose(profile).leaf

    assert leaf is not None
    assert leaf.remedy is not None
    assert (leaf.remedy.ceiling, leaf.remedy.axis) == (ceiling, axis)


def test_the_books_slow_matrix_product_is_not_distributed() -> None:
    product = Profile(
        compute_roof_share=0.03,
        bandwidth_roof_share=0.002,
        step_s=2.5,
        step_without_loading_s=2.5,
    )

    assert diagnose(product).leaf is LEAVES["inefficient-implementation"]


def test_without_an_ablation_slow_code_and_slow_loading_look_alike() -> None:
    result = diagnose(Profile(compute_roof_share=0.03, bandwidth_roof_share=0.002))

    assert answers(result)["implementation"] == "grey"
    assert ends(result) == ["inefficient-implementation", "nothing-binds"]
    assert result.leaf is None


@pytest.mark.parametrize(("share", "expected"), [(0.5, "no"), (0.03, "unknown")])
def test_one_near_roof_clears_the_implementation_but_one_far_roof_does_not_blame_it(
    share: float, expected: str
) -> None:
    result = diagnose(Profile(compute_roof_share=share))

    assert answers(result)["implementation"] == expected


@pytest.mark.parametrize(
    ("change", "end"),
    [
        (Profile(step_s=1, step_without_loading_s=0.2), "reading-dominates"),
        (Profile(out_of_memory=True), "model-too-large"),
        (
            Profile(required_rate_per_s=9, sustained_rate_per_s=3, latency_limit_s=1),
            "request-too-slow",
        ),
    ],
)
def test_waiting_explains_a_step_far_below_both_roofs(change: Profile, end: str) -> None:
    slow = replace(change, compute_roof_share=0.01, bandwidth_roof_share=0.01)

    result = diagnose(replace(slow, unloaded_latency_s=2))

    assert answers(result)["implementation"] == "no"
    assert ends(result) == [end]


def test_without_the_latency_of_an_idle_machine_both_serving_remedies_remain() -> None:
    result = diagnose(Profile(tail_latency_s=0.9, latency_limit_s=0.2))

    assert ends(result) == ["request-too-slow", "too-many-requests"]
    assert "service-time" in result.unanswered


@pytest.mark.parametrize(
    ("streams", "expected"),
    [
        (True, ["parameters-stream"]),
        (False, ["examples-stream"]),
        (None, ["parameters-stream", "examples-stream"]),
    ],
)
def test_what_streams_decides_which_axis_lifts_the_bandwidth(
    *, streams: bool | None, expected: list[str]
) -> None:
    bound = Profile(
        compute_s=0.1, memory_s=0.2, bandwidth_roof_share=0.8, parameters_stream=streams
    )

    assert ends(diagnose(bound)) == expected


def test_streaming_far_below_the_bandwidth_is_not_bandwidth_bound() -> None:
    result = diagnose(Profile(compute_s=0.1, memory_s=0.2, bandwidth_roof_share=0.2))

    assert ends(result) == ["nothing-binds"]


def test_a_balanced_step_is_undecided_between_bandwidth_and_compute() -> None:
    result = diagnose(replace(HEALTHY, memory_s=0.29, bandwidth_roof_share=0.8))

    assert ends(result) == ["parameters-stream", "examples-stream", "arithmetic-binds"]
    assert result.leaf is None


def test_no_third_ceiling_is_looked_for() -> None:
    full = replace(HEALTHY, working_set_bytes=64e9, step_without_loading_s=0.25)

    result = diagnose(full)

    assert ends(result) == ["model-too-large", "reading-dominates"]
    assert "compute" not in answers(result)


def test_agents_that_wait_point_to_distributed_intelligence() -> None:
    result = diagnose(Profile(lock_share=0.5, agents_wait=True))

    assert result.leaf is LEAVES["agents-wait"]


def test_a_step_that_only_streams_is_bandwidth_bound() -> None:
    result = diagnose(Profile(compute_s=0, memory_s=0.1, parameters_stream=False))

    assert result.leaf is LEAVES["examples-stream"]


def test_a_step_that_does_nothing_shows_nothing() -> None:
    result = diagnose(Profile(compute_s=0, memory_s=0, workers=2, communication_s=0))

    assert ends(result) == ["nothing-binds"]


def test_an_empty_profile_answers_nothing() -> None:
    result = diagnose(Profile())

    assert ends(result) == ["nothing-binds"]
    assert len(result.unanswered) == len(result.path) == 8


def test_declared_thresholds_replace_the_defaults() -> None:
    strict = Thresholds(memory_share=Threshold(no=0.4, yes=0.5))

    assert ends(diagnose(HEALTHY, strict)) == ["model-too-large"]


@pytest.mark.parametrize(
    ("number", "verdict"),
    [(0.23, Verdict.NO), (0.25, Verdict.GREY), (0.35, Verdict.GREY), (0.37, Verdict.YES)],
)
def test_the_grey_zone_is_a_fifth_on_both_sides(number: float, verdict: Verdict) -> None:
    assert around(0.30).judge(number) is verdict


@pytest.mark.parametrize(
    ("number", "verdict"), [(0.05, Verdict.YES), (0.1, Verdict.GREY), (0.2, Verdict.NO)]
)
def test_a_falling_threshold_fires_on_small_numbers(number: float, verdict: Verdict) -> None:
    assert Thresholds().share_of_roofs.judge(number) is verdict
