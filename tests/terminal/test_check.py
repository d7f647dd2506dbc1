"""`capstone check`, `explain` and `schema`: exit codes, formats, what-ifs."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from simulated import STUDY_ID, Changes, write_workspace

Capstone = Callable[..., subprocess.CompletedProcess[str]]
USAGE, INVALID = 2, 3
SHOWN = f"specs/{STUDY_ID}/study.toml"
PREDICTION = {"t_comp_s": 1.0, "alpha_s": 1e-3, "beta_s": 0.01, "source": "invented"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A workspace whose study is valid and predicts."""
    return write_workspace(tmp_path, prediction=PREDICTION, sizing={"workers": 4, "why": "enough"})


def test_a_valid_study_is_ok_and_its_notes_are_shown(capstone: Capstone, project: Path) -> None:
    done = capstone("check", "--project", str(project))

    assert done.stdout == f"specs/{STUDY_ID}: ok\n"
    assert done.stderr == "6 notes (--notes shows them)\n"
    told = capstone("check", "--project", str(project), "--notes").stderr
    assert "note[CAP241] design.partitioning.choice" in told


@pytest.mark.parametrize(
    ("changes", "arguments", "code"),
    [
        ({}, (), 0),
        ({"axis__name": "sideways"}, (), 3),
        ({"problem__machine__read_bytes_per_s": 1e12}, (), 0),
        ({"problem__machine__read_bytes_per_s": 1e12}, ("--strict",), 1),
        ({"axis__name": "sideways"}, ("--strict",), 3),
    ],
    ids=["valid", "error", "warning", "strict warning", "strict error"],
)
def test_the_exit_code_says_what_was_found(
    capstone: Capstone,
    tmp_path: Path,
    changes: Changes,
    arguments: tuple[str, ...],
    code: int,
) -> None:
    write_workspace(tmp_path, **changes)

    done = capstone("check", "--project", str(tmp_path), *arguments)

    assert done.returncode == code


def test_the_json_answer_validates_against_the_published_schema(
    capstone: Capstone, tmp_path: Path
) -> None:
    write_workspace(tmp_path, axis__name="model", report__titel="A", report__date="yesterday")
    schema = json.loads(capstone("schema", "check").stdout)

    done = capstone("check", "--project", str(tmp_path), "--format", "json")

    answer = json.loads(done.stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(answer, schema)
    assert answer["ok"] is False
    assert {problem["code"] for problem in answer["problems"]} >= {"CAP101", "CAP103", "CAP231"}
    beside = next(p["beside"] for p in answer["problems"] if p["code"] == "CAP231")
    assert [other["key"] for other in beside] == ["problem.ceiling"]


def test_workflow_commands_are_printed_one_per_problem(capstone: Capstone, tmp_path: Path) -> None:
    write_workspace(tmp_path, axis__name="sideways")

    done = capstone("check", "--project", str(tmp_path), "--format", "github")

    (command,) = [line for line in done.stdout.splitlines() if line.startswith("::")]
    assert command.startswith(f"::error file={SHOWN},line=")
    assert done.returncode == INVALID


def test_a_what_if_says_new_problems_touched_slots_and_both_speedups(
    capstone: Capstone, project: Path
) -> None:
    change = "design.consistency.choice=asynchronous"
    before = (project / SHOWN).read_bytes()

    done = capstone("check", "--project", str(project), "--set", change)

    assert "--set:1:1: error[CAP237] design.consistency.choice: " in done.stderr
    assert "look again at communication: " in done.stdout
    assert "look again at load_balancing: " in done.stdout
    assert "predicted speedup over one worker" in done.stdout
    assert (project / SHOWN).read_bytes() == before


def test_a_what_if_without_consequences_says_so_and_ends_well(
    capstone: Capstone, project: Path
) -> None:
    done = capstone("check", "--project", str(project), "--set", "sizing.workers=3")

    assert "no check says anything new" in done.stdout
    rows = [line.split() for line in done.stdout.splitlines() if line.split()[1:2] == ["workers"]]
    assert all(row[2] == row[3] for row in rows)


def test_a_what_if_answers_in_json_with_the_predicted_speedups(
    capstone: Capstone, project: Path
) -> None:
    schema = json.loads(capstone("schema", "check").stdout)
    change = "prediction.beta_s=0.1"

    done = capstone("check", "--project", str(project), "--json", "--set", change)

    answer = json.loads(done.stdout)
    jsonschema.validate(answer, schema)
    (seen,) = answer["what_if"]
    four = next(row for row in seen["predicted"] if row["workers"] == 4)
    # scatter-gather: T_4 = 1/4 + 2*3*(0.001 + beta/4), section 41.4.5
    assert four["before"] == pytest.approx(1 / (0.25 + 6 * (0.001 + 0.01 / 4)))
    assert four["after"] == pytest.approx(1 / (0.25 + 6 * (0.001 + 0.1 / 4)))


@pytest.mark.parametrize("change", ["nothing", "a b=1", "=1", "sizing.workers=[", "a..b=1"])
def test_a_what_if_that_is_not_key_and_value_is_a_usage_error(
    capstone: Capstone, project: Path, change: str
) -> None:
    done = capstone("check", "--project", str(project), "--set", change)

    assert done.returncode == USAGE
    assert "[CAP706]" in done.stderr


def test_a_what_if_may_name_a_key_that_does_not_exist_and_is_told(
    capstone: Capstone, project: Path
) -> None:
    done = capstone("check", "--project", str(project), "--set", "sizing.wokers=3")

    assert (
        "error[CAP101] sizing.wokers: unknown key 'wokers'; did you mean 'workers'?" in done.stderr
    )


def test_explain_says_why_with_both_examples_and_lists_every_code(capstone: Capstone) -> None:
    page = capstone("explain", "cap231").stdout
    listed = capstone("explain").stdout

    assert page.startswith("# CAP231: ")
    assert "book section 41.2" in page
    assert "## Bad" in page
    assert "## Good" in page
    assert "CAP231  error    The axis does not lift the ceiling" in listed


def test_an_unknown_code_is_a_usage_error_that_names_the_nearest(capstone: Capstone) -> None:
    done = capstone("explain", "CAP23")

    assert done.returncode == USAGE
    assert re.search(r"the nearest are: CAP\d\d\d", done.stderr)


def test_the_schema_is_written_and_an_old_one_is_a_warning(
    capstone: Capstone, project: Path
) -> None:
    capstone("schema", "--project", str(project))
    file = project / "specs" / "study.schema.json"
    fresh = capstone("check", "--project", str(project))
    file.write_text("{}")

    stale = capstone("check", "--project", str(project))

    assert "CAP106" not in fresh.stderr
    assert "warning" in stale.stderr
    assert "[CAP106]" in stale.stderr
