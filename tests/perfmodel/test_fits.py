"""Fitted curves, pinned to two published fits of R's usl and to curves without noise."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import lsq_linear

from capstone_report.perfmodel.comm.book_ring import BookRing
from capstone_report.perfmodel.fits import aicc, nonnegative_least_squares, ring_fit, usl_fit
from capstone_report.perfmodel.laws import Usl
from capstone_report.perfmodel.step import StepModel

SPEC_SDM91 = (
    [1, 18, 36, 72, 108, 144, 216],
    [64.9, 995.9, 1652.4, 1853.2, 1828.9, 1775.0, 1702.2],
)
RAYTRACER = (
    [1, 4, 8, 12, 16, 20, 24, 28, 32, 48, 64],
    [20, 78, 130, 170, 190, 200, 210, 230, 260, 280, 310],
)
LEVELS = [1, 2, 4, 8, 16, 32]

noise = st.lists(st.floats(-0.05, 0.05), min_size=len(LEVELS), max_size=len(LEVELS))


def test_spec_sdm91_is_fitted_as_by_r() -> None:
    fit = usl_fit(*SPEC_SDM91)

    assert fit is not None
    assert fit.usl.gamma == pytest.approx(89.9952382, rel=1e-5)
    assert fit.usl.sigma == pytest.approx(0.0277285, rel=1e-4)
    assert fit.usl.kappa == pytest.approx(0.0001044, rel=1e-3)
    assert fit.usl.peak() == pytest.approx(96.52, abs=0.01)
    assert fit.peak_throughput == pytest.approx(1883.9, abs=0.1)


def test_the_raytracer_has_no_peak_since_its_coherency_is_at_the_bound() -> None:
    fit = usl_fit(*RAYTRACER)

    assert fit is not None
    assert fit.usl.gamma == pytest.approx(21.848843, rel=1e-5)
    assert fit.usl.sigma == pytest.approx(0.057771, rel=1e-4)
    assert fit.usl.kappa == 0
    assert fit.usl.peak() is None
    assert fit.peak_throughput is None


def test_three_loads_leave_nothing_to_test_the_law_with() -> None:
    assert usl_fit([1, 2, 4, 4, 2], [1, 1.9, 3.5, 3.4, 1.8]) is None
    assert ring_fit([1, 2, 4, 4, 2], [1, 0.6, 0.4, 0.4, 0.6]) is None


def test_a_throughput_that_one_worker_would_not_bound_has_no_fit() -> None:
    loads = [2, 4, 8, 16]

    assert usl_fit(loads, [1 / (load - 1) for load in loads]) is None


def test_a_superlinear_throughput_is_fitted_without_losses() -> None:
    fit = usl_fit(LEVELS, [load**1.2 for load in LEVELS])

    assert fit is not None
    assert (fit.usl.sigma, fit.usl.kappa) == (0, 0)


@settings(max_examples=50, deadline=None)
@given(st.floats(1e-3, 1e6), st.floats(0, 0.9), st.floats(0, 0.01))
def test_a_curve_without_noise_is_found_again(gamma: float, sigma: float, kappa: float) -> None:
    truth = Usl(gamma=gamma, sigma=sigma, kappa=kappa)

    fit = usl_fit(LEVELS, [truth.throughput(load) for load in LEVELS])

    assert fit is not None
    assert fit.usl.gamma == pytest.approx(gamma, rel=1e-6)
    assert fit.usl.sigma == pytest.approx(sigma, abs=1e-6)
    assert fit.usl.kappa == pytest.approx(kappa, abs=1e-8)


@settings(max_examples=50, deadline=None)
@given(noise, st.floats(0, 0.2), st.floats(0, 0.005))
def test_no_constants_nearby_fit_better(errors: list[float], sigma: float, kappa: float) -> None:
    truth = Usl(gamma=10, sigma=sigma, kappa=kappa)
    measured = [truth.throughput(n) * (1 + e) for n, e in zip(LEVELS, errors, strict=True)]

    fit = usl_fit(LEVELS, measured)

    assert fit is not None
    assert min(fit.usl.sigma, fit.usl.kappa) >= 0
    for factor in (0.99, 1.01):
        for other in (
            Usl(gamma=fit.usl.gamma * factor, sigma=fit.usl.sigma, kappa=fit.usl.kappa),
            Usl(gamma=fit.usl.gamma, sigma=fit.usl.sigma * factor, kappa=fit.usl.kappa),
            Usl(gamma=fit.usl.gamma, sigma=fit.usl.sigma, kappa=fit.usl.kappa * factor),
            Usl(gamma=fit.usl.gamma, sigma=fit.usl.sigma + 1e-4, kappa=fit.usl.kappa),
            Usl(gamma=fit.usl.gamma, sigma=fit.usl.sigma, kappa=fit.usl.kappa + 1e-6),
        ):
            deviation = math.dist([other.throughput(n) for n in LEVELS], measured)
            assert deviation >= fit.deviation * (1 - 1e-6) - 1e-9


def test_the_books_table_is_fitted_with_the_books_constants() -> None:
    model = StepModel(t_comp=1.0, comm=BookRing(), alpha=0.0008, beta=0.04)

    fit = ring_fit(LEVELS, [model.point(p).step for p in LEVELS])

    assert fit is not None
    assert fit.t_comp == pytest.approx(1.0)
    assert fit.alpha == pytest.approx(0.0008)
    assert fit.beta == pytest.approx(0.04)
    assert fit.usl.peak() == pytest.approx(33.912, abs=1e-3)


def test_superlinear_times_have_neither_communication_nor_a_fastest_size() -> None:
    fit = ring_fit(LEVELS, [p**-1.1 for p in LEVELS])

    assert fit is not None
    assert (fit.alpha, fit.beta) == (0, 0)
    assert fit.usl.peak() is None


def test_times_that_only_grow_show_no_compute() -> None:
    workers = [2, 4, 8, 16]

    assert ring_fit(workers, [p - 1 for p in workers]) is None


@settings(max_examples=50, deadline=None)
@given(noise, st.floats(0.1, 10))
def test_another_unit_of_time_scales_the_ring(errors: list[float], factor: float) -> None:
    model = StepModel(t_comp=1.0, comm=BookRing(), alpha=0.002, beta=0.04)
    times = [model.point(p).step * (1 + e) for p, e in zip(LEVELS, errors, strict=True)]

    fit, scaled = ring_fit(LEVELS, times), ring_fit(LEVELS, [factor * time for time in times])

    assert fit is not None
    assert scaled is not None
    assert scaled.t_comp == pytest.approx(factor * fit.t_comp)
    assert scaled.alpha == pytest.approx(factor * fit.alpha, abs=1e-9)
    assert scaled.usl.sigma == pytest.approx(fit.usl.sigma, abs=1e-9)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.floats(0.1, 10), min_size=4, max_size=4), min_size=5, max_size=8))
def test_least_squares_are_those_of_another_algorithm(table: list[list[float]]) -> None:
    rows, targets = [row[:3] for row in table], [row[3] for row in table]

    a, b, c = nonnegative_least_squares(rows, targets)

    theirs = lsq_linear(rows, targets, bounds=(0, math.inf), tol=1e-12)
    ours = math.dist([a * x + b * y + c * z for x, y, z in rows], targets)
    assert min(a, b, c) >= 0
    assert ours**2 / 2 <= theirs.cost * (1 + 1e-9) + 1e-9


@pytest.mark.parametrize(("observations", "parameters"), [(4, 3), (3, 3), (5, 4), (1, 1)])
def test_too_few_observations_choose_no_model(observations: int, parameters: int) -> None:
    assert aicc(1.0, observations=observations, parameters=parameters) is None


def test_a_perfect_fit_has_no_likelihood() -> None:
    assert aicc(0.0, observations=9, parameters=2) is None


def test_six_medians_make_two_more_constants_cost_30() -> None:
    usl = aicc(0.1, observations=6, parameters=4)
    amdahl = aicc(0.1, observations=6, parameters=3)

    assert usl is not None
    assert amdahl is not None
    # 8 + 40/1 against 6 + 24/2.
    assert usl - amdahl == pytest.approx(30)
