"""What reaches a program from around capstone, and what of it is part of a case's identity."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capstone_report.spec.load import read_project
from capstone_report.spec.surroundings import (
    engine_variables,
    passed_on,
    started_programs,
)
from simulated import GONE, Changes, load, write_workspace

NAMES = st.sampled_from(
    ["PATH", "HOME", "SECRET_TOKEN", "NCCL_ALGO", "CUDA_HOME", "NVIDIA_X", "GLOO_Y", "NCCL_COMM_ID"]
)


@settings(max_examples=50)
@given(st.dictionaries(NAMES, st.text()))
def test_what_identifies_a_case_is_passed_on_and_unchanged(surroundings: dict[str, str]) -> None:
    engine, passed = engine_variables(surroundings), passed_on(surroundings)

    assert engine.items() <= passed.items() <= surroundings.items()


@pytest.mark.parametrize(
    "name", ["NCCL_ALGO", "CUDA_VISIBLE_DEVICES", "GLOO_SOCKET_IFNAME", "NVIDIA_TF32_OVERRIDE"]
)
def test_what_configures_an_engine_identifies_a_case(name: str) -> None:
    assert engine_variables({name: "1"}) == {name: "1"}


@pytest.mark.parametrize(
    "name",
    [
        *("PATH", "HOME", "TMPDIR", "VIRTUAL_ENV", "CUDA_HOME"),
        *("CUDA_CACHE_PATH", "NCCL_TOPO_FILE", "NCCL_COMM_ID", "NVIDIA_VISIBLE_DEVICES"),
    ],
)
def test_what_only_says_where_things_are_is_passed_on_and_identifies_nothing(name: str) -> None:
    assert passed_on({name: "here"}) == {name: "here"}
    assert engine_variables({name: "here"}) == {}


def test_the_folders_of_libraries_identify_a_case_without_being_named() -> None:
    home, other = (engine_variables({"LD_LIBRARY_PATH": f"/home/{who}"}) for who in "ab")

    assert home.keys() == other.keys() == {"LD_LIBRARY_PATH"}
    assert home != other
    assert "/home" not in str(home)
    assert engine_variables({"LD_LIBRARY_PATH": ""}) == {}


def test_nothing_else_reaches_a_program() -> None:
    assert passed_on({"SECRET_TOKEN": "hunter2", "PYTHONPATH": "/nowhere"}) == {}


def program(file: Path, text: str, *, mode: int = 0o755) -> str:
    """Write a program and return its hash."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(mode)
    return hashlib.sha256(text.encode()).hexdigest()


def started(root: Path, path: Path, **changes: object) -> dict[str, dict[str, str]]:
    """Return the programs that the changed study starts with a PATH."""
    loaded = load(write_workspace(root, **Changes(changes)))
    own = loaded.program_hashes
    return started_programs(loaded.study, loaded.folder, {"PATH": str(path)}, own=own)


def test_a_program_of_the_machine_is_known_by_its_content(tmp_path: Path) -> None:
    digest = program(tmp_path / "bin" / "mybench", "one")

    found = started(tmp_path, tmp_path / "bin", benchmarks__0__command=["mybench", "-x"])

    assert found == {"serial": {"mybench": digest}}


def test_the_running_python_a_missing_program_and_one_to_be_measured_elsewhere_have_no_hash(
    tmp_path: Path,
) -> None:
    external: Changes = {
        "benchmarks__0__command": ["no-such-program"],
        "benchmarks__1__command": GONE,
        "benchmarks__1__external": {"where": "a cluster", "how": "by hand"},
    }

    assert started(tmp_path, tmp_path) == {}
    assert started(tmp_path, tmp_path, **external) == {}


def test_the_studys_own_program_is_known_already(tmp_path: Path) -> None:
    program(tmp_path / "specs" / "simulated" / "bench.sh", "one")

    assert started(tmp_path, tmp_path, benchmarks__0__command=["./bench.sh"]) == {}


def test_every_level_that_names_a_program_is_followed_from_the_studys_folder(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "specs" / "simulated"
    digests = {f"./{name}/run": program(folder / name / "run", name) for name in ("a", "b")}
    levels = {"variant": ["a", "b", "c"]}

    found = started(
        tmp_path,
        tmp_path,
        benchmarks__0__command=["./{variant}/run"],
        benchmarks__0__levels=levels,
    )

    assert found == {"serial": digests}


def test_the_benchmarks_own_path_is_searched_before_any_other(tmp_path: Path) -> None:
    program(tmp_path / "v1" / "mybench", "one")
    digest = program(tmp_path / "v2" / "mybench", "two")

    found = started(
        tmp_path,
        tmp_path / "v1",
        benchmarks__0__command=["mybench"],
        benchmarks__0__env={"PATH": str(tmp_path / "v2")},
    )

    assert found == {"serial": {"mybench": digest}}


def test_a_study_with_errors_starts_nothing(tmp_path: Path) -> None:
    root = write_workspace(tmp_path, benchmarks__0__command=["{nothing}"])

    project = read_project(root).project

    assert project is not None
    assert [loaded.started_programs for loaded in project.studies] == [{}]
