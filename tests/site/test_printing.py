"""The report and the slides as PDF, printed by a real Chromium, and what is said where it cannot."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from capstone_report.analysis.analyze import analyze
from capstone_report.errors import MachineError
from capstone_report.report.pages import Report, render_report
from capstone_report.results.journal import read_journal
from capstone_report.site import printing
from capstone_report.site.printing import PAGE, Printed, printed
from capstone_report.spec.load import Project, load_project
from findings.situations_of_exports import pretend
from simulated import TIMES, analyse
from sites import REPOSITORY

A4_POINTS = (595, 842)
WIDE_POINTS = (960, 540)
PRINTED_WIDTH = 688
"""What is left of A4 between the margins, in the pixels of style sheets."""


@pytest.fixture(scope="module")
def shipped() -> tuple[Project, Report]:
    """The shipped study's report."""
    project = load_project(REPOSITORY)
    (folder,) = (project.studies[0].folder / "results").iterdir()
    analysis = analyze(project.studies[0], project.workspace, read_journal(folder))
    return project, render_report(analysis)


def sizes(pdf: bytes) -> set[tuple[int, int]]:
    """Return the sizes of a PDF's pages, in points."""
    found = re.findall(rb"/MediaBox ?\[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    return {(round(float(width)), round(float(height))) for width, height in found}


@pytest.mark.browser
def test_the_report_is_printed_on_a4_and_twice_alike(shipped: tuple[Project, Report]) -> None:
    project, report = shipped

    first = printed(project.workspace, report, Printed.REPORT)

    assert first.startswith(b"%PDF-")
    assert 10 < len(PAGE.findall(first)) < 40
    assert sizes(first) == {A4_POINTS}
    assert b"file:" not in first
    assert printed(project.workspace, report, Printed.REPORT) == first


@pytest.mark.browser
def test_each_slide_is_one_wide_page(shipped: tuple[Project, Report]) -> None:
    project, report = shipped
    slides = report.files[f"{report.study_id}/slides.html"].count(b"<section ")

    pdf = printed(project.workspace, report, Printed.SLIDES)

    assert len(PAGE.findall(pdf)) == slides
    assert sizes(pdf) == {WIDE_POINTS}


@pytest.mark.browser
def test_no_table_no_code_and_no_chart_is_cut_off_in_print(
    shipped_site: Path, chromium: Browser
) -> None:
    page = chromium.new_page(viewport={"width": PRINTED_WIDTH, "height": 1000})
    page.emulate_media(media="print")
    page.goto((shipped_site / "ddp-digits" / "print.html").as_uri())

    parts = page.locator(".md-content :is(table, pre, svg, .tiles, .finding)").all()
    edges = [box["x"] + box["width"] for part in parts if (box := part.bounding_box())]
    hidden = page.eval_on_selector_all(
        ".md-content *",
        "all => all.filter(e => getComputedStyle(e).overflowX !== 'visible'"
        " && e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0).map(e => e.outerHTML)",
    )
    page.close()

    assert len(edges) > 30
    assert max(edges) <= PRINTED_WIDTH + 1
    assert hidden == []


Printing = Callable[..., bytes]


@pytest.fixture
def with_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Printing:
    """Print with a program in the browser's place."""
    report = render_report(analyse(tmp_path / "workspace", TIMES))
    workspace = load_project(tmp_path / "workspace").workspace

    def attempt(wanted: Printed, *lines: str) -> bytes:
        folder = pretend(tmp_path / "bin", *lines)
        monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
        return printed(workspace, report, wanted)

    return attempt


def test_a_browser_that_fails_is_named_with_its_exit_code(with_browser: Printing) -> None:
    with pytest.raises(MachineError, match=r"CAP719.*chromium printed no whole print\.pdf.* 3;"):
        with_browser(Printed.REPORT, "exit 3")


def test_a_browser_that_prints_one_slide_of_ten_has_not_printed_the_slides(
    with_browser: Printing,
) -> None:
    with pytest.raises(MachineError, match=r"CAP719.*it has 1 pages of 1"):
        with_browser(Printed.SLIDES, "printf '/Type /Page\\n' > \"$pdf\"")


def test_a_browser_that_never_ends_is_ended(
    with_browser: Printing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printing, "PATIENCE_S", 0.3)

    with pytest.raises(MachineError, match=r"CAP719.*longer than 0\.3 s"):
        with_browser(Printed.REPORT, "exec sleep 60")


def test_the_date_of_a_pdf_is_that_of_the_newest_record(with_browser: Printing) -> None:
    stamp = "/Type /Page\\n/CreationDate (D:20300101000000+00'00')"

    pdf = with_browser(Printed.REPORT, f'printf "{stamp}" > "$pdf"')

    assert b"(D:202611211" in pdf
    assert b"2030" not in pdf


@pytest.mark.parametrize(("user", "asked"), [(0, True), (1000, False)])
def test_only_root_prints_without_a_sandbox(
    user: int,
    asked: bool,  # noqa: FBT001 - a case of the test
    with_browser: Printing,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user)

    pdf = with_browser(Printed.REPORT, 'echo "/Type /Page $*" > "$pdf"')

    assert (b"--no-sandbox" in pdf) == asked
