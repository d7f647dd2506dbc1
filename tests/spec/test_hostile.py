"""Declared files and what-ifs that once crashed the check, or were believed: each is told now."""

from pathlib import Path

import pytest

from capstone_report.errors import UsageError
from capstone_report.spec.declared import WhatIf
from capstone_report.spec.load import read_project
from capstone_report.spec.positions import KeyPath
from capstone_report.spec.whatif import consequences, parse_changes
from simulated import GONE, STUDY, STUDY_ID, Changes, spec_problems, spot, write_workspace

SHOWN = f"specs/{STUDY_ID}/study.toml"
PREDICTION = {"t_comp_s": 1.0, "alpha_s": 1e-3, "beta_s": 0.01, "source": "invented"}
SIZED: Changes = {"prediction": PREDICTION, "sizing": {"workers": 4, "why": "enough"}}


def codes(root: Path) -> list[str]:
    """Return the codes of the errors, in order."""
    return [problem.code for problem in spec_problems(root)]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("t_comp_s", 1e308),
        ("t_comp_s", 5e-324),
        ("beta_s", 1e308),
        ("alpha_s", 1e300),
        ("serial_s", 1e308),
        ("imbalance", 1e308),
    ],
)
def test_constants_beyond_all_measure_are_refused(tmp_path: Path, key: str, value: float) -> None:
    write_workspace(tmp_path, **SIZED | {"prediction": PREDICTION | {key: value}})

    (problem,) = spec_problems(tmp_path)

    assert (problem.code, spot(problem)) == ("CAP103", f"{SHOWN}: prediction.{key}")


@pytest.mark.parametrize("pattern", ["all-reduce", "parameter-server", "gossip", "scatter-gather"])
@pytest.mark.parametrize("alpha", [0.0, 1e-300, 1e12])
@pytest.mark.parametrize("beta", [0.0, 1e-300, 1e12])
def test_no_constants_within_the_limits_crash_the_check(
    tmp_path: Path, pattern: str, alpha: float, beta: float
) -> None:
    prediction = PREDICTION | {"alpha_s": alpha, "beta_s": beta}
    write_workspace(
        tmp_path,
        **SIZED
        | {
            "prediction": prediction,
            "design__communication__choice": pattern,
            "design__communication__touched_bytes": 1.0,
        },
    )

    assert read_project(tmp_path).findings


def test_a_long_number_in_base_sixteen_is_one_problem(tmp_path: Path) -> None:
    file = write_workspace(tmp_path) / SHOWN
    file.write_text(STUDY.replace("seed = 7", f"seed = 0x{'f' * 5000}"))

    assert codes(tmp_path) == ["CAP009"]


@pytest.mark.parametrize("version", [True, 1.0, "1"])
def test_only_a_whole_number_is_a_format(tmp_path: Path, version: object) -> None:
    write_workspace(tmp_path, format=version)

    assert codes(tmp_path) == ["CAP103"]


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("date = 2026-11-21", 'date = "2026-11-21"', "report.date"),
        ("date = 2026-11-21", 'date = "0"', "report.date"),
        ("date = 2026-11-21", "date = 2026-11-21T10:00:00Z", "report.date"),
        ('licence = "MIT"', "licence = 2026-11-21", "reproducibility.licence"),
    ],
)
def test_a_date_is_a_date_and_text_is_text(tmp_path: Path, old: str, new: str, key: str) -> None:
    file = write_workspace(tmp_path) / SHOWN
    assert old in STUDY
    file.write_text(STUDY.replace(old, new))

    found = {spot(problem) for problem in spec_problems(tmp_path)}

    assert f"{SHOWN}: {key}" in found


def test_a_key_that_looks_like_a_mark_of_the_library_is_one_problem_at_its_place(
    tmp_path: Path,
) -> None:
    file = write_workspace(tmp_path) / SHOWN
    file.write_text(file.read_text() + '\n[metrics."[key]"]\n')

    (problem,) = spec_problems(tmp_path)

    assert problem.place is not None
    assert problem.place.text == '[metrics."[key]"]'


