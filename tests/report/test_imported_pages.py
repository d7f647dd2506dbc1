"""What pages say about numbers from elsewhere, about work that grows, and about rates."""

from pathlib import Path

import pytest

from capstone_report.analysis.facts import Analysis
from capstone_report.report.pages import render_report
from capstone_report.report.verdict import claim_sentence, verdict_line
from capstone_report.report.words import headline, moment, needs, unmarked
from elsewhere import analysis_of, import_text, mapping, write_external
from simulated import TIMES, analyse

RATES = "p,a,b,c,d,e,f\n8,100,101,99,100,102,98\n64,640,650,630,660,645,635\n"
COLUMNS = ["a", "b", "c", "d", "e", "f"]


def published(root: Path, text: str, column: object, *, unit: str, scaling: str) -> Analysis:
    """Return what an imported table of 8 and 64 workers says."""
    write_external(root, workers=[8, 64], unit=unit, scaling=scaling)
    return analysis_of(root, import_text(root, text, mapping(column=column, unit=unit)))


def pages(analysis: Analysis) -> dict[str, str]:
    """Return the Markdown of a report's pages by their file."""
    rendered = render_report(analysis).pages
    return {page.path.rpartition("/")[2]: page.markdown for page in rendered}


def test_imported_numbers_are_marked_with_source_and_date_wherever_they_are_listed(
    tmp_path: Path,
) -> None:
    analysis = published(tmp_path, "p,t\n8,2\n64,2.5\n", "t", unit="s", scaling="weak")

    said = pages(analysis)

    for name in ("index.md", "metrics.md", "performance.md"):
        assert "imported" in said[name], name
    for name in ("performance.md", "reproducibility.md"):
        assert "**Imported, not measured here**: 2 runs from a test (2024-05)" in said[name]
    assert "How long its process lasted is unknown" in said["baseline.md"]
    assert "| Memory | unknown |" in said["reproducibility.md"]
    assert "| GPUs | unknown |" in said["reproducibility.md"]
    assert "campaign" not in said["reproducibility.md"]
    assert "| Imported, dated | 2024-05 |" in said["index.md"]


def test_one_value_of_each_has_no_interval_on_any_page(tmp_path: Path) -> None:
    analysis = published(tmp_path, "p,t\n8,2\n64,2.5\n", "t", unit="s", scaling="weak")

    said = pages(analysis)

    assert 'class="interval"' not in "".join(said.values())
    assert "no interval (n&nbsp;=&nbsp;1)" in said["performance.md"]


def test_where_the_work_grows_the_page_and_the_verdict_say_so(tmp_path: Path) -> None:
    times = "p,a,b,c,d,e,f\n8,2,2.01,2.02,2,2.01,2.03\n64,2.5,2.51,2.52,2.5,2.53,2.51\n"
    analysis = published(tmp_path, times, COLUMNS, unit="s", scaling="weak")

    said = pages(analysis)["performance.md"]

    assert "## Weak scaling" in said
    assert "The work grows with the workers: as much work for each worker" in said
    assert "the baseline's time over the time" in said
    assert unmarked(verdict_line(analysis)) == (
        "64 workers do 6.41 times as much in the same time as 8 workers, the fewest published"
    )


def test_a_rate_is_told_as_a_rate(tmp_path: Path) -> None:
    analysis = published(tmp_path, RATES, COLUMNS, unit="samples/s", scaling="throughput")

    said = pages(analysis)

    assert "## Throughput scaling" in said["performance.md"]
    assert "| measured | 95" in said["performance.md"]
    assert "reaches **100&nbsp;samples/s" in said["baseline.md"]
    assert "64 workers: 642" in unmarked(claim_sentence(analysis))
    assert analysis.claim.verdict == "faster"


def test_the_headline_of_a_measured_time_is_called_time(tmp_path: Path) -> None:
    analysis = analyse(tmp_path, TIMES)

    assert headline(analysis.loaded.study) == "time"
    assert analysis.baseline
    assert needs(analysis.baseline) == "needs"


@pytest.mark.parametrize("day", ["2024", "2024-05", "2024-05-17", "unknown"])
def test_a_day_of_an_import_is_told_as_it_is_known(day: str) -> None:
    assert unmarked(moment(day)) == day
