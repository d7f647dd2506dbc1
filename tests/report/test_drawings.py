"""The drawings on pages and slides: well formed, quiet, with their own ids."""

import re
from xml.etree import ElementTree as ET

from capstone_report.analysis.analyze import analyze
from capstone_report.report.drawings import drawings
from capstone_report.report.pages import render_report
from capstone_report.spec.load import load_project
from drawn import ORCHESTRATOR, RECOMMENDER, design, study
from sites import REPOSITORY

PLACES = {
    "axis.md": ["decision-flow"],
    "design.md": ["whiteboard", "slot-card"],
    "tools.md": ["stack-path"],
    "print.md": ["decision-flow", "whiteboard", "slot-card", "stack-path"],
}


def test_every_drawing_stands_on_its_page_and_the_whiteboard_on_a_slide() -> None:
    project = load_project(REPOSITORY)
    report = render_report(analyze(project.studies[0], project.workspace, None))
    found = {
        page.path.split("/")[1]: re.findall(r'<title id="([a-z-]+)-title">', page.markdown)
        for page in report.pages
    }
    slides = report.files["ddp-digits/slides.html"].decode()

    assert {path: names for path, names in found.items() if names} == PLACES
    assert slides.count('<title id="whiteboard-slide-title">') == 1


def test_no_two_drawings_of_a_study_share_an_id() -> None:
    found = [
        element.attrib["id"]
        for drawing in drawings(study(design())).values()
        for element in ET.fromstring(drawing.svg).iter()  # noqa: S314 - our own drawing
        if "id" in element.attrib
    ]

    assert len(found) == len(set(found)) == 10


def test_a_drawing_takes_its_colours_from_the_page_and_nothing_from_elsewhere() -> None:
    for chosen in (design(), RECOMMENDER, ORCHESTRATOR):
        for drawing in drawings(study(chosen)).values():
            colours = set(re.findall(r'(?:fill|stroke)="([^"]+)"', drawing.svg))

            assert colours <= {"currentColor", "none", "var(--cap-drawn, #1a5f9e)"}
            assert "href" not in drawing.svg
            assert "url(" not in drawing.svg
            assert "\n" not in drawing.svg
            assert drawing.caption.endswith(".")
