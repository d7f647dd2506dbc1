"""A site that is built again: only what has changed is made anew."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from capstone_report.errors import SpecError
from capstone_report.report import charts
from capstone_report.terminal.rebuilding import Rebuilder
from simulated import (
    STUDY_ID,
    TIMES,
    load,
    machine_folder,
    records,
    workspace_text,
    write_journal,
    write_workspace,
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = write_workspace(tmp_path / "project", prose={"problem": "The first sentence."})
    measured(folder, TIMES)
    return folder


def measured(root: Path, times: Mapping[str, Sequence[float]]) -> None:
    """Write the records of a machine anew."""
    loaded = load(root)
    write_journal(machine_folder(loaded), records(loaded, times))


def rebuilder(root: Path, out: Path) -> Rebuilder:
    return Rebuilder(root, (), machine=None, scratch=out.with_name("kept"), out=out)


def test_what_has_not_changed_is_not_built_again(root: Path, tmp_path: Path) -> None:
    made = rebuilder(root, tmp_path / "site")

    assert made.build()
    before = (tmp_path / "site/index.html").stat().st_ino
    assert not made.build()
    assert (tmp_path / "site/index.html").stat().st_ino == before


def test_a_changed_sentence_is_shown_and_no_chart_is_drawn_again(
    root: Path, tmp_path: Path
) -> None:
    made = rebuilder(root, tmp_path / "site")
    made.build()
    drawn = charts.drawing_of.cache_info().misses

    (root / "specs" / STUDY_ID / "problem.md").write_text("The second sentence.")

    assert made.build()
    assert "The second sentence." in (tmp_path / "site" / STUDY_ID / "problem.html").read_text()
    assert charts.drawing_of.cache_info().misses == drawn


def test_new_records_are_shown(root: Path, tmp_path: Path) -> None:
    made = rebuilder(root, tmp_path / "site")
    made.build()
    performance = tmp_path / "site" / STUDY_ID / "performance.html"
    before = performance.read_text()

    measured(root, {name: [2 * time for time in times] for name, times in TIMES.items()})

    assert made.build()
    assert performance.read_text() != before


def test_a_study_that_is_not_valid_leaves_the_last_good_site(root: Path, tmp_path: Path) -> None:
    made = rebuilder(root, tmp_path / "site")
    made.build()
    study = root / "specs" / STUDY_ID / "study.toml"
    good = study.read_text()

    study.write_text("format = [")

    with pytest.raises(SpecError):
        made.build()
    assert "The first sentence." in (tmp_path / "site" / STUDY_ID / "problem.html").read_text()
    study.write_text(good)
    assert not made.build()


def test_another_title_of_the_workspace_is_another_site(root: Path, tmp_path: Path) -> None:
    made = rebuilder(root, tmp_path / "site")
    made.build()

    (root / "capstone.toml").write_text(workspace_text(site__title="Renamed"))

    assert made.build()
    assert "Renamed" in (tmp_path / "site/index.html").read_text()


def test_a_served_site_leads_to_no_other_server(root: Path, tmp_path: Path) -> None:
    (root / "capstone.toml").write_text(workspace_text(site__url="https://u.github.io/r/"))

    rebuilder(root, tmp_path / "site").build()

    assert "u.github.io" not in (tmp_path / "site/index.html").read_text()
