"""What `capstone init` writes: complete studies, one per template, and a workflow that publishes."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from capstone_report import __version__
from capstone_report.errors import UsageError
from capstone_report.spec import scaffold
from capstone_report.spec.load import LoadedStudy, load_project
from capstone_report.spec.vocabulary import Axis

Capstone = Callable[..., subprocess.CompletedProcess[str]]

TEMPLATES = scaffold.templates()
STUDY = Path("specs/first-study/study.toml")
MEASURABLE: dict[str, tuple[str, list[str], dict[str, Any]]] = {
    "data": ("distinct.py", ["--lines", "600"], {"distinct_lines": 200}),
    "training": (
        "regress.py",
        ["--examples", "300", "--steps", "30", "--seed", "1"],
        {"loss": pytest.approx(0.01, rel=0.5)},
    ),
    "model": (
        "layers.py",
        ["--width", "256", "--inputs", "3", "--seed", "1"],
        {"mean_square": pytest.approx(1 / 3, rel=0.5)},
    ),
    "inference": (
        "serve.py",
        ["--requests", "20", "--per-s", "2000", "--seed", "1"],
        {"answered": 20},
    ),
    "coordination": ("tasks.py", ["--below", "40000"], {"primes": 4203, "given_again": 0}),
    "intelligence": (
        "swarm.py",
        ["--agents", "8", "--rounds", "10", "--points", "500", "--seed", "1"],
        {"mean_belief": pytest.approx(3.14159, abs=0.05)},
    ),
}
TIMES = {"count_time", "train_time", "forward_time", "serve_time", "swarm_time", "latency_p95"}


def load(root: Path, template: str) -> LoadedStudy:
    """Write a template's workspace and load its study."""
    scaffold.write_scaffold(root, template)
    (study,) = load_project(root).studies
    return study


