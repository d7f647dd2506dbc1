"""MLPerf Training's scores, pinned to the examples that its rules print."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capstone_report.perfmodel.mlperf import convergence_point, olympic_mean

BATCH_128 = [16, 14, 16, 17, 16, 16, 15, 16, 15, 16]
BATCH_256 = [20, 21, 21, 20, 22, 22, 21, 21, 20, 20]


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ([12.0, 11.0, 13.0, 15.0, 11.5], 36.5 / 3),
        ([12.0, 11.0, 13.0, None, 11.5], 36.5 / 3),
        ([12.0, None, 13.0, None, 11.5], None),
        ([3.0, None, 1.0], 3.0),
        ([2.0, 2.0, 2.0], 2.0),
        ([1.0, 2.0], None),
        ([1.0], None),
    ],
)
def test_the_olympic_mean_drops_fastest_and_slowest_and_bears_one_failure(
    times: list[float | None], expected: float | None
) -> None:
    found = olympic_mean(times)

    assert found == (None if expected is None else pytest.approx(expected))


@settings(max_examples=50)
@given(st.lists(st.floats(1, 100), min_size=3, max_size=12))
def test_one_failure_is_as_good_as_the_slowest_run(times: list[float]) -> None:
    failed: list[float | None] = [*sorted(times)[:-1], None]

    assert olympic_mean(failed) == pytest.approx(olympic_mean(times))


@pytest.mark.parametrize(
    ("epochs", "fewest", "speedup"), [(BATCH_128, 15.21, 0.0353), (BATCH_256, 19.93, 0.0412)]
)
def test_convergence_points_are_those_of_the_rules(
    epochs: list[float], fewest: float, speedup: float
) -> None:
    point = convergence_point(epochs, submission_runs=5)

    assert point is not None
    assert point.min_mean_epochs == pytest.approx(fewest, abs=0.005)
    assert point.max_speedup == pytest.approx(speedup, abs=5e-5)


def test_a_reference_that_does_not_scatter_leaves_no_room() -> None:
    point = convergence_point([7, 7, 7, 7], submission_runs=3)

    assert point is not None
    assert (point.min_mean_epochs, point.max_speedup) == (7, 0)


def test_a_reference_that_scatters_too_much_bounds_no_speedup() -> None:
    point = convergence_point([1, 1, 40, 40], submission_runs=3)

    assert point is not None
    assert point.min_mean_epochs < 0
    assert point.max_speedup is None


@pytest.mark.parametrize(
    ("epochs", "runs"), [([16, 15], 9), (BATCH_128, 2), ([16, 15, 14], 3), ([], 10)]
)
def test_too_few_runs_on_either_side_are_no_test(epochs: list[float], runs: int) -> None:
    assert convergence_point(epochs, submission_runs=runs) is None
