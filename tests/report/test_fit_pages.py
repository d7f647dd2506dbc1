"""Fits and forecasts on the page: every number says how it is known, and what is refused is said so."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from capstone_report.analysis.bottlenecks import Bounded, Cause, LostPart
from capstone_report.analysis.estimates import Estimate
from capstone_report.analysis.facts import Analysis
from capstone_report.analysis.fit_facts import EfficiencyFall, Known
from capstone_report.analysis.forecast_facts import Foreseen
from capstone_report.report.fit_charts import fit_charts
from capstone_report.report.fit_words import (
    constants_of,
    error_words,
    explained,
    fall_words,
    registered,
    standing_of,
)
from capstone_report.report.pages import render_report
from fitted import DOUBLED, PREDICTED, analysed_again, fitted, journal_with_prediction, ring
from simulated import Changes

FROM_TWO: Changes = {
    "baseline__kind": "smallest-feasible",
    "baseline__benchmark": "pool",
    "baseline__smallest_workers": 2,
    "problem__demand__memory_bytes": 150e9,
    "problem__machine__memory_bytes": 80e9,
}
LEVELS: Changes = {"benchmarks__1__levels": {"workers": list(DOUBLED)}}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    """A study up to 32 workers with a declared prediction."""
    return fitted(tmp_path_factory.mktemp("whole"), noise=0.013, **PREDICTED)


def page(analysis: Analysis) -> str:
    """Return the words of the performance page."""
    pages = {p.path.split("/")[1]: p.markdown for p in render_report(analysis).pages}
    drawn = re.sub(r"<svg.*?</svg>", "", pages["performance.md"], flags=re.DOTALL)
    return drawn.replace("&nbsp;", " ")


def rows_of(chart: dict[str, Any], layer: int) -> list[dict[str, Any]]:
    """Return the rows of a chart's layer."""
    found: list[dict[str, Any]] = chart["datasets"][chart["layer"][layer]["data"]["name"]]
    return found


def test_the_fastest_size_is_modelled_with_its_interval(whole: Analysis) -> None:
    words = page(whole)

    row = next(line for line in words.splitlines() if "Fastest number of workers" in line)
    assert re.search(r"3\d\.\d workers \(.*to.*\).*speedup is 7\.\d", row)
    assert "(modelled)" in row
    assert "The data choose the USL law" in words
    assert "| Beyond 64 workers | refused |" in words


def test_laws_that_are_not_told_apart_are_all_named(tmp_path: Path) -> None:
    words = page(fitted(tmp_path, (1, 2, 4, 8)))

    assert "The data do not tell these laws apart" in words
    assert "not identified; at least" in words
    assert "(refused)" in words


def test_every_sentence_and_axis_says_what_it_is_relative_to(tmp_path: Path) -> None:
    analysis = fitted(
        tmp_path, (2, 4, 8, 16, 32, 64), law=lambda p: ring(p / 2), noise=0.01, **FROM_TWO
    )

    words = page(analysis)

    assert "## Fitted laws, relative to p0 = 2" in words
    row = next(line for line in words.splitlines() if "Fastest number of workers" in line)
    assert "relative to p0 = 2" in row
    for name in ("fit", "serial-share"):
        assert "relative to p0 = 2" in str(fit_charts(analysis)[name])


def test_work_that_grows_has_no_fastest_size(tmp_path: Path) -> None:
    weak: Changes = {
        "benchmarks__1__scaling": "weak",
        "benchmarks__1__scaling_function": "120 items for each worker",
    }
    words = page(fitted(tmp_path, law=lambda p: 8 + 0.05 * (p - 1), **weak))

    assert "none: the work grows with the workers" in words


def test_what_no_fit_sees_is_named_on_the_page(tmp_path: Path) -> None:
    analysis = fitted(tmp_path, cores=16, benchmarks__1__oversubscribe=True)

    assert "No fit sees 32 workers (oversubscribed" in page(analysis).replace("&#40;", "(")


def test_a_fit_that_is_refused_leaves_no_table(tmp_path: Path) -> None:
    analysis = fitted(tmp_path, (2, 4, 8, 16))

    words = page(analysis)

    assert "Fitted laws" in words
    assert "AICc |" not in words
    assert "fit" not in fit_charts(analysis)


def test_a_post_hoc_prediction_is_called_that(whole: Analysis) -> None:
    words = page(whole)

    assert "<strong>Post-hoc</strong>" in words
    assert "the data cannot tell" in words
    assert "Over the points that it was not made from, the book-ring model errs by" in words
    design = next(p.markdown for p in render_report(whole).pages if p.path.endswith("design.md"))
    assert "<strong>Post-hoc</strong>" in design


def test_a_pre_registered_prediction_shows_its_hash_time_and_commit(tmp_path: Path) -> None:
    journal_with_prediction(tmp_path)
    analysis = analysed_again(tmp_path, **LEVELS)
    assert analysis.foreseen is not None

    words = registered(analysis.foreseen)

    assert "Pre-registered" in words
    assert (analysis.foreseen.sha256 or "?")[:16] in words
    assert "commit 0123456789ab" in words
    assert "modified" not in words
    dirty = replace(analysis.foreseen, git_dirty=True)
    assert "(modified)" in registered(dirty)
    assert "commit" not in registered(replace(dirty, git_commit=None))


