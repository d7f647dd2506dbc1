"""From reports to a site: pages are gathered, written beside the old site, built, then swapped in.

A crash at any point leaves the old site as it was, or the new one whole.
"""

import os
import shutil
import tempfile
from collections.abc import Sequence
from datetime import datetime
from importlib.resources import as_file, files
from pathlib import Path

from capstone_report.errors import UsageError
from capstone_report.findings.environment import FOREIGN_FOLDER
from capstone_report.report.pages import Page, Report, render_home
from capstone_report.site.exchange import exchange, sweep
from capstone_report.site.mkdocs_adapter import NavItem, build_mkdocs
from capstone_report.spec.workspace import Workspace

MARKER = ".capstone-site"
KEPT = (".gitignore",)
REVEAL = ("reset.css", "reveal.css", "reveal.js", "plugin/notes.js")


def build_site(workspace: Workspace, reports: Sequence[Report], out: Path) -> Path:
    """Write the reports as a site into `out` and return its first page.

    Raises:
        UsageError: `out` holds something that capstone did not write.
    """
    out = out.absolute()
    refuse_foreign(out)
    sweep(out)
    home = render_home(workspace, reports)
    with tempfile.TemporaryDirectory(prefix="capstone-") as scratch:
        docs = Path(scratch) / "docs"
        write_pages(docs, home, reports)
        fresh = out.with_name(f"{out.name}.tmp-{os.getpid()}")
        try:
            build_mkdocs(
                docs,
                fresh,
                title=workspace.site.title,
                url=workspace.site.url,
                nav=navigation(home, reports),
                timestamp=timestamp(reports),
            )
            replace_site(fresh, out)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    return out / "index.html"


def write_pages(docs: Path, home: Page, reports: Sequence[Report]) -> None:
    """Write every page, every file and the assets below `docs`."""
    for page in (home, *(page for report in reports for page in report.pages)):
        _write(docs / page.path, page.markdown.encode())
    for report in reports:
        for path, content in report.files.items():
            _write(docs / path, content)
    _write_assets(docs / "assets")


def _write_assets(folder: Path) -> None:
    """Copy our own style sheets and scripts, and reveal.js from the package that carries it."""
    with as_file(files(__package__).joinpath("assets")) as own:
        shutil.copytree(own, folder, dirs_exist_ok=True)
    with as_file(files("pyreveal").joinpath("revealjs/dist")) as reveal:
        for name in REVEAL:
            _write(folder / "reveal" / Path(name).name, (reveal / name).read_bytes())
    with as_file(files("material").joinpath("templates/assets/images/favicon.png")) as icon:
        _write(folder / "images" / "favicon.png", icon.read_bytes())


def _write(path: Path, content: bytes) -> None:
    """Write one file, once: two pages of one path would hide each other."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as stream:
        stream.write(content)


def navigation(home: Page, reports: Sequence[Report]) -> list[NavItem]:
    """Return the site's navigation: the first page, then one section per study."""
    studies: list[NavItem] = [
        {report.title: [{page.title: page.path} for page in report.pages]} for report in reports
    ]
    return [{"All studies": home.path}, *studies]


def timestamp(reports: Sequence[Report]) -> int:
    """Return the time of the newest record, so that equal inputs give equal bytes on any day."""
    times = [report.analysis.measured_to for report in reports]
    return max(
        (int(datetime.fromisoformat(t).timestamp()) for t in times if t and "T" in t), default=0
    )


def refuse_foreign(out: Path) -> None:
    """Refuse a folder that holds anything but an earlier site.

    Raises:
        UsageError: it does.
    """
    if out.is_file() or out.is_symlink():
        raise UsageError(FOREIGN_FOLDER(str(out), folder=out))
    ours = not out.exists() or (out / MARKER).exists()
    if not ours and any(item.name not in KEPT for item in out.iterdir()):
        raise UsageError(FOREIGN_FOLDER(str(out), folder=out))


def replace_site(fresh: Path, out: Path) -> None:
    """Put the new site in the old one's place, with the files that belong to the folder itself."""
    (fresh / MARKER).write_text("written by capstone build; replaced at the next build\n")
    if not out.exists():
        out.parent.mkdir(parents=True, exist_ok=True)
        fresh.rename(out)
        return
    for name in KEPT:
        if (out / name).exists():
            shutil.copy2(out / name, fresh / name)
    exchange(fresh, out)
    shutil.rmtree(fresh, ignore_errors=True)
