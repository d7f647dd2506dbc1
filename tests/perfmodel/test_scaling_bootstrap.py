"""Intervals from studies that might have been measured: joint, as wide as they say, with ends only where they exist."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from capstone_report.perfmodel.fastest_size import FastestSize, Unsettled, fastest_size
from capstone_report.perfmodel.model_choice import choose
from capstone_report.perfmodel.relative_fit import Launches
from capstone_report.perfmodel.scaling_bootstrap import (
    RESAMPLES,
    curves,
    percentiles,
    resampled,
)
from capstone_report.perfmodel.scaling_models import STRONG_MODELS, Law
from perfmodel.launches import amdahl, launches, ring


def fastest(seen: Launches) -> FastestSize:
    """Return the fastest size of launches."""
    return fastest_size(curves(choose(STRONG_MODELS, seen), resampled(seen)))


def test_the_fastest_size_of_the_ring_is_found_with_its_interval() -> None:
    found = fastest(launches(ring, noise=0.02, seed=1))

    assert found.doubt is None
    assert found.ratio is not None
    assert found.speedup is not None
    assert found.ratio.low < 33.9 < found.ratio.high
    # S* of book section 41.4.5.
    assert found.speedup.low < 7.49 < found.speedup.high
    assert found.at_least <= found.ratio.value


def test_up_to_eight_workers_there_is_a_bound_and_no_fastest_size() -> None:
    found = fastest(launches(ring, (1, 2, 4, 8), noise=0.02, seed=1))

    assert found.doubt is Unsettled.ALIKE
    assert found.ratio is None
    assert 1 <= found.at_least <= 16


def test_amdahls_law_has_no_fastest_size_even_where_it_is_chosen() -> None:
    chosen = (launches(amdahl, noise=0.005, seed=seed) for seed in range(20))
    seen = next(one for one in chosen if choose(STRONG_MODELS, one).chosen is Law.AMDAHL)

    found = fastest(seen)

    assert found.doubt is Unsettled.NO_PEAK


def test_an_interval_that_reaches_too_far_is_no_answer() -> None:
    seen = launches(lambda p: ring(p) - 0.0006 * (p - 1), noise=0.0005, seed=3)

    found = fastest(seen)

    # sqrt(0.92/0.0002) = 67.8 is beyond twice the 32 workers that were measured.
    assert found.doubt is Unsettled.BEYOND
    assert found.at_least == 64


def test_a_law_close_behind_that_is_fastest_elsewhere_leaves_the_question_open() -> None:
    studies = (launches(ring, noise=0.02, seed=seed) for seed in range(60))
    close = next(
        seen
        for seen in studies
        if (choice := choose(STRONG_MODELS, seen)).chosen is Law.USL
        and next(one.delta or 9 for one in choice.judged if one.law is Law.TREE) < 4
    )

    assert fastest(close).doubt is Unsettled.CLOSE


def test_the_baseline_is_resampled_together_with_the_rest() -> None:
    seen = launches(ring, noise=0.02)

    own, other = resampled(seen), resampled(seen, [8.0, 8.1, 8.2, 7.9])

    assert (own.baseline == own.medians[:, 0]).all()
    assert other.baseline.shape == (RESAMPLES,)
    assert 7.5 < other.baseline.min() < other.baseline.max() < 8.6


def test_a_single_launch_has_no_scatter_to_resample() -> None:
    found = resampled(launches(ring, runs=1))

    assert found.baseline.std() == pytest.approx(0)


def test_a_few_launches_scatter_as_much_as_their_mean_would() -> None:
    times = (1.0, 1.1, 1.2, 0.9, 0.95)
    found = resampled(Launches(ratios=(1.0,), times=(times,)))

    spread = np.log(1 / found.sums.centres[:, 0]).std()

    # The standard error of the mean of 5, from the standard deviation with n - 1.
    assert spread == pytest.approx(np.log(times).std(ddof=1) / math.sqrt(5), rel=0.1)


def test_the_band_of_several_laws_holds_the_true_one() -> None:
    seen = launches(ring, (1, 2, 4, 8), noise=0.02, seed=1)
    found = curves(choose(STRONG_MODELS, seen), resampled(seen))

    draws = found.speedups(np.array([16.0]))[:, 0]

    low, high = percentiles(draws)
    assert low < 1 / ring(16) < high
    assert [one.weight for one in found.choice.supported] != [1.0]
    assert found.farthest == 16


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1000), st.floats(1e-3, 1e3))
def test_another_unit_moves_no_fastest_size(seed: int, factor: float) -> None:
    one = launches(ring, noise=0.01, seed=seed)
    other = Launches(
        ratios=one.ratios, times=tuple(tuple(factor * t for t in times) for times in one.times)
    )

    assume(choose(STRONG_MODELS, one).supported)
    first, second = fastest(one), fastest(other)

    assert first.doubt is second.doubt
    assert first.at_least == pytest.approx(second.at_least, rel=1e-6)


def test_without_a_law_that_has_a_peak_nothing_bounds_the_fastest_size() -> None:
    seen = launches(amdahl, noise=0.01)
    models = [model for model in STRONG_MODELS if not model.has_peak]

    found = fastest_size(curves(choose(models, seen), resampled(seen)))

    assert found.at_least == 64


def test_the_middle_of_one_law_is_its_fit_and_of_several_lies_between_them() -> None:
    seen = launches(ring, noise=0.02, seed=1)
    one = curves(choose(STRONG_MODELS, seen), resampled(seen))

    middle = one.middle(np.array([8.0, 64.0]))

    (law,) = one.choice.supported
    assert law.fit is not None
    assert middle == pytest.approx([law.fit.time(8), law.fit.time(64)])
