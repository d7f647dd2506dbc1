"""`capstone publish` against real repositories on disk: what arrives, and what stays untouched."""

import json
import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from capstone_report.errors import MachineError
from capstone_report.measure.repository import Repository, ended
from capstone_report.site.publishing import find_target, push_site
from simulated import (
    TIMES,
    load,
    machine_folder,
    records,
    workspace_text,
    write_journal,
    write_workspace,
)

Capstone = Callable[..., subprocess.CompletedProcess[str]]
URL = "https://somebody.github.io/study/"
# Nothing of the machine's own configuration decides what is tested.
CLEAN: Mapping[str, str] = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_SYSTEM": "/dev/null",
    "LC_ALL": "C",
}


@pytest.fixture(autouse=True)
def own_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in CLEAN.items():
        monkeypatch.setenv(name, value)


def git(folder: Path, *arguments: str) -> str:
    """Return what git says, as a user would type it."""
    return subprocess.run(
        ["git", *arguments], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    """An empty repository, as a host of repositories has it."""
    folder = tmp_path / "remote.git"
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", str(folder))
    return folder


@pytest.fixture
def root(tmp_path: Path, remote: Path) -> Path:
    """A measured workspace, committed and pushed."""
    folder = write_workspace(tmp_path / "mine")
    (folder / "capstone.toml").write_text(workspace_text(site__url=URL))
    loaded = load(folder)
    write_journal(machine_folder(loaded), records(loaded, TIMES))
    (folder / ".gitignore").write_text("site/\n.*.new\nrunning.json\n.reserve\n")
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "config", "user.name", "A Student")
    git(folder, "config", "user.email", "student@example.org")
    git(folder, "remote", "add", "origin", str(remote))
    commit(folder)
    git(folder, "push", "--quiet", "origin", "main")
    return folder


def commit(folder: Path) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "A change")


def state(folder: Path) -> tuple[str, str, str, bytes]:
    """Return what publishing must leave alone: branches, files, where one stands, the index."""
    return (
        git(folder, "for-each-ref", "refs/heads", "refs/tags"),
        git(folder, "status", "--porcelain", "--ignored"),
        git(folder, "symbolic-ref", "HEAD"),
        (folder / ".git/index").read_bytes(),
    )


def test_the_site_arrives_and_nothing_of_the_user_changes(
    root: Path, remote: Path, capstone_in: Capstone
) -> None:
    before = state(root)

    answer = capstone_in(root, "publish")

    assert answer.returncode == 0, answer.stderr
    files = set(git(remote, "ls-tree", "-r", "--name-only", "gh-pages").splitlines())
    assert {".nojekyll", "404.html", "index.html", "sitemap.xml"} <= files
    assert "simulated/performance.html" in files
    assert not any("live.js" in name for name in files)
    assert 'src="/study/assets/' in git(remote, "show", "gh-pages:404.html")
    assert f"pushed {len(files)} files" in answer.stdout
    assert f"it will be seen at {URL}" in answer.stdout
    assert "Deploy from a branch" in answer.stdout
    assert state(root) == before
    assert not (root / "site").exists()
    assert not (root / ".git/FETCH_HEAD").exists()
    git(root, "fsck", "--connectivity-only")
    assert git(remote, "log", "-1", "--format=%an <%ae>|%s", "gh-pages") == (
        f"A Student <student@example.org>|Publish the site of {git(root, 'rev-parse', '--short', 'HEAD')}"
    )


@pytest.mark.slow
def test_a_second_commit_follows_the_first_and_an_equal_site_makes_none(
    root: Path, remote: Path, capstone_in: Capstone
) -> None:
    capstone_in(root, "publish")
    first = git(remote, "rev-parse", "gh-pages")

    again = capstone_in(root, "publish", "--json")

    assert json.loads(again.stdout)["commit"] is None
    assert json.loads(again.stdout)["pushed"] is False
    assert "nothing is new" in capstone_in(root, "publish").stdout
    assert git(remote, "rev-parse", "gh-pages") == first

    (root / "capstone.toml").write_text(workspace_text(site__url=URL, site__title="Renamed"))
    commit(root)
    third = json.loads(capstone_in(root, "publish", "--json", "--message", "A new title").stdout)

    assert third["pushed"] is True
    assert third["commit"] == git(remote, "rev-parse", "gh-pages")
    assert git(remote, "rev-parse", "gh-pages^") == first
    assert git(remote, "log", "-1", "--format=%s", "gh-pages") == "A new title"
    assert "Renamed" in git(remote, "show", "gh-pages:index.html")


