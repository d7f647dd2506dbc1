"""The expected slowest of p workers, pinned to closed forms and tables of normal order statistics."""

import math
from random import Random
from statistics import fmean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capstone_report.perfmodel.stragglers import expected_max_normal


@pytest.mark.parametrize(
    ("workers", "expected"),
    [
        (1, 0),
        (2, 1 / math.sqrt(math.pi)),
        (3, 1.5 / math.sqrt(math.pi)),
        (4, 1.0293753730039643),
        (5, 5 / (4 * math.sqrt(math.pi)) + 15 * math.asin(1 / 3) / (2 * math.pi**1.5)),
        (8, 1.4236003060452778),
        (16, 1.7659913930547886),
        (64, 2.3437334650794406),
        (100, 2.5075936),
        (1000, 3.2414358),
    ],
)
def test_waiting_for_the_slowest_costs_what_order_statistics_say(
    workers: int, expected: float
) -> None:
    assert expected_max_normal(workers) == pytest.approx(expected, rel=1e-7, abs=1e-12)


@settings(max_examples=50)
@given(st.integers(2, 10**7))
def test_more_workers_wait_longer_but_never_beyond_the_gaussian_bound(workers: int) -> None:
    assert expected_max_normal(workers - 1) < expected_max_normal(workers)
    assert expected_max_normal(workers) < math.sqrt(2 * math.log(workers))


def test_a_simulation_agrees() -> None:
    random = Random(1)  # noqa: S311 - a simulation
    slowest = [max(random.gauss() for _ in range(16)) for _ in range(4000)]

    assert fmean(slowest) == pytest.approx(expected_max_normal(16), abs=0.04)
