"""The declared models: closed, strict, and described in their own words."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from capstone_report.spec.base import Declared
from capstone_report.spec.benchmarks import Gate
from capstone_report.spec.study import Study
from capstone_report.spec.workspace import Workspace
from simulated import (
    GONE,
    STUDY_ID,
    load,
    said,
    setting,
    spec_problems,
    spot,
    tables,
    write_workspace,
)

SHOWN = f"specs/{STUDY_ID}/study.toml"


def models(annotation: Any) -> Iterator[type[Declared]]:  # noqa: ANN401 - any annotation
    """Yield every declared model that an annotation reaches."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if issubclass(annotation, Declared):
            yield annotation
        for field in annotation.model_fields.values():
            yield from models(field.annotation)
    for part in get_args(annotation):
        yield from models(part)


EVERY_MODEL = sorted({*models(Study), *models(Workspace)}, key=lambda model: model.__name__)


def test_the_models_are_reached_by_walking() -> None:
    names = {model.__name__ for model in EVERY_MODEL}

    assert {"Study", "Gate", "Target", "BuildVersusBuy", "Tune", "Price", "Machine"} <= names
    assert sum(name.startswith("Rejected[") for name in names) == 6


@pytest.mark.parametrize("model", EVERY_MODEL, ids=lambda model: model.__name__)
def test_every_field_is_described_in_a_sentence(model: type[Declared]) -> None:
    descriptions = {name: field.description or "" for name, field in model.model_fields.items()}

    assert [name for name, text in descriptions.items() if not text.endswith(".")] == []
    named = model.__pydantic_generic_metadata__["origin"] or model
    assert (named.__doc__ or "").strip()


@pytest.mark.parametrize("model", EVERY_MODEL, ids=lambda model: model.__name__)
def test_every_model_is_frozen_closed_strict_and_finite(model: type[Declared]) -> None:
    config = model.model_config

    assert config.get("frozen") is True
    assert config.get("extra") == "forbid"
    assert config.get("strict") is True
    assert config.get("allow_inf_nan") is False


@pytest.mark.parametrize(
    ("change", "where", "suggestion"),
    [
        ("probelm", "probelm", "problem"),
        ("problem__titel", "problem.titel", "title"),
        ("problem__target__speed_up", "problem.target.speed_up", "speedup"),
        ("baseline__correctness__metric", "baseline.correctness.metric", "metrics"),
        ("design__partitioning__choise", "design.partitioning.choise", "choice"),
        ("metrics__accuracy__gate__at_last", "metrics.accuracy.gate.at_last", "at_least"),
        ("metrics__accuracy__scop", "metrics.accuracy.scop", "scope"),
        ("benchmarks__1__comand", "benchmarks[1].comand", "command"),
        ("reproducibility__data__spilt", "reproducibility.data.spilt", "split"),
    ],
)
def test_an_unknown_key_is_refused_and_the_nearest_one_suggested(
    tmp_path: Path, change: str, where: str, suggestion: str
) -> None:
    write_workspace(tmp_path, **setting(change, "x"))

    (problem,) = spec_problems(tmp_path)

    key = where.rpartition(".")[2]
    start = f"{SHOWN}: {where}: [CAP101] unknown key '{key}'; did you mean '{suggestion}'?; "
    assert said(problem).startswith(start + "known here: ")
    assert suggestion in problem.remedy


def test_an_unknown_key_that_is_near_nothing_gets_no_suggestion(tmp_path: Path) -> None:
    write_workspace(tmp_path, problem__zzz=1)

    (problem,) = spec_problems(tmp_path)

    assert problem.what == "unknown key 'zzz'"


def test_an_unknown_option_of_a_launcher_is_an_unknown_key(tmp_path: Path) -> None:
    write_workspace(tmp_path, benchmarks__1__launcher={"kind": "torchrun", "max_restart": 3})

    (problem,) = spec_problems(tmp_path)

    assert problem.code == "CAP101"
    assert spot(problem) == f"{SHOWN}: benchmarks[1].launcher.max_restart"
    assert "\n" not in said(problem)