def test_a_dry_run_pushes_nothing_and_says_what_it_would(
    root: Path, remote: Path, capstone_in: Capstone
) -> None:
    answer = capstone_in(root, "publish", "--dry-run")

    assert answer.returncode == 0, answer.stderr
    assert "would push" in answer.stdout
    assert git(remote, "branch", "--list", "gh-pages") == ""


def test_commits_of_somebody_else_are_never_covered(
    root: Path, remote: Path, tmp_path: Path, capstone_in: Capstone
) -> None:
    capstone_in(root, "publish")
    other = tmp_path / "other"
    git(tmp_path, "clone", "--quiet", "--branch", "gh-pages", str(remote), str(other))
    git(other, "config", "user.name", "Somebody")
    git(other, "config", "user.email", "else@example.org")
    (other / "CNAME").write_text("example.org\n")
    commit(other)
    git(other, "push", "--quiet")
    theirs = git(remote, "rev-parse", "gh-pages")

    answer = capstone_in(root, "publish")

    assert answer.returncode == 7
    assert "[CAP726]" in answer.stderr
    assert "A change" in answer.stderr
    assert git(remote, "rev-parse", "gh-pages") == theirs


def test_a_remote_that_takes_nothing_is_told_with_its_own_words(
    root: Path, remote: Path, capstone_in: Capstone
) -> None:
    hook = remote / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho 'protected by the administrator' >&2\nexit 1\n")
    hook.chmod(0o755)
    before = state(root)

    answer = capstone_in(root, "publish")

    assert answer.returncode == 7
    assert "[CAP727]" in answer.stderr
    assert "protected by the administrator" in answer.stderr
    assert state(root) == before


def test_a_remote_that_is_not_there_is_told(root: Path, capstone_in: Capstone) -> None:
    git(root, "remote", "set-url", "origin", str(root / "nowhere.git"))

    answer = capstone_in(root, "publish")

    assert answer.returncode == 7
    assert "[CAP727]" in answer.stderr


def test_a_password_in_the_address_of_the_remote_is_never_shown(
    root: Path, capstone_in: Capstone
) -> None:
    git(root, "remote", "set-url", "origin", "https://me:s3cret@127.0.0.1:9/study.git")

    answer = capstone_in(root, "publish", "--json")

    assert answer.returncode == 7
    assert "[CAP727]" in answer.stderr
    assert "s3cret" not in answer.stdout + answer.stderr


def test_who_publishes_at_the_same_time_is_not_covered(root: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "index.html").write_text("mine")
    target = find_target(root, remote="origin", branch="gh-pages")
    git(root, "push", "--quiet", "origin", "main:gh-pages")

    with pytest.raises(MachineError, match="CAP727"):
        push_site(target, site, "Publish", dry_run=False)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--remote", "upstream"), "there is no remote repository named upstream; known: origin"),
        (("--branch", "main"), "main is the branch you work on"),
        (("--branch", "a..b"), "'a..b' is no name of a branch"),
    ],
)
def test_what_cannot_be_published_to_is_refused_before_anything_is_built(
    root: Path, capstone_in: Capstone, arguments: tuple[str, ...], said: str
) -> None:
    answer = capstone_in(root, "publish", *arguments)

    assert answer.returncode == 7
    assert "[CAP724]" in answer.stderr
    assert said in answer.stderr


def test_a_workspace_outside_of_any_repository_is_refused(
    tmp_path: Path, capstone_in: Capstone
) -> None:
    folder = write_workspace(tmp_path / "apart")
    (folder / "capstone.toml").write_text(workspace_text(site__url=URL))

    answer = capstone_in(folder, "publish", GIT_CEILING_DIRECTORIES=str(tmp_path))

    assert answer.returncode == 7
    assert "[CAP724]" in answer.stderr
    assert "not a git repository" in answer.stderr


