"""How numbers are set, and that no word of a study is ever read as markup."""

import html
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markupsafe import Markup

from capstone_report.analysis.estimates import Estimate, Interval, Method
from capstone_report.analysis.facts import Analysis
from capstone_report.report import words
from capstone_report.report.pages import Report, render_report
from capstone_report.report.verdict import claim_sentence, target_line, verdict_line
from capstone_report.spec.study import Baseline
from capstone_report.spec.vocabulary import BaselineKind
from simulated import GONE, SERIAL, TIMES, Changes, analyse, around, pool

MARKDOWN = MarkdownIt("commonmark").enable("table")
HOSTILE = (
    "<script>alert(1)</script> | **bold** `code` [x](javascript:alert(1)) {{ 7*7 }} {#id} &lt;"
)

printable = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=40)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"),
        (0.0, "0"),
        (1, "1.00"),
        (1.005, "1.00"),
        (9.994, "9.99"),
        (9.999, "10.0"),
        (12.345, "12.3"),
        (99.95, "100"),
        (123.4, "123"),
        (999.4, "999"),
        (999.9, "1,000"),
        (1000, "1,000"),
        (1234.5, "1,234"),
        (1234567, "1,234,567"),
        (0.5, "0.500"),
        (0.001234, "0.00123"),
        (0.0001234, "0.000123"),
        (-2.5, "-2.50"),
        (-0.5, "-0.500"),
        (-1234.0, "-1,234"),
        (1e-6, "1.00&nbsp;&times;&nbsp;10<sup>-6</sup>"),
        (1.239e-5, "1.24&nbsp;&times;&nbsp;10<sup>-5</sup>"),
        (-1e-9, "-1.00&nbsp;&times;&nbsp;10<sup>-9</sup>"),
    ],
)
def test_a_number_has_three_significant_digits(value: float, shown: str) -> None:
    assert words.number(value) == shown


@given(st.floats(min_value=1e-4, max_value=1e9))
def test_a_shown_number_is_within_half_a_percent_of_its_value(value: float) -> None:
    shown = float(words.number(value).replace(",", ""))

    assert shown == pytest.approx(value, rel=0.0051)


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (0.0, "s", "0&nbsp;s"),
        (0.25, "s", "250&nbsp;ms"),
        (0.0000012, "s", "0.00120&nbsp;ms"),
        (1.0, "s", "1.00&nbsp;s"),
        (8.25, "s", "8.25&nbsp;s"),
        (0.25, "ms", "0.250&nbsp;ms"),
        (3.2, "1", "3.20"),
        (0.0008, "USD", "$0.000800"),
        (12.5, "images/s", "12.5&nbsp;images/s"),
        (2.0, "<b>/s", "2.00&nbsp;&#60;b&#62;/s"),
        (1e-6, "USD", "$1.00&nbsp;&times;&nbsp;10<sup>-6</sup>"),
    ],
)
def test_a_quantity_has_its_unit(value: float, unit: str, shown: str) -> None:
    assert words.quantity(value, unit) == shown


def test_a_share_is_shown_in_percent() -> None:
    assert words.percent(0.805) == "80.5&nbsp;%"


@pytest.mark.parametrize(
    ("size", "shown"), [(512 * 2**20, "512&nbsp;MiB"), (2**30, "1.00&nbsp;GiB")]
)
def test_a_size_is_shown_in_binary_units(size: int, shown: str) -> None:
    assert words.gibibytes(size) == shown


def test_a_moment_is_shown_without_its_seconds() -> None:
    assert words.moment("2026-11-21T10:03:59+00:00") == "2026-11-21&nbsp;10:03&nbsp;UTC"


@pytest.mark.parametrize(("count", "shown"), [(0, "0 runs"), (1, "1 run"), (2, "2 runs")])
def test_a_count_has_its_noun_in_the_right_number(count: int, shown: str) -> None:
    assert words.counted(count, "run") == shown


