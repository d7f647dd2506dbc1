"""What one field cannot know: names that refer to each other, and what a claim needs."""

from pathlib import Path

import pytest

from capstone_report.plan import make_plan
from simulated import (
    GONE,
    STUDY_ID,
    Changes,
    load,
    setting,
    spec_problems,
    spot,
    tables,
    write_workspace,
)

SHOWN = f"specs/{STUDY_ID}/study.toml"


def test_a_study_in_which_all_agrees_has_no_problems(tmp_path: Path) -> None:
    assert spec_problems(write_workspace(tmp_path)) == ()


@pytest.mark.parametrize(
    ("change", "value", "where", "known"),
    [
        (
            "problem__headline_metric",
            "wall_time",
            "problem.headline_metric",
            "work_time, accuracy, checksum",
        ),
        ("baseline__benchmark", "serail", "baseline.benchmark", "serial, pool"),
        (
            "baseline__correctness__metrics",
            ["checksum", "sum"],
            "baseline.correctness.metrics[1]",
            "work_time, accuracy, checksum",
        ),
        ("baseline__tune", {"factor": "threads"}, "baseline.tune.factor", "none"),
        ("cost__price", "gpu-hour", "cost.price", "core-hour"),
    ],
)
def test_a_name_that_refers_to_nothing_is_named_beside_those_that_exist(
    tmp_path: Path, change: str, value: object, where: str, known: str
) -> None:
    write_workspace(tmp_path, **setting(change, value))

    (problem,) = spec_problems(tmp_path)

    assert problem.code == "CAP201"
    assert spot(problem) == f"{SHOWN}: {where}"
    assert problem.remedy == f"known: {known}"


def test_the_price_of_build_versus_buy_stands_in_the_price_book(tmp_path: Path) -> None:
    comparison = {
        "accelerators": 1,
        "price": "gpu-hour",
        "hours": 1,
        "managed_premium": 1.6,
        "ops_hours": 1,
        "ops_usd_per_hour": 60,
        "basis": "invented",
    }
    write_workspace(tmp_path, cost__build_versus_buy=comparison)

    (problem,) = spec_problems(tmp_path)

    assert problem.code == "CAP201"
    assert spot(problem) == f"{SHOWN}: cost.build_versus_buy.price"


def test_prices_are_not_judged_while_the_workspace_cannot_be_read(tmp_path: Path) -> None:
    write_workspace(tmp_path, workspace={"site": GONE}, cost__price="gpu-hour")

    assert [spot(problem) for problem in spec_problems(tmp_path)] == ["capstone.toml: site"]


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "rate"},
        {"kind": "quality"},
        {"kind": "count"},
        {"direction": "higher"},
        {"unit": "GiB"},
        {"unit": "1"},
    ],
)
def test_a_headline_metric_that_is_not_a_cost_in_time_is_refused(
    tmp_path: Path, change: dict[str, str]
) -> None:
    metric = tables()["metrics"]["work_time"] | change
    write_workspace(tmp_path, metrics__work_time=metric)

    (problem,) = spec_problems(tmp_path)

    assert problem.code == "CAP202"
    assert spot(problem) == f"{SHOWN}: problem.headline_metric"
    assert f"is a {metric['kind']} in {metric['unit']}" in problem.what


@pytest.mark.parametrize("unit", ["s", "ms", "us"])
def test_every_unit_of_time_can_be_the_headlines(tmp_path: Path, unit: str) -> None:
    write_workspace(tmp_path, metrics__work_time__unit=unit)

    assert spec_problems(tmp_path) == ()


def test_two_benchmarks_of_one_name_are_refused(tmp_path: Path) -> None:
    write_workspace(tmp_path, benchmarks__2=tables()["benchmarks"][0])

    (problem,) = spec_problems(tmp_path)

    assert problem.code == "CAP204"
    assert spot(problem) == f"{SHOWN}: benchmarks[2].name"
    assert "'serial'" in problem.what


@pytest.mark.parametrize(
    "argument",
    [
        "{batch}",
        "{}",
        "{0}",
        "{",
        "}",
        "{workers.real}",
        "{workers[0]}",
        "{Workers}",
        pytest.param("{workers:{batch}}", id="a placeholder inside a format"),
        pytest.param("{workers:q}", id="a format that does not exist"),
        pytest.param("{workers!x}", id="a conversion that does not exist"),
        pytest.param("{workers:s}", id="a format of another type"),
    ],
)
def test_a_placeholder_that_nothing_fills_is_refused(tmp_path: Path, argument: str) -> None:
    write_workspace(tmp_path, benchmarks__1__command=["python", "pool.py", argument])

    (problem,) = spec_problems(tmp_path)

    assert problem.code == "CAP205"
    assert spot(problem) == f"{SHOWN}: benchmarks[1].command[2]"
    assert f"'{argument}'" in problem.what
    assert "known: seed, threads, workers; write {{ and }} for braces" in problem.remedy


def test_levels_workers_threads_and_seed_are_filled_and_doubled_braces_are_braces(
    tmp_path: Path,
) -> None:
    command = ["python", "{workers}", "{threads}", "{seed}", "{batch}", "{{x}}"]
    levels = {"workers": [2], "batch": ["large"]}
    write_workspace(tmp_path, benchmarks__1__command=command, benchmarks__1__levels=levels)

    plan = make_plan(load(tmp_path), cores=4)

    (case,) = {
        run.case.id: run.case for run in plan.runs if run.case.allocation.workers == 2
    }.values()
    assert case.command == ("python", "2", "1", "7", "large", "{x}")