def test_unknown_keys_of_the_workspace_are_refused(tmp_path: Path) -> None:
    write_workspace(tmp_path, workspace={"prices__core-hour__usd_per_houre": 1})

    (problem,) = spec_problems(tmp_path)

    assert problem.code == "CAP101"
    assert spot(problem) == "capstone.toml: prices.core-hour.usd_per_houre"
    assert "did you mean 'usd_per_hour'?" in problem.what


@pytest.mark.parametrize(
    ("change", "where", "remedy"),
    [
        ("format", "format", "add it: The version of this file's format."),
        ("problem", "problem", "add it: Section 41.1."),
        (
            "problem__title",
            "problem.title",
            "add it: The study's title, as it stands on the report.",
        ),
        ("design__coordination", "design.coordination", "add it: Slot 4"),
        ("design__coordination__why", "design.coordination.why", "add it: Why this option"),
        ("metrics__accuracy__unit", "metrics.accuracy.unit", "add it: A unit of the closed table"),
        ("reproducibility__data__licence", "reproducibility.data.licence", "add it: Under which"),
    ],
)
def test_a_missing_key_is_named_with_what_it_is_for(
    tmp_path: Path, change: str, where: str, remedy: str
) -> None:
    write_workspace(tmp_path, **setting(change, GONE))

    (problem,) = spec_problems(tmp_path)

    key = where.rpartition(".")[2]
    assert said(problem).startswith(f"{SHOWN}: {where}: [CAP102] the key '{key}' is missing; ")
    assert problem.remedy.startswith(remedy)