def test_a_machine_without_git_is_told(root: Path, capstone_in: Capstone, tmp_path: Path) -> None:
    answer = capstone_in(root, "publish", PATH=str(tmp_path))

    assert answer.returncode == 7
    assert "[CAP724]" in answer.stderr


def test_somebody_unknown_to_git_is_told_what_to_set(root: Path, capstone_in: Capstone) -> None:
    git(root, "config", "--unset", "user.email")
    git(root, "config", "user.useConfigOnly", "true")

    answer = capstone_in(root, "publish")

    assert answer.returncode == 7
    assert "git config user.name" in answer.stderr


def test_what_is_not_committed_is_not_published(root: Path, capstone_in: Capstone) -> None:
    study = root / "specs" / "simulated" / "study.toml"
    study.write_text(study.read_text() + "# changed\n")
    (root / "specs" / "simulated" / "new.md").write_text("new")
    (root / "notes.txt").write_text("of no study")

    answer = capstone_in(root, "publish")

    assert answer.returncode == 2
    assert "[CAP725] 2 files are changed" in answer.stderr
    assert "such as specs/simulated/study.toml" in answer.stderr


def test_a_site_that_does_not_know_its_address_is_not_published(
    root: Path, capstone_in: Capstone
) -> None:
    (root / "capstone.toml").write_text(workspace_text())
    commit(root)

    answer = capstone_in(root, "publish")

    assert answer.returncode == 3
    assert "[CAP723]" in answer.stderr


def test_a_study_with_missing_runs_is_not_published(
    root: Path, remote: Path, capstone_in: Capstone
) -> None:
    loaded = load(root)
    write_journal(machine_folder(loaded), records(loaded, TIMES)[:-1])
    commit(root)

    answer = capstone_in(root, "publish")

    assert answer.returncode == 4
    assert git(remote, "branch", "--list", "gh-pages") == ""


@pytest.mark.slow
def test_a_workspace_may_be_a_folder_of_a_repository_of_another_hash(
    root: Path, tmp_path: Path, capstone_in: Capstone
) -> None:
    remote, outer = tmp_path / "sha256.git", tmp_path / "outer"
    git(tmp_path, "init", "--quiet", "--bare", "--object-format=sha256", str(remote))
    git(tmp_path, "init", "--quiet", "--object-format=sha256", str(outer))
    git(outer, "config", "user.name", "A Student")
    git(outer, "config", "user.email", "student@example.org")
    git(outer, "remote", "add", "origin", str(remote))
    (root / ".git").rename(tmp_path / "elsewhere")
    root.rename(outer / "study")
    commit(outer)

    first = capstone_in(outer / "study", "publish")
    second = capstone_in(outer / "study", "publish")

    assert first.returncode == 0, first.stderr
    assert "nothing is new" in second.stdout, second.stderr
    assert len(git(remote, "rev-parse", "gh-pages")) == 64


def test_an_answer_that_never_comes_is_not_waited_for(tmp_path: Path) -> None:
    answer = ended(["sleep", "60"], tmp_path, 0.05)

    assert not answer.is_well
    assert answer.complaint == "no answer within 0.05 s"


def test_a_program_that_is_not_there_is_a_complaint(tmp_path: Path) -> None:
    answer = ended([os.fspath(tmp_path / "absent")], tmp_path, 60)

    assert answer.exit_code == 127
    assert "No such file" in answer.complaint


def test_a_commit_without_a_word_is_somebody_elses(root: Path) -> None:
    tree = git(root, "rev-parse", "HEAD^{tree}")
    silent = git(root, "commit-tree", "-m", "", tree)
    git(root, "push", "--quiet", "origin", f"{silent}:refs/heads/gh-pages")

    with pytest.raises(MachineError, match=r"\(no message\)"):
        find_target(root, remote="origin", branch="gh-pages")


def test_git_answers_in_a_folder(root: Path) -> None:
    assert Repository.around(root).git("remote").said == "origin"
