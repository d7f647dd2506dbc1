"""Three outcomes of a second measurement."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capstone_report.perfmodel.rerun import Rerun, rerun_verdict

bounds = st.tuples(st.floats(0.2, 5), st.floats(0.2, 5)).map(sorted)
margins = st.floats(0.01, 0.5)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.97, 1.04, Rerun.EQUIVALENT),
        (1.01, 1.04, Rerun.EQUIVALENT),
        (0.93, 1.04, Rerun.INCONCLUSIVE),
        (1.01, 1.07, Rerun.INCONCLUSIVE),
        (0.50, 3.00, Rerun.INCONCLUSIVE),
        (1.02, 1.20, Rerun.DIFFERENT),
        (0.70, 0.80, Rerun.DIFFERENT),
    ],
)
def test_a_rerun_is_equivalent_different_or_neither(
    low: float, high: float, expected: Rerun
) -> None:
    assert rerun_verdict(low, high, margin=0.05) is expected


def test_a_small_but_certain_difference_is_not_yet_another_result() -> None:
    assert rerun_verdict(1.01, 1.2, margin=0.05, estimate=1.03) is Rerun.INCONCLUSIVE
    assert rerun_verdict(1.01, 1.2, margin=0.05, estimate=1.08) is Rerun.DIFFERENT


@pytest.mark.parametrize("ends", [(1 / 1.1, 1.1), (1.0, 1.0)])
def test_the_margin_belongs_to_it(ends: tuple[float, float]) -> None:
    assert rerun_verdict(*ends, margin=0.1) is Rerun.EQUIVALENT


@settings(max_examples=100)
@given(bounds, margins)
def test_old_over_new_says_the_same_as_new_over_old(ends: list[float], margin: float) -> None:
    low, high = ends

    verdict = rerun_verdict(low, high, margin=margin)

    # Rounding may decide at the margin itself; a hair on either side it does not.
    near = {rerun_verdict(low, high, margin=margin * (1 + d)) for d in (-1e-9, 1e-9)}
    assert rerun_verdict(1 / high, 1 / low, margin=margin) in near | {verdict}
