"""A declared fault is injected where it can happen, and never into what is compared."""

from pathlib import Path

import pytest

from simulated import STUDY_ID, Changes, said, spec_problems, write_workspace

WHERE = f"specs/{STUDY_ID}/study.toml"
KILL = {"kill_worker": 1, "at_s": 5.0}


def killed(**changes: object) -> Changes:
    """Return a third benchmark with a fault as a change of the study."""
    command = ["python", "pool.py", "--workers", "{workers}", "--seed", "{seed}"]
    benchmark = {"name": "killed", "command": command, "levels": {"workers": [2, 4]}}
    return {"benchmarks__2": benchmark | {"inject": KILL} | changes}


def problems(root: Path, **changes: object) -> list[str]:
    """Return what is wrong with a changed study."""
    write_workspace(root, **Changes(changes))
    return [said(problem) for problem in spec_problems(root)]


def test_a_fault_in_a_benchmark_of_its_own_is_right(tmp_path: Path) -> None:
    assert problems(tmp_path, **killed()) == []


@pytest.mark.parametrize(("benchmark", "role"), [(0, "the baseline"), (1, "what scales")])
def test_a_fault_in_what_is_compared_is_an_error(tmp_path: Path, benchmark: int, role: str) -> None:
    inject = KILL | {"kill_worker": 0}

    (problem,) = problems(tmp_path, **Changes({f"benchmarks__{benchmark}__inject": inject}))

    assert problem.startswith(f"{WHERE}: benchmarks[{benchmark}].inject: [CAP265] ")
    assert f"is {role}, and inject kills one of its workers" in problem


@pytest.mark.parametrize(
    ("changes", "where", "reason"),
    [
        (
            {"inject": KILL | {"kill_worker": 2}},
            ".kill_worker",
            "there is no worker 2 among 2; name one of 0 to 1, or raise levels.workers",
        ),
        (
            {"timeout_s": 5.0},
            ".at_s",
            "a run is stopped after 5 s, before 5 s; lower at_s, or raise timeout_s",
        ),
    ],
    ids=["no such worker", "too late"],
)
def test_a_fault_that_cannot_happen_is_an_error(
    tmp_path: Path, changes: Changes, where: str, reason: str
) -> None:
    (problem,) = problems(tmp_path, **killed(**changes))

    assert problem == f"{WHERE}: benchmarks[2].inject{where}: [CAP266] inject of 'killed': {reason}"


def test_nothing_can_be_killed_that_is_measured_elsewhere(tmp_path: Path) -> None:
    external = {"where": "a cluster", "how": "the same program"}
    benchmark = {"name": "killed", "external": external, "inject": KILL}

    (problem,) = problems(tmp_path, benchmarks__2=benchmark)

    assert "[CAP266] inject of 'killed': it is measured elsewhere" in problem


@pytest.mark.parametrize(
    "inject",
    [{"kill_worker": -1, "at_s": 1.0}, {"kill_worker": 1, "at_s": -1.0}, {"kill_worker": 1}, {}],
)
def test_a_fault_names_a_rank_and_a_time(tmp_path: Path, inject: dict[str, float]) -> None:
    assert problems(tmp_path, **killed(inject=inject)) != []
