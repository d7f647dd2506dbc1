"""Whole reports, page by page, for three studies: complete, not measured, and refused.

The charts are compared as Vega-Lite; their drawings are left out of the pages. `make golden` writes
the trees anew; a tree that is missing fails.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from capstone_report.analysis.analyze import analyze
from capstone_report.report.charts import renumbered
from capstone_report.report.pages import Report, render_report
from capstone_report.spec.load import load_project
from simulated import SERIAL, TIMES, around, pool, records, write_journal, write_workspace

GOLDEN = Path(__file__).parents[1] / "golden"
STUDIES = {
    "complete": TIMES,
    "not-measured": {},
    "refused": {SERIAL: around(8, 3), pool(1): around(9, 3), pool(2): around(4.5, 3)},
}


def rendered(folder: Path, times: Mapping[str, list[float]]) -> Report:
    """Render the simulated study from invented times."""
    write_workspace(folder)
    project = load_project(folder)
    study = project.studies[0]
    journal = None
    if times:
        runs = records(study, times)
        journal = write_journal(study.folder / "results" / "invented-x1-000000", runs)
    return render_report(analyze(study, project.workspace, journal))


def tree(report: Report) -> dict[str, str]:
    """Return what a report holds, by path, without the drawings and the style of the slides."""
    texts = {
        page.path: page.markdown for page in report.pages if not page.path.endswith("print.md")
    }
    texts |= {path: content.decode() for path, content in report.files.items()}
    return {
        path: re.sub(r"<svg.*?</svg>", "<svg/>", text, flags=re.DOTALL)
        for path, text in texts.items()
    }


@pytest.mark.parametrize("name", sorted(STUDIES))
def test_a_report_is_the_golden_tree(name: str, tmp_path: Path) -> None:
    expected = GOLDEN / name

    actual = tree(rendered(tmp_path, STUDIES[name]))

    if os.environ.get("CAPSTONE_GOLDEN") == "write":
        write(expected, actual)
    assert_tree_equals(expected, actual)


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write a golden tree anew."""
    for old in folder.rglob("*"):
        if old.is_file():
            old.unlink()
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, newline="\n")


def assert_tree_equals(expected: Path, actual: Mapping[str, str]) -> None:
    """Compare names, then contents."""
    names = sorted(p.relative_to(expected).as_posix() for p in expected.rglob("*") if p.is_file())

    assert sorted(actual) == names
    for path in names:
        assert actual[path] == (expected / path).read_text(), path


def test_one_changed_time_changes_only_what_names_it(tmp_path: Path) -> None:
    slower = {**TIMES, pool(4): around(3.5)}

    before = tree(rendered(tmp_path / "before", TIMES))
    after = tree(rendered(tmp_path / "after", slower))

    changed = {path.split("/")[1] for path in before if before[path] != after[path]}
    assert changed <= {
        *("index.md", "metrics.md", "performance.md", "argument.md", "runs.csv", "slides.html"),
        *("charts", "baseline.md"),
    }
    assert {"index.md", "metrics.md", "performance.md", "slides.html"} <= changed


def test_the_same_chart_is_the_same_bytes_whatever_was_drawn_before(tmp_path: Path) -> None:
    first = rendered(tmp_path / "first", TIMES)

    again = rendered(tmp_path / "again", TIMES)

    assert [page.markdown for page in first.pages] == [page.markdown for page in again.pages]


def test_no_number_stands_beside_a_refused_speedup_as_an_interval(tmp_path: Path) -> None:
    pages = tree(rendered(tmp_path, STUDIES["refused"]))

    assert "Nothing is claimed" in pages["simulated/index.md"]
    assert "CAP401" in pages["simulated/index.md"]
    assert "Hodges-Lehmann interval" not in pages["simulated/metrics.md"]
    assert "no interval" in pages["simulated/metrics.md"]


def test_the_ids_of_a_drawing_are_numbered_by_its_chart() -> None:
    svg = '<clipPath id="clip7"/><g clip-path="url(#clip7)"/><use href="#clip7" id="gradient_3"/>'

    assert renumbered("speedup", svg) == (
        '<clipPath id="speedup-0"/><g clip-path="url(#speedup-0)"/>'
        '<use href="#speedup-0" id="speedup-1"/>'
    )