def test_errors_have_signs_and_intervals_where_there_are_any(whole: Analysis) -> None:
    found: Foreseen | None = whole.foreseen
    assert found is not None
    point = found.points[-1]
    bare = replace(point, measured=Estimate(value=2.0, unit="s", n="1", interval=None))

    assert re.match(r"[+-]\d", error_words(point))
    assert "interval" in error_words(point)
    assert "interval" not in error_words(bare)


def test_what_a_diagnosis_measured_is_told_beside_the_error(whole: Analysis) -> None:
    assert whole.foreseen is not None
    seconds, share = Bounded(value=0.2, low=None, high=None), Bounded(value=0.5, low=0.4, high=0.6)
    part = LostPart(cause=Cause.COMMUNICATION, evidence="no_sync", lost=seconds, share=share)
    point = replace(whole.foreseen.points[1], parts=(part,))

    words = explained(point).replace("&nbsp;", " ")

    assert "200 ms" in words
    assert "50.0 % of the lost time" in words


@pytest.mark.parametrize(
    ("fall", "words"),
    [
        (EfficiencyFall(level=0.5, known=Known.REFUSED, workers=None), "not up to 64 workers"),
        (EfficiencyFall(level=0.5, known=Known.MEASURED, workers=8, low=4), "shown above at 4"),
        (EfficiencyFall(level=0.5, known=Known.MEASURED, workers=1), "at 1 worker (measured)"),
        (EfficiencyFall(level=0.5, known=Known.MODELLED, workers=40, low=33, high=50), "33 to 50"),
        (
            EfficiencyFall(level=0.5, known=Known.MODELLED, workers=40, low=33),
            "33 to more than 64",
        ),
    ],
)
def test_where_efficiency_falls_says_how_it_is_known(fall: EfficiencyFall, words: str) -> None:
    assert words in fall_words(fall, 64)
    assert f"({fall.known.value})" in fall_words(fall, 64)


def test_a_law_says_what_became_of_it(whole: Analysis, tmp_path: Path) -> None:
    assert whole.fit is not None
    few = fitted(tmp_path, (1, 2, 4, 8)).fit
    assert few is not None

    said = {law.law.value: standing_of(law, whole.fit) for law in whole.fit.laws}
    alike = {law.law.value: standing_of(law, few) for law in few.laws}

    assert said["USL"] == "<strong>chosen</strong>"
    assert said["ideal"] == "rejected"
    assert said["Amdahl + log p"] == "worse"
    assert said["alpha-beta"] == "given: as good as the best"
    assert alike["USL"] == "not told apart"
    link = next(law for law in whole.fit.laws if law.law.value == "alpha-beta")
    assert standing_of(replace(link, delta=9.0), whole.fit) == "given: worse"
    assert "T1&nbsp;=" in constants_of(link, 1)


def test_the_band_is_dashed_only_beyond_what_was_measured(whole: Analysis) -> None:
    chart = fit_charts(whole)["fit"]

    dashed = [layer for layer in chart["layer"] if "strokeDash" in str(layer["mark"])]
    (line,) = dashed
    workers = [row["workers"] for row in rows_of(chart, chart["layer"].index(line))]
    assert min(workers) == pytest.approx(32)
    assert max(workers) == pytest.approx(64)


def test_the_forecast_is_drawn_no_further_than_twice_what_was_measured(whole: Analysis) -> None:
    charts = fit_charts(whole)

    rows = rows_of(charts["forecast"], 0)
    assert max(row["workers"] for row in rows) == 64
    assert {"forecast", "forecast-error", "serial-share", "fit"} == set(charts)


def test_serial_shares_without_a_fit_have_no_line(tmp_path: Path) -> None:
    chart = fit_charts(fitted(tmp_path, (1, 2, 4)))["serial-share"]

    assert all("line" not in str(layer["mark"]) for layer in chart["layer"])


def test_without_points_of_both_no_chart_is_drawn(tmp_path: Path) -> None:
    assert fit_charts(fitted(tmp_path, (1,))) == {}


def test_a_refused_claim_is_not_talked_around_by_a_law_or_by_an_advised_size(
    tmp_path: Path,
) -> None:
    unlike: Changes = {
        "benchmarks__0__setup": {"precision": "fp32"},
        "benchmarks__1__setup": {"precision": "bf16"},
    }

    words = page(fitted(tmp_path, **unlike))

    assert "The claim is refused (CAP453): a law through these times" in words
    assert "so no size is advised" in words
    assert "The shortest time" not in words
    assert "within the deadline" not in words


def test_the_time_in_a_law_is_named_after_the_fewest_workers(tmp_path: Path) -> None:
    words = page(fitted(tmp_path, (2, 4, 8, 16), **FROM_TWO))

    assert "T2 = " in words
    assert "T1" not in words
    assert "q = p/2" in words
    assert "book's ring" not in words
