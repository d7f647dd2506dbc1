"""The shipped site, opened from its files with the network cut."""

import functools
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

STUDY = "ddp-digits"


@contextmanager
def opened(
    chromium: Browser, url: str, *, scheme: str = "light", width: int = 1280, scripts: bool = True
) -> Iterator[tuple[Page, list[str]]]:
    """Open a page in a fresh context without network; yield it with everything that went wrong."""
    context = chromium.new_context(
        offline=url.startswith("file:"),
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": width, "height": 800},
        java_script_enabled=scripts,
    )
    page = context.new_page()
    wrong: list[str] = []
    page.on("requestfailed", lambda request: wrong.append(f"failed: {request.url}"))
    page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    page.on(
        "console",
        lambda said: wrong.append(said.text) if said.type in {"error", "warning"} else None,
    )
    page.on(
        "request",
        lambda request: (
            wrong.append(f"elsewhere: {request.url}")
            if not request.url.startswith(("file:", "data:", "http://127.0.0.1"))
            else None
        ),
    )
    page.goto(url)
    page.wait_for_load_state("load")
    yield page, wrong
    context.close()


def pages(site: Path) -> list[Path]:
    """Return every page of a site."""
    return sorted(site.rglob("*.html"))


def test_every_page_opens_from_a_file_without_a_failed_request_or_a_console_message(
    shipped_site: Path, chromium: Browser
) -> None:
    assert len(pages(shipped_site)) >= 14

    for path in pages(shipped_site):
        with opened(chromium, path.as_uri()) as (page, wrong):
            page.wait_for_timeout(100)

            assert wrong == [], path
            assert page.locator("h1, h2").count() > 0, path


def test_no_link_is_dead(shipped_site: Path, chromium: Browser) -> None:
    ids: dict[Path, set[str]] = {}
    links: list[tuple[Path, str]] = []
    for path in pages(shipped_site):
        with opened(chromium, path.as_uri()) as (page, _):
            ids[path] = set(page.eval_on_selector_all("[id]", "all => all.map(e => e.id)"))
            links += [
                (path, href)
                for href in page.eval_on_selector_all("a[href]", "all => all.map(a => a.href)")
            ]

    dead = [(str(source), href) for source, href in links if not _is_alive(href, ids)]

    assert len(links) > 100
    assert dead == []


def _is_alive(href: str, ids: dict[Path, set[str]]) -> bool:
    """Tell whether a link leads to a file that exists, and to an id that it has."""
    parts = urlsplit(href)
    if parts.scheme != "file":
        return False
    target = Path(unquote(parts.path))
    if parts.fragment in {"", "__skip"} or parts.fragment.startswith("/"):
        return target.is_file()
    return parts.fragment in ids.get(target, set())


@pytest.mark.parametrize("name", ["performance.html", "index.html", "print.html"])
def test_every_chart_is_visible_without_scripts(
    shipped_site: Path, chromium: Browser, name: str
) -> None:
    with opened(chromium, (shipped_site / STUDY / name).as_uri(), scripts=False) as (page, _):
        charts = page.locator("svg.chart").all()
        boxes = [chart.bounding_box() for chart in charts]

        assert len(boxes) == {"performance.html": 7, "index.html": 1, "print.html": 8}[name]
        assert all(box and box["width"] > 300 and box["height"] > 150 for box in boxes)
        assert all(chart.locator("path").count() > 3 for chart in charts)
        assert all(chart.get_attribute("aria-label") for chart in charts)


def test_the_slides_page_shows_every_slide(shipped_site: Path, chromium: Browser) -> None:
    with opened(chromium, (shipped_site / STUDY / "slides.html").as_uri()) as (page, wrong):
        page.wait_for_function("window.Reveal && Reveal.isReady()")
        total = page.locator(".slides > section").count()
        seen = []
        for _ in range(total):
            current = page.locator(".slides > section.present")
            box = current.locator("h2").bounding_box()
            seen.append(current.get_attribute("id"))

            assert box is not None
            assert current.is_visible()
            assert page.evaluate(
                "Reveal.getCurrentSlide().scrollHeight <= Reveal.getConfig().height"
            ), seen[-1]
            page.keyboard.press("ArrowRight")

        assert total >= 9
        assert len(set(seen)) == total
        assert wrong == []


def test_the_slides_stand_below_each_other_without_scripts(
    shipped_site: Path, chromium: Browser
) -> None:
    url = (shipped_site / STUDY / "slides.html").as_uri()
    with opened(chromium, url, scripts=False) as (page, _):
        sections = page.locator(".slides > section").all()
        tops = [box["y"] for s in sections if (box := s.bounding_box()) and box["height"] > 40]

        assert len(tops) == len(sections) >= 9
        assert tops == sorted(set(tops))


def test_the_search_box_is_not_shown_where_it_cannot_work(
    shipped_site: Path, chromium: Browser
) -> None:
    with opened(chromium, (shipped_site / "index.html").as_uri()) as (page, _):
        assert page.locator(".md-search").count() == 0
        assert page.locator('label[for="__search"]').count() == 0


def test_search_finds_a_word_on_a_server(shipped_site: Path, chromium: Browser) -> None:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    handler = functools.partial(Quiet, directory=str(shipped_site))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.server_port}/index.html"
        with opened(chromium, url) as (page, wrong):
            page.locator(".md-search__input").click()
            page.locator(".md-search__input").press_sequentially("efficiency")
            page.locator(".md-search-result__link").first.wait_for()

            assert wrong == []
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_chart_text_follows_the_palette(shipped_site: Path, chromium: Browser) -> None:
    url = (shipped_site / STUDY / "performance.html").as_uri()
    fills = {}
    for scheme in ("light", "dark"):
        with opened(chromium, url, scheme=scheme) as (page, _):
            fills[scheme] = page.eval_on_selector(
                "svg.chart text", "text => getComputedStyle(text).fill"
            )

    assert fills["light"] != fills["dark"]


@pytest.mark.parametrize("width", [390, 1280])
def test_no_page_scrolls_sideways(shipped_site: Path, chromium: Browser, width: int) -> None:
    for path in pages(shipped_site):
        if path.name == "slides.html":
            continue
        with opened(chromium, path.as_uri(), width=width) as (page, _):
            overflow = page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )

            assert overflow <= 0, path
