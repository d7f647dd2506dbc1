"""The CAP7xx of serving, publishing and the doctor for real: ports, repositories, missing modules.

Each function is named after a code and returns what is found in its bad and in its good situation.
"""

import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from capstone_report.site.news import Bulletin
from capstone_report.site.publishing import Target, find_target, push_site
from capstone_report.site.server import SiteServer
from findings.situation import Seen
from findings.situations_on_disk import raised, said
from simulated import (
    TIMES,
    load,
    machine_folder,
    records,
    study_text,
    workspace_text,
    write_journal,
    write_workspace,
)


def quietly(action: Callable[[], object]) -> list[str]:
    """Return the codes that an action raises, whatever this machine's git is configured to do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
        patch.setenv("GIT_CONFIG_SYSTEM", "/dev/null")
        return raised(action)


def git(folder: Path, *arguments: str) -> None:
    """Have git do something."""
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


def repository(root: Path) -> Path:
    """Write a committed workspace with a remote repository beside it; return its folder."""
    folder = write_workspace(root / "mine")
    git(root, "init", "--quiet", "--bare", "--initial-branch=main", "remote.git")
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "config", "user.name", "A Student")
    git(folder, "config", "user.email", "student@example.org")
    git(folder, "remote", "add", "origin", str(root / "remote.git"))
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "A study")
    return folder


def target(folder: Path, branch: str = "gh-pages") -> Target:
    """Look for the place to publish to."""
    return find_target(folder, remote="origin", branch=branch)


def cap722(root: Path) -> Seen:
    """A port that another program has, and any that is free."""

    def served(port: int) -> list[str]:
        def serve() -> None:
            with SiteServer(root, port, Bulletin()):
                pass

        return raised(serve)

    with socket.create_server(("127.0.0.1", 0)) as taken:
        return Seen(bad=served(taken.getsockname()[1]), good=served(0))


def cap723(root: Path) -> Seen:
    """A site without an address, and one with it."""
    folder = repository(root)
    loaded = load(folder)
    bad = said(folder, "publish")
    (folder / "capstone.toml").write_text(workspace_text(site__url="https://u.github.io/r/"))
    write_journal(machine_folder(loaded), records(loaded, TIMES))
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "An address and records")
    return Seen(bad=bad, good=[c for c in said(folder, "publish") if c == "CAP723"])


def cap724(root: Path) -> Seen:
    """The branch that one works on, and another one."""
    folder = repository(root)
    return Seen(bad=quietly(lambda: target(folder, "main")), good=quietly(lambda: target(folder)))


def cap725(root: Path) -> Seen:
    """A study that was changed and not committed, and one as it was committed."""
    folder = repository(root)
    good = quietly(lambda: target(folder))
    study = folder / "specs" / "simulated" / "study.toml"
    study.write_text(study.read_text() + "# changed\n")
    return Seen(bad=quietly(lambda: target(folder)), good=good)


def cap726(root: Path) -> Seen:
    """A branch with somebody's own commit, and a branch that is not there yet."""
    folder = repository(root)
    git(folder, "push", "--quiet", "origin", "main:gh-pages")
    return Seen(bad=quietly(lambda: target(folder)), good=quietly(lambda: target(folder, "report")))


def cap727(root: Path) -> Seen:
    """A remote repository that takes nothing, and one that does."""
    folder = repository(root)
    site = root / "site"
    site.mkdir()
    (site / "index.html").write_text("A page.")
    hook = root / "remote.git" / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)

    def pushed() -> None:
        push_site(target(folder), site, "Publish", dry_run=False)

    bad = quietly(pushed)
    hook.unlink()
    return Seen(bad=bad, good=quietly(pushed))


def cap728(root: Path) -> Seen:
    """A study that needs a module which is not there, and one that needs none."""
    folder = write_workspace(root)
    good = said(folder, "doctor")
    text = study_text(benchmarks__1__requires=["no_such_module"])
    (folder / "specs" / "simulated" / "study.toml").write_text(text)
    return Seen(bad=said(folder, "doctor"), good=good)
