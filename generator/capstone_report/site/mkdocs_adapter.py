"""The one place that knows MkDocs and its Material theme.

Their configuration is written by us, never taken from a project: no hooks, no plugin but search,
no fonts and no scripts from other hosts.
"""

import json
import logging
import os
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, TypeAlias

from mkdocs.commands.build import build
from mkdocs.config import load_config

NavItem: TypeAlias = dict[str, "str | list[dict[str, str]]"]

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


def build_mkdocs(
    docs: Path, out: Path, *, title: str, url: str | None, nav: list[NavItem], timestamp: int
) -> None:
    """Build the pages below `docs` into `out`.

    `timestamp` (seconds since 1970) stands for the time of the build in everything that is
    written; without a URL no page is made that would need one.

    Raises:
        mkdocs.exceptions.Abort: a page links to a page that is not there.
    """
    with as_file(files(__package__).joinpath("theme")) as theme:
        settings = _settings(docs, out, theme, title=title, url=url, nav=nav)
        file = docs.parent / "mkdocs.yml"
        file.write_text(json.dumps(settings, indent=1))  # JSON is YAML
        logging.getLogger("mkdocs").setLevel(logging.WARNING)
        before = os.environ.get("SOURCE_DATE_EPOCH")
        os.environ["SOURCE_DATE_EPOCH"] = before or str(timestamp)
        try:
            config = load_config(str(file))
            if url is None:
                config.theme.static_templates.discard("404.html")
            config.plugins.on_startup(command="build", dirty=False)
            build(config)
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
