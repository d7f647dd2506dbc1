"""`capstone roofline` answers the book's exercise 41.2.3, and says what two workers would meet."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import Result

from capstone_report.calculators.roofline import roofline
from capstone_report.errors import UsageError

Answered = Callable[..., dict[str, Any]]
Invoked = Callable[..., Result]
Run = Callable[..., Any]

LOCAL = "--peak-flops 20e12 --bandwidth 800e9 --flops 6e12 --bytes 1.2e11"
NETWORK = "--net-bytes 4e9 --net-bandwidth 25e9 --latency 10e-6"


def step(bytes_moved: str) -> list[str]:
    """Return the exercise's step with other memory traffic."""
    return [*LOCAL.split()[:-1], bytes_moved]


def test_the_exercise_is_compute_bound_on_one_machine(answered: Answered) -> None:
    answer = answered(f"roofline {LOCAL} {NETWORK}")

    assert answer["schema"] == "capstone/roofline/1"
    assert answer["ridge_flop_per_byte"] == 25
    assert answer["intensity_flop_per_byte"] == 50
    assert answer["verdict"] == "compute"
    assert answer["margin"] == pytest.approx(2)
    assert answer["compute_s"] == pytest.approx(0.30)
    assert answer["memory_s"] == pytest.approx(0.15)
    assert answer["communication_s"] == pytest.approx(0.16001)
    assert answer["peers"]["communication_exceeds_work"] is False
    assert answer["peers"]["communication_exceeds_work_from"] == 2
    (diagnosis,) = answer["diagnosis"]
    assert diagnosis["status"] == "hypothesis"
    assert [leaf["axis"] for leaf in diagnosis["leaves"]] == ["training"]


def test_with_two_workers_communication_exceeds_the_work_at_once(answered: Answered) -> None:
    answer = answered(f"roofline {LOCAL} {NETWORK} --workers 2")

    assert answer["verdict"] == "compute"
    assert answer["peers"]["communication_exceeds_work"] is True
    assert answer["peers"]["speedup_without_overlap"] == pytest.approx(0.968, abs=5e-4)
    assert answer["peers"]["speedup_with_full_overlap"] == pytest.approx(1.87, abs=0.005)
    assert [row["workers"] for row in answer["diagnosis"]] == [1, 2]
    assert answer["diagnosis"][1]["leaves"][0]["axis"] == "coordination"


@pytest.mark.parametrize(("measured", "speedup"), [((), 0.968), (("--measured", "0.5 s"), 1.2195)])
def test_peers_share_the_work_that_was_measured_where_it_was(
    invoked: Invoked, measured: tuple[str, ...], speedup: float
) -> None:
    # 0.5 s among two workers leave 0.25 s to each: S = 0.5/(0.25 + 0.16001).
    line = (*LOCAL.split(), *NETWORK.split(), "--workers", "2", *measured)
    peers = json.loads(invoked(roofline, *line, "--json").output)["peers"]

    assert peers["speedup_without_overlap"] == pytest.approx(speedup, abs=5e-4)


def test_what_was_measured_decides_from_where_on_communication_takes_longer(
    invoked: Invoked,
) -> None:
    # 0.7 s over 0.16001 s: four workers still compute longer than they send, five do not.
    line = (*LOCAL.split(), *NETWORK.split(), "--workers", "2", "--measured", "0.7 s")
    answer = json.loads(invoked(roofline, *line, "--json").output)

    assert answer["peers"]["communication_exceeds_work_from"] == 5
    assert "350 ms of work each" in invoked(roofline, *line).output


def test_the_diagnosis_of_peers_counts_the_work_that_was_measured(invoked: Invoked) -> None:
    # 0.16 s of 0.16 + 0.35 s is 31 %, in the grey zone; of 0.16 + 0.15 s it would be 52 %.
    line = (*LOCAL.split(), *NETWORK.split(), "--workers", "2")
    modelled = json.loads(invoked(roofline, *line, "--json").output)["diagnosis"][1]
    measured = json.loads(invoked(roofline, *line, "--measured", "0.7 s", "--json").output)

    assert [leaf["name"] for leaf in modelled["leaves"]] == ["workers-wait"]
    assert measured["diagnosis"][1]["decided"] is False


