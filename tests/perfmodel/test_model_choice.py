"""Which law is chosen: by two criteria that agree, and never where a larger law could say otherwise."""

import math

import numpy as np
import pytest

from capstone_report.perfmodel.model_choice import Doubt, beside, choose, compared
from capstone_report.perfmodel.relative_fit import measured_sums, sums_of
from capstone_report.perfmodel.scaling_models import STRONG_MODELS, Law, ScalingModel, link_model
from perfmodel.launches import MODELS, amdahl, launches, ring


def test_a_law_without_noise_is_chosen_alone() -> None:
    found = choose(STRONG_MODELS, launches(ring))

    assert found.chosen is Law.USL
    assert [one.law for one in found.supported] == [Law.USL]


def test_up_to_eight_workers_the_laws_are_not_told_apart() -> None:
    found = choose(STRONG_MODELS, launches(ring, (1, 2, 4, 8), noise=0.02, seed=1))

    assert found.chosen is None
    assert {Law.USL, Law.AMDAHL} <= {one.law for one in found.supported}
    assert sum(one.weight for one in found.judged) == pytest.approx(1)


def test_up_to_thirty_two_workers_the_ring_is_chosen() -> None:
    found = choose(STRONG_MODELS, launches(ring, noise=0.02, seed=1))

    assert found.chosen is Law.USL
    by_law = {one.law: one for one in found.judged}
    assert by_law[Law.IDEAL].doubt is Doubt.REJECTED
    assert by_law[Law.IDEAL].delta is None


def test_too_few_counts_leave_the_larger_laws_out() -> None:
    found = choose(STRONG_MODELS, launches(amdahl, (1, 2, 4), noise=0.02))

    by_law = {one.law: one for one in found.judged}
    assert by_law[Law.USL].doubt is Doubt.FEW_COUNTS
    assert by_law[Law.USL].fit is None
    assert by_law[Law.AMDAHL].doubt is None


def test_terms_that_look_alike_leave_a_law_out() -> None:
    found = choose([MODELS[Law.USL]], launches(ring, (1, 1.003, 1.006, 1.009), noise=0.001))

    assert found.judged[0].doubt is Doubt.ILL_CONDITIONED
    assert found.chosen is None
    assert found.supported == ()


def test_times_that_follow_no_law_reject_all_of_them() -> None:
    jump = launches(lambda p: 1 / p if p < 8 else 3 / p, noise=0.005)

    found = choose(STRONG_MODELS, jump)

    assert {one.doubt for one in found.judged} == {Doubt.REJECTED}


@pytest.mark.parametrize(
    ("largest", "least", "most"), [(8, 0.0, 0.3), (16, 0.0, 0.3), (32, 0.6, 1.0)]
)
def test_how_often_the_ring_is_told_from_other_laws_depends_on_the_counts(
    largest: int, least: float, most: float
) -> None:
    random = np.random.default_rng(11)
    ratios = np.array([2.0**k for k in range(int(math.log2(largest)) + 1)])
    times = [ring(p) * np.exp(0.02 * random.standard_normal((200, 5))) for p in ratios]
    models: list[ScalingModel] = [m for m in STRONG_MODELS if len(ratios) > m.coefficients]

    found = compared(models, ratios, sums_of(times), np.full(len(ratios), 5.0))

    usl = [model.law for model in models].index(Law.USL)
    chosen = (found.weights[:, usl] == 1).mean()
    assert least <= chosen <= most
    # Amdahl's law is simpler, and wins by that alone where the larger law cannot be seen.
    amdahls = [model.law for model in models].index(Law.AMDAHL)
    assert (found.weights[:, amdahls] == 1).mean() <= 0.25


def test_no_law_at_all_is_compared_with_nothing() -> None:
    seen = launches(ring)

    found = compared([], np.array(seen.ratios), measured_sums(seen), seen.counts)

    assert found.weights.shape == (1, 0)


def test_a_given_link_stands_beside_the_choice_and_takes_no_part_in_it() -> None:
    seen = launches(ring, noise=0.02, seed=1)
    choice = choose(STRONG_MODELS, seen)

    right = beside(choice, link_model(ring), seen)
    wrong = beside(choice, link_model(lambda q: 1 / q + 0.3), seen)

    # The true constants are worth what two fitted ones cost.
    assert right.delta is not None
    assert right.delta < 0
    assert right.weight == 0
    assert wrong.doubt is Doubt.REJECTED
    assert beside(choose(STRONG_MODELS, launches(ring)), link_model(ring), seen).delta is None
