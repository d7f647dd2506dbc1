"""A served page in a real Chromium renews itself, and shows what is in the way."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from served import served

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# Stricter than any page needs: scripts are files of the server, and nothing is asked of elsewhere.
POLICY = "script-src 'self' 'sha256-none'; connect-src 'self'; frame-ancestors 'none'"


def test_an_open_page_renews_itself_and_shows_a_mistake_until_it_is_mended(
    workspace: Path, tmp_path: Path, chromium: Browser
) -> None:
    study = workspace / "specs/tiny/study.toml"
    good = study.read_text()
    with served(workspace, said=tmp_path / "said") as server:
        page = chromium.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(server.url + "tiny/index.html")
        page.get_by_role("heading", name="A tiny study").wait_for()

        study.write_text(good.replace("A tiny study", "A renamed study"))
        page.get_by_role("heading", name="A renamed study").wait_for()

        study.write_text(good.replace('name = "training"', 'name = "<b>trainin</b>"'))
        alert = page.get_by_role("alert")
        alert.wait_for()
        assert "[CAP103] axis.name" in alert.inner_text()
        assert alert.locator("b").count() == 0
        assert page.get_by_role("heading", name="A renamed study").is_visible()

        page.reload()
        alert.wait_for()

        study.write_text(good)
        page.get_by_role("heading", name="A tiny study").wait_for()
        assert alert.count() == 0
        page.close()
    assert all(url.startswith((server.url, "data:")) for url in asked)


def test_a_policy_without_inline_scripts_lets_the_page_renew_itself(
    workspace: Path, tmp_path: Path, chromium: Browser
) -> None:
    study = workspace / "specs/tiny/study.toml"
    with served(workspace, said=tmp_path / "said") as server:
        page = chromium.new_page()

        def with_policy(route: object) -> None:
            answer = route.fetch()  # type: ignore[attr-defined]
            headers = {**answer.headers, "content-security-policy": POLICY}
            route.fulfill(response=answer, headers=headers)  # type: ignore[attr-defined]

        page.route("**/*.html", with_policy)
        page.goto(server.url + "tiny/index.html")

        study.write_text(study.read_text().replace("A tiny study", "A renamed study"))

        page.get_by_role("heading", name="A renamed study").wait_for()
        page.close()
