"""Times of which some never came: the median over all of them, and what is known of it."""

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from capstone_report.perfmodel.censored import censored_median
from capstone_report.perfmodel.intervals import median_interval

times = st.lists(st.integers(1, 1000).map(float), min_size=1, max_size=30)


@settings(max_examples=60)
@given(times)
def test_without_censoring_it_is_the_median_with_its_order_statistics(seen: list[float]) -> None:
    found = censored_median(seen, 0.95)

    assert found.never == 0
    assert found.bounds == median_interval(seen, 0.95)


@settings(max_examples=60)
@given(times, st.integers(1, 30))
def test_a_run_that_never_arrives_never_makes_the_median_smaller(
    seen: list[float], lost: int
) -> None:
    before = censored_median(seen, 0.95).median
    after = censored_median([*seen, *[None] * lost], 0.95).median

    assert before is not None
    assert after is None or after >= before


def test_half_of_the_runs_lost_leave_no_median() -> None:
    assert censored_median([1.0, 2.0, None, None], 0.95).median is None
    assert censored_median([1.0, None, None], 0.95).bounds is None
    assert censored_median([1.0, 2.0, 3.0, None, None], 0.95).median == 3.0


def test_the_interval_is_open_upwards_where_its_rank_falls_on_a_lost_run() -> None:
    found = censored_median([1.0, 2.0, 3.0, 4.0, 5.0, None], 0.95)

    assert found.median == 3.5
    assert found.bounds == (1.0, math.inf)
    assert (found.runs, found.reached, found.never) == (6, 5, 1)


def test_enough_runs_close_the_interval_although_one_is_lost() -> None:
    found = censored_median([*map(float, range(1, 20)), None], 0.95)

    # n = 20: the 6th and the 15th value, as in the table of Nair (1940).
    assert found.bounds == (6.0, 15.0)