@pytest.mark.parametrize("kind", list(BaselineKind))
def test_every_kind_of_baseline_has_a_name(kind: BaselineKind) -> None:
    baseline = Baseline(kind=kind, benchmark="x", smallest_workers=4)

    assert words.baseline_name(baseline)
    assert ("4 workers" in words.baseline_name(baseline)) == kind.value.startswith("smallest")


def estimate(value: float, unit: str, low: float, high: float) -> Estimate:
    """Return an estimate from six runs with an interval."""
    interval = Interval(low=low, high=high, method=Method.ORDER_STATISTICS)
    return Estimate(value=value, unit=unit, n="6", interval=interval)


@pytest.mark.parametrize(
    ("value", "unit", "low", "high", "shown"),
    [
        (8.0, "s", 7.0, 9.0, "7.00 to 9.00&nbsp;s"),
        (0.5, "s", 0.4, 0.6, "400 to 600&nbsp;ms"),
        (0.9, "s", 0.8, 1.1, "0.800 to 1.10&nbsp;s"),
        (3.2, "1", 3.0, 3.4, "3.00 to 3.40"),
        (0.01, "USD", 0.008, 0.012, "0.00800 to $0.0120"),
        (20.0, "items/s", 19.0, 21.0, "19.0 to 21.0&nbsp;items/s"),
    ],
)
def test_both_bounds_of_an_interval_are_in_one_unit(
    value: float, unit: str, low: float, high: float, shown: str
) -> None:
    text = words.interval_of(estimate(value, unit, low, high))

    assert text == f'<span class="interval">{shown}</span>'


def test_a_sentence_holds_value_level_method_interval_and_runs() -> None:
    assert words.full(estimate(8.0, "s", 7.0, 9.0)) == (
        "8.00&nbsp;s (95&nbsp;% order-statistic interval "
        '<span class="interval">7.00 to 9.00&nbsp;s</span>, n&nbsp;=&nbsp;6)'
    )


def test_a_share_is_a_share_in_its_interval_too() -> None:
    assert words.full(estimate(0.8, "1", 0.75, 0.85), share=True) == (
        "80.0&nbsp;% (95&nbsp;% order-statistic interval "
        '<span class="interval">75.0 to 85.0&nbsp;%</span>, n&nbsp;=&nbsp;6)'
    )


def test_an_estimate_without_an_interval_says_so_with_its_runs() -> None:
    few = Estimate(value=3.2, unit="1", n="3 + 6", interval=None)

    assert words.full(few) == "3.20 (no interval: n&nbsp;=&nbsp;3 + 6)"
    assert words.interval_of(few) == "no interval (n&nbsp;=&nbsp;3 + 6)"


def test_a_table_cell_holds_the_value_above_its_interval() -> None:
    assert words.stacked(estimate(8.0, "s", 7.0, 9.0)) == (
        '8.00&nbsp;s<br><small><span class="interval">7.00 to 9.00&nbsp;s</span></small>'
    )


def test_what_is_not_there_is_not_measured() -> None:
    assert words.full(None) == words.value_of(None) == "<em>not measured</em>"
    assert words.stacked(None) == "<em>not measured</em>"
    assert words.interval_of(None) == ""


@given(printable)
@example("<script>alert(1)</script>")
@example("a | b")
@example("**bold** _it_ `code` ~~s~~")
@example("![x](y) [a]: javascript:b")
@example("&lt;b&gt; &amp;")
@example("{: .class } $x^2$ \\* # *")
def test_plain_text_inside_a_line_is_never_markup(text: str) -> None:
    rendered = MARKDOWN.render(f"x {words.plain(text)} x")

    assert rendered.startswith("<p>")
    assert "<" not in rendered[3:-5]
    assert html.unescape(rendered[3:-5]).split() == f"x {text} x".split()


