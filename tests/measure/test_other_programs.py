"""Campaigns on programs of the machine: another file behind the same name is another program."""

from collections.abc import Callable
from pathlib import Path

import pytest

from campaigns import SAY
from capstone_report.analysis.ahead import look_ahead
from capstone_report.analysis.analyze import analyze
from capstone_report.measure import facts
from capstone_report.measure.campaign import run_campaign
from capstone_report.results.journal import Journal, read_journal
from capstone_report.spec.load import Project, load_project


def install(folder: Path, text: str) -> None:
    """Put a program with the name mybench into a folder."""
    folder.mkdir()
    (folder / "mybench").write_text(f"#!/bin/sh\n# {text}\n{SAY}\n")
    (folder / "mybench").chmod(0o755)


def measure(root: Path) -> tuple[Project, Journal]:
    """Measure what is missing; return the project and the journal after it."""
    project = load_project(root)
    campaign = run_campaign(project.studies[0], lambda _: None)
    return project, read_journal(campaign.folder)


@pytest.fixture
def upgraded(
    workspace: Path,
    write_study: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[], None]:
    """Measure with version 1 of mybench; what is returned puts version 2 before it in PATH."""
    write_study(serial_command='["mybench"]')
    for version in ("v1", "v2"):
        install(tmp_path / version, version)
    before = f"{tmp_path / 'v1'}:/usr/bin:/bin"
    monkeypatch.setenv("PATH", before)
    measure(workspace)
    return lambda: monkeypatch.setenv("PATH", f"{tmp_path / 'v2'}:{before}")


def test_runs_of_another_binary_never_count_together(
    workspace: Path, upgraded: Callable[[], None]
) -> None:
    upgraded()

    project, journal = measure(workspace)

    serial = [run for run in journal.runs if run.benchmark == "serial"]
    programs = [run.identity["programs"] for run in serial]
    analysis = analyze(project.studies[0], project.workspace, journal)
    assert len(serial) == 4
    assert programs[0] == programs[1] != programs[2] == programs[3]
    assert [run.reasons for run in analysis.stale] == [("mybench changed",)] * 2
    assert analysis.missing == 0


def test_a_plan_says_which_program_changed(workspace: Path, upgraded: Callable[[], None]) -> None:
    upgraded()

    project = load_project(workspace)
    (loaded,) = project.studies
    (journal,) = (read_journal(path.parent) for path in workspace.rglob("journal.jsonl"))
    ahead = look_ahead(
        loaded, project.workspace, journal, facts.environment(loaded.folder), finished=False
    )

    assert [(case.case.benchmark.name, case.reason) for case in ahead.standing.cases] == [
        ("serial", "mybench changed"),
        ("pool", ""),
    ]


@pytest.mark.usefixtures("upgraded")
def test_who_renders_without_the_program_sees_nothing_stale(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    project = load_project(workspace)
    (journal,) = (read_journal(path.parent) for path in workspace.rglob("journal.jsonl"))
    analysis = analyze(project.studies[0], project.workspace, journal)

    assert (analysis.stale, analysis.missing) == ((), 0)
