"""Numbers typed into prose: one that the report does not have is told, whatever rounds to one passes."""

import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capstone_report.analysis.facts import Analysis
from capstone_report.errors import SpecError
from capstone_report.report.prose import render_prose
from capstone_report.report.typed_numbers import typed_numbers
from fitted import fitted
from simulated import SERIAL, analyse, around, pool

TIMES = {SERIAL: around(8.0), pool(1): around(9.0), pool(2): around(4.5), pool(4): around(2.5)}
"""Speedups 0.889, 1.78 and 3.2; efficiencies 88.9, 88.9 and 80 %."""


def told(root: Path, text: str) -> list[str]:
    """Return what is said of a page."""
    return [finding.what for finding in typed_numbers(written(root, text))]


def written(root: Path, text: str) -> Analysis:
    """Return the analysis of a study with one page of prose."""
    return analyse(root, TIMES, prose={"argument": text})


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("Four workers reach a speedup of 6.4.", "speedup of 6.4"),
        ("The speed-up is about\n2.5, which is much.", "speed-up is about 2.5"),
        ("Speedup: 5.9 (two workers).", "Speedup: 5.9"),
        ("They are 7.1 times as fast.", "7.1 times as fast"),
        ("It is 9x faster now.", "9x faster"),
        ("The efficiency was 95 %.", "efficiency was 95 %"),
        ("It is 95% efficient.", "95% efficient"),
    ],
)
def test_a_number_that_the_report_does_not_have_is_told(
    tmp_path: Path, text: str, typed: str
) -> None:
    (what,) = told(tmp_path, text)

    assert what.startswith(f"'{typed}': the report has no such ")
    assert what.endswith("(4)")


@pytest.mark.parametrize(
    "text",
    [
        "Two workers reach a speedup of 1.8.",
        "Two workers reach a speedup of 1.78, and four 3.2 times as fast.",
        "The efficiency is 89 %, or 88.9 %.",
        "Where the efficiency falls below 80 %, workers idle; at an efficiency of 50 % they cost double.",
        "The speedup at 4 workers is {speedup:workers=4}.",
        "The speedup of 16 workers is not measured.",
        "The ideal speedup of 2 is not reached, nor a linear speedup of 4.",
        "It prints `speedup of 7.5`.",
        "```\nspeedup of 7.5\n```",
        "> Goyal et al. (2017) report a speedup of 29 over 8 GPUs.",
        "We ask for a speedup. 17 people did.",
        "It took 12.5 s and 40 epochs, on 3 nodes.",
    ],
)
def test_what_is_true_or_of_somebody_else_passes(tmp_path: Path, text: str) -> None:
    assert told(tmp_path, text) == []


def test_a_changed_measurement_makes_a_typed_number_stale(tmp_path: Path) -> None:
    text = "Two workers reach a speedup of 1.78."
    faster = TIMES | {pool(2): around(4.0)}

    assert told(tmp_path / "as-typed", text) == []
    (finding,) = typed_numbers(analyse(tmp_path / "later", faster, prose={"argument": text}))
    assert finding.code == "CAP520"
    assert finding.place is not None
    assert (finding.place.line, finding.place.column) == (1, 21)


def test_the_number_of_a_refused_claim_cannot_be_typed_around_the_refusal(tmp_path: Path) -> None:
    few = {SERIAL: [8.0], pool(1): [9.0], pool(2): [4.5], pool(4): [2.5]}
    text = "Four workers reach a speedup of 3.2."

    assert told(tmp_path / "stands", text) == []
    assert len(list(typed_numbers(analyse(tmp_path / "few", few, prose={"argument": text})))) == 1


def test_a_page_with_a_stale_number_is_not_rendered(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"argument\.md:3.*CAP520"):
        render_prose(written(tmp_path, "One.\n\nA speedup of 7.5."), "argument")


@given(st.text(alphabet="speedup of 1.2%x`>\n", max_size=400))
def test_any_text_is_read(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    analysis = cached(tmp_path_factory)
    object.__setattr__(analysis.loaded, "prose", {"argument": text})

    list(typed_numbers(analysis))


ANALYSES: list[Analysis] = []


def cached(factory: pytest.TempPathFactory) -> Analysis:
    """Return one analysis for many texts."""
    if not ANALYSES:
        ANALYSES.append(written(factory.mktemp("typed"), ""))
    return ANALYSES[0]


@pytest.mark.parametrize(
    "piece", ["speedup of ", "speedup of the ", "1", "```\n", "`", "> ", "ideal "]
)
def test_a_long_page_is_read_in_bounded_time(tmp_path: Path, piece: str) -> None:
    analysis = written(tmp_path, piece * (40_000 // len(piece)))
    began = time.process_time()

    list(typed_numbers(analysis))

    assert time.process_time() - began < 20


def test_speedups_that_follow_from_the_measured_ones_are_the_reports_own(tmp_path: Path) -> None:
    # Four workers over two: 4.5/2.5.
    assert told(tmp_path / "step", "Two more workers are 1.80 times as fast.") == []
    assert told(tmp_path / "other", "Two more workers are 1.89 times as fast.") != []


def test_the_speedup_of_a_fitted_law_is_the_reports_own(tmp_path: Path) -> None:
    analysis = fitted(tmp_path, noise=0.013)
    assert analysis.fit is not None
    assert analysis.fit.outlook is not None
    assert analysis.fit.outlook.fastest is not None
    top = analysis.fit.outlook.fastest.speedup
    assert top is not None
    prose = {"argument": f"The law reaches a speedup of {top.value:.3f}."}

    assert (
        list(typed_numbers(replace(analysis, loaded=replace(analysis.loaded, prose=prose)))) == []
    )
