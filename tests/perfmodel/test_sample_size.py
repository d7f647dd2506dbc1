"""How many runs, pinned to tables and to the inequality that each number solves."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capstone_report.perfmodel.intervals import rank_sum_counts
from capstone_report.perfmodel.sample_size import (
    min_rank_sum_p,
    pairs_for_superiority,
    repetition_levels,
    runs_for_precision,
)
from capstone_report.perfmodel.student import two_sided_t


def test_five_percent_of_spread_takes_27_runs_for_two_percent_of_error() -> None:
    assert runs_for_precision(variation=0.05, error=0.02, level=0.95) == 27


def test_values_that_do_not_vary_need_two_runs_to_show_it() -> None:
    assert runs_for_precision(variation=0, error=0.02, level=0.95) == 2


@settings(max_examples=50)
@given(st.floats(0, 0.5), st.floats(0.01, 0.5), st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_one_run_fewer_would_not_do(variation: float, error: float, level: float) -> None:
    def suffices(runs: int) -> bool:
        return runs >= (variation * two_sided_t(level, degrees=runs - 1) / error) ** 2

    runs = runs_for_precision(variation=variation, error=error, level=level)

    assert suffices(runs)
    assert runs == 2 or not suffices(runs - 1)


@pytest.mark.parametrize(
    ("n", "m", "p"), [(1, 1, 1), (3, 3, 0.1), (3, 4, 2 / 35), (3, 5, 1 / 28), (4, 4, 1 / 35)]
)
def test_three_against_three_runs_are_never_significant_at_five_percent(
    n: int, m: int, p: float
) -> None:
    assert min_rank_sum_p(n, m) == pytest.approx(p)


@settings(max_examples=50)
@given(st.integers(1, 20), st.integers(1, 20))
def test_the_smallest_p_counts_the_two_most_extreme_orders(n: int, m: int) -> None:
    counts = rank_sum_counts(n, m)

    assert min_rank_sum_p(n, m) == pytest.approx((counts[0] + counts[-1]) / sum(counts))


def test_29_pairs_show_that_three_of_four_are_better() -> None:
    assert pairs_for_superiority(0.75, significance=0.05, missed=0.05) == 29
    assert pairs_for_superiority(0.25, significance=0.05, missed=0.05) == 29


def test_no_number_of_pairs_shows_a_coin_to_be_better() -> None:
    assert pairs_for_superiority(0.5, significance=0.05, missed=0.05) is None


def test_what_iterations_scatter_is_taken_off_what_launches_scatter() -> None:
    iteration, launch = repetition_levels([4.0, 1.0], repetitions=[10], costs=[1.0, 20.0])

    assert (iteration.variance, iteration.repetitions) == (4.0, 12)
    assert launch.variance == pytest.approx(0.6)
    assert launch.repetitions is None


def test_launches_that_add_nothing_need_not_be_repeated() -> None:
    iteration, launch = repetition_levels([4.0, 0.1], repetitions=[10], costs=[1.0, 20.0])

    assert (iteration.repetitions, launch.variance) == (None, 0)


def test_iterations_that_add_nothing_are_done_once() -> None:
    iteration, launch = repetition_levels([0.0, 0.1], repetitions=[10], costs=[1.0, 20.0])

    assert (iteration.repetitions, launch.variance) == (1, 0.1)


def test_three_levels_pair_up_one_by_one() -> None:
    levels = repetition_levels([4.0, 1.0, 0.5], repetitions=[10, 5], costs=[1, 20, 100])

    assert [level.variance for level in levels] == pytest.approx([4.0, 0.6, 0.3])
    assert [level.repetitions for level in levels] == [12, 4, None]


def test_rounding_does_not_ask_for_one_more_repetition() -> None:
    # T_1^2 = 4, T_2^2 = 0.5 - 0.4: sqrt(10 * 40) is 20.
    iteration, _ = repetition_levels([4.0, 0.5], repetitions=[10], costs=[1.0, 10.0])

    assert iteration.repetitions == 20


def test_one_level_is_all_of_the_variance() -> None:
    (only,) = repetition_levels([4.0], repetitions=[], costs=[1.0])

    assert (only.variance, only.repetitions) == (4.0, None)
