"""A built site as a commit on a branch of a remote repository, and nothing else changed anywhere.

The commit is made by ghp-import in a repository of its own, which borrows the objects of the user's
and is thrown away; the user's git only fetches and pushes. So branches, index and files stay as they are.
"""

import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from capstone_report.errors import MachineError, UsageError
from capstone_report.findings import environment as rules
from capstone_report.measure.repository import REMOTE_S, Answer, Repository, ended
from capstone_report.spec.load import WORKSPACE_FILE

TRAILER = "Published-by: capstone publish"
"""The last line of each commit that publishing makes; by it a branch is known as ours."""
NO_COMMIT = ""
CREDENTIALS = re.compile(r"://[^/@\s]+@")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a site goes: a branch of a remote repository, as it stands there."""

    repository: Repository
    remote: str
    branch: str
    source: str
    """The commit that the site is made from, in short."""
    tip: str
    """The branch's last commit on the remote; empty where there is no such branch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What publishing did, or would do."""

    commit: str
    """The commit that holds the site; empty where nothing is new."""
    files: int
    is_first: bool
    """Whether the branch was not there before."""


def find_target(root: Path, *, remote: str, branch: str) -> Target:
    """Look whether a workspace's site can be published to a branch, before anything is built.

    Raises:
        MachineError: git, a repository, the remote or the branch is not as it must be.
        UsageError: the workspace has changes that are not committed.
    """
    repository = Repository.around(root)
    source = repository.git("rev-parse", "--short", "HEAD")
    if not source.is_well:
        _cannot(root, source, "commit the workspace to a git repository first: git init")
    if not repository.git("config", f"remote.{remote}.url").is_well:
        known = repository.git("remote").said.split()
        remedy = f"known: {', '.join(known) or 'none'}; git remote add {remote} URL"
        _refuse(root, f"there is no remote repository named {remote}", remedy)
    if not repository.git("check-ref-format", "--branch", branch).is_well:
        _refuse(root, f"'{branch}' is no name of a branch", "name another --branch")
    if repository.git("symbolic-ref", "--short", "HEAD").said == branch:
        _refuse(root, f"{branch} is the branch you work on", "name another --branch: gh-pages")
    who = repository.git("var", "GIT_COMMITTER_IDENT")
    if not who.is_well:
        _cannot(root, who, "say who commits: git config user.name NAME; git config user.email MAIL")
    _require_committed(root, repository)
    found = _tip(repository, remote, branch)
    return Target(
        repository=repository, remote=remote, branch=branch, source=source.said, tip=found
    )


def push_site(target: Target, site: Path, message: str, *, dry_run: bool) -> Published:
    """Add a site to the target's branch as one commit; with `dry_run` only make the commit.

    Raises:
        MachineError: the remote repository refused.
    """
    repository, tip = target.repository, target.tip
    files = sum(1 for path in site.rglob("*") if path.is_file()) + 1  # and .nojekyll
    with tempfile.TemporaryDirectory(prefix="capstone-publish-") as scratch:
        apart = _apart(repository, Path(scratch), target)
        commit = _commit(apart, target, site, f"{message}\n\n{TRAILER}")
        tree = apart.git("rev-parse", f"{commit}^{{tree}}").said
        if tip and apart.git("rev-parse", f"{tip}^{{tree}}").said == tree:
            return Published(commit=NO_COMMIT, files=files, is_first=False)
        if not dry_run:
            # git notes what it has pushed, so the commit must outlive the repository that it is from.
            _fetch(repository, scratch, target.branch)
            goal = f"{commit}:refs/heads/{target.branch}"
            pushed = repository.git("push", "--quiet", target.remote, goal, timeout=REMOTE_S)
            _require_remote(target.remote, pushed)
    return Published(commit=commit, files=files, is_first=not tip)


