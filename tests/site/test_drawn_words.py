"""The drawings in a real Chromium: measured with a real font, not with the widths they assume."""

from itertools import product

import pytest
from playwright.sync_api import Browser

from capstone_report.report.drawings import drawings
from capstone_report.report.whiteboard import whiteboard
from capstone_report.spec.vocabulary import Communication, Coordination, Partitioning
from drawn import ORCHESTRATOR, RECOMMENDER, design, study

pytestmark = pytest.mark.browser

PROBLEMS = """
svgs => svgs.flatMap(svg => {
  const outer = svg.getBoundingClientRect();
  const boxes = [...svg.querySelectorAll("text")].map(text => {
    const box = text.getBoundingClientRect();
    return { text: text.textContent, left: box.left, right: box.right,
             top: box.top + 0.2 * box.height, bottom: box.bottom - 0.2 * box.height };
  });
  const outside = boxes.filter(b => b.left < outer.left - 1 || b.right > outer.right + 1
    || b.top < outer.top - 1 || b.bottom > outer.bottom + 1).map(b => ["outside", b.text]);
  const touching = boxes.flatMap((a, i) => boxes.slice(i + 1)
    .filter(b => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
    .map(b => ["touching", a.text, b.text]));
  return [...outside, ...touching];
})
"""


@pytest.mark.parametrize("font", ["sans-serif", "DejaVu Sans"])
def test_no_words_touch_in_a_real_font(chromium: Browser, font: str) -> None:
    menus = product(Partitioning, Communication, Coordination)
    sheet = [
        whiteboard(
            design(
                partitioning={"choice": partitioning, "replicated": "the weights"},
                communication={"choice": communication},
                coordination={"choice": coordination},
            )
        )
        for partitioning, communication, coordination in menus
    ]
    for hybrid in (RECOMMENDER, ORCHESTRATOR):
        sheet += drawings(study(hybrid)).values()
    page = chromium.new_page(viewport={"width": 500, "height": 800})

    page.set_content(f"<body style='font-family: {font}'>{''.join(d.svg for d in sheet)}")

    assert page.locator("svg").count() == 24 + 2 * 5
    assert page.eval_on_selector_all("svg", PROBLEMS) == []
    page.close()
