"""Loading from disk: what is read, what is refused, and every problem of every file at once."""

import re
import shutil
import string
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capstone_report.errors import SpecError, UsageError
from capstone_report.plan import make_plan
from capstone_report.spec.load import find_root, load_project
from simulated import (
    GONE,
    STUDY_ID,
    load,
    setting,
    spec_problems,
    spot,
    study_text,
    tables,
    toml,
    write_workspace,
)

SHOWN = f"specs/{STUDY_ID}/study.toml"


def study_file(root: Path) -> Path:
    """Return the file of the workspace's study."""
    return root / SHOWN


def test_a_valid_workspace_loads_with_its_studies_sorted_by_id(tmp_path: Path) -> None:
    for study_id in ("zebra", "ant", "mole-2"):
        write_workspace(tmp_path, study_id=study_id)

    project = load_project(tmp_path)

    assert project.root == tmp_path
    assert project.workspace.site.title == "Simulated studies"
    assert [study.id for study in project.studies] == ["ant", "mole-2", "zebra"]


def test_only_the_named_studies_are_loaded(tmp_path: Path) -> None:
    write_workspace(tmp_path, study_id="good")
    write_workspace(tmp_path, study_id="bad", problem=GONE)

    project = load_project(tmp_path, only=("good",))

    assert [study.id for study in project.studies] == ["good"]


def test_a_study_that_does_not_exist_is_named_beside_those_that_do(tmp_path: Path) -> None:
    write_workspace(tmp_path)

    with pytest.raises(UsageError) as caught:
        load_project(tmp_path, only=("simulted", STUDY_ID))

    (problem,) = caught.value.problems
    assert problem.code == "CAP201"
    assert spot(problem) == "simulted"
    assert problem.remedy == f"known: {STUDY_ID}"


def test_the_workspace_is_found_from_any_folder_inside_it(tmp_path: Path) -> None:
    root = write_workspace(tmp_path)

    assert find_root(study_file(root).parent) == root.resolve()
    assert find_root(root) == root.resolve()


def test_a_folder_outside_any_workspace_is_refused_with_a_way_out(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="capstone init") as caught:
        find_root(tmp_path)

    assert caught.value.problems[0].code == "CAP002"


def test_a_missing_workspace_file_is_a_problem(tmp_path: Path) -> None:
    (write_workspace(tmp_path) / "capstone.toml").unlink()

    (problem,) = spec_problems(tmp_path)

    assert problem.code == "CAP002"
    assert spot(problem) == "capstone.toml:1:1"


def test_a_study_file_that_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    file = study_file(write_workspace(tmp_path))
    file.unlink()
    file.mkdir()

    (problem,) = spec_problems(tmp_path)

    assert problem.code == "CAP008"
    assert spot(problem) == f"{SHOWN}:1:1"
    assert "a folder" in problem.what


@pytest.mark.parametrize(
    ("content", "code", "place"),
    [
        (b"problem = [unclosed", "CAP001", "1:12"),
        (b"format = 1\nformat = 1\n", "CAP001", "2:11"),
        (b'format = 1\n\ntitle = "open\n', "CAP001", "3:14"),
        (b"\xff\xfe not UTF-8", "CAP007", "1:1"),
        (b"format = " + b"9" * 5000, "CAP009", "1:10"),
        (b"x = " + b"[" * 5000 + b"]" * 5000, "CAP005", "1:69"),
        (b'title = "a\x00b"', "CAP001", "1:11"),
    ],
    ids=["unclosed", "twice", "line", "not-utf8", "huge-number", "deeply-nested", "nul"],
)
def test_a_file_that_is_not_toml_is_a_problem_at_its_place(
    tmp_path: Path, content: bytes, code: str, place: str
) -> None:
    study_file(write_workspace(tmp_path)).write_bytes(content)

    (problem,) = spec_problems(tmp_path)

    assert (problem.code, problem.where) == (code, f"{SHOWN}:{place}")


@pytest.mark.parametrize("name", ["Upper", "with space", "under_score", "-dash", "x" * 65, "ä"])
def test_a_folder_that_cannot_name_a_study_is_a_problem(tmp_path: Path, name: str) -> None:
    write_workspace(tmp_path, study_id=name)

    (problem,) = spec_problems(tmp_path)

    assert problem.code == "CAP104"
    assert spot(problem) == f"specs/{name}/study.toml"
    assert name in problem.what


