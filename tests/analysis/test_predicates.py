"""Claims that a machine can check: yes and no only where the whole interval says so."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capstone_report.analysis.estimates import Estimate, Interval, Method
from capstone_report.analysis.facts import Analysis, TargetVerdict, Verdict
from capstone_report.analysis.predicate_facts import Comparison, Holds, Predicate, Quantity
from capstone_report.analysis.predicates import judged
from simulated import GONE, SERIAL, TIMES, around, pool

Analysed = Callable[..., Analysis]

numbers = st.integers(1, 400).map(lambda n: n / 100)
FASTER = Predicate(quantity=Quantity.SPEEDUP, workers=4, comparison=Comparison.ABOVE, bound=1.0)


def estimate(low: float, high: float) -> Estimate:
    """Return a number with these bounds."""
    interval = Interval(low=low, high=high, method=Method.HODGES_LEHMANN)
    return Estimate(value=(low + high) / 2, unit="1", n="6 + 6", interval=interval)


@pytest.mark.parametrize(
    ("comparison", "yes", "no", "undecided"),
    [
        (Comparison.ABOVE, (1.01, 2), (0.5, 1), (1, 2)),
        (Comparison.AT_LEAST, (1, 2), (0.5, 0.99), (0.5, 1)),
        (Comparison.BELOW, (0.5, 0.99), (1, 2), (0.5, 1)),
        (Comparison.AT_MOST, (0.5, 1), (1.01, 2), (1, 2)),
    ],
)
def test_each_comparison_decides_at_its_own_edge(
    comparison: Comparison,
    yes: tuple[float, float],
    no: tuple[float, float],
    undecided: tuple[float, float],
) -> None:
    claim = replace(FASTER, comparison=comparison)

    assert claim.holds(estimate(*yes)) is Holds.YES
    assert claim.holds(estimate(*no)) is Holds.NO
    assert claim.holds(estimate(*undecided)) is Holds.UNDECIDED


@given(numbers, numbers, numbers, st.sampled_from(Comparison))
def test_a_claim_and_its_contrary_never_both_hold(
    one: float, other: float, bound: float, comparison: Comparison
) -> None:
    contrary = {
        Comparison.ABOVE: Comparison.AT_MOST,
        Comparison.AT_MOST: Comparison.ABOVE,
        Comparison.BELOW: Comparison.AT_LEAST,
        Comparison.AT_LEAST: Comparison.BELOW,
    }
    seen = estimate(*sorted((one, other)))
    claim = replace(FASTER, comparison=comparison, bound=bound)
    against = replace(claim, comparison=contrary[comparison])

    opposite = {Holds.YES: Holds.NO, Holds.NO: Holds.YES, Holds.UNDECIDED: Holds.UNDECIDED}
    assert against.holds(seen) is opposite[claim.holds(seen)]


def test_without_a_number_or_an_interval_nothing_is_decided() -> None:
    assert FASTER.holds(None) is Holds.UNDECIDED
    assert FASTER.holds(replace(estimate(2, 3), interval=None)) is Holds.UNDECIDED


def test_a_study_claims_that_it_is_faster_reaches_its_target_and_pays(analysed: Analysed) -> None:
    analysis = analysed()

    said = {
        (j.predicate.quantity, j.predicate.bound): j.holds for j in analysis.concluded.predicates
    }
    assert said == {
        (Quantity.SPEEDUP, 1.0): Holds.YES,
        (Quantity.SPEEDUP, 1.5): Holds.YES,
        (Quantity.EFFICIENCY, 0.5): Holds.YES,
        (Quantity.COST_RATIO, 1.0): Holds.NO,
    }


@pytest.mark.parametrize("seconds", [2.5, 5.5, 8.011, 12.0])
def test_the_claims_agree_with_the_verdict(analysed: Analysed, seconds: float) -> None:
    analysis = analysed(TIMES | {pool(4): around(seconds)})

    first, target, *_ = analysis.concluded.predicates
    assert (first.holds is Holds.YES) == (analysis.claim.verdict is Verdict.FASTER)
    assert (target.holds is Holds.YES) == (analysis.claim.target is TargetVerdict.MET)
    assert (target.holds is Holds.NO) == (analysis.claim.target is TargetVerdict.MISSED)


def test_the_claims_of_one_measurement_are_held_against_another(analysed: Analysed) -> None:
    claims = [found.predicate for found in analysed().concluded.predicates]
    again = analysed(TIMES | {pool(4): around(16)})

    found = judged(claims, again.points)

    assert [one.holds for one in found][:2] == [Holds.NO, Holds.NO]
    assert found[0].estimate == again.points[-1].speedup


def test_a_worker_count_that_was_not_measured_again_is_undecided(analysed: Analysed) -> None:
    claims = [found.predicate for found in analysed().concluded.predicates]
    again = analysed({SERIAL: around(8), pool(2): around(4)})

    assert {one.holds for one in judged(claims, again.points)} == {Holds.UNDECIDED}


def test_without_a_price_nothing_is_claimed_about_one(analysed: Analysed) -> None:
    claimed = [found.predicate.quantity for found in analysed(cost=GONE).concluded.predicates]

    assert Quantity.COST_RATIO not in claimed


def test_what_was_not_measured_claims_nothing(analysed: Analysed) -> None:
    assert analysed({}).concluded.predicates == ()
