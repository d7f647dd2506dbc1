"""Fits in relative error: constants come back, other algorithms agree, units do not matter."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import nnls
from scipy.stats import f as f_distribution

from capstone_report.perfmodel.relative_fit import (
    Launches,
    condition,
    fit,
    measured_sums,
    upper_times,
    weighted_least_squares,
)
from capstone_report.perfmodel.scaling_models import (
    STRONG_MODELS,
    WEAK_MODELS,
    Law,
    link_model,
    link_offset_model,
)
from perfmodel.launches import BOOK_USL, DOUBLED, MODELS, amdahl, launches, of_law, ring

shares = st.floats(0.001, 0.3)


@settings(max_examples=30, deadline=None)
@given(st.sampled_from([*STRONG_MODELS, *WEAK_MODELS]), st.floats(1e-4, 1e4), shares, shares)
def test_every_law_without_noise_gives_its_constants_back(
    model: object, first: float, second: float, third: float
) -> None:
    law = model.law  # type: ignore[attr-defined] # a ScalingModel
    constants = [first, first * second, first * third / 50][: MODELS[law].coefficients]

    found = fit(MODELS[law], launches(of_law(law, constants)))

    assert found.constants == pytest.approx(constants, rel=1e-6, abs=first * 1e-9)
    assert found.squares == 0
    assert found.left_out == pytest.approx(0, abs=1e-6)


def test_the_books_ring_is_the_usl_with_its_peak_at_34_workers() -> None:
    found = fit(MODELS[Law.USL], launches(ring))

    assert found.constants == pytest.approx(BOOK_USL)
    # p* = sqrt((T - 2 beta)/alpha) = sqrt(0.92/0.0008) of book section 41.4.5.
    assert found.model.peaks(np.array([found.constants]))[0] == pytest.approx(33.912, abs=1e-3)
    assert found.time(34) == pytest.approx(ring(34))
    assert found.aicc is None
    assert found.misfit is None


def test_a_perfect_amdahl_has_no_cost_that_grows() -> None:
    found = fit(MODELS[Law.USL], launches(amdahl))

    assert found.constants[2] == pytest.approx(0, abs=1e-12)
    assert fit(MODELS[Law.AMDAHL], launches(lambda p: 1 / p**1.2)).at_bound


def test_a_tree_is_fastest_where_its_slope_vanishes() -> None:
    constants = np.array([[1.0, 0.1, 0.02], [1.0, 1.2, 0.02], [1.0, 0.1, 0.0]])

    peaks = MODELS[Law.TREE].peaks(constants)

    # dT/dq = -(1 - 0.1)/q^2 + 0.02/(q ln 2) = 0.
    assert peaks[0] == pytest.approx(0.9 * math.log(2) / 0.02)
    assert peaks[1] == 1
    assert math.isinf(peaks[2])
    assert math.isinf(MODELS[Law.AMDAHL].peaks(constants[:1, :2])[0])


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 3), st.integers(4, 8))
def test_least_squares_by_active_sets_are_those_of_lawson_and_hanson(
    seed: int, columns: int, rows: int
) -> None:
    random = np.random.default_rng(seed)
    design = random.uniform(0.1, 10, (rows, columns))
    targets = random.uniform(-5, 10, (3, rows))
    weights = random.uniform(0.1, 3, (3, rows))

    ours = weighted_least_squares(design, targets, weights)

    for mine, target, weight in zip(ours, targets, weights, strict=True):
        root = np.sqrt(weight)
        _, least = nnls(design * root[:, None], target * root)
        assert (mine >= 0).all()
        assert np.linalg.norm((design @ mine - target) * root) == pytest.approx(least, abs=1e-9)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.floats(1e-6, 1e6))
def test_another_unit_of_time_changes_no_share(seed: int, factor: float) -> None:
    here = launches(ring, noise=0.02, seed=seed)
    there = Launches(
        ratios=here.ratios,
        times=tuple(tuple(time * factor for time in times) for times in here.times),
    )

    one, other = fit(MODELS[Law.USL], here), fit(MODELS[Law.USL], there)

    assert [c / one.constants[0] for c in one.constants] == pytest.approx(
        [c / other.constants[0] for c in other.constants], abs=1e-9
    )
    assert one.aicc == pytest.approx(other.aicc)
    assert one.left_out == pytest.approx(other.left_out)
    assert one.misfit == pytest.approx(other.misfit)


def test_the_lack_of_fit_is_that_of_the_f_test_of_the_textbooks() -> None:
    seen = launches(ring, noise=0.02, seed=4)

    found = fit(MODELS[Law.AMDAHL], seen)

    rest = sum(
        (found.time(q) / time - 1) ** 2
        for q, times in zip(seen.ratios, seen.times, strict=True)
        for time in times
    )
    pure = 0.0
    for times in seen.times:
        centre = sum(1 / t for t in times) / sum(1 / t**2 for t in times)
        pure += sum((centre / t - 1) ** 2 for t in times)
    expected = f_distribution.sf(((rest - pure) / (6 - 2)) / (pure / (30 - 6)), 6 - 2, 30 - 6)
    assert found.squares == pytest.approx(rest)
    assert found.misfit == pytest.approx(expected)
    assert found.misfit is not None
    assert found.misfit < 0.01


def test_the_error_at_an_unseen_count_is_that_of_fits_without_it() -> None:
    seen = launches(ring, noise=0.02, seed=5)
    total = 0.0
    for left in range(len(DOUBLED)):
        others = Launches(
            ratios=seen.ratios[:left] + seen.ratios[left + 1 :],
            times=seen.times[:left] + seen.times[left + 1 :],
        )
        curve = fit(MODELS[Law.USL], others).time(seen.ratios[left])
        total += sum((curve / time - 1) ** 2 for time in seen.times[left])

    found = fit(MODELS[Law.USL], seen)

    assert found.left_out == pytest.approx(math.sqrt(total / seen.rows))


def test_terms_look_alike_over_counts_that_lie_close_together() -> None:
    near = launches(ring, (1, 1.003, 1.006, 1.009))

    assert condition(MODELS[Law.USL], launches(ring)) < 10
    assert condition(MODELS[Law.USL], near) > 1e3


def test_a_link_is_a_law_with_one_constant() -> None:
    seconds = link_offset_model(lambda q: ring(q) - 1 / q)
    shape = link_model(lambda q: ring(q) / ring(1))

    offset = fit(seconds, launches(ring))
    shaped = fit(shape, launches(lambda p: 3 * ring(p)))

    assert offset.constants == pytest.approx([1.0])
    assert shaped.constants == pytest.approx([3.0])
    assert seconds.fixed(np.array([1.0, 2.0])) == pytest.approx([0, ring(2) - 0.5])
    assert math.isinf(shape.peaks(np.array([[3.0]]))[0])


def test_what_is_left_possible_ahead_is_more_than_what_is_fitted() -> None:
    seen = launches(amdahl, (1, 2, 4, 8), noise=0.02, seed=6)
    ratios, sums = np.array(seen.ratios), measured_sums(seen)

    upper = upper_times(MODELS[Law.USL], ratios, sums, seen.counts, at=16)

    assert upper[0] > 1.1 * amdahl(16)