@pytest.mark.parametrize(
    "written",
    [
        "benchmarks[9].name=x",
        "benchmarks.nobody.name=x",
        "axis.name.x=1",
        "problem.title.x.y=1",
        "axis[0]=1",
    ],
)
def test_a_what_if_that_leads_nowhere_is_refused(tmp_path: Path, written: str) -> None:
    write_workspace(tmp_path)

    with pytest.raises(UsageError) as caught:
        consequences(tmp_path, (), parse_changes([written]))

    assert caught.value.problems[0].code == "CAP706"


@pytest.mark.parametrize(
    "written",
    [
        "sizing.workers=" + "[" * 3000,
        ".".join(["a"] * 2000) + "=1",
        "sizing.workers=" + "9" * 400,
        "sizing.workers=nan",
        "sizing.workers=",
    ],
)
def test_a_hostile_what_if_is_a_usage_error(written: str) -> None:
    with pytest.raises(UsageError):
        parse_changes([written])


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("a.b=count_time", "count_time"),
        ("a.b=oom.log", "oom.log"),
        ("a.b=Two words", "Two words"),
        ("a.b=3", 3),
        ('a.b="x=y"', "x=y"),
        ("a.b=[1, 2]", [1, 2]),
        ("a.b=true", True),
    ],
)
def test_a_value_of_a_what_if_is_toml_or_plain_text(written: str, value: object) -> None:
    changes: dict[KeyPath, WhatIf] = parse_changes([written])

    assert changes["a", "b"].value == value


def test_a_benchmark_may_be_named_in_a_what_if(tmp_path: Path) -> None:
    write_workspace(tmp_path)

    (seen,) = consequences(tmp_path, (), parse_changes(["benchmarks.pool.held_fixed=[]"]))

    assert [finding.code for finding in seen.new] == ["CAP207"]


def test_each_study_is_told_its_own_consequences(tmp_path: Path) -> None:
    write_workspace(tmp_path, study_id="small", **SIZED)
    slow = SIZED | {"prediction": PREDICTION | {"alpha_s": 1e-9}}
    write_workspace(tmp_path, study_id="large", **slow)

    large, small = consequences(tmp_path, (), parse_changes(["sizing.workers=40"]))

    assert "CAP252" in {finding.code for finding in small.new}
    assert "CAP252" not in {finding.code for finding in large.new}


def test_a_study_that_a_change_repairs_is_told_what_is_gone(tmp_path: Path) -> None:
    write_workspace(tmp_path, design__partitioning__unit=GONE)

    (seen,) = consequences(tmp_path, (), parse_changes(["design.partitioning.unit=an item"]))

    assert [finding.code for finding in seen.gone] == ["CAP102"]


def test_what_can_no_longer_be_read_is_not_called_solved(tmp_path: Path) -> None:
    write_workspace(tmp_path, problem__machine__read_bytes_per_s=1e12)

    (seen,) = consequences(tmp_path, (), parse_changes(["format=2"]))

    assert [finding.code for finding in seen.new] == ["CAP105"]
    assert seen.gone == ()


def test_speedups_of_a_what_if_are_relative_to_p0(tmp_path: Path) -> None:
    write_workspace(tmp_path, **SIZED)
    changes = parse_changes(
        [
            "baseline.kind=smallest-feasible",
            "baseline.benchmark=pool",
            "baseline.smallest_workers=2",
            "benchmarks.pool.levels.workers=[2, 4]",
            "problem.demand.memory_bytes=150e9",
            "problem.machine.memory_bytes=80e9",
        ]
    )

    (seen,) = consequences(tmp_path, (), changes)

    four = next(row for row in seen.predicted if row.workers == 4)
    assert seen.p0 == 2
    assert four.before is not None
    assert four.after is not None
    two = 1 / (0.5 + 2 * (0.001 + 0.01 / 2))  # T_2 of a flat scatter and gather
    assert four.after == pytest.approx(four.before / two)