@pytest.mark.parametrize(
    ("change", "value", "where"),
    [
        ("format", "1", "format"),
        ("problem__title", 5, "problem.title"),
        ("problem__ceiling", "money", "problem.ceiling"),
        ("problem__target__speedup", "1.5", "problem.target.speedup"),
        ("problem__target__speedup", 0, "problem.target.speedup"),
        ("problem__target__workers", 1.5, "problem.target.workers"),
        ("problem__target__workers", 0, "problem.target.workers"),
        ("axis__name", "sideways", "axis.name"),
        ("baseline__tuned", "vectorised", "baseline.tuned"),
        ("baseline__correctness__metrics", [], "baseline.correctness.metrics"),
        ("design__partitioning__choice", "gossip", "design.partitioning.choice"),
        ("metrics__accuracy__unit", "percent", "metrics.accuracy.unit"),
        ("metrics__accuracy__gate__at_least", "0.9", "metrics.accuracy.gate.at_least"),
        ("metrics", {}, "metrics"),
        ("benchmarks", [], "benchmarks"),
        ("benchmarks__0__name", "Serial", "benchmarks[0].name"),
        ("benchmarks__0__command", "python serial.py", "benchmarks[0].command"),
        ("benchmarks__0__command", [], "benchmarks[0].command"),
        ("benchmarks__0__repeats", "6", "benchmarks[0].repeats"),
        ("benchmarks__0__repeats", 6.5, "benchmarks[0].repeats"),
        ("benchmarks__0__repeats", True, "benchmarks[0].repeats"),
        ("benchmarks__0__timeout_s", "600", "benchmarks[0].timeout_s"),
        ("benchmarks__0__work", 0, "benchmarks[0].work"),
        ("benchmarks__0__oversubscribe", 1, "benchmarks[0].oversubscribe"),
        ("benchmarks__0__oversubscribe", "true", "benchmarks[0].oversubscribe"),
        ("benchmarks__0__launcher", "pigeon", "benchmarks[0].launcher"),
        ("benchmarks__0__launcher", {"kind": "pigeon"}, "benchmarks[0].launcher"),
        ("benchmarks__0__launcher", {}, "benchmarks[0].launcher"),
        ("benchmarks__0__parser", "xml", "benchmarks[0].parser"),
        ("benchmarks__0__parser", 5, "benchmarks[0].parser"),
        (
            "benchmarks__0__parser",
            {"kind": "hyperfine", "file": "/etc/passwd"},
            "benchmarks[0].parser.file",
        ),
        (
            "benchmarks__0__parser",
            {"kind": "hyperfine", "file": "../x.json"},
            "benchmarks[0].parser.file",
        ),
        (
            "benchmarks__0__parser",
            {"kind": "regex", "patterns": []},
            "benchmarks[0].parser.patterns",
        ),
        ("benchmarks__1__levels", {"workers": []}, "benchmarks[1].levels.workers"),
        ("benchmarks__1__levels", {"workers": [0]}, "benchmarks[1].levels"),
        ("benchmarks__1__levels", {"workers": [1.5]}, "benchmarks[1].levels"),
        ("benchmarks__1__levels", {"threads": ["two"]}, "benchmarks[1].levels"),
        ("benchmarks__1__levels", {"workers": [2, 4, 2]}, "benchmarks[1].levels"),
        ("benchmarks__1__env", {"A": 1}, "benchmarks[1].env.A"),
        ("reproducibility__seed", 1.5, "reproducibility.seed"),
        ("report__date", "yesterday", "report.date"),
        ("cost__billed_per", "month", "cost.billed_per"),
        ("slides__minutes", 0, "slides.minutes"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_where_it_stands(
    tmp_path: Path, change: str, value: object, where: str
) -> None:
    write_workspace(tmp_path, **setting(change, value))

    (problem,) = spec_problems(tmp_path)

    assert said(problem).startswith(f"{SHOWN}: {where}: [CAP103] ")
    assert problem.what
    assert problem.remedy


@pytest.mark.parametrize("value", [5, 1.5, True, [1], [["kind", "local"]], {"kind": ["local"]}])
def test_a_launcher_that_is_neither_a_name_nor_a_table_is_refused_and_never_a_crash(
    tmp_path: Path, value: object
) -> None:
    write_workspace(tmp_path, benchmarks__0__launcher=value)

    (problem,) = spec_problems(tmp_path)

    assert problem.code == "CAP103"
    assert spot(problem).startswith(f"{SHOWN}: benchmarks[0].launcher")


def test_a_level_of_the_wrong_type_is_one_problem_at_a_path_that_the_author_wrote(
    tmp_path: Path,
) -> None:
    write_workspace(tmp_path, benchmarks__1__levels={"workers": [2], "shuffle": [True]})

    problems = spec_problems(tmp_path)

    assert [spot(problem) for problem in problems] == [f"{SHOWN}: benchmarks[1].levels.shuffle[0]"]


def test_a_list_is_not_called_empty_because_its_only_item_does_not_fit(tmp_path: Path) -> None:
    write_workspace(tmp_path, baseline__correctness__metrics=[5])

    problems = spec_problems(tmp_path)

    assert [spot(problem) for problem in problems] == [f"{SHOWN}: baseline.correctness.metrics[0]"]


def test_a_closed_set_is_listed_when_a_value_is_outside_it(tmp_path: Path) -> None:
    write_workspace(tmp_path, axis__name="sideways")

    (problem,) = spec_problems(tmp_path)

    for name in ("data", "training", "model", "inference", "coordination", "intelligence"):
        assert f"'{name}'" in problem.what
    assert 'not "sideways"' in problem.what
    assert problem.remedy == "correct the value: One of the six axes."


@pytest.mark.parametrize(
    ("character", "name"),
    [
        ("\x00", "nul"),
        ("\n", "newline"),
        ("\r", "carriage return"),
        ("\t", "tab"),
        ("\x1b", "escape"),
        ("\x7f", "delete"),
        ("\x85", "next line (C1)"),
        ("\u2028", "line separator"),
        ("\u202e", "right-to-left override"),
        ("\u2066", "left-to-right isolate"),
    ],
    ids=lambda value: value if value.isprintable() else "",
)
@pytest.mark.parametrize(
    "change", ["problem__title", "benchmarks__1__work_unit", "metrics__accuracy__description"]
)
def test_control_characters_are_refused_in_a_line(
    tmp_path: Path, change: str, character: str, name: str
) -> None:
    write_workspace(tmp_path, **setting(change, f"before{character}after"))

    assert [problem.code for problem in spec_problems(tmp_path)] == ["CAP103"], name


@pytest.mark.parametrize(
    ("change", "value"),
    [
        ("problem__question", "a\x1bb"),
        ("problem__question", "a\u202eb"),
        ("benchmarks__1__command", ["python", "a\x00b"]),
        ("benchmarks__1__levels", {"workers": [2], "mode": ["a\x00b"]}),
        ("benchmarks__1__env", {"MODE": "a\x00b"}),
        ("benchmarks__1__env", {"MO\x00DE": "a"}),
        ("benchmarks__1__env", {"MO=DE": "a"}),
    ],
    ids=["text", "text-override", "command", "level", "env", "env-name", "env-name-equals"],
)
def test_what_no_program_can_be_given_is_refused_before_anything_runs(
    tmp_path: Path, change: str, value: object
) -> None:
    write_workspace(tmp_path, **setting(change, value))

    hidden_key = "MO\x00DE" in value if isinstance(value, dict) else False
    codes = {problem.code for problem in spec_problems(tmp_path)}
    assert codes == ({"CAP010"} if hidden_key else {"CAP103"})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), 2**63, -(2**63) - 1])
