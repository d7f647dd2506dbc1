"""The report as plain Markdown: it reads back as what was meant, and names only files beside it."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from capstone_report.report.exports.markdown import escaped, markdown_files, to_markdown
from capstone_report.report.exports.structure import structure
from capstone_report.report.exports.tree import page_tree
from capstone_report.report.verdict import claim_sentence
from capstone_report.report.words import unmarked
from hostile_words import HOSTILE, PROSE
from simulated import TIMES, analyse

TILE = """\
<div class="tiles">
<div class="tile"><span>a</span><span>b</span><span>c</span><span></span></div>
</div>"""


def read_back(markdown: str) -> str:
    """Return the words of Markdown as a reader sees them."""
    return page_tree(MarkdownIt("commonmark").enable("table").render(markdown)).text


def turned(page: str, *files: str) -> str:
    """Return a page of the site as plain Markdown."""
    return to_markdown(structure(page_tree(page), set(files)))


def test_the_report_holds_the_claim_every_finding_and_every_section(tmp_path: Path) -> None:
    analysis = analyse(tmp_path, TIMES, prose={"problem": "Prose with **weight**."})

    text = markdown_files(analysis)["report.md"].decode()

    assert unmarked(claim_sentence(analysis)) in read_back(text)
    assert all(finding.code in text for finding in analysis.findings)
    assert len(re.findall("^## ", text, re.MULTILINE)) == 11
    assert "Prose with **weight**." in text


def test_every_file_that_the_report_names_lies_beside_it_and_no_other(tmp_path: Path) -> None:
    files = markdown_files(analyse(tmp_path, TIMES))

    named = set(re.findall(r"\]\(([^):]+)\)", files["report.md"].decode()))

    assert {"runs.csv", "figures/speedup.svg", "figures/whiteboard.svg"} <= named
    assert named == set(files) - {"report.md"}


def test_a_picture_is_a_file_of_its_own_without_a_colour_of_the_page(tmp_path: Path) -> None:
    files = markdown_files(analyse(tmp_path, TIMES))
    pictures = {path: content for path, content in files.items() if path.endswith(".svg")}

    assert len(pictures) == 7
    for content in pictures.values():
        picture = ET.fromstring(content)  # noqa: S314 - our own drawing
        assert float(picture.attrib["width"]) > 100
        assert b"currentColor" not in content
        assert b"var(" not in content


def test_no_tag_is_left_but_those_that_markdown_has_no_sign_for(tmp_path: Path) -> None:
    text = markdown_files(analyse(tmp_path, TIMES))["report.md"].decode()

    assert set(re.findall(r"<(\w+)", text)) <= {"sup", "sub"}


def test_hostile_words_are_read_as_themselves(tmp_path: Path) -> None:
    analysis = analyse(tmp_path, TIMES, problem__title=HOSTILE, problem__question=HOSTILE)

    text = markdown_files(analysis)["report.md"].decode()

    assert read_back(text).count(HOSTILE) >= 3


def test_the_same_records_give_the_same_bytes(tmp_path: Path) -> None:
    first = markdown_files(analyse(tmp_path / "first", TIMES))

    assert markdown_files(analyse(tmp_path / "second", TIMES)) == first


@given(st.text(st.characters(exclude_categories=("C", "Z")), min_size=1).map(lambda t: f"x{t}"))
def test_any_text_is_read_as_itself(text: str) -> None:
    assert read_back(escaped(text)).strip() == text


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("<p>1. not a list</p>", "1\\. not a list\n"),
        ("<p>- not a list</p>", "\\- not a list\n"),
        ("<p>a <em> b </em><strong></strong></p>", "a *b*\n"),
        ("<p><code>a`b</code> <code>`</code></p>", "``a`b`` `` ` ``\n"),
        ("<p><code>a|b</code></p>", "a\\|b\n"),
        ("<p>10<sup>-5</sup></p>", "10<sup>-5</sup>\n"),
        ('<p><a href="https://a.b/(c)">d</a></p>', "[d](https://a.b/%28c%29)\n"),
        ('<p><a href="other.md">d</a></p>', "d\n"),
        ('<p><a href="runs.csv">d</a></p>', "[d](runs.csv)\n"),
        ('<p><a href="a.md">d</a> \u00b7 <a href="runs.csv">e</a></p>', "\n"),
        ("<p>1.2<br><small>1 to 2</small></p>", "1.2 (1 to 2)\n"),
        ("<p>1.2<br><small></small></p>", "1.2\n"),
        ("<ol><li>a</li><li>b<ul><li>c</li></ul></li></ol>", "1. a\n2. b\n\n   - c\n"),
        ("<pre><code>a\n\n```\nb</code></pre>", "````\na\n\n```\nb\n````\n"),
        ("<hr>", "---\n"),
        ('<section class="slot">\n<h3>1. A</h3><p>b</p>\n</section>', "#### 1. A\n\nb\n"),
        (
            '<div class="finding">\n<p>a <span class="finding-severity">note</span></p>\n</div>',
            "> a (note)\n",
        ),
        (
            TILE,
            "- **a:** b; c\n",
        ),
        ("| a | b |\n|:-:|---|\n| c | d |\n", "| a | b |\n| :-: | --- |\n| c | d |\n"),
    ],
)
def test_what_the_site_says_in_html_is_said_in_markdown(page: str, expected: str) -> None:
    assert turned(page, "runs.csv") == expected


def test_prose_with_code_and_lists_keeps_its_structure(tmp_path: Path) -> None:
    text = markdown_files(analyse(tmp_path, TIMES, prose={"problem": PROSE}))["report.md"].decode()

    assert "*In the author's words:*\n\nA _word_".replace("_", "*") in text
    assert "```\nx = 1\n\ny = 2\n```" in text
    assert "- one\n- two" in text
    assert "> a quotation" in text
