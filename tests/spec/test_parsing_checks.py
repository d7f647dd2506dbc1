"""Whether what a parser gives is what the study declares, and whether its patterns end."""

from pathlib import Path
from typing import Any

import pytest

from simulated import STUDY_ID, load, said, spec_problems, spot, write_workspace

WHERE = f"specs/{STUDY_ID}/study.toml: benchmarks[0].parser"
DECLARED = {"work_time": "s", "accuracy": "1", "checksum": "1"}
ELSEWHERE = {"where": "a cluster", "how": "the same program"}


def columns(**units: str) -> dict[str, Any]:
    """Return a CSV parser that gives metrics in units."""
    told = [{"column": name, "metric": name, "unit": unit} for name, unit in units.items()]
    return {"kind": "csv", "columns": told}


def test_a_parser_that_gives_what_is_declared_and_more_is_right(tmp_path: Path) -> None:
    write_workspace(tmp_path, benchmarks__0__parser=columns(**DECLARED, rows="1"))

    assert spec_problems(tmp_path) == ()


@pytest.mark.parametrize(
    ("parser", "problem"),
    [
        (columns(**DECLARED | {"work_time": "ms"}), "gives work_time in ms, not in s"),
        (columns(work_time="s", accuracy="1"), "gives no checksum"),
        (
            {
                **columns(**DECLARED),
                "columns": [
                    *columns(**DECLARED)["columns"],
                    {"column": "more", "metric": "work_time", "unit": "us"},
                ],
            },
            "gives work_time in s and us, not in s",
        ),
    ],
    ids=["another unit", "never", "two units"],
)
def test_a_metric_that_would_never_come_is_an_error_before_anything_is_measured(
    parser: dict[str, Any], problem: str, tmp_path: Path
) -> None:
    write_workspace(tmp_path, benchmarks__0__parser=parser)

    (found,) = spec_problems(tmp_path)

    assert said(found).startswith(f"{WHERE}: [CAP248] the csv parser of 'serial' {problem};")


@pytest.mark.parametrize("kind", ["hyperfine", "pytest-benchmark", "nccl-tests", "step-log"])
def test_a_kind_that_gives_metrics_of_its_own_is_held_against_the_study(
    kind: str, tmp_path: Path
) -> None:
    write_workspace(tmp_path, benchmarks__0__parser=kind)

    assert {problem.code for problem in spec_problems(tmp_path)} == {"CAP248"}


def test_what_is_measured_elsewhere_is_parsed_by_nobody(tmp_path: Path) -> None:
    growing = {
        "name": "growing",
        "external": ELSEWHERE,
        "scaling": "weak",
        "scaling_function": "as the workers",
        "held_fixed": ["the work of each"],
        "parser": "hyperfine",
    }
    write_workspace(tmp_path, benchmarks__2=growing)

    assert spec_problems(tmp_path) == ()


def test_every_pattern_that_can_take_forever_is_warned_of_at_its_place(tmp_path: Path) -> None:
    harmless = [
        {"pattern": f"{name} (?P<v>.+)", "metric": name, "unit": unit}
        for name, unit in DECLARED.items()
    ]
    endless = {"pattern": "(?P<v>(a+)+)", "metric": "work_time", "unit": "s"}
    parser = {"kind": "regex", "patterns": [*harmless, endless], "time_limit_s": 3.0}
    write_workspace(tmp_path, benchmarks__0__parser=parser)

    (found,) = [f for f in load(tmp_path).findings if f.code == "CAP247"]

    assert spot(found) == f"{WHERE}.patterns[3].pattern"
    assert "the pattern repeats (a+)+" in found.what
    assert "3 s" in found.remedy