@pytest.mark.parametrize(
    ("measured", "share", "said"),
    [
        ("0.5 s", 0.390, "39.0%: communication dominates, as it does from 36% on"),
        ("0.7 s", 0.314, "31.4%: communication may dominate, between 24% and 36%"),
        ("2 s", 0.138, "13.8%: communication does not dominate, as it does from 36% on"),
    ],
)
def test_communication_dominates_by_its_share_of_a_step_which_the_diagnosis_judges(
    invoked: Invoked, measured: str, share: float, said: str
) -> None:
    line = (*LOCAL.split(), *NETWORK.split(), "--workers", "2", "--measured", measured)
    text = invoked(roofline, *line).output
    answer = json.loads(invoked(roofline, *line, "--json").output)

    assert said in text
    assert answer["peers"]["communication_share"] == pytest.approx(share, abs=5e-4)
    assert answer["peers"]["dominates_from_share"] == pytest.approx(0.36)
    assert answer["peers"]["communication_dominates"] == {
        0.390: "yes", 0.314: "grey", 0.138: "no"
    }[share]  # fmt: skip
    ends = {leaf["name"] for leaf in answer["diagnosis"][1]["leaves"]}
    assert ("workers-wait" in ends) is (share > 0.24)
    assert (ends == {"workers-wait"}) is (share > 0.36)


def test_one_worker_has_no_share_of_communication(invoked: Invoked) -> None:
    answer = json.loads(invoked(roofline, *LOCAL.split(), *NETWORK.split(), "--json").output)

    assert answer["peers"]["communication_share"] is None
    assert answer["peers"]["communication_dominates"] is None


def test_people_read_the_margin_the_hypothesis_and_what_to_build_with(calculate: Run) -> None:
    text = calculate("roofline", *LOCAL.split(), *NETWORK.split(), "--workers", "2").stdout

    assert "300 ms = 6 TFLOP / 20 TFLOP/s" in text
    assert "compute bound: the longer time is 2.00 times the other" in text
    assert "150 ms of work each: communication takes longer than that" in text
    assert "0.968 without overlap" in text
    assert "a hypothesis until confirmed" in text
    assert "PyTorch DDP" in text
    assert "chapters 11 and 15" in text


def test_a_step_near_the_ridge_is_balanced_and_no_side_is_named(invoked: Invoked) -> None:
    done = invoked(roofline, *step("2.4e11"))
    answer = json.loads(invoked(roofline, *step("2.4e11"), "--json").output)

    assert "balanced" in done.output
    assert "the grey zone" in done.output
    assert answer["verdict"] == "balanced"
    assert answer["peers"] is None
    assert answer["diagnosis"][0]["decided"] is False


@pytest.mark.parametrize(
    ("streams", "axes"),
    [(None, {"model", "training"}), ("parameters", {"model"}), ("examples", {"training"})],
)
def test_what_streams_decides_the_axis_of_a_memory_bound_step(
    invoked: Invoked, streams: str | None, axes: set[str]
) -> None:
    said = ["--streams", streams] if streams else []
    answer = json.loads(invoked(roofline, *step("1e12"), *said, "--json").output)

    assert answer["verdict"] == "memory"
    assert {leaf["axis"] for leaf in answer["diagnosis"][0]["leaves"]} == axes


def test_a_step_far_below_both_roofs_blames_the_implementation_first(invoked: Invoked) -> None:
    done = invoked(roofline, *LOCAL.split(), "--measured", "100 s")
    answer = json.loads(invoked(roofline, *LOCAL.split(), "--measured", "100 s", "--json").output)

    assert "verdict     slow implementation" in done.output
    assert "one worker: the implementation is slow, not the machine" in done.output
    assert "bound" not in done.output.replace("neither binds", "")
    assert answer["verdict"] == "implementation"
    assert answer["achieved"]["is_inefficient"] is True
    assert [leaf["name"] for leaf in answer["diagnosis"][0]["leaves"]] == [
        "inefficient-implementation"
    ]


