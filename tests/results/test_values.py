"""How the samples of one run become one value."""

from collections.abc import Callable

import pytest

from capstone_report.results.records import RunRecord, Sample
from capstone_report.results.values import run_value


def sample(
    value: float, *, rank: int = 0, step: int | None = None, phase: str | None = None
) -> Sample:
    """Return one sample of step_time."""
    return Sample(metric="step_time", value=value, unit="s", rank=rank, step=step, phase=phase)


def test_a_step_lasts_as_long_as_its_slowest_rank_and_a_run_is_its_median_step(
    make_record: Callable[..., RunRecord],
) -> None:
    ranks = {0: [1.0, 5.0, 2.0], 1: [3.0, 1.0, 2.5]}  # slowest per step: 3, 5, 2.5
    samples = [
        sample(value, rank=rank, step=step)
        for rank, values in ranks.items()
        for step, value in enumerate(values)
    ]
    run = make_record(samples=samples, workers=2)

    value = run_value(run, "step_time", kind="cost", scope="per-worker")

    assert value == 3.0


def test_the_order_of_samples_does_not_matter(make_record: Callable[..., RunRecord]) -> None:
    samples = [sample(float(7 * i % 5), rank=i % 2, step=i // 2) for i in range(10)]
    forwards, backwards = make_record(samples=samples), make_record(samples=samples[::-1])

    values = [
        run_value(run, "step_time", kind="cost", scope="per-worker")
        for run in (forwards, backwards)
    ]

    assert values[0] == values[1]


def test_warm_up_is_left_out(make_record: Callable[..., RunRecord]) -> None:
    run = make_record(
        samples=[
            sample(100.0, step=0, phase="warmup"),
            sample(1.0, step=1, phase="steady"),
            sample(2.0, step=2),
            sample(3.0, step=3),
        ]
    )

    value = run_value(run, "step_time", kind="cost", scope="total")

    assert value == 2.0


def test_a_run_of_warm_up_alone_has_no_value(make_record: Callable[..., RunRecord]) -> None:
    run = make_record(samples=[sample(1.0, phase="warmup")])

    assert run_value(run, "step_time", kind="cost", scope="total") is None


def test_other_metrics_do_not_count(make_record: Callable[..., RunRecord]) -> None:
    run = make_record(samples=[sample(1.0), Sample(metric="loss", value=9.0, unit="1")])

    assert run_value(run, "step_time", kind="cost", scope="total") == 1.0
    assert run_value(run, "accuracy", kind="quality", scope="total") is None


@pytest.mark.parametrize(
    ("kind", "scope", "direction", "expected"),
    [
        ("cost", "per-worker", "lower", 4.0),  # the slowest rank
        ("cost", "total", "lower", 4.0),
        ("rate", "per-worker", "higher", 7.0),  # shares add up
        ("rate", "total", "higher", 1.0),  # views of one total do not
        ("count", "per-worker", "higher", 7.0),
        ("count", "total", "higher", 1.0),
        ("quality", "per-worker", "higher", 1.0),  # the worst accuracy
        ("quality", "total", "lower", 4.0),  # the worst loss
    ],
)
def test_ranks_combine_by_kind_scope_and_direction(
    make_record: Callable[..., RunRecord], kind: str, scope: str, direction: str, expected: float
) -> None:
    run = make_record(samples=[sample(value, rank=rank) for rank, value in enumerate([1, 4, 2])])

    value = run_value(run, "step_time", kind=kind, scope=scope, direction=direction)

    assert value == expected
