"""Errors of predictions, pinned to hand-computed examples."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capstone_report.perfmodel.prediction_error import (
    largest_relative_error,
    mean_absolute_relative_error,
    mean_signed_relative_error,
    regret,
    relative_errors,
    symmetric_mean_relative_error,
)

MEASURED = [1.0, 0.55, 0.32]
PREDICTED = [1.0, 0.5408, 0.3124]

pairs = st.lists(st.tuples(st.floats(1e-3, 1e3), st.floats(1e-3, 1e3)), min_size=1, max_size=9)


def test_an_optimistic_prediction_of_times_has_a_negative_error() -> None:
    assert relative_errors([1.5, 0.5], [1.0, 1.0]) == [0.5, -0.5]
    assert mean_signed_relative_error(PREDICTED, MEASURED) == pytest.approx(
        -0.013492424242424242, rel=1e-9
    )


def test_sizes_of_errors_do_not_cancel() -> None:
    assert mean_signed_relative_error([1.5, 0.5], [1, 1]) == 0
    assert mean_absolute_relative_error([1.5, 0.5], [1, 1]) == 0.5


def test_the_largest_error_keeps_its_sign() -> None:
    assert largest_relative_error([1.1, 0.5, 1.2], [1, 1, 1]) == -0.5


def test_the_symmetric_error_is_that_of_the_reference_example() -> None:
    found = symmetric_mean_relative_error(PREDICTED, MEASURED)

    assert found == pytest.approx(0.01363459137395924, rel=1e-9)


def test_two_zeros_agree_and_one_zero_is_as_wrong_as_can_be() -> None:
    assert symmetric_mean_relative_error([0.0], [0.0]) == 0
    assert symmetric_mean_relative_error([0.0, 1.0], [3.0, 0.0]) == 2


def test_regret_is_what_the_choice_costs_over_the_best() -> None:
    assert regret(0.15, 0.12) == pytest.approx(0.25)


@settings(max_examples=50)
@given(pairs)
def test_errors_keep_their_order_of_size(couples: list[tuple[float, float]]) -> None:
    predicted, measured = [p for p, _ in couples], [m for _, m in couples]

    signed = mean_signed_relative_error(predicted, measured)
    absolute = mean_absolute_relative_error(predicted, measured)
    assert abs(signed) <= absolute * (1 + 1e-12)
    assert absolute <= abs(largest_relative_error(predicted, measured)) * (1 + 1e-12)
    assert 0 <= symmetric_mean_relative_error(predicted, measured) <= 2
    assert symmetric_mean_relative_error(predicted, measured) == pytest.approx(
        symmetric_mean_relative_error(measured, predicted)
    )