@pytest.mark.parametrize(
    ("moved", "measured", "verdict", "said"),
    [
        # Shares of the nearer roof: 100, 25, 10 and 60 %; a compute roof binds from 40 % on.
        ("1.2e11", "0.3 s", "compute", "compute bound"),
        ("1.2e11", "1.2 s", "none", "no roof binds"),
        ("1.2e11", "3 s", "undecided", "undecided: what the step reaches lies in a grey zone"),
        ("1.2e11", "30 s", "implementation", "slow implementation"),
        ("2.4e11", "0.3 s", "balanced", "balanced"),
        ("1e12", "1.3 s", "memory", "memory bound"),
    ],
)
def test_a_measured_step_has_one_verdict_that_its_diagnosis_shares(
    invoked: Invoked, moved: str, measured: str, verdict: str, said: str
) -> None:
    line = (*step(moved), "--measured", measured)
    answer = json.loads(invoked(roofline, *line, "--json").output)

    leaves = {leaf["name"] for leaf in answer["diagnosis"][0]["leaves"]}
    assert answer["verdict"] == verdict
    assert said in invoked(roofline, *line).output
    assert (verdict in {"balanced", "undecided"}) == (len(leaves) > 1 and verdict != "memory")
    assert ("inefficient-implementation" in leaves) == (verdict in {"implementation", "undecided"})


@pytest.mark.parametrize(
    ("moved", "measured", "wrong"),
    [
        ("1.2e11", "0.2 s", {"--peak-flops is too low", "--flops counts"}),
        ("1e12", "1 s", {"--bandwidth is too low", "--bytes counts"}),
        ("2.4e11", "0.1 s", {"--peak-flops is too low", "--bandwidth is too low"}),
    ],
)
def test_a_step_beyond_its_roofs_names_the_inputs_of_which_one_is_wrong(
    invoked: Invoked, moved: str, measured: str, wrong: set[str]
) -> None:
    done = invoked(roofline, *step(moved), "--measured", measured)

    assert isinstance(done.exception, UsageError)
    (problem,) = done.exception.problems
    assert problem.where == "--measured"
    assert "it is too short" in problem.remedy
    assert all(part in problem.remedy for part in wrong)


def test_a_step_a_little_beyond_its_roofs_is_what_measuring_explains(invoked: Invoked) -> None:
    done = invoked(roofline, *LOCAL.split(), "--measured", "0.26 s")

    assert "115.4% of the arithmetic roof" in done.output
    assert "beyond      the arithmetic roof or the time is off by 15%: no step takes less" in (
        done.output
    )


@pytest.mark.parametrize(
    ("moved", "measured", "beyond"),
    [
        ("1.2e11", "0.26 s", ["arithmetic"]),
        ("1e12", "1.1 s", ["memory"]),
        ("2.4e11", "0.26 s", ["arithmetic", "memory"]),
        ("1.2e11", "0.3 s", []),
        ("1.2e11", "0.299 s", []),
        ("1.2e11", "0.4 s", []),
    ],
)
def test_roofs_that_a_step_passes_are_listed(
    invoked: Invoked, moved: str, measured: str, beyond: list[str]
) -> None:
    line = (*step(moved), "--measured", measured)
    answer = json.loads(invoked(roofline, *line, "--json").output)

    assert answer["achieved"]["beyond_roofs"] == beyond
    assert ("is off by" in invoked(roofline, *line).output) is bool(beyond)


def test_a_ring_costs_more_among_more_workers(invoked: Invoked) -> None:
    line = (*LOCAL.split(), *NETWORK.split(), "--collective", "ring", "--workers")
    answers = {n: json.loads(invoked(roofline, *line, str(n), "--json").output) for n in (1, 2, 8)}

    # 2(p - 1) 10 us + 2(p - 1)/p 0.16 s; R = T_comm p/0.3 s is one between 1 and 2 workers.
    assert answers[8]["communication_s"] == pytest.approx(14e-5 + 0.28)
    assert answers[2]["communication_s"] == pytest.approx(2e-5 + 0.16)
    assert answers[8]["peers"]["collective"] == "ring"
    assert answers[8]["peers"]["communication_exceeds_work_from"] == 2
    assert answers[8]["peers"]["speedup_without_overlap"] == pytest.approx(
        0.3 / (0.3 / 8 + 0.28014)
    )
    assert answers[1]["peers"]["speedup_without_overlap"] == 1