@pytest.mark.parametrize(
    "text",
    ["- item", "+ item", "* item", "1. item", "2) item", "    code", "---", "# title", "> q"],
)
def test_plain_text_that_begins_a_line_is_never_markup(text: str) -> None:
    rendered = MARKDOWN.render(words.plain(text))

    assert html.unescape(rendered) == f"<p>{text.strip()}</p>\n"


def test_plain_text_is_one_line_and_a_table_row_keeps_its_cells() -> None:
    row = f"| {words.plain('a | b')} | {words.plain('c' + chr(10) + 'd')} |"

    rendered = MARKDOWN.render(f"| h | i |\n|---|---|\n{row}\n")

    assert rendered.count("<td>") == 2
    assert "<td>c d</td>" in rendered


def test_markup_of_our_own_is_left_as_it_is() -> None:
    assert words.plain(Markup("<em>ours</em>")) == "<em>ours</em>"


def test_commands_between_backticks_are_code_and_everything_else_is_text() -> None:
    assert words.code_spans("run `capstone run <b>` **now**") == (
        "run <code>capstone run &#60;b&#62;</code> &#42;&#42;now&#42;&#42;"
    )


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """The report of a study whose every free text tries to be markup."""
    changes: Changes = {
        "problem__title": HOSTILE,
        "problem__question": HOSTILE,
        "problem__one_machine": HOSTILE,
        "axis__why": HOSTILE,
        "baseline__tuned": [HOSTILE],
        "design__partitioning__why": HOSTILE,
        "metrics__accuracy__description": HOSTILE,
        "benchmarks__0__work_unit": HOSTILE,
        "benchmarks__1__work_unit": HOSTILE,
        "benchmarks__1__held_fixed": [HOSTILE],
        "reproducibility__data__source": HOSTILE,
        "report__authors": [HOSTILE],
        "slides__takeaway": HOSTILE,
        "tools": [{"name": HOSTILE, "role": HOSTILE, "decision": "build", "why": HOSTILE}],
    }
    source = HOSTILE.replace("`", "'")  # findings set what stands between backticks as code
    prices = {"prices__core-hour__source": source, "prices__core-hour__estimate": True}
    root = tmp_path_factory.mktemp("hostile")
    return render_report(analyse(root, TIMES, workspace=prices, **changes))


def test_no_text_of_a_study_becomes_markup_on_any_page(hostile: Report) -> None:
    for page in hostile.pages:
        rendered = MARKDOWN.render(page.markdown)
        for markup in ("<script>alert", "<strong>bold", "<code>code", 'href="javascript'):
            assert markup not in rendered, (page.path, markup)
        assert 'id="id"' not in rendered


def test_no_text_of_a_study_becomes_markup_on_the_slides(hostile: Report) -> None:
    (slides,) = [text.decode() for name, text in hostile.files.items() if name.endswith(".html")]

    assert "<script>alert" not in slides
    assert 'href="javascript' not in slides
    assert "alert(1)" in html.unescape(slides)


def test_a_title_stands_on_the_page_as_it_was_written(hostile: Report) -> None:
    (overview,) = [page for page in hostile.pages if page.path.endswith("/index.md")]
    first = MARKDOWN.render(overview.markdown.split("\n", 1)[0])

    assert html.unescape(first) == f"<h1>{HOSTILE}</h1>\n"


@pytest.mark.parametrize(
    ("times", "verdict", "target"),
    [
        (TIMES, "4 workers are 3.20 times as fast as the best single process", "is met."),
        (
            TIMES | {pool(4): around(16)},
            "4 workers are slower than the best single process: 0.500 times its speed",
            "is missed.",
        ),
        (
            TIMES | {pool(4): around(8.01)},
            "no difference between 4 workers and the best single process is shown",
            "is missed.",
        ),
        (
            TIMES | {SERIAL: around(8, runs=3)},
            "no claim: too few runs for a speedup interval",
            "is not judged.",
        ),
        ({}, "not measured yet", "is not judged."),
    ],
    ids=["faster", "slower", "undecided", "refused", "not measured"],
)
def test_every_verdict_is_one_sentence(
    tmp_path: Path, times: dict[str, list[float]], verdict: str, target: str
) -> None:
    analysis = analyse(tmp_path, times)

    assert verdict_line(analysis) == verdict
    assert target_line(analysis) == f"The target of a speedup of 1.50 {target}"


