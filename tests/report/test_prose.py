"""The author's Markdown: references become numbers, and nothing in it can act."""

import time
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capstone_report.analysis.facts import Analysis
from capstone_report.errors import SpecError
from capstone_report.report.prose import POINT_VALUES, STUDY_VALUES, render_prose
from capstone_report.spec.references import OF_POINT, OF_STUDY, prose_problems
from simulated import (
    ENVIRONMENT,
    STUDY_ID,
    TIMES,
    Times,
    analyse,
    load,
    pool,
    write_workspace,
)

Write = Callable[..., Analysis]

BLOCKS = {"p", "div", "span", "em", "strong", "code", "pre", "blockquote", "ul", "ol", "li", "hr"}
INERT = BLOCKS | {"a", "br", "sup", "table", "thead", "tbody", "tr", "th", "td"}
INERT |= {f"h{level}" for level in range(1, 7)}
ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg><set attributeName=href to=javascript:alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "</div></body><script>alert(1)</script>",
    "<!-- comment --> <?php x ?> <![CDATA[x]]>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt&colon;alert(1))",
    "[x](java&#10;script:alert(1))",
    "[x]( javascript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](file:///etc/passwd)",
    "<javascript:alert(1)>",
    "[x]\n\n[x]: javascript:alert(1)",
    '[x](https://a.example "onmouseover=alert(1)")',
    '[x](https://a.example/"onmouseover="alert(1))',
    "![x](https://a.example/tracker.png)",
    "![x](javascript:alert(1))",
    "![x][y]\n\n[y]: https://a.example/tracker.png",
    '```mermaid\nclick A href "javascript:alert(1)"\n```',
    "| a |\n|---|\n| <script>alert(1)</script> |",
    "{{speedup}} {{{{ 7*7 }}}}",
]


class Elements(HTMLParser):
    """Collects the elements of a page with their attributes."""

    def __init__(self, text: str) -> None:
        """Read a whole page."""
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep one element."""
        self.found.append((tag, dict(attrs)))


def assert_inert(page: str) -> None:
    """Fail when a page has an element or an attribute that could load or run anything."""
    for tag, attributes in Elements(page).found:
        assert tag in INERT, tag
        assert attributes.keys() <= {"class", "href", "title", "style", "start"}, (tag, attributes)
        assert attributes.get("style", "text-align:left") == "text-align:left"
        address = attributes.get("href") or ""
        assert not address.lower().startswith(("javascript", "vbscript", "data", "file")), address


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Analyse the simulated study with a text as its argument."""

    def ask(text: str, times: Times = TIMES, **changes: object) -> Analysis:
        return analyse(tmp_path, times, prose={"argument": text}, **changes)  # type: ignore[arg-type] # named ones are analyse's own

    return ask