def test_prose_and_programs_come_with_the_study(tmp_path: Path) -> None:
    write_workspace(tmp_path, prose={"argument": "It is faster.\n", "design": "Two halves."})

    loaded = load(tmp_path)

    assert loaded.prose == {"argument": "It is faster.\n", "design": "Two halves."}
    assert sorted(loaded.program_hashes) == ["pool.py", "serial.py"]


def test_git_may_change_the_line_ends_of_a_program(tmp_path: Path) -> None:
    program = study_file(write_workspace(tmp_path)).with_name("pool.py")
    program.write_bytes(b"a\nb\n")
    before = load(tmp_path).program_hashes

    program.write_bytes(b"a\r\nb\r\n")

    assert load(tmp_path).program_hashes == before


def test_line_ends_in_data_that_is_no_text_are_data(tmp_path: Path) -> None:
    data = write_workspace(tmp_path, benchmarks__0__inputs=["items.bin"]) / "specs" / STUDY_ID
    seen = []
    for content in (b"\0a\r\nb", b"\0a\nb"):
        (data / "items.bin").write_bytes(content)
        seen.append(load(tmp_path).program_hashes["items.bin"])

    assert seen[0] != seen[1]


@pytest.mark.parametrize(
    "name",
    ["missing.md", "../outside.md", "/etc/hostname", "..", ".", "link.md", "~/x.md", "x" * 400],
)
@pytest.mark.parametrize(
    ("change", "key"),
    [("report__problem", "report.problem"), ("benchmarks__0__inputs", "benchmarks[0].inputs")],
)
def test_a_file_outside_the_study_is_a_problem(
    tmp_path: Path, change: str, key: str, name: str
) -> None:
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "outside.md").write_text("secret")
    is_list = not change.startswith("report")
    value = [name] if is_list else name
    folder = study_file(write_workspace(tmp_path, **setting(change, value))).parent
    (folder / "link.md").symlink_to(tmp_path / "specs" / "outside.md")

    (problem,) = spec_problems(tmp_path)

    assert problem.code == "CAP203"
    assert spot(problem) == f"{SHOWN}: {key}{'[0]' if is_list else ''}"
    assert name in problem.what


def test_prose_that_is_not_utf8_is_a_problem_and_not_a_crash(tmp_path: Path) -> None:
    root = write_workspace(tmp_path, prose={"problem": ""})
    study_file(root).with_name("problem.md").write_bytes(b"caf\xe9")

    (problem,) = spec_problems(root)

    assert problem.code == "CAP003"
    assert spot(problem) == f"{SHOWN}: report.problem"


def test_every_problem_of_every_file_is_found_at_once_in_order(tmp_path: Path) -> None:
    workspace = {"site__titel": "misspelt"}
    write_workspace(tmp_path, study_id="second", problem__title=GONE, benchmarks__1__repeats="8")
    write_workspace(
        tmp_path,
        study_id="first",
        workspace=workspace,
        baseline__benchmark="nothing",
        report__design="gone.md",
    )

    problems = spec_problems(tmp_path)

    assert [(spot(problem), problem.code) for problem in problems] == [
        ("capstone.toml: site.titel", "CAP101"),
        ("specs/first/study.toml: baseline.benchmark", "CAP201"),
        ("specs/first/study.toml: report.design", "CAP203"),
        ("specs/second/study.toml: problem.title", "CAP102"),
        ("specs/second/study.toml: benchmarks[1].repeats", "CAP103"),
    ]


def test_an_error_reads_as_one_line_per_problem(tmp_path: Path) -> None:
    write_workspace(tmp_path, problem__titel="A", problem__title=GONE, axis__name="sideways")

    with pytest.raises(SpecError) as caught:
        load_project(tmp_path)

    lines = str(caught.value).split("\n")
    assert len(lines) == 2  # a misspelt key is not missing, too
    assert all(re.match(rf"{SHOWN}:\d+:\d+: \[CAP10\d\] ", line) for line in lines)
    assert caught.value.exit_code == 3