def test_a_claim_gives_speedup_efficiency_quality_and_cost_of_the_same_runs(
    tmp_path: Path,
) -> None:
    sentence = claim_sentence(analyse(tmp_path, TIMES))

    assert sentence.startswith("4 workers: 2.56&nbsp;s (95&nbsp;% order-statistic interval ")
    assert "the best single process with 1 thread: 8.20&nbsp;s (" in sentence
    assert "That is a speedup of 3.20 (95&nbsp;% Hodges-Lehmann interval " in sentence
    assert "at an efficiency of 80.0&nbsp;% (" in sentence
    assert "with the gate on accuracy reached in every counted run" in sentence
    assert "a cost of $0.00102 per result, 1.25 (" in sentence
    assert sentence.endswith("times the baseline's.")


def test_a_claim_without_gate_and_price_says_the_one_and_leaves_out_the_other(
    tmp_path: Path,
) -> None:
    analysis = analyse(tmp_path, TIMES, cost=GONE, metrics__accuracy__gate=GONE)

    sentence = claim_sentence(analysis)

    assert sentence.endswith(", with no quality gate declared.")
    assert "cost" not in sentence


@pytest.mark.parametrize("times", [{}, TIMES | {SERIAL: around(8, runs=3)}])
def test_a_refused_claim_names_its_reasons_and_no_numbers(
    tmp_path: Path, times: dict[str, list[float]]
) -> None:
    analysis: Analysis = analyse(tmp_path, times)

    sentence = claim_sentence(analysis)

    assert sentence.startswith("Nothing is claimed")
    assert "times as fast" not in sentence
    assert "speedup of" not in sentence


@pytest.mark.parametrize("text", [" (estimated price)", "; ", "estimate, "])
def test_the_spaces_around_our_own_words_are_kept(text: str) -> None:
    assert html.unescape(words.plain(text)) == text


def test_a_power_of_ten_reads_as_one_on_a_terminal() -> None:
    assert (
        words.unmarked(words.quantity(3.81e-5, "USD")).replace("\xa0", " ") == "$3.81 \u00d7 10^-5"
    )


def test_pages_of_a_study_that_needs_two_workers_say_what_their_ratios_are_relative_to(
    tmp_path: Path,
) -> None:
    analysis = analyse(
        tmp_path,
        {pool(2): around(8), pool(4): around(4)},
        baseline__kind="smallest-feasible",
        baseline__benchmark="pool",
        baseline__smallest_workers=2,
        benchmarks__1__levels={"workers": [2, 4]},
        problem__demand__memory_bytes=150e9,
        problem__machine__memory_bytes=80e9,
    )

    pages = {page.path.rpartition("/")[2]: page.markdown for page in render_report(analysis).pages}

    for name in ("index.md", "metrics.md", "performance.md"):
        assert "relative to p0 &#61; 2" in pages[name] or "relative to p0 = 2" in pages[name], name
    assert "the 2 workers that it needs at least" in pages["index.md"]


@pytest.mark.parametrize(
    "text", ["pool/threads=1,workers=4 has n = 1", "first_loss missed", "problem.demand is large"]
)
def test_a_name_keeps_its_spelling_at_the_start_of_a_sentence(text: str) -> None:
    assert words.sentence(text) == words.plain(text)


@pytest.mark.parametrize("text", ["one-worker baselines", "all is well.", "'x' is"])
def test_other_words_start_a_sentence_with_a_capital(text: str) -> None:
    assert words.sentence(text) == words.plain(text[:1].upper() + text[1:])