def test_without_a_collective_the_bytes_of_a_worker_are_said_to_be_constant(
    invoked: Invoked,
) -> None:
    line = (*LOCAL.split(), *NETWORK.split(), "--workers", "8")
    answer = json.loads(invoked(roofline, *line, "--json").output)

    assert "the bytes of each worker held constant" in invoked(roofline, *line).output
    assert answer["peers"]["collective"] is None
    assert "held constant" in answer["peers"]["assumes"]
    assert answer["communication_s"] == pytest.approx(0.16001)


def test_what_a_collective_takes_for_granted_is_said(invoked: Invoked) -> None:
    few = ("--net-bytes", "1", "--net-bandwidth", "1e30", "--collective", "gossip")
    done = invoked(roofline, *LOCAL.split(), *few, "--workers", "2")

    assert "the number of rounds is held fixed" in done.output
    assert "at no number of workers that was searched" in done.output
    assert "add no workers" not in done.output


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ("4e9", "add no workers: 2 are slower than one unless communication overlaps"),
        ("40e9", "add no workers: 2 are slower than one, even with full overlap"),
    ],
)
def test_workers_that_make_it_slower_are_not_to_be_added(
    invoked: Invoked, sent: str, said: str
) -> None:
    line = (*LOCAL.split(), "--net-bytes", sent, "--net-bandwidth", "25e9", "--workers", "2")
    answer = json.loads(invoked(roofline, *line, "--json").output)

    assert said in invoked(roofline, *line).output
    assert answer["peers"]["add_no_workers"] is True


@pytest.mark.parametrize(
    ("working_set", "ends"),
    [("56 GB", 1), ("60 GB", 2), ("72 GB", 2), ("79 GB", 2), ("80 GB", 1), ("85 GB", 1)],
)
def test_a_working_set_is_grey_on_the_near_side_of_the_memory_only(
    invoked: Invoked, working_set: str, ends: int
) -> None:
    line = (*LOCAL.split(), "--working-set", working_set, "--memory", "80 GB", "--json")
    answer = json.loads(invoked(roofline, *line).output)

    assert len(answer["diagnosis"][0]["leaves"]) == ends


def test_a_step_near_a_roof_is_not_blamed(invoked: Invoked) -> None:
    done = invoked(roofline, *LOCAL.split(), "--measured", "0.4 s")

    assert "75.0% of the arithmetic roof" in done.output
    assert "slow" not in done.output


@pytest.mark.parametrize("working_set", ["80 GB", "81 GB", "112 GB"])
def test_a_working_set_that_does_not_fit_comes_first(invoked: Invoked, working_set: str) -> None:
    line = (*LOCAL.split(), "--working-set", working_set, "--memory", "80 GB")
    answer = json.loads(invoked(roofline, *line, "--json").output)

    assert "DDP" not in invoked(roofline, *line).output
    assert [leaf["axis"] for leaf in answer["diagnosis"][0]["leaves"]] == ["model"]


def test_one_worker_is_told_from_where_on_communication_would_exceed_the_work(
    invoked: Invoked,
) -> None:
    done = invoked(roofline, *LOCAL.split(), *NETWORK.split())

    assert "exceeds work   first at 2 workers" in done.output
    assert "of work each" not in done.output


def test_few_bytes_among_two_workers_take_less_than_the_work(invoked: Invoked) -> None:
    done = invoked(
        roofline, *LOCAL.split(), "--net-bytes", "0", "--net-bandwidth", "1", "--latency", "1 ms",
        "--workers", "2",
    )  # fmt: skip

    assert "communication takes no longer than that" in done.output


@pytest.mark.parametrize(
    ("more", "where", "remedy"),
    [
        (("--net-bytes", "1"), "--net-bytes", "add --net-bandwidth"),
        (("--memory", "1"), "--memory", "add --working-set"),
        (("--collective", "ring"), "--collective", "add --net-bytes, the whole message"),
        (
            (*NETWORK.split(), "--collective", "rng"),
            "--collective",
            "did you mean ring?",
        ),
        (("--workers", "4"), "--workers", "add --net-bytes and --net-bandwidth"),
    ],
)
def test_half_of_a_pair_asks_for_the_other(
    invoked: Invoked, more: tuple[str, ...], where: str, remedy: str
) -> None:
    done = invoked(roofline, *LOCAL.split(), *more)

    assert isinstance(done.exception, UsageError)
    (problem,) = done.exception.problems
    assert problem.where == where
    assert remedy in problem.remedy
