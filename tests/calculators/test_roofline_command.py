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
    assert answer["peers"]["communication_dominates"] is False
    assert answer["peers"]["communication_dominates_from"] == 2
    (diagnosis,) = answer["diagnosis"]
    assert diagnosis["status"] == "hypothesis"
    assert [leaf["axis"] for leaf in diagnosis["leaves"]] == ["training"]


def test_with_two_workers_communication_dominates_at_once(answered: Answered) -> None:
    answer = answered(f"roofline {LOCAL} {NETWORK} --workers 2")

    assert answer["verdict"] == "compute"
    assert answer["peers"]["communication_dominates"] is True
    assert answer["peers"]["speedup_without_overlap"] == pytest.approx(0.968, abs=5e-4)
    assert answer["peers"]["speedup_with_full_overlap"] == pytest.approx(1.87, abs=0.005)
    assert [row["workers"] for row in answer["diagnosis"]] == [1, 2]
    assert answer["diagnosis"][1]["leaves"][0]["axis"] == "coordination"


def test_people_read_the_margin_the_hypothesis_and_what_to_build_with(calculate: Run) -> None:
    text = calculate("roofline", *LOCAL.split(), *NETWORK.split(), "--workers", "2").stdout

    assert "300 ms = 6 TFLOP / 20 TFLOP/s" in text
    assert "compute bound: the longer time is 2.00 times the other" in text
    assert "150 ms of work each: communication takes longer" in text
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

    assert "the implementation is slow, not the machine" in done.output
    assert "undecided" in done.output
    assert answer["achieved"]["is_inefficient"] is True
    assert answer["diagnosis"][0]["leaves"][0]["axis"] is None


def test_a_step_near_a_roof_is_not_blamed(invoked: Invoked) -> None:
    done = invoked(roofline, *LOCAL.split(), "--measured", "0.4 s")

    assert "75.0% of the arithmetic roof" in done.output
    assert "slow" not in done.output


def test_a_working_set_that_does_not_fit_comes_first(invoked: Invoked) -> None:
    answer = json.loads(
        invoked(
            roofline, *LOCAL.split(), "--working-set", "112 GB", "--memory", "80 GB", "--json"
        ).output
    )

    assert [leaf["axis"] for leaf in answer["diagnosis"][0]["leaves"]] == ["model"]


def test_one_worker_is_told_from_where_on_communication_would_dominate(invoked: Invoked) -> None:
    done = invoked(roofline, *LOCAL.split(), *NETWORK.split())

    assert "dominates      from 2 workers on" in done.output
    assert "of work each" not in done.output


def test_few_bytes_among_two_workers_take_less_than_the_work(invoked: Invoked) -> None:
    done = invoked(
        roofline, *LOCAL.split(), "--net-bytes", "0", "--net-bandwidth", "1", "--latency", "1 ms",
        "--workers", "2",
    )  # fmt: skip

    assert "communication takes not longer" in done.output


@pytest.mark.parametrize(
    ("more", "where", "remedy"),
    [
        (("--net-bytes", "1"), "--net-bytes", "add --net-bandwidth"),
        (("--memory", "1"), "--memory", "add --working-set"),
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