@pytest.fixture(scope="module")
def any_analysis(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    """An analysis whose prose a test replaces."""
    return analyse(tmp_path_factory.mktemp("prose"), TIMES, prose={"argument": ""})


def rendered(analysis: Analysis, text: str) -> str:
    """Return a text as the argument of an analysis."""
    prose: dict[str, str] = analysis.loaded.prose
    prose["argument"] = text
    return render_prose(analysis, "argument")


def test_a_reference_becomes_the_number_with_unit_interval_and_runs(write: Write) -> None:
    page = render_prose(write("It takes {time:workers=4}."), "argument")

    assert page == (
        '<div class="prose">\n<p>It takes 2.56&nbsp;s (95&nbsp;% order-statistic interval '
        '<span class="interval">2.50 to 2.62&nbsp;s</span>, n&nbsp;=&nbsp;6).</p>\n</div>'
    )


@pytest.mark.parametrize(
    ("reference", "start"),
    [
        ("speedup:workers=4", "3.20 (95&nbsp;% Hodges-Lehmann interval "),
        ("efficiency:workers=4", "80.0&nbsp;% (95&nbsp;% Hodges-Lehmann interval "),
        ("one_worker_speedup:workers=2", "2.00 (95&nbsp;% "),
        ("one_worker_efficiency:workers=2", "100&nbsp;% (95&nbsp;% "),
        ("throughput:workers=2", "26.0&nbsp;items/s (95&nbsp;% order-statistic "),
        ("cost:workers=4", "$0.00102"),
        ("cost_ratio:workers=4", "1.25 (95&nbsp;% Hodges-Lehmann interval "),
        ("quality:workers=4", "0.970 (95&nbsp;% "),
        ("step_time:workers=4", "<em>not measured</em>"),
        ("baseline_time", "8.20&nbsp;s (95&nbsp;% order-statistic interval "),
        ("baseline_threads", "1"),
        ("baseline_cost", "$0.000820"),
        ("baseline_quality", "0.970 (95&nbsp;% "),
        ("claim_workers", "4"),
        ("claim_speedup", "3.20 (95&nbsp;% Hodges-Lehmann interval "),
        ("claim_efficiency", "80.0&nbsp;% (95&nbsp;% "),
        ("verdict", "4 workers are 3.20 times as fast as the best single process"),
        ("machine", "Invented Processor X1"),
        ("cores", "4"),
    ],
)
def test_every_reference_names_a_number_of_the_analysis(
    any_analysis: Analysis, reference: str, start: str
) -> None:
    page = rendered(any_analysis, f"{{{reference}}}")

    assert page.startswith(f'<div class="prose">\n<p>{start}')


@pytest.mark.parametrize("reference", [*(f"{name}:workers=2" for name in OF_POINT), *OF_STUDY])
def test_without_records_a_reference_says_that_it_is_not_measured(
    write: Write, reference: str
) -> None:
    page = render_prose(write(f"{{{reference}}}", {}), "argument")

    assert "not measured" in page


@pytest.mark.parametrize("name", ["speedup", "quality", "time"])
def test_a_declared_worker_count_that_was_not_measured_never_shows_another_ones_number(
    write: Write, name: str
) -> None:
    times = {case: values for case, values in TIMES.items() if case != pool(4)}
    analysis = write(f"{{{name}:workers=4}}", times=times)

    assert render_prose(analysis, "argument") == (
        '<div class="prose">\n<p><em>not measured</em></p>\n</div>'
    )


def test_a_worker_count_that_is_not_declared_is_refused(any_analysis: Analysis) -> None:
    with pytest.raises(SpecError, match=r"1, 2, 4"):
        rendered(any_analysis, "{speedup:workers=64}")


def test_a_refused_claim_is_not_quoted_in_prose(write: Write) -> None:
    few = {case: values[:3] for case, values in TIMES.items()}
    analysis = write("{claim_speedup} {speedup:workers=4} {time:workers=4}", times=few)

    page = render_prose(analysis, "argument")

    assert page.count("refused (CAP401") == 2


def test_a_page_without_prose_is_empty(any_analysis: Analysis) -> None:
    assert render_prose(any_analysis, "design") == ""


@pytest.mark.parametrize(
    "reference",
    [
        "speed",
        "speedup",
        "speedup:workers=0",
        "speedup:workers=02",
        "speedup:workers=x",
        "speedup:threads=2",
        "speedup:workers=2 ",
        "baseline_time:workers=2",
        "Speedup:workers=2",
        "",
        " ",
        "verdict.__class__",
        "0",
    ],
)
def test_a_reference_that_names_no_number_is_an_error_at_its_line(
    write: Write, reference: str
) -> None:
    analysis = write(f"One.\n\nThree: {{{reference}}}.\n")

    with pytest.raises(SpecError) as caught:
        render_prose(analysis, "argument")

    (problem,) = caught.value.problems
    assert problem.code == "CAP501"
    assert problem.where == f"specs/{STUDY_ID}/argument.md:3:8"
    assert problem.what == f"'{{{reference}}}' is not a number of this report"
    assert "speedup:workers=N" in problem.remedy
    assert "baseline_time" in problem.remedy
    assert problem.remedy.endswith("write {{ for a brace")


def test_every_unknown_reference_of_every_page_is_named_at_once(tmp_path: Path) -> None:
    prose = {"argument": "{a}\n{b}", "design": "\n\n{c}"}
    loaded = load(write_workspace(tmp_path, prose=prose))

    places = {(finding.where, finding.what[:5]) for finding in prose_problems(loaded)}

    folder = f"specs/{STUDY_ID}"
    assert places == {
        (f"{folder}/argument.md:1:1", "'{a}'"),
        (f"{folder}/argument.md:2:1", "'{b}'"),
        (f"{folder}/design.md:3:1", "'{c}'"),
    }


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{{", "{"),
        ("}}", "}"),
        ("{{speedup}}", "{speedup}"),
        ("{{{{x}}}}", "{{x}}"),
        ("a } b", "a } b"),
        ("{{{cores}}}", "{4}"),
    ],
)
def test_doubled_braces_are_braces(any_analysis: Analysis, text: str, shown: str) -> None:
    assert rendered(any_analysis, text) == f'<div class="prose">\n<p>{shown}</p>\n</div>'


def test_a_reference_is_filled_in_emphasis_tables_and_headings(any_analysis: Analysis) -> None:
    page = rendered(any_analysis, "## {cores}\n\n**{cores}**\n\n| {cores} |\n|---|\n| {cores} |\n")

    assert "<h2>4</h2>" in page
    assert "<strong>4</strong>" in page
    assert "<th>4</th>" in page
    assert "<td>4</td>" in page


@pytest.mark.parametrize("text", ["[x](https://a.example/{cores})", "<https://a.example/{cores}>"])
def test_a_reference_inside_an_address_is_filled_in_too(any_analysis: Analysis, text: str) -> None:
    page = rendered(any_analysis, text)

    assert 'href="https://a.example/4"' in page


def test_a_machines_name_is_never_markup(write: Write) -> None:
    evil = ENVIRONMENT.model_copy(update={"cpu": "<script>alert(1)</script> **X**"})

    page = render_prose(write("{machine}", environment=evil), "argument")

    assert_inert(page)
    assert "<strong>" not in page


@pytest.mark.parametrize("text", ATTACKS)
def test_what_would_act_in_a_browser_is_inert(any_analysis: Analysis, text: str) -> None:
    assert_inert(rendered(any_analysis, text))


@given(st.lists(st.sampled_from([*ATTACKS, "{cores}", "\n", "\n\n", "> ", "- ", "`", "*", "    "])))
def test_no_combination_of_attacks_acts_either(any_analysis: Analysis, parts: list[str]) -> None:
    assert_inert(rendered(any_analysis, "".join(parts)))


@pytest.mark.parametrize(
    "address", ["ftp://a.example/x", "tel:112", "data:image/gif;base64,R0lGODlhAQABAAAAACw="]
)
def test_links_other_than_to_web_pages_are_not_links(any_analysis: Analysis, address: str) -> None:
    assert "<a " not in rendered(any_analysis, f"[x]({address})")


def test_a_link_to_a_web_page_is_a_link(any_analysis: Analysis) -> None:
    page = rendered(any_analysis, "[the book](https://example.org/book)")

    assert '<a href="https://example.org/book">the book</a>' in page


@pytest.mark.parametrize("text", ["\ue0000\ue001", "{cores} \ue0007\ue001", "\ue000", "\ue001"])
def test_a_private_character_in_the_text_is_never_a_crash_nor_a_number(
    any_analysis: Analysis, text: str
) -> None:
    page = rendered(any_analysis, text)

    assert page.count("4") == text.count("{cores}")


@pytest.mark.parametrize("text", ["[", "![", "*", "_", "`", "<", "> ", "{{", "|", "\\", "- ", "&"])
def test_forty_kilobytes_of_one_character_are_rendered_in_time(
    any_analysis: Analysis, text: str
) -> None:
    started = time.monotonic()

    assert_inert(rendered(any_analysis, text * (40_000 // len(text))))

    assert time.monotonic() - started < 30  # a fraction of a second, unless it grows as a power


def test_the_same_prose_gives_the_same_page(any_analysis: Analysis) -> None:
    text = "# {verdict}\n\n- {time:workers=2}\n"

    assert rendered(any_analysis, text) == rendered(any_analysis, text)


def test_every_name_of_the_language_stands_for_a_value_and_every_value_has_a_name() -> None:
    assert {*POINT_VALUES, "quality"} == set(OF_POINT)
    assert STUDY_VALUES.keys() == set(OF_STUDY)
