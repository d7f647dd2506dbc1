"""How much each constant decides, pinned to book exercise 41.4.2."""

import pytest

from capstone_report.perfmodel.comm.book_ring import BookRing
from capstone_report.perfmodel.comm.gossip import Gossip
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
