"""The printed table of coverages is the one that is promised; the simulation itself is run by hand."""

import re

import pytest

from capstone_report.perfmodel.intervals import median_ranks
from sites import REPOSITORY

PAGE = (REPOSITORY / "docs" / "statistics.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("| ").split("|")]
    for line in PAGE.splitlines()
    if line.count("|") == 11
]
RUNS = [int(cell.removeprefix("n = ")) for cell in ROWS[0][2:]]
OF_RATIOS = [row for row in ROWS if row[0] in {"speedup", "efficiency", "cost ratio"}]
OF_MEDIANS = [row for row in ROWS if row[0] in {"median time", "rate"}]
THREE_ERRORS = 0.5  # percentage points at 20,000 trials


def test_the_row_in_theory_is_what_the_ranks_say() -> None:
    (theory,) = [row for row in ROWS if row[0] == "any median, in theory"]

    ranks = [median_ranks(runs, 0.95) for runs in RUNS]
    assert theory[2:] == [f"{100 * r.coverage:.1f}" if r else "none" for r in ranks]
    for row in OF_MEDIANS:
        for cell, exact in zip(row[2:], theory[2:], strict=True):
            assert (cell == "none") == (exact == "none")
            assert cell == "none" or float(cell) == pytest.approx(float(exact), abs=THREE_ERRORS)


def test_every_ratio_covers_at_least_93_percent_and_no_more_than_it_needs_from_20_runs_on() -> None:
    assert len(OF_RATIOS) == 9
    for row in OF_RATIOS:
        for runs, cell in zip(RUNS, map(float, row[2:]), strict=True):
            assert cell >= 93
            assert runs < 20 or cell <= 97.5


def test_what_a_report_points_at_covers_where_the_exact_interval_does_not() -> None:
    blocks = [row for row in ROWS if row[0].startswith("Hodges-Lehmann")]
    pointed = [row for row in ROWS if row[0] == "the one that the report points at"]

    assert len(blocks) == len(pointed) == 3
    for exact, shown in zip(blocks, pointed, strict=True):
        assert float(exact[-1]) < 93
        assert float(shown[-1]) > float(exact[-1])
        assert min(map(float, shown[2:])) >= 93 - 1.7  # three standard errors at 1,500 trials


def test_the_page_says_how_it_was_printed() -> None:
    assert re.search(r"^20,000 trials a cell", PAGE, re.MULTILINE)
    assert "python tests/benchmarks/coverage.py" in PAGE
