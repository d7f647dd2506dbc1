"""A site that is built again page by page is the site that is built whole."""

import json
from pathlib import Path

import pytest

from capstone_report.report.pages import Report, render_report
from capstone_report.site.build import build_site
from capstone_report.site.refreshing import SEARCH, Refresher
from capstone_report.spec.load import load_project
from capstone_report.spec.workspace import Workspace
from simulated import STUDY_ID, TIMES, analyse

Made = tuple[Workspace, list[Report]]


def made(root: Path, *, sentence: str = "The first sentence.", slower: float = 1) -> Made:
    """Return a workspace with one report, measured, with a sentence of its author."""
    times = {case: [slower * time for time in taken] for case, taken in TIMES.items()}
    analysis = analyse(root, times, prose={"problem": sentence})
    return load_project(root).workspace, [render_report(analysis)]


def content(site: Path) -> dict[str, object]:
    """Return every file of a site; the index of the search without the order of its entries."""
    found: dict[str, object] = {
        path.relative_to(site).as_posix(): path.read_bytes()
        for path in sorted(site.rglob("*"))
        if path.is_file()
    }
    index = json.loads((site / SEARCH).read_text())
    found[SEARCH] = sorted(json.dumps(entry, sort_keys=True) for entry in index["docs"])
    return found


@pytest.mark.parametrize(
    "change",
    [{"sentence": "The second sentence."}, {"slower": 2.0}, {"sentence": "Both.", "slower": 3.0}],
)
def test_a_site_with_changed_pages_is_the_one_that_is_built_whole(
    tmp_path: Path, change: dict[str, str | float]
) -> None:
    refresher = Refresher(tmp_path / "kept", tmp_path / "again")
    refresher.build(*made(tmp_path / "project"))
    workspace, reports = made(tmp_path / "project", **change)  # type: ignore[arg-type]

    refresher.build(workspace, reports)
    build_site(workspace, reports, tmp_path / "whole")

    assert content(tmp_path / "again") == content(tmp_path / "whole")


def test_a_page_that_has_not_changed_is_not_written_again(tmp_path: Path) -> None:
    refresher = Refresher(tmp_path / "kept", tmp_path / "site")
    refresher.build(*made(tmp_path / "project"))
    page = tmp_path / "site" / STUDY_ID / "axis.html"
    before = page.stat().st_mtime_ns

    refresher.build(*made(tmp_path / "project", sentence="The second sentence."))

    assert page.stat().st_mtime_ns == before
    assert "The second" in (page.parent / "problem.html").read_text()


def test_another_title_of_the_site_stands_on_every_page(tmp_path: Path) -> None:
    refresher = Refresher(tmp_path / "kept", tmp_path / "site")
    workspace, reports = made(tmp_path / "project")
    refresher.build(workspace, reports)
    renamed = workspace.site.model_copy(update={"title": "Renamed"})

    refresher.build(workspace.model_copy(update={"site": renamed}), reports)

    assert "Renamed" in (tmp_path / "site" / STUDY_ID / "axis.html").read_text()


def test_a_study_that_is_gone_has_no_page_left(tmp_path: Path) -> None:
    refresher = Refresher(tmp_path / "kept", tmp_path / "site")
    workspace, reports = made(tmp_path / "project")
    refresher.build(workspace, reports)

    refresher.build(workspace, [])

    assert not (tmp_path / "site" / STUDY_ID).exists()
