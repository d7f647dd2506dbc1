"""How much work a run does, and which rates count it."""

from pathlib import Path

import pytest

from capstone_report.spec.work import counts_work, work_of
from simulated import GONE, load, write_workspace


@pytest.mark.parametrize(
    ("unit", "work_unit", "counted"),
    [
        ("samples/s", "training images", True),
        ("samples/s", "units", True),
        ("samples/s", "tokens", False),
        ("samples/s", "steps of 512 images", False),
        ("req/s", "questions", True),
        ("req/s", "bytes", False),
        ("tok/s", "tokens", True),
        ("tok/s", "sentences", False),
        ("FLOP/s", "FLOP", True),
        ("GB/s", "bytes", True),
        ("B/s", "bytes read", True),
    ],
)
def test_a_rate_counts_work_of_its_own_kind(unit: str, work_unit: str, *, counted: bool) -> None:
    assert counts_work(unit, work_unit) is counted


@pytest.mark.parametrize(("scaling", "work"), [("strong", 120), ("weak", 480)])
def test_work_grows_with_the_workers_where_the_scaling_is_weak(
    scaling: str, work: float, tmp_path: Path
) -> None:
    growth = "as the workers"
    write_workspace(
        tmp_path, benchmarks__1__scaling=scaling, benchmarks__1__scaling_function=growth
    )
    study = load(tmp_path).study

    assert work_of(study, study.benchmarks[1], 4) == work
    assert work_of(study, study.benchmarks[0], 1) == 120


def test_without_declared_work_nothing_is_known(tmp_path: Path) -> None:
    write_workspace(tmp_path, benchmarks__0__work=GONE, benchmarks__1__work=GONE)
    study = load(tmp_path).study

    assert work_of(study, study.benchmarks[1], 4) is None