@pytest.mark.parametrize(
    "change", ["problem__target__speedup", "metrics__accuracy__gate__at_least"]
)
def test_a_number_that_is_not_finite_or_too_large_is_refused_once(
    tmp_path: Path, change: str, value: float
) -> None:
    write_workspace(tmp_path, **setting(change, value))

    assert [problem.code for problem in spec_problems(tmp_path)] == ["CAP009"]


def test_a_file_of_a_later_format_is_refused_with_what_to_install_and_nothing_else(
    tmp_path: Path,
) -> None:
    write_workspace(tmp_path, format=2, problem__title=GONE, what_comes_later=1)

    (problem,) = spec_problems(tmp_path)

    assert (problem.code, spot(problem)) == ("CAP105", f"{SHOWN}: format")
    assert "pip install --upgrade" in problem.remedy


def test_text_may_run_over_several_lines_and_a_title_may_not_be_endless(tmp_path: Path) -> None:
    write_workspace(tmp_path, problem__question="one\n\ttwo\n", problem__title="x" * 501)

    (problem,) = spec_problems(tmp_path)

    assert spot(problem) == f"{SHOWN}: problem.title"


def test_a_study_with_every_table_loads_to_what_it_says(tmp_path: Path) -> None:
    write_workspace(
        tmp_path,
        problem__target={"speedup": 2, "workers": 4},
        benchmarks__1__launcher={"kind": "torchrun"},
        benchmarks__0__levels={"batch": [64, 1.5, "x"]},
        benchmarks__0__command=["python", "serial.py", "{batch}"],
        slides={"minutes": 5},
    )

    study = load(tmp_path).study

    assert study.problem.target.workers == 4
    assert study.benchmark("pool").launcher.kind == "torchrun"
    assert study.benchmark("serial").levels["batch"] == (64, 1.5, "x")
    assert study.slides.minutes == 5
    assert sorted(study.metrics) == sorted(tables()["metrics"])


@pytest.mark.parametrize(
    ("gate", "passing", "failing"),
    [
        (Gate(at_least=0.9), [0.9, 1.0], [0.899]),
        (Gate(at_most=2.0), [2.0, -5.0], [2.001]),
        (Gate(at_least=1.0, at_most=2.0), [1.0, 1.5, 2.0], [0.999, 2.001]),
    ],
)
def test_a_gate_passes_its_own_bound_and_nothing_beyond(
    gate: Gate, passing: list[float], failing: list[float]
) -> None:
    assert all(gate.passes(value) for value in passing)
    assert not any(gate.passes(value) for value in failing)