def key_paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401 - TOML
    """Yield the path of every key and item below a table."""
    items = enumerate(value) if isinstance(value, list) else value.items()
    for part, inner in items:
        yield (*path, part)
        if isinstance(inner, dict | list):
            yield from key_paths(inner, (*path, part))


EVERYTHING = tables(
    problem__target__workers=2,
    axis__second={"name": "inference", "reprofile": "measured"},
    baseline__tune={"factor": "threads", "repeats": 2},
    benchmarks__0__levels={"threads": [1, 2]},
    benchmarks__0__env={"A": "1"},
    benchmarks__0__inputs=["pool.py"],
    benchmarks__0__requires=["json"],
    benchmarks__1__launcher={"kind": "torchrun"},
    design__communication__rejected={"choice": "gossip", "why": "slower"},
    prediction={
        "t_comp_s": 1.0,
        "model": {"kind": "scatter-gather", "slow_share": 0.01},
        "alpha_s": 1e-5,
        "beta_s": 1e-3,
        "serial_s": 0.01,
        "overlap": 0.5,
        "imbalance": 0.1,
        "source": "guess",
    },
    tools=[
        {
            "name": "pool",
            "role": "starts",
            "decision": "buy",
            "why": "it is there",
            "version": "3.11",
            "released": date(2022, 10, 24),
            "not_built": "a pool",
        }
    ],
    sizing={"workers": 4, "why": "cores", "hours": 1.0, "budget_usd": 10.0},
    design__partitioning__also=[{"choice": "work", "part": "the sums", "why": "they are small"}],
    design__partitioning__part="the items",
    design__consistency__staleness_steps=2,
    design__communication__touched_bytes=8,
    cost__build_versus_buy={
        "accelerators": 1,
        "price": "core-hour",
        "hours": 1.5,
        "managed_premium": 1.6,
        "ops_hours": 4.0,
        "ops_usd_per_hour": 60.0,
        "basis": "invented",
    },
    report__authors=["A"],
    slides={"minutes": 5, "takeaway": "x"},
)
PATHS = list(key_paths(EVERYTHING))
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.sampled_from([float("nan"), float("inf"), -1.0, 0.0, 1.5]),
    st.sampled_from(["", "x", "local", "{", "{nothing}", "{0}", "a\nb", "\x00", "../..", "\u202e"]),
    st.text(string.printable, max_size=8),
    st.sampled_from([[], [1], ["x"], [[]], [True], {}, {"kind": "local"}, {"x": {"y": []}}]),
    st.dictionaries(st.text(string.printable, max_size=5), st.integers(), max_size=2),
)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace that one test writes to again and again."""
    folder = write_workspace(tmp_path_factory.mktemp("fuzzed"))
    shutil.copytree(study_file(folder).parent, folder / "kept" / STUDY_ID)
    return folder


def test_the_study_that_is_fuzzed_is_valid(root: Path) -> None:
    study_file(root).write_text(toml(EVERYTHING))

    assert spec_problems(root) == ()


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(path=st.sampled_from(PATHS), odd=ODD)
def test_one_key_deleted_or_changed_loads_or_is_a_problem_but_never_a_crash(
    root: Path, path: tuple[Any, ...], odd: object
) -> None:
    changed = tables(toml(EVERYTHING))
    *parents, last = path
    here = changed
    for part in parents:
        here = here[part]
    if odd is None:
        del here[last]
    else:
        here[last] = odd
    study_file(root).write_text(toml(changed), encoding="utf-8")

    problems = spec_problems(root)

    assert all(spot(problem).startswith(f"{SHOWN}") for problem in problems)
    if not problems:
        make_plan(load(root), cores=8)


def test_every_key_can_be_deleted_without_a_crash(root: Path) -> None:
    for path in PATHS:
        changed = tables(toml(EVERYTHING))
        here = changed
        for part in path[:-1]:
            here = here[part]
        del here[path[-1]]
        study_file(root).write_text(toml(changed))

        problems = spec_problems(root)

        assert all(spot(problem).startswith(SHOWN) for problem in problems), path


def test_the_studys_text_is_the_same_after_a_change_that_changes_nothing() -> None:
    assert study_text(problem__title="A simulated study") == study_text()
