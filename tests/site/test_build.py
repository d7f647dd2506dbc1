"""Building twice, into foreign folders, and from hostile declarations."""

import hashlib
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from capstone_report.errors import UsageError
from capstone_report.site.build import build_site
from capstone_report.site.exchange import exchange, sweep
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


def test_a_build_that_is_killed_leaves_the_old_site(
    workspace: Path, capstone_in: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    assert capstone_in(workspace, "build").returncode == 0
    before = digest(workspace / "site")
    for moment in (0.3, 0.6, 0.9, 1.2, 1.5):
        build = subprocess.Popen(
            [Path(sys.executable).with_name("capstone"), "build"],
            cwd=workspace,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(moment)
        build.kill()
        build.wait()

        assert digest(workspace / "site") == before

    assert capstone_in(workspace, "build").returncode == 0
    assert [path.name for path in workspace.glob("site*")] == ["site"]


def test_without_an_exchange_in_one_step_a_kill_in_between_is_put_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, fresh = tmp_path / "site", tmp_path / "site.tmp-1"
    for folder in (out, fresh):
        folder.mkdir()
        (folder / "index.html").write_text(folder.name)
    monkeypatch.setattr("ctypes.CDLL", lambda _: object())

    exchange(fresh, out)
    swapped = (out / "index.html").read_text(), (fresh / "index.html").read_text()
    out.rename(tmp_path / "site.old-2147483646")
    (tmp_path / "site.tmp-2147483646").mkdir()
    sweep(out)

    assert swapped == ("site.tmp-1", "site")
    assert (out / "index.html").read_text() == "site.tmp-1"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["site", "site.tmp-1"]