def run_program(template: str, folder: Path, *arguments: str) -> dict[str, float]:
    """Run a template's program and return what it reports."""
    program, sizes, _ = MEASURABLE[template]
    path = Path(scaffold.__file__).parent / "scaffold" / "templates" / template / program
    folder.mkdir()
    subprocess.run(
        [sys.executable, path, *sizes, *arguments],
        check=True,
        timeout=60,
        env={**os.environ, "CAPSTONE_METRICS_DIR": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
    )
    texts = [path.read_text() for path in folder.glob("*.jsonl")]
    lines = [json.loads(line) for text in texts for line in text.splitlines()]
    return {line["m"]: line["v"] for line in lines if "m" in line}


def files(root: Path) -> dict[str, bytes]:
    """Return all files below a folder."""
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def test_there_is_a_template_for_every_axis_one_measured_elsewhere_and_a_blank_one() -> None:
    assert set(TEMPLATES) == {*Axis, "external", "blank"}
    assert all(len(description) > 20 for description in TEMPLATES.values())
    assert len(set(TEMPLATES.values())) == len(TEMPLATES)


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_template_is_a_study_without_problems(tmp_path: Path, template: str) -> None:
    study = load(tmp_path, template)

    assert study.findings == ()


@pytest.mark.parametrize("axis", Axis)
def test_a_template_named_after_an_axis_is_a_study_of_that_axis(tmp_path: Path, axis: Axis) -> None:
    assert load(tmp_path, axis).study.axis.name is axis


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_study_begins_with_its_schema_and_then_says_what_it_is(
    tmp_path: Path, template: str
) -> None:
    scaffold.write_scaffold(tmp_path, template)

    schema, description = (tmp_path / STUDY).read_text().splitlines()[:2]

    assert schema == "#:schema ../study.schema.json"
    assert description == f"# {TEMPLATES[template]}"


def test_the_schema_stands_where_the_studies_first_line_looks_for_it(tmp_path: Path) -> None:
    written = scaffold.write_scaffold(tmp_path, schema="{}\n")

    assert (tmp_path / STUDY.parent / "../study.schema.json").read_text() == "{}\n"
    assert Path("specs/study.schema.json") in written


@pytest.mark.parametrize("template", TEMPLATES)
def test_what_was_written_is_what_is_there_and_never_overwritten(
    tmp_path: Path, template: str
) -> None:
    written = scaffold.write_scaffold(tmp_path, template)
    first = files(tmp_path)

    with pytest.raises(UsageError) as refused:
        scaffold.write_scaffold(tmp_path, template)

    assert {name.as_posix() for name in written} == set(first)
    assert {"capstone.toml", ".gitattributes", ".gitignore", "site/.gitignore"} <= set(first)
    assert {problem.code for problem in refused.value.problems} == {"CAP705"}
    assert len(refused.value.problems) == len(written)
    assert files(tmp_path) == first


def test_one_file_in_the_way_is_enough_to_write_nothing(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site/.gitignore").write_text("mine")

    with pytest.raises(UsageError, match="CAP705"):
        scaffold.write_scaffold(tmp_path)

    assert files(tmp_path) == {"site/.gitignore": b"mine"}


def test_a_scaffold_that_was_cut_short_is_no_workspace(tmp_path: Path) -> None:
    tmp_path.joinpath("specs").symlink_to(tmp_path / "full" / "disk")

    with pytest.raises(OSError, match="specs"):
        scaffold.write_scaffold(tmp_path)

    assert not (tmp_path / "capstone.toml").exists()


def test_an_unknown_template_is_answered_with_those_that_exist(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="known: blank, coordination, data") as refused:
        scaffold.write_scaffold(tmp_path, "dta")

    assert refused.value.problems[0].code == "CAP201"
    assert files(tmp_path) == {}


@pytest.mark.parametrize("template", MEASURABLE)
def test_a_program_finds_the_same_alone_and_with_any_number_of_workers(
    tmp_path: Path, template: str
) -> None:
    alone = run_program(template, tmp_path / "serial", "--workers", "1", "--serial")
    together = [
        run_program(template, tmp_path / workers, "--workers", workers) for workers in ("1", "3")
    ]
    expected = {name: alone[name] for name in alone if name not in {*TIMES, "parameter_bytes"}}

    for found in together:
        assert {name: found[name] for name in expected} == pytest.approx(expected, rel=1e-12)
    assert {name: alone[name] for name in MEASURABLE[template][2]} == MEASURABLE[template][2]
    assert all(found[name] > 0 for found in (alone, *together) for name in TIMES & set(found))


@pytest.mark.parametrize("template", MEASURABLE)
def test_a_program_reports_what_its_study_declares(tmp_path: Path, template: str) -> None:
    study = load(tmp_path / "workspace", template)

    reported = run_program(template, tmp_path / "metrics", "--workers", "2")

    assert set(reported) == set(study.study.metrics)


def test_workers_of_the_model_template_hold_their_share_only(tmp_path: Path) -> None:
    alone = run_program("model", tmp_path / "serial", "--workers", "1", "--serial")
    shared = run_program("model", tmp_path / "4", "--workers", "4")

    assert alone["parameter_bytes"] == 4 * 256 * 256 * 8
    assert shared["parameter_bytes"] == alone["parameter_bytes"] / 4


@pytest.mark.parametrize("workers", ["1", "2"])
def test_the_coordinator_gives_the_task_of_a_dead_worker_to_another(
    tmp_path: Path, workers: str
) -> None:
    lost = ("--workers", workers, "--first-dies-after", "3")

    found = run_program("coordination", tmp_path / "metrics", *lost)

    assert found["primes"] == 4203
    # On a busy machine the second worker may have done every task before the first one had its third.
    assert found["given_again"] in ({1} if workers == "1" else {0, 1})


def test_the_blank_program_says_that_it_is_a_placeholder(tmp_path: Path) -> None:
    scaffold.write_scaffold(tmp_path, "blank")
    program = tmp_path / "specs/first-study/program.py"

    ended = subprocess.run(
        [sys.executable, program], capture_output=True, text=True, check=False, timeout=60
    )

    assert ended.returncode == 1
    assert "placeholder" in ended.stderr


def test_the_workflow_has_no_more_permissions_than_publishing_needs(tmp_path: Path) -> None:
    (name,) = scaffold.write_workflow(tmp_path)
    workflow = yaml.safe_load((tmp_path / name).read_text())

    assert name == Path(".github/workflows/pages.yml")
    assert workflow["permissions"] == {}
    assert {job: workflow["jobs"][job]["permissions"] for job in workflow["jobs"]} == {
        "build": {"contents": "read"},
        "deploy": {"pages": "write", "id-token": "write"},
    }


def test_the_workflow_deploys_only_the_main_branch_and_one_at_a_time(tmp_path: Path) -> None:
    (name,) = scaffold.write_workflow(tmp_path)
    deploy = yaml.safe_load((tmp_path / name).read_text())["jobs"]["deploy"]

    assert deploy["needs"] == "build"
    assert deploy["environment"]["name"] == "github-pages"
    assert deploy["concurrency"] == {"group": "pages", "cancel-in-progress": False}
    assert "github.event_name != 'pull_request'" in deploy["if"]
    assert "github.ref == 'refs/heads/main'" in deploy["if"]


def test_the_workflow_pins_its_actions_measures_nothing_and_interpolates_no_text(
    tmp_path: Path,
) -> None:
    (name,) = scaffold.write_workflow(tmp_path)
    text = (tmp_path / name).read_text()
    jobs = yaml.safe_load(text)["jobs"].values()
    steps = [step for job in jobs for step in job["steps"]]
    commands = [step["run"] for step in steps if "run" in step]

    assert all(
        re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", s["uses"]) for s in steps if "uses" in s
    )
    assert commands == [
        f"pip install capstone-report=={__version__}",
        "capstone check --format github",
        "capstone build",
    ]
    assert re.findall(r"\$\{\{.*?\}\}", text) == ["${{ steps.deployment.outputs.page_url }}"]


def test_the_workflow_never_replaces_another_one(tmp_path: Path) -> None:
    (name,) = scaffold.write_workflow(tmp_path)
    (tmp_path / name).write_text("mine")

    with pytest.raises(UsageError, match="CAP705"):
        scaffold.write_workflow(tmp_path)

    assert (tmp_path / name).read_text() == "mine"


def test_the_workflow_comes_with_the_setting_that_it_needs(
    tmp_path: Path, capstone_in: Capstone
) -> None:
    first = capstone_in(tmp_path, "init", "--github")
    second = capstone_in(tmp_path, "init", "--github")

    assert first.returncode == 0, first.stderr
    assert "wrote .github/workflows/pages.yml" in first.stdout
    assert 'Pages, Source, "GitHub Actions"' in first.stdout
    assert "[site]" in first.stdout
    assert second.returncode == 2
    assert "[CAP705]" in second.stderr


@pytest.mark.slow
@pytest.mark.parametrize("template", TEMPLATES)
def test_every_template_builds_a_site_before_anything_is_measured(
    tmp_path: Path, capstone_in: Capstone, template: str
) -> None:
    scaffold.write_scaffold(tmp_path, template)

    answer = capstone_in(tmp_path, "build")

    assert answer.returncode == 0, answer.stderr
    assert "not measured" in answer.stdout.lower()
    assert "[CAP222]" not in answer.stderr  # it never fits one machine
    assert (tmp_path / "site/index.html").is_file()


@pytest.mark.slow
@pytest.mark.parametrize("template", MEASURABLE)
def test_every_axis_can_be_measured_at_once(
    tmp_path: Path, capstone_in: Capstone, template: str
) -> None:
    scaffold.write_scaffold(tmp_path, template)
    study = tmp_path / STUDY
    study.write_text(study.read_text().replace("repeats = 6", "repeats = 1"))

    answer = capstone_in(tmp_path, "run")

    assert answer.returncode == 0, answer.stderr
    assert "failed" not in answer.stdout