def _apart(repository: Repository, scratch: Path, target: Target) -> Repository:
    """Make a repository that borrows the user's objects, and whose branch stands as the remote's."""
    objects = repository.folder / repository.git("rev-parse", "--git-path", "objects").said
    kind = repository.git("rev-parse", "--show-object-format").said
    name, _, mail = repository.git("var", "GIT_COMMITTER_IDENT").said.partition(" <")
    apart = Repository.around(
        scratch,
        GIT_DIR=str(scratch),
        GIT_COMMITTER_NAME=name,
        GIT_COMMITTER_EMAIL=mail.partition(">")[0],
    )
    apart.git("init", "--quiet", "--bare", f"--object-format={kind}")
    (scratch / "objects" / "info" / "alternates").write_text(f"{objects.resolve()}\n")
    if target.tip:
        apart.git("update-ref", f"refs/heads/{target.branch}", target.tip)
    return apart


def _commit(apart: Repository, target: Target, site: Path, message: str) -> str:
    """Have ghp-import make the commit, in the repository of its own; return its name."""
    command = [sys.executable, "-m", "ghp_import", "--no-jekyll", f"--branch={target.branch}"]
    command += [f"--message={message}", "--remote=capstone-has-none", str(site)]
    made = ended(command, apart.folder, REMOTE_S, apart.variables)
    commit = apart.git("rev-parse", "--verify", f"refs/heads/{target.branch}")
    if not made.is_well or not commit.is_well or commit.said == target.tip:
        _cannot(apart.folder, made, "see what git complains about, and publish again")
    return commit.said


def _require_committed(root: Path, repository: Repository) -> None:
    """Go on only where everything that a site is made from is committed.

    Raises:
        UsageError: something is not.
    """
    listed = repository.git(
        *(
            "status",
            "--porcelain",
            "--untracked-files=all",
            "--no-renames",
            "-z",
            "--",
            WORKSPACE_FILE,
            "specs",
        )
    )
    changed = [line[3:] for line in listed.said.split("\0") if line]
    if changed:
        raise UsageError(rules.NOT_COMMITTED(str(root), count=len(changed), example=changed[0]))


def _tip(repository: Repository, remote: str, branch: str) -> str:
    """Return the branch's last commit on the remote, which was made by publishing, and fetch it.

    Raises:
        MachineError: the remote does not answer, or the commit was made by somebody else.
    """
    listed = repository.git("ls-remote", remote, f"refs/heads/{branch}", timeout=REMOTE_S)
    _require_remote(remote, listed)
    if not listed.said:
        return NO_COMMIT
    tip = listed.said.split()[0]
    _fetch(repository, remote, branch)
    message = repository.git("show", "--no-patch", "--format=%B", tip).said
    if TRAILER not in message.splitlines():
        subject = message.splitlines()[0] if message else "(no message)"
        raise MachineError(
            rules.FOREIGN_COMMITS(
                remote, branch=branch, remote=remote, commit=tip[:10], subject=subject
            )
        )
    return tip


def _fetch(repository: Repository, remote: str, branch: str) -> None:
    """Fetch the commits of a branch, and note nothing of it.

    Raises:
        MachineError: the remote does not give them.
    """
    quietly = ("--quiet", "--no-tags", "--no-write-fetch-head", "--refmap=")
    fetched = repository.git("fetch", *quietly, remote, f"refs/heads/{branch}", timeout=REMOTE_S)
    _require_remote(remote, fetched)


def _require_remote(remote: str, answer: Answer) -> None:
    """Go on only where a remote repository did what it was asked for.

    Raises:
        MachineError: it did not.
    """
    if not answer.is_well:
        reason = _last_line(answer)
        raise MachineError(rules.PUSH_REFUSED(remote, remote=remote, reason=reason))


def _cannot(root: Path, answer: Answer, remedy: str) -> NoReturn:
    """Refuse with git's own complaint."""
    _refuse(root, _last_line(answer), remedy)


def _refuse(root: Path, reason: str, remedy: str) -> NoReturn:
    """Refuse to publish from here.

    Raises:
        MachineError: always.
    """
    raise MachineError(rules.CANNOT_PUBLISH(str(root), reason=reason, remedy=remedy))


def _last_line(answer: Answer) -> str:
    """Return what a program complained about in the end, on one line, and no password of a URL."""
    told = CREDENTIALS.sub("://", answer.complaint)
    lines = [line.strip() for line in told.splitlines() if line.strip()]
    telling = [line for line in lines if line.startswith(("fatal:", "error:", "!", "remote:"))]
    return " ".join(telling or lines[-1:]) or f"git ended with exit code {answer.exit_code}"
