"""What a rate claims against the time that there was: right scopes pass, wrong ones do not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capstone_report.perfmodel.claimed_rate import WorkingTime, overhead, working_time

WORK_S = st.floats(0.1, 1000)
START_S = st.floats(0, 100)
WORKERS = st.integers(2, 64)


def test_work_never_takes_longer_than_the_run() -> None:
    time = working_time(10.0, workers=4, overhead_s=None)

    assert time == WorkingTime(shortest_s=0.0, longest_s=10.0)
    assert time.allows(10.0)
    assert time.allows(0.001)
    assert not time.allows(13.0)


def test_what_one_worker_needs_beside_its_work_bounds_the_work_of_several_on_both_sides() -> None:
    # One worker: 9 s, of which a rate of 120 items in 8 s leaves 1 s beside the work.
    beside = overhead(9.0, 8.0)

    assert beside == 1.0
    assert working_time(3.0, workers=2, overhead_s=beside) == WorkingTime(
        shortest_s=1.0, longest_s=2.5
    )


def test_a_start_that_may_have_taken_the_whole_run_leaves_no_shortest_time() -> None:
    assert working_time(3.0, workers=4, overhead_s=2.0).shortest_s == 0.0
    assert working_time(3.0, workers=2, overhead_s=20.0).longest_s == 0.0


@pytest.mark.parametrize(("elapsed_s", "known"), [(8.0, True), (7.0, True), (6.0, False)])
def test_one_worker_without_the_time_for_its_own_claim_tells_nothing(
    elapsed_s: float, *, known: bool
) -> None:
    assert overhead(elapsed_s, 8.0) == (0.0 if known else None)


@settings(max_examples=100)
@given(alone_s=WORK_S, together_s=WORK_S, workers=WORKERS, start_s=START_S, spread=st.floats(0, 1))
def test_the_true_rate_is_allowed_however_the_start_grows(
    alone_s: float, together_s: float, workers: int, start_s: float, spread: float
) -> None:
    start_of_all_s = start_s * workers ** (2 * spread - 1)  # from o / p to o p

    time = working_time(
        start_of_all_s + together_s,
        workers=workers,
        overhead_s=overhead(start_s + alone_s, alone_s),
    )

    assert time.allows(together_s)


@settings(max_examples=100)
@given(alone_s=WORK_S, together_s=WORK_S, workers=WORKERS)
def test_a_clock_around_the_work_alone_rules_out_both_wrong_scopes(
    alone_s: float, together_s: float, workers: int
) -> None:
    time = working_time(together_s, workers=workers, overhead_s=overhead(alone_s, alone_s))

    assert not time.allows(together_s * workers)
    assert not time.allows(together_s / workers)
