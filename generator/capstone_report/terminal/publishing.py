"""`capstone publish`: the site, built strictly, on the branch that a host of pages shows."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from capstone_report.errors import SpecError
from capstone_report.findings.environment import NO_SITE_URL
from capstone_report.terminal.options import json_option, project_option
from capstone_report.terminal.output import print_json

if TYPE_CHECKING:
    from capstone_report.site.publishing import Published, Target
    from capstone_report.spec.load import Project


class Asked(TypedDict):
    """Where to publish, and how."""

    remote: str
    branch: str
    message: str | None
    machine: str | None
    dry_run: bool


@click.command()
@project_option
@json_option
@click.option("--remote", default="origin", show_default=True, help="The remote repository.")
@click.option("--branch", default="gh-pages", show_default=True, help="Its branch for the site.")
@click.option("--message", help="What the commit says; default: which commit the site shows.")
@click.option("--machine", help='Whose records to show: a machine\'s name, or "here".')
@click.option("--dry-run", is_flag=True, help="Build and look, but push nothing.")
def publish(project: Path, *, as_json: bool, **asked: Unpack[Asked]) -> None:
    """Build the site strictly and push it to a branch of a remote repository.

    Everything must be committed and measured. One commit is added to the branch, after those that
    `publish` made before; your own branches and files are not touched.
    """
    from capstone_report.report.pages import render_report
    from capstone_report.site.build import build_site
    from capstone_report.site.publishing import find_target, push_site
    from capstone_report.spec.load import WORKSPACE_FILE, find_root, load_project
    from capstone_report.terminal.analyses import analyses_of, require_complete

    root = find_root(project)
    loaded = load_project(root)
    if loaded.workspace.site.url is None:
        raise SpecError(NO_SITE_URL(WORKSPACE_FILE))
    target = find_target(root, remote=asked["remote"], branch=asked["branch"])
    analyses = analyses_of(loaded, asked["machine"])
    require_complete(analyses)
    with tempfile.TemporaryDirectory(prefix="capstone-") as scratch:
        site = Path(scratch) / "site"
        build_site(loaded.workspace, [render_report(analysis) for analysis in analyses], site)
        message = asked["message"] or f"Publish the site of {target.source}"
        done = push_site(target, site, message, dry_run=asked["dry_run"])
    if as_json:
        _print_answer(loaded, target, done, asked)
    else:
        click.echo(_told(loaded, target, done, asked))


def _told(loaded: "Project", target: "Target", done: "Published", asked: Asked) -> str:
    """Say what was pushed, and where it will be seen."""
    goal = f"{target.branch} of {target.remote}"
    url = loaded.workspace.site.url
    if not done.commit:
        return f"nothing is new: {goal} holds this site already; it is seen at {url}"
    verb = "would push" if asked["dry_run"] else "pushed"
    lines = [
        f"{verb} {done.files} files, the site of {target.source}, to {goal}",
        f"it will be seen at {url}",
    ]
    if done.is_first:
        lines.append(
            "once, in the repository's settings on GitHub: Pages, Source, "
            f'"Deploy from a branch", {target.branch}, / (root)'
        )
    return "\n".join(lines)


def _print_answer(loaded: "Project", target: "Target", done: "Published", asked: Asked) -> None:
    """Print the same as JSON."""
    print_json(
        "publish",
        remote=target.remote,
        branch=target.branch,
        source=target.source,
        commit=done.commit or None,
        files=done.files,
        pushed=bool(done.commit) and not asked["dry_run"],
        url=loaded.workspace.site.url,
    )
