"""The laws of scaling, pinned to their papers and to each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capstone_report.perfmodel import laws
from capstone_report.perfmodel.comm.book_ring import BookRing
from capstone_report.perfmodel.optima import time_optimal_continuous
from capstone_report.perfmodel.step import StepModel

shares = st.floats(0.001, 0.999)
many = st.integers(2, 10_000)
times = st.floats(1e-6, 10)


def test_five_percent_serial_work_caps_the_speedup_at_twenty() -> None:
    assert laws.amdahl_limit(serial_share=0.05) == pytest.approx(20)
    assert laws.amdahl_speedup(10**9, serial_share=0.05) == pytest.approx(20)


def test_nothing_serial_has_no_limit() -> None:
    assert laws.amdahl_limit(serial_share=0) is None


def test_gustafsons_scaled_speedup_keeps_growing() -> None:
    assert laws.gustafson_speedup(64, serial_share=0.05) == pytest.approx(60.85)


@given(many, shares)
def test_amdahl_and_gustafson_agree_once_their_shares_are_converted(
    workers: int, share: float
) -> None:
    amdahl = laws.amdahl_share(workers, gustafson_share=share)

    assert laws.amdahl_speedup(workers, serial_share=amdahl) == pytest.approx(
        laws.gustafson_speedup(workers, serial_share=share)
    )
    assert laws.gustafson_share(workers, amdahl_share=amdahl) == pytest.approx(share)


@given(many, shares)
def test_karp_and_flatt_recover_amdahls_serial_share(workers: int, share: float) -> None:
    speedup = laws.amdahl_speedup(workers, serial_share=share)

    assert laws.karp_flatt(workers, speedup=speedup) == pytest.approx(share)


def test_karp_and_flatt_say_nothing_about_one_worker() -> None:
    assert laws.karp_flatt(1, speedup=1) is None


def test_a_superlinear_speedup_has_a_negative_serial_share() -> None:
    assert laws.karp_flatt(4, speedup=4.4) == pytest.approx(-1 / 33)


@given(many, times, times, times)
def test_the_karp_flatt_line_of_the_ring_is_straight(
    workers: int, t_comp: float, alpha: float, beta: float
) -> None:
    speedup = StepModel(t_comp=t_comp, comm=BookRing(), alpha=alpha, beta=beta).speedup(workers)

    line = laws.karp_flatt_ring(workers, t_comp=t_comp, alpha=alpha, beta=beta)

    assert laws.karp_flatt(workers, speedup=speedup) == pytest.approx(line, rel=1e-9, abs=1e-9)


@given(many, times, times, times)
def test_the_books_ring_is_a_universal_scalability_law(
    workers: int, t_comp: float, alpha: float, beta: float
) -> None:
    model = StepModel(t_comp=t_comp, comm=BookRing(), alpha=alpha, beta=beta)
    usl = laws.usl_of_ring(t_comp=t_comp, alpha=alpha, beta=beta)

    back = laws.ring_of_usl(usl, t_comp=t_comp)

    assert usl.throughput(workers) == pytest.approx(model.speedup(workers))
    assert usl.peak() == pytest.approx(time_optimal_continuous(model))
    assert (back.alpha, back.beta) == pytest.approx((alpha, beta))


def test_throughput_without_coherency_never_falls() -> None:
    assert laws.Usl(sigma=0.1, kappa=0).peak() is None


def test_full_contention_peaks_at_one_worker() -> None:
    assert laws.Usl(sigma=1.2, kappa=0).peak() == 1
    assert laws.Usl(sigma=0.5, kappa=2).peak() == 1


def test_gunthers_benchmark_peaks_near_a_hundred_users() -> None:
    # SPEC SDM91, as fitted in the documentation of the R package usl.
    usl = laws.Usl(gamma=89.9952, sigma=0.0277285, kappa=0.000104365)

    assert usl.peak() == pytest.approx(96.52, rel=1e-3)
    assert usl.throughput(96.52) == pytest.approx(1883.9, rel=1e-3)


@given(many, st.floats(0.01, 0.99), times, times)
def test_the_isoefficient_work_reaches_its_efficiency(
    workers: int, efficiency: float, alpha: float, beta: float
) -> None:
    work = laws.isoefficiency_work_ring(workers, efficiency=efficiency, alpha=alpha, beta=beta)

    assert work is not None
    model = StepModel(t_comp=work, comm=BookRing(), alpha=alpha, beta=beta)
    assert model.efficiency(workers) == pytest.approx(efficiency)
    assert laws.efficiency_from_ratio(model.ratio(workers)) == pytest.approx(efficiency)


def test_no_work_makes_a_ring_fully_efficient() -> None:
    assert laws.isoefficiency_work_ring(4, efficiency=1, alpha=1, beta=1) is None


def test_efficiency_and_cost_are_each_others_inverse() -> None:
    assert laws.efficiency(8, speedup=4) == 0.5
    assert laws.relative_cost(8, speedup=4) == 2


def test_a_network_bound_step_gains_nothing_on_two_machines_unless_it_overlaps() -> None:
    # Book exercise 41.2.3: 0.3 s of compute, 0.16001 s on the network.
    alone = {"t_comp": 0.3, "t_comm": 0.16001}

    assert laws.speedup_without_overlap(2, **alone) == pytest.approx(0.9677107190090641)
    assert laws.speedup_with_full_overlap(2, **alone) == pytest.approx(1.8748828198237608)
    assert laws.speedup_without_overlap(1, **alone) == 1
    assert laws.speedup_with_full_overlap(1, **alone) == 1
    assert laws.communication_exceeds_from(**alone) == 2


@pytest.mark.parametrize(
    ("t_comp", "t_comm", "expected"),
    [(0.3, 0.1, 4), (0.3, 0.101, 3), (0.5, 0.25, 3), (0.1, 0.3, 2), (1, 0, None)],
)
def test_communication_exceeds_compute_only_past_where_both_are_equal(
    t_comp: float, t_comm: float, expected: int | None
) -> None:
    assert laws.communication_exceeds_from(t_comp=t_comp, t_comm=t_comm) == expected


@given(st.floats(1e-6, 1e3), st.floats(1e-6, 1e3), st.integers(2, 4096))
def test_overlap_gains_at_most_a_factor_of_two(t_comp: float, t_comm: float, workers: int) -> None:
    without = laws.speedup_without_overlap(workers, t_comp=t_comp, t_comm=t_comm)
    perfect = laws.speedup_with_full_overlap(workers, t_comp=t_comp, t_comm=t_comm)

    assert without <= perfect <= 2 * without * (1 + 1e-9)
    assert perfect <= workers * (1 + 1e-9)
