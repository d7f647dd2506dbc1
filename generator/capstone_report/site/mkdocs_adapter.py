"""The one place that knows MkDocs and its Material theme.

Their configuration is written by us, never taken from a project: no hooks, no plugin but search,
no fonts and no scripts from other hosts.
"""

import json
import logging
import os
from importlib.resources import as_file, files
from pathlib import Path
from types import CodeType
from typing import Any, TypeAlias

from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket
from mkdocs.commands.build import build
from mkdocs.config import load_config

NavItem: TypeAlias = dict[str, "str | list[dict[str, str]]"]

SEARCH = "material/search"
PALETTE = [
    {
        "media": f"(prefers-color-scheme: {mode})",
        "scheme": scheme,
        "primary": "custom",
        "accent": "custom",
        "toggle": {"icon": icon, "name": f"Switch to {other} colours"},
    }
    for mode, scheme, icon, other in (
        ("light", "default", "material/weather-night", "dark"),
        ("dark", "slate", "material/weather-sunny", "light"),
    )
]


class _Compiled(BytecodeCache):
    """The theme's compiled templates, kept as long as the process lives and never on disk."""

    def __init__(self) -> None:
        self._code: dict[str, CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give back what was compiled from the same text."""
        bucket.code = self._code.get(f"{bucket.key}-{bucket.checksum}")

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self._code[f"{bucket.key}-{bucket.checksum}"] = bucket.code


_COMPILED = _Compiled()


def _keep_compiled(env: Environment, **_: object) -> Environment:
    """Let the theme's templates be compiled once: that is a third of a second build."""
    env.bytecode_cache = _COMPILED
    return env


def build_mkdocs(
    docs: Path,
    out: Path,
    *,
    title: str,
    url: str | None,
    nav: list[NavItem],
    timestamp: int,
    only_changed: bool = False,
) -> None:
    """Build the pages below `docs` into `out`.

    `timestamp` (seconds since 1970) stands for the time of the build in everything that is
    written; without a URL no page is made that would need one. With `only_changed`, `out` holds an
    earlier build of the same pages, and those are built that were written to since.

    Raises:
        mkdocs.exceptions.Abort: a page links to a page that is not there.
    """
    with as_file(files(__package__).joinpath("theme")) as theme:
        settings = _settings(docs, out, theme, title=title, url=url, nav=nav)
        # MkDocs warns of builds of changed pages only, which a strict build takes for a failure.
        settings["strict"] = not only_changed
        file = docs.parent / "mkdocs.yml"
        file.write_text(json.dumps(settings, indent=1))  # JSON is YAML
        logging.getLogger("mkdocs").setLevel(logging.ERROR if only_changed else logging.WARNING)
        before = os.environ.get("SOURCE_DATE_EPOCH")
        os.environ["SOURCE_DATE_EPOCH"] = before or str(timestamp)
        try:
            config = load_config(str(file))
            if url is None:
                config.theme.static_templates.discard("404.html")
            config.plugins.events["env"].append(_keep_compiled)
            config.plugins.on_startup(command="build", dirty=only_changed)
            # MkDocs keeps its plugins as long as the process: one index must not flow into the next.
            search: Any = config.plugins[SEARCH]
            search.search_index_prev = None
            build(config, dirty=only_changed)
        finally:
            if before is None:
                del os.environ["SOURCE_DATE_EPOCH"]
    if url is None:
        for name in ("sitemap.xml", "sitemap.xml.gz"):
            (out / name).unlink(missing_ok=True)


def _settings(
    docs: Path, out: Path, theme: Path, *, title: str, url: str | None, nav: list[NavItem]
) -> dict[str, Any]:
    """Return MkDocs' configuration."""
    return {
        "site_name": title,
        **({"site_url": url.rstrip("/") + "/"} if url else {}),
        "docs_dir": str(docs),
        "site_dir": str(out),
        "nav": nav,
        "strict": True,
        "use_directory_urls": False,
        "theme": {
            "name": "material",
            "custom_dir": str(theme),
            "language": "en",
            "font": False,
            "palette": PALETTE,
            "features": ["navigation.indexes", "navigation.footer", "navigation.top", "toc.follow"],
        },
        "plugins": ["search"],
        "markdown_extensions": [
            "tables",
            "attr_list",
            {"toc": {"permalink": True}},
            "capstone_report.site.table_heads",
        ],
        "extra": {"generator": False},
        "extra_css": ["assets/capstone.css"],
        "validation": {"links": {"anchors": "warn", "unrecognized_links": "ignore"}},
    }
