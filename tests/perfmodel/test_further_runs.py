"""Which further runs would settle a question: simulated from the law, the cheapest first, the same every time."""

from dataclasses import replace

import pytest

from capstone_report.perfmodel.further_runs import (
    MOST_RUNS,
    SETTLES,
    Question,
    Settling,
    cheapest_settling,
    noise,
)
from capstone_report.perfmodel.model_choice import choose
from capstone_report.perfmodel.relative_fit import Launches
from capstone_report.perfmodel.scaling_models import STRONG_MODELS, Law
from perfmodel.launches import launches, ring


def settled(
    seen: Launches, *ratios: float, question: Question = Question.FASTEST
) -> Settling | None:
    """Return what settles a question about the ring."""
    choice = choose(STRONG_MODELS, seen)
    truth = next(one for one in choice.judged if one.law is Law.USL)
    return cheapest_settling(
        question, truth, STRONG_MODELS, seen, ratios=ratios, cost=lambda q: q * ring(q)
    )


def test_twice_the_workers_settle_where_the_ring_is_fastest() -> None:
    seen = launches(ring, (1, 2, 4, 8, 16), noise=0.02, seed=1)

    found = settled(seen, 8, 16, 24, 32)

    assert found is not None
    assert found.candidate.ratio == 32
    assert found.share >= SETTLES
    assert 25 < found.low < 33 < found.high < 64
    assert found == settled(seen, 8, 16, 24, 32)


def test_the_cheapest_of_several_candidates_is_named() -> None:
    seen = launches(ring, noise=0.005, seed=1)

    found = settled(seen, 8, 32, 64)

    assert found is not None
    assert found.candidate.runs == 5
    assert found.candidate.cost == pytest.approx(5 * 8 * ring(8))


def test_what_nothing_within_reach_settles_is_said_to_be_so() -> None:
    seen = launches(ring, (1, 2, 4, 8), noise=0.05, seed=1)

    assert settled(seen, 8, 12, 16) is None
    assert settled(seen, 8, 12, 16, question=Question.LAW) is None


def test_the_dearest_is_named_where_it_alone_settles() -> None:
    seen = launches(ring, (1, 2, 4, 8, 16), noise=0.02, seed=1)
    found = settled(seen, 32)
    assert found is not None

    alone = replace(found.candidate, runs=MOST_RUNS)

    assert found.candidate.runs <= alone.runs


def test_a_law_is_settled_with_its_last_constant() -> None:
    seen = launches(ring, (1, 2, 4, 8, 16), noise=0.01, seed=1)

    found = settled(seen, 32, question=Question.LAW)

    assert found is not None
    assert found.low < 0.0008 < found.high


def test_the_noise_is_that_within_the_worker_counts() -> None:
    assert noise(launches(ring, runs=400, noise=0.02)) == pytest.approx(0.02, rel=0.1)
