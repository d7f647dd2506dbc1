"""No page of a site, in light or in the dark, breaks a rule of axe-core."""

from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Browser

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
ASKED = "axe.run(document, { resultTypes: ['violations'] })"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_breaks_a_rule_of_accessibility(
    shipped_site: Path, chromium: Browser, scheme: str
) -> None:
    # The page's own policy lets no script in, ours for the test neither.
    context = chromium.new_context(
        color_scheme="dark" if scheme == "dark" else "light", bypass_csp=True, offline=True
    )
    engine = AXE.read_text()
    broken = []
    for path in sorted(shipped_site.rglob("*.html")):
        page = context.new_page()
        page.goto(path.as_uri())
        page.wait_for_load_state("load")
        page.evaluate(engine)
        found = page.evaluate(ASKED)["violations"]
        broken += [(path.name, rule["id"], rule["nodes"][0]["html"]) for rule in found]
        page.close()
    context.close()

    assert broken == []
