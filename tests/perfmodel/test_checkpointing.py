"""Checkpoint intervals and wall times, pinned to Young, Daly and a search of our own."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capstone_report.perfmodel.checkpointing import (
    daly_interval,
    exact_interval,
    expected_wall_time,
    mtbf_of_nodes,
    spot_break_even_price_ratio,
    young_interval,
)

DAY = 86400.0


@pytest.mark.parametrize(
    ("checkpoint_s", "mtbf_s", "young", "daly", "exact"),
    [
        (60, DAY, 3219.937887599697, 3180.0621135984475, 3180.0627323067138),
        (300, 4 * 3600, 2939.3876913398135, 2742.789760427013, 2742.883467410878),
    ],
)
def test_the_three_intervals_agree_with_their_papers(
    checkpoint_s: float, mtbf_s: float, young: float, daly: float, exact: float
) -> None:
    arguments = {"checkpoint_s": checkpoint_s, "mtbf_s": mtbf_s}

    assert young_interval(**arguments) == pytest.approx(young, rel=1e-12)
    assert daly_interval(**arguments) == pytest.approx(daly, rel=1e-12)
    assert exact_interval(**arguments) == pytest.approx(exact, rel=1e-10)


def test_daly_gives_the_failure_time_itself_when_checkpoints_are_that_slow() -> None:
    assert daly_interval(checkpoint_s=200, mtbf_s=100) == 100
    assert daly_interval(checkpoint_s=500, mtbf_s=100) == 100


@settings(max_examples=100)
@given(st.floats(1e-12, 1e3))
def test_the_exact_interval_solves_its_equation(ratio: float) -> None:
    u = exact_interval(checkpoint_s=ratio, mtbf_s=1)

    assert 0 < u <= 1
    assert u + math.expm1(-ratio - u) == pytest.approx(0, abs=1e-15)
    assert u <= young_interval(checkpoint_s=ratio, mtbf_s=1)


@settings(max_examples=50)
@given(st.floats(1, 1e4), st.floats(1e3, 1e6), st.floats(0.7, 1.4))
def test_no_other_interval_is_expected_to_end_earlier(
    checkpoint_s: float, mtbf_s: float, factor: float
) -> None:
    exact = exact_interval(checkpoint_s=checkpoint_s, mtbf_s=mtbf_s)

    best, other = (
        expected_wall_time(
            work_s=1e5,
            interval_s=interval,
            checkpoint_s=checkpoint_s,
            restart_s=60,
            mtbf_s=mtbf_s,
        ).wall_s
        for interval in (exact, factor * exact)
    )

    assert best <= other * (1 + 1e-12)


def test_checkpoints_that_take_no_time_are_taken_all_the_time() -> None:
    assert exact_interval(checkpoint_s=0, mtbf_s=100) == 0


def test_failures_and_checkpoints_slow_a_run_by_a_quarter() -> None:
    result = expected_wall_time(
        work_s=36000,
        interval_s=2939.3876913398135,
        checkpoint_s=300,
        restart_s=120,
        mtbf_s=14400,
    )

    assert result.wall_s == pytest.approx(44863.37394223485)
    assert result.slowdown == pytest.approx(1.246204831728746)
    assert spot_break_even_price_ratio(result.slowdown) == pytest.approx(0.8024363046424652)


def test_a_run_that_hardly_fails_takes_its_work_and_its_checkpoints() -> None:
    result = expected_wall_time(
        work_s=1000, interval_s=100, checkpoint_s=1, restart_s=10, mtbf_s=1e12
    )

    assert result.wall_s == pytest.approx(1010)


def test_an_interval_far_beyond_the_failures_never_ends() -> None:
    result = expected_wall_time(
        work_s=1e6, interval_s=1e6, checkpoint_s=10, restart_s=10, mtbf_s=100
    )

    assert result.wall_s == math.inf


def test_many_nodes_fail_that_much_more_often() -> None:
    assert mtbf_of_nodes(50_000, nodes=128) == 390.625
