"""A site that is built again: of its pages, only those whose Markdown has changed are converted."""

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from capstone_report.report.pages import Report, render_home
from capstone_report.site.build import (
    navigation,
    refuse_foreign,
    replace_site,
    timestamp,
    write_pages,
)
from capstone_report.site.exchange import sweep
from capstone_report.site.mkdocs_adapter import NavItem, build_mkdocs
from capstone_report.spec.workspace import Workspace

SEARCH = "search/search_index.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Content:
    """Everything that a site is made from."""

    title: str
    navigation: list[NavItem]
    files: Mapping[str, bytes]
    """Pages, as Markdown, and files, by path."""

    def changed_since(self, before: "_Content | None") -> list[str] | None:
        """Return the paths whose content is another one; None where every page is another one."""
        if before is None or self.files.keys() != before.files.keys():
            return None
        if (self.title, self.navigation) != (before.title, before.navigation):
            return None
        return [path for path, content in self.files.items() if content != before.files[path]]


class Refresher:
    """Keeps the Markdown of a site between its builds, in a folder of its own."""

    def __init__(self, scratch: Path, out: Path) -> None:
        """Name where the Markdown is kept, and where the site goes."""
        self._docs, self._out = scratch / "docs", out.absolute()
        self._built: _Content | None = None

    def build(self, workspace: Workspace, reports: Sequence[Report]) -> None:
        """Put the site of these reports in the place of the one before.

        Raises:
            UsageError: the folder holds something that capstone did not write.
        """
        refuse_foreign(self._out)
        sweep(self._out)
        home = render_home(workspace, reports)
        pages = [home, *(page for report in reports for page in report.pages)]
        files = {page.path: page.markdown.encode() for page in pages}
        for report in reports:
            files |= report.files
        title = workspace.site.title
        content = _Content(title=title, navigation=navigation(home, reports), files=files)
        changed = content.changed_since(self._built)
        self._built = None  # what a failure leaves is not built upon
        fresh = self._out.with_name(f"{self._out.name}.tmp-{os.getpid()}")
        try:
            if changed is None:
                shutil.rmtree(self._docs, ignore_errors=True)
                write_pages(self._docs, home, reports)
            else:
                for path in changed:
                    (self._docs / path).write_bytes(files[path])
                shutil.copytree(
                    self._out, fresh
                )  # with the times by which MkDocs knows what is old
            build_mkdocs(
                self._docs,
                fresh,
                title=title,
                url=workspace.site.url,
                nav=content.navigation,
                timestamp=timestamp(reports),
                only_changed=changed is not None,
            )
            if changed is not None:
                _keep_searchable(self._out / SEARCH, fresh / SEARCH)
            replace_site(fresh, self._out)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        self._built = content


def _keep_searchable(before: Path, after: Path) -> None:
    """Add to the index of the pages that were built now what it held of all others."""
    old, new = (json.loads(path.read_text(encoding="utf-8")) for path in (before, after))
    anew = {_page(entry) for entry in new["docs"]}
    new["docs"] += [entry for entry in old["docs"] if _page(entry) not in anew]
    after.write_text(json.dumps(new, separators=(",", ":")), encoding="utf-8")


def _page(entry: Mapping[str, str]) -> str:
    """Return the page that an entry of the index leads to."""
    return entry["location"].partition("#")[0]