def test_a_level_that_is_called_seed_is_refused_and_never_a_crash(tmp_path: Path) -> None:
    write_workspace(tmp_path, benchmarks__1__levels={"workers": [2], "seed": [1, 2]})

    (problem,) = spec_problems(tmp_path)

    assert spot(problem).startswith(f"{SHOWN}: benchmarks[1].levels")


@pytest.mark.parametrize(
    "scalings", [("none", "none"), ("strong", "strong"), ("weak", "throughput")]
)
def test_anything_but_one_strongly_scaling_benchmark_is_refused(
    tmp_path: Path, scalings: tuple[str, str]
) -> None:
    write_workspace(
        tmp_path,
        benchmarks__0__scaling=scalings[0],
        benchmarks__0__held_fixed=["the items"],
        benchmarks__1__scaling=scalings[1],
    )

    problem = next(p for p in spec_problems(tmp_path) if p.code == "CAP206")

    last = "" if scalings == ("none", "none") else "[1].scaling"
    assert spot(problem) == f"{SHOWN}: benchmarks{last}"


@pytest.mark.parametrize("value", [GONE, []])
def test_a_scaling_benchmark_says_what_stays_the_same(tmp_path: Path, value: object) -> None:
    write_workspace(tmp_path, benchmarks__1__held_fixed=value)

    (problem,) = spec_problems(tmp_path)

    assert problem.code == "CAP207"
    assert spot(problem) == f"{SHOWN}: benchmarks[1].scaling"
    assert "'pool'" in problem.what


@pytest.mark.parametrize(
    ("changes", "code", "place"),
    [
        ({"benchmarks__1__work": 7}, "CAP208", "benchmarks[1].work"),
        ({"benchmarks__1__work_unit": "pages"}, "CAP208", "benchmarks[1].work_unit"),
        ({"benchmarks__1__accelerated": True}, "CAP208", "benchmarks[1].accelerated"),
        ({"baseline__benchmark": "pool"}, "CAP209", "baseline.kind"),
        ({"baseline__kind": "one-worker"}, "CAP209", "baseline.kind"),
        ({"benchmarks__0__levels": {"workers": [4]}}, "CAP209", "baseline.kind"),
        (
            {"benchmarks__1__levels": {"workers": [1], "threads": [1, 2]}},
            "CAP210",
            "benchmarks[1].levels.threads",
        ),
        ({"metrics__checksum__gate": {"at_least": 1.0}}, "CAP211", "metrics.checksum.gate"),
        ({"metrics__accuracy__gate": {}}, "CAP103", "metrics.accuracy.gate"),
    ],
    ids=str,
)
def test_what_cannot_be_compared_is_refused_before_it_is_measured(
    tmp_path: Path, changes: Changes, code: str, place: str
) -> None:
    write_workspace(tmp_path, **changes)

    (problem,) = spec_problems(tmp_path)

    assert (problem.code, spot(problem)) == (code, f"{SHOWN}: {place}")


def test_the_same_factor_has_the_same_level_on_both_sides(tmp_path: Path) -> None:
    small, large = {"workers": [1, 2], "size": [1]}, {"size": [8]}
    command = ["python", "x.py", "{workers}", "{size}"]
    write_workspace(
        tmp_path,
        benchmarks__0__levels=large,
        benchmarks__0__command=command,
        benchmarks__1__levels=small,
        benchmarks__1__command=command,
    )

    (problem,) = spec_problems(tmp_path)

    assert problem.code == "CAP208"
    assert "levels.size" in problem.what


WEAK = {
    "benchmarks__1__scaling": "weak",
    "benchmarks__1__scaling_function": "as many items for each worker",
}


@pytest.mark.parametrize(
    ("alone", "workers", "scaling", "told"),
    [
        pytest.param({"precision": "fp32"}, {"precision": "bf16"}, {}, True, id="precision"),
        pytest.param({"precision": "fp32"}, {"model": "a sum"}, {}, False, id="one side only"),
        pytest.param({"global_batch": 8}, {"global_batch": 32}, {}, True, id="global, strong"),
        pytest.param({"global_batch": 8}, {"global_batch": 32}, WEAK, False, id="global, weak"),
        pytest.param({"worker_batch": 8}, {"worker_batch": 2}, {}, False, id="worker's, strong"),
        pytest.param({"worker_batch": 8}, {"worker_batch": 2}, WEAK, True, id="worker's, weak"),
    ],
)
def test_a_declared_setup_is_compared_before_anything_is_measured(
    tmp_path: Path,
    alone: dict[str, object],
    workers: dict[str, object],
    scaling: dict[str, object],
    told: bool,  # noqa: FBT001 - a row of the table
) -> None:
    changes = {**scaling, "benchmarks__0__setup": alone, "benchmarks__1__setup": workers}

    found = load(write_workspace(tmp_path, **changes)).findings  # type: ignore[arg-type] # changes only

    assert ("CAP487" in {finding.code for finding in found}) is told
