"""Building twice, into foreign folders, and from hostile declarations."""

import hashlib
from pathlib import Path

import pytest

from capstone_report.errors import UsageError
from capstone_report.site.build import build_site
from capstone_report.spec.load import load_project
from sites import REPOSITORY, build


def digest(site: Path) -> dict[str, str]:
    """Return the hash of every file of a site."""
    return {
        path.relative_to(site).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(site.rglob("*"))
        if path.is_file()
    }


def test_the_same_inputs_give_the_same_bytes_at_another_place_and_time_zone(
    shipped_site: Path, tmp_path: Path
) -> None:
    build(REPOSITORY, tmp_path / "again", TZ="Pacific/Kiritimati", LC_ALL="C")

    assert digest(tmp_path / "again") == digest(shipped_site)


def test_a_folder_that_capstone_did_not_write_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("three years of work")
    workspace = load_project(REPOSITORY).workspace

    with pytest.raises(UsageError, match="CAP704"):
        build_site(workspace, [], tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_an_earlier_site_is_replaced_and_its_gitignore_kept(tmp_path: Path) -> None:
    out = tmp_path / "site"
    out.mkdir()
    (out / ".gitignore").write_text("*\n")
    workspace = load_project(REPOSITORY).workspace
    build_site(workspace, [], out)
    (out / "stale.html").write_text("from an earlier build")

    build_site(workspace, [], out)

    assert (out / ".gitignore").read_text() == "*\n"
    assert not (out / "stale.html").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["site"]


def test_a_build_that_fails_leaves_the_old_site(tmp_path: Path) -> None:
    out = tmp_path / "site"
    workspace = load_project(REPOSITORY).workspace
    build_site(workspace, [], out)
    before = digest(out)
    (tmp_path / "blocker").write_text("")

    with pytest.raises(OSError):  # noqa: PT011 - whatever the disk says
        build_site(workspace, [], tmp_path / "blocker" / "site")

    assert digest(out) == before
