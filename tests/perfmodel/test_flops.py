"""Arithmetic of models and matrices, pinned to the scaling papers and section 41.2.3."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capstone_report.perfmodel.flops import (
    FlopBudget,
    array_mebibytes,
    array_megabytes,
    flop_budget,
    flop_utilization,
    forward_flop,
    gemm_intensity,
    training_flop,
    training_flop_with_recompute,
)


def profile_b(*, accelerators: int = 14) -> FlopBudget:
    """Return the book's pretraining of 70 billion parameters on 10^12 tokens in 400 hours."""
    return flop_budget(
        training_flop(70e9, tokens=1e12),
        accelerators=accelerators,
        hours=400,
        peak_flop_per_s=989e12,
        mfu=0.4,
    )


def test_training_takes_six_flop_per_parameter_and_token() -> None:
    assert training_flop(70e9, tokens=1e12) == pytest.approx(4.2e23)
    assert forward_flop(70e9, tokens=1) == pytest.approx(1.4e11)


def test_full_recomputation_adds_a_forward_pass() -> None:
    assert training_flop_with_recompute(1e9, tokens=1e9) == pytest.approx(8e18)


def test_the_books_pretraining_is_fifty_three_times_too_large() -> None:
    budget = profile_b()

    assert budget.available_flop == pytest.approx(7.975296e21)
    assert budget.needed_over_available == pytest.approx(52.662622177283446)
    assert not budget.is_feasible
    assert budget.accelerators_needed == 738


def test_as_many_accelerators_as_are_needed_are_enough() -> None:
    assert profile_b(accelerators=738).is_feasible
    assert not profile_b(accelerators=737).is_feasible


def test_utilization_is_the_share_of_the_peak() -> None:
    assert flop_utilization(3e14, duration_s=2, peak_flop_per_s=3e14) == 0.5


def test_the_books_matrix_product_has_a_hundred_flop_per_byte() -> None:
    assert gemm_intensity(rows=1200, columns=1200, inner=1200, bytes_per_element=8) == 100


def test_a_product_with_one_column_reuses_nothing() -> None:
    intensity = gemm_intensity(rows=4096, columns=1, inner=4096, bytes_per_element=2)

    assert intensity == pytest.approx(1, rel=1e-3)


@settings(max_examples=50)
@given(st.integers(1, 5000), st.integers(1, 5000), st.integers(1, 5000))
def test_the_intensity_of_a_product_does_not_depend_on_which_side_is_which(
    rows: int, columns: int, inner: int
) -> None:
    one = gemm_intensity(rows=rows, columns=columns, inner=inner, bytes_per_element=4)
    other = gemm_intensity(rows=columns, columns=rows, inner=inner, bytes_per_element=4)

    assert one == pytest.approx(other)


def test_the_books_arrays_are_mebibytes() -> None:
    assert array_megabytes(40_000_000) == 320
    assert array_mebibytes(40_000_000) == 305.17578125
    assert array_megabytes(8_000_000) == 64
    assert array_mebibytes(8_000_000) == 61.03515625
