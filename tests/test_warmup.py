"""Warm-up that no program declared: which metrics have any, and what is left out."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capstone_report.perfmodel.steady_state import SteadyState
from capstone_report.results.records import RunRecord, Sample
from capstone_report.results.values import run_value
from capstone_report.warmup import run_settling, step_times, warmup_steps


def series(
    values: list[float], *, metric: str = "step_time", unit: str = "s", rank: int = 0
) -> list[Sample]:
    """Return one sample per step, the steps counted from 10."""
    return [
        Sample(metric=metric, value=value, unit=unit, rank=rank, step=10 + index)
        for index, value in enumerate(values)
    ]


SLOW_START = [2.0] * 4 + [1.0, 1.01] * 20


def test_the_leading_steps_of_a_metric_that_starts_slowly_are_its_warm_up() -> None:
    assert warmup_steps(series(SLOW_START)) == {"step_time": 4}
    assert warmup_steps(series(SLOW_START, unit="ms")) == {"step_time": 4}


def test_steady_and_slowing_steps_have_no_warm_up() -> None:
    assert warmup_steps(series([1.0, 1.01] * 20)) == {}
    slowing = series(SLOW_START[::-1][:40] + [2.0] * 20)
    assert warmup_steps(slowing) == {}
    assert run_settling(slowing)["step_time"].state is SteadyState.SLOWDOWN


def test_a_rate_that_rises_warms_up_and_one_that_falls_does_not() -> None:
    rising = [1 / value for value in SLOW_START]

    assert warmup_steps(series(rising, metric="rate", unit="samples/s")) == {"rate": 4}
    assert warmup_steps(series(SLOW_START, metric="rate", unit="samples/s")) == {}


def test_a_loss_that_falls_is_a_result_and_no_warm_up() -> None:
    assert warmup_steps(series(SLOW_START, metric="loss", unit="1")) == {}


def test_a_program_that_marks_its_warm_up_is_believed() -> None:
    marked = [s.model_copy(update={"phase": "warmup"}) for s in series([5.0])]

    assert warmup_steps([*marked, *series(SLOW_START)]) == {}


def test_what_is_not_reported_per_step_or_too_briefly_has_no_warm_up() -> None:
    single = [s.model_copy(update={"step": None}) for s in series(SLOW_START)]

    assert warmup_steps(single) == {}
    assert warmup_steps(series(SLOW_START[:20])) == {}
    assert warmup_steps([]) == {}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.floats(allow_nan=False, allow_infinity=False) | st.floats(1e-30, 1e30),
        min_size=30,
        max_size=60,
    )
    | st.lists(st.floats(1e-29, 1e29), min_size=30, max_size=60),
    st.sampled_from(["s", "us", "samples/s", "1"]),
)
def test_whatever_a_program_reports_its_run_gets_an_answer(values: list[float], unit: str) -> None:
    found = warmup_steps(series(values, unit=unit))

    assert all(0 < 3 * steps <= 2 * len(values) for steps in found.values())


@pytest.mark.parametrize("impossible", [0.0, -1.0, 1e300, 1e-300])
def test_times_that_no_clock_can_show_are_not_searched(impossible: float) -> None:
    assert step_times(series([impossible, *SLOW_START])) == {}
    assert step_times(series([0.0, *SLOW_START], unit="req/s")) == {}


def test_the_slowest_rank_makes_the_series_in_the_order_of_the_steps() -> None:
    ranks = [*series([1.0, 4.0, 2.0])[::-1], *series([3.0, 1.0, 2.5], rank=1)]

    assert step_times(ranks) == {"step_time": [3.0, 4.0, 2.5]}


def test_a_runs_value_leaves_found_warm_up_out_on_every_rank(
    make_record: Callable[..., RunRecord],
) -> None:
    samples = [*series([9.0, 8.0, 2.0, 3.0, 4.0]), *series([9.0, 9.0, 1.0, 1.0, 1.0], rank=1)]
    run = make_record(samples=samples, workers=2)

    cut = run.model_copy(update={"warmup_steps": {"step_time": 2}})

    assert run_value(run, "step_time", kind="cost", scope="total") == 4.0
    assert run_value(cut, "step_time", kind="cost", scope="total") == 3.0


def test_a_value_for_the_whole_run_is_never_warm_up(make_record: Callable[..., RunRecord]) -> None:
    whole = [Sample(metric="step_time", value=7.0, unit="s")]
    run = make_record(samples=[*whole, *series([9.0, 1.0])])

    cut = run.model_copy(update={"warmup_steps": {"step_time": 2}})

    assert run_value(cut, "step_time", kind="cost", scope="total") == 7.0
