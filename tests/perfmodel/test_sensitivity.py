"""How much each constant decides, pinned to book exercise 41.4.2."""

from dataclasses import replace

import pytest

from capstone_report.perfmodel.comm.book_ring import BookRing
from capstone_report.perfmodel.comm.gossip import Gossip
from capstone_report.perfmodel.comm.parameter_server import ParameterServer
from capstone_report.perfmodel.comm.scatter_gather import ScatterGather
from capstone_report.perfmodel.comm.two_level import TwoLevel
from capstone_report.perfmodel.outcomes import At, NotWithin, Unbounded
from capstone_report.perfmodel.sensitivity import Reach, TornadoRow, reach, tornado
from capstone_report.perfmodel.step import Scaling, StepModel

BOOK = StepModel(t_comp=1.0, comm=BookRing(), alpha=0.0008, beta=0.04)


def rows(model: StepModel) -> dict[str, TornadoRow]:
    """Return a model's tornado by the names of its constants."""
    return {row.constant: row for row in tornado(model)}


def numbers(found: Reach) -> tuple[float | None, float | None, float]:
    """Return p*, the speedup there to nine decimals, and the first p with R >= 1."""
    dominated = found.communication_dominates
    assert isinstance(dominated, At)
    return found.workers, found.speedup and round(found.speedup, 9), dominated.workers


def test_latency_decides_the_fastest_size() -> None:
    alpha = rows(BOOK)["alpha"]

    assert numbers(alpha.low) == (107, 10.300981193, 14)
    assert numbers(alpha.high) == (11, 4.104477612, 8)


def test_bandwidth_decides_the_largest_speedup() -> None:
    beta = rows(BOOK)["beta"]

    assert numbers(beta.low) == (35, 15.737410072, 32)
    assert numbers(beta.high) == (16, 1.212856277, 3)


def test_the_rows_are_sorted_by_the_swing_of_the_speedup() -> None:
    found = tornado(BOOK)
    swings = [row.speedup_swing for row in found]

    assert [row.constant for row in found] == ["t_comp", "beta", "alpha"]
    assert all(swing is not None for swing in swings)
    assert swings == sorted(swings, key=lambda swing: swing or 0, reverse=True)
    assert found[1].workers_swing == pytest.approx(35 / 16)
    assert found[2].workers_swing == pytest.approx(107 / 11)


def test_constants_that_are_zero_have_no_row() -> None:
    assert "serial" not in rows(BOOK)
    assert "io" not in rows(BOOK)


def test_every_declared_constant_has_a_row_options_and_overlap_too() -> None:
    model = StepModel(
        t_comp=1.0,
        comm=ScatterGather(slow_share=0.01, slow_seconds=0.5),
        alpha=0.0008,
        beta=0.04,
        overlap=0.3,
    )

    found = rows(model)

    assert set(found) == {"t_comp", "alpha", "beta", "overlap", "slow_share", "slow_seconds"}
    worst = replace(model, comm=ScatterGather(slow_share=0.1, slow_seconds=0.5))
    assert found["slow_share"].high == reach(worst)


def test_an_option_that_nobody_set_has_no_row() -> None:
    assert "workers_per_node" not in rows(replace(BOOK, comm=TwoLevel()))
    assert "workers_per_node" in rows(replace(BOOK, comm=TwoLevel(workers_per_node=8)))
    assert "gamma" not in rows(replace(BOOK, comm=TwoLevel(gamma=0.0)))
    assert "fast_alpha" not in rows(replace(BOOK, comm=TwoLevel(fast_alpha=None)))


@pytest.mark.parametrize(
    ("model", "constant", "low", "high"),
    [
        (replace(BOOK, overlap=0.5), "overlap", (0.05, 0.05), (5.0, 1.0)),
        (
            replace(BOOK, comm=ParameterServer(servers=4, touched_share=0.2)),
            "servers",
            (0.4, 1),
            (40, 40),
        ),
        (replace(BOOK, comm=ParameterServer(servers=25)), "servers", (2.5, 2), (250, 250)),
        (replace(BOOK, comm=ParameterServer(touched_share=0.2)), "touched_share", (0.02, 0.02), (2, 1)),
        (replace(BOOK, comm=TwoLevel(fast_alpha=1e-5)), "fast_alpha", (1e-6, 1e-6), (1e-4, 1e-4)),
    ],
)  # fmt: skip
def test_a_constant_stays_within_its_domain_and_says_what_was_asked(
    model: StepModel, constant: str, low: tuple[float, float], high: tuple[float, float]
) -> None:
    row = rows(model)[constant]

    assert (row.low_value.asked, row.low_value.taken) == pytest.approx(low)
    assert (row.high_value.asked, row.high_value.taken) == pytest.approx(high)
    assert row.low_value.is_clamped is (low[0] != low[1])
    assert row.high_value.is_clamped is (high[0] != high[1])


def test_a_factor_of_two_swings_less_than_a_factor_of_ten() -> None:
    two, ten = tornado(BOOK, factor=2.0)[0], tornado(BOOK)[0]

    assert two.speedup_swing is not None
    assert ten.speedup_swing is not None
    assert two.speedup_swing < ten.speedup_swing


def test_a_speedup_without_end_swings_without_bound_and_stands_first() -> None:
    # Gossip in weak scaling: efficiency stays, so the scaled speedup has no limit.
    model = StepModel(
        t_comp=1.0, comm=Gossip(), alpha=0.1, beta=0.1, scaling=Scaling.WEAK, serial=0.1
    )

    found = tornado(model)

    assert all(row.speedup_swing is None for row in found)
    assert all(row.workers_swing is None for row in found)


def test_a_limit_without_an_optimum_has_a_speedup_but_no_size() -> None:
    found = reach(StepModel(t_comp=1.0, comm=BookRing(), alpha=0.0, beta=0.04))

    assert isinstance(found.optimum, Unbounded)
    assert found.workers is None
    assert found.speedup == pytest.approx(12.5)


def test_never_distributing_is_a_size_of_one() -> None:
    found = reach(StepModel(t_comp=1.0, comm=BookRing(), alpha=0.1, beta=0.6))

    assert found.workers == 1
    assert found.speedup == 1


def test_a_size_that_was_not_found_has_no_speedup() -> None:
    found = reach(
        StepModel(t_comp=1.0, comm=BookRing(), alpha=0.0, beta=0.5 - 1e-9, imbalance=1e-15)
    )

    assert isinstance(found.optimum, NotWithin)
    assert found.speedup is None
