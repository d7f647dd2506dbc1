"""What a diagnosis runs: cases as they are and without parts of their work."""

from pathlib import Path

import pytest

from capstone_report.ablations import ROOFS, declared_counts, diagnosis_plan, flame_plan
from capstone_report.results.records import Phase
from simulated import ENVIRONMENT, SERIAL, load, pool, write_workspace

CACHED = {"name": "cached", "removes": "io", "env": {"DATA": "cached"}, "args": ["--fast"]}
SILENT = {"name": "silent", "removes": "communication", "env": {"SILENT": "1"}}
FOR_POOL = {**CACHED, "name": "pooled", "benchmarks": ["pool"]}
TRIED = {
    "benchmarks__0__levels": {"threads": [1, 2]},
    "baseline__tune": {"factor": "threads", "repeats": 2},
}


def cases(root: Path, workers: int | None = None, **changes: object) -> list[str]:
    """Return the cases of a diagnosis, each once, in their order."""
    ablations = [CACHED, SILENT, FOR_POOL]
    write_workspace(root, diagnosis={"ablations": ablations, "repeats": 2}, **changes)  # type: ignore[arg-type] # key paths only
    plan = diagnosis_plan(load(root), ENVIRONMENT, (), workers=workers)
    assert {run.phase for run in plan.runs} <= {Phase.DIAGNOSIS}
    names = [run.case.id for run in plan.runs]
    assert all(names.count(name) == 2 for name in names)
    return sorted(set(names))


def test_a_baseline_runs_as_it_is_without_loading_and_beside_the_roofs(tmp_path: Path) -> None:
    assert cases(tmp_path) == [f"{ROOFS}/precision=float64,threads=1", SERIAL, f"{SERIAL};cached"]


def test_among_workers_every_part_can_be_left_out(tmp_path: Path) -> None:
    at_four = [pool(4), f"{pool(4)};cached", f"{pool(4)};pooled", f"{pool(4)};silent"]

    assert cases(tmp_path, workers=4) == [*at_four, SERIAL, f"{SERIAL};cached"]


@pytest.mark.parametrize("workers", [1, 3, 8])
def test_a_count_that_is_not_declared_or_does_not_fit_gives_no_runs(
    tmp_path: Path, workers: int
) -> None:
    assert cases(tmp_path, workers=workers, benchmarks__1__levels={"workers": [1, 2, 8]}) == []


def test_before_the_trial_its_first_level_stands_for_the_baseline(tmp_path: Path) -> None:
    assert SERIAL in cases(tmp_path, **TRIED)  # type: ignore[arg-type] # key paths only


def test_an_ablation_adds_its_variables_and_arguments_and_is_another_program(
    tmp_path: Path,
) -> None:
    cases(tmp_path, benchmarks__0__env={"A": "1"})
    plan = diagnosis_plan(load(tmp_path), ENVIRONMENT, ())
    found = {run.case.id: run.case for run in plan.runs}
    whole, cached = found[SERIAL], found[f"{SERIAL};cached"]

    assert cached.command == (*whole.command, "--fast")
    assert cached.benchmark.env == {"A": "1", "DATA": "cached"}
    assert cached.ablation == "cached"
    assert whole.ablation == ""
    assert cached.fingerprint != whole.fingerprint


def test_a_flame_graph_is_one_run_behind_the_profiler_and_each_is_another(tmp_path: Path) -> None:
    loaded = load(write_workspace(tmp_path))

    def planned(moment: str) -> tuple[str, list[str]]:
        file = tmp_path / "flame.svg"
        (run,) = flame_plan(loaded, ENVIRONMENT, (), file=file, moment=moment).runs
        case = run.case
        return case.fingerprint, case.benchmark.launcher.command(
            list(case.command), case.allocation
        )

    first, command = planned("1")

    assert command[:6] == [
        "py-spy",
        "record",
        "--subprocesses",
        "--output",
        "../../flame.svg",
        "--",
    ]
    assert command[6:8] == ["python", "serial.py"]
    assert first != planned("2")[0]


def test_what_does_not_fit_has_no_flame_graph(tmp_path: Path) -> None:
    few = ENVIRONMENT.model_copy(update={"cores": 1})
    loaded = load(write_workspace(tmp_path, benchmarks__0__levels={"threads": [4]}))

    assert flame_plan(loaded, few, (), file=tmp_path / "f.svg", moment="1").runs == ()
    assert diagnosis_plan(loaded, few, ()).runs == ()


def test_declared_counts_are_those_beyond_the_baseline(tmp_path: Path) -> None:
    assert declared_counts(load(write_workspace(tmp_path)).study) == [2, 4]


def test_on_several_gpus_no_processor_roof_stands_beside_the_baseline(tmp_path: Path) -> None:
    write_workspace(tmp_path, benchmarks__0__accelerated=True, benchmarks__1__accelerated=True)
    two = ENVIRONMENT.model_copy(update={"gpus": ("Invented G1", "Invented G1")})

    plan = diagnosis_plan(load(tmp_path), two, ())

    assert {run.case.id for run in plan.runs} == {SERIAL}
