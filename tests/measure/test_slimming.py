"""A record without its samples says the same about the headline metric."""

from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capstone_report.measure.slimming import slim
from capstone_report.results.records import RunRecord, Sample
from capstone_report.spec.headline import headline_values
from capstone_report.spec.load import load_project

TIMES = st.floats(min_value=1e-9, max_value=1e9)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    samples=st.lists(
        st.tuples(TIMES, st.integers(0, 3), st.integers(0, 4), st.booleans()), max_size=20
    )
)
def test_the_value_is_the_same(
    workspace: Path,
    make_record: Callable[..., RunRecord],
    samples: list[tuple[float, int, int, bool]],
) -> None:
    (loaded,) = load_project(workspace).studies
    reported = [
        Sample(metric="work_time", value=v, unit="s", rank=r, step=s, phase="warmup" if w else None)
        for v, r, s, w in samples
    ]
    record = make_record(samples=reported, warmup_steps={"work_time": 1} if samples else {})

    small = slim(record, loaded.study)

    assert headline_values(loaded.study, [small]) == headline_values(loaded.study, [record])
    assert len(small.samples) <= 1
    assert small.environment == record.environment
    assert small.environment is slim(record, loaded.study).environment
