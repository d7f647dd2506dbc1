"""Problems on a terminal and in workflows: the caret stands under what is meant, nothing steers."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capstone_report.errors import Place, Problem
from capstone_report.findings.finding import Finding, Severity
from capstone_report.terminal.diagnostics import (
    Style,
    concise,
    excerpt,
    github_command,
    show_problems,
    summary,
    text,
)


def place(
    line: str, meant: str, *, file: str = "specs/x/study.toml", key: str = "axis.name"
) -> Place:
    """Return the place of a piece of a line, on line 7."""
    column = line.index(meant) + 1
    return Place(
        file=file, line=7, column=column, end_column=column + len(meant), text=line, key=key
    )


def finding(where: Place, *beside: Place, severity: Severity = Severity.ERROR) -> Finding:
    """Return a finding at a place."""
    return Finding(
        code="CAP231",
        where=str(where),
        place=where,
        beside=beside,
        what="the axis does not lift it",
        remedy="choose another",
        severity=severity,
        title="The axis, does: not",
        why="Because.",
        section="41.2",
    )


def test_the_text_shows_place_weight_code_key_line_caret_and_what_to_do() -> None:
    here, there = (
        place('name = "model"', '"model"'),
        place("ceiling = 1", "1", key="problem.ceiling"),
    )

    assert text(finding(here, there)) == (
        "specs/x/study.toml:7:8: error[CAP231] axis.name: the axis does not lift it\n"
        '     7 | name = "model"\n'
        "       |        ^^^^^^^\n"
        "  beside specs/x/study.toml:7:11: problem.ceiling\n"
        "     7 | ceiling = 1\n"
        "       |           ^\n"
        "  do: choose another"
    )


def test_a_problem_without_a_place_is_one_line() -> None:
    problem = Problem(code="CAP702", where="specs/x/results", what="no records", remedy="measure")

    assert text(problem) == "specs/x/results: [CAP702] no records; measure"
    assert concise(problem) == "specs/x/results: error[CAP702] no records; measure"


@pytest.mark.parametrize(
    ("line", "meant", "carets"),
    [
        ("\tname = 1", "1", "\t       ^"),
        ("title = '\u4e2d\u6587' # x", "x", "                 ^"),
        ("e\u0301 = 1", "1", "    ^"),
        ("\u4e2d", "\u4e2d", "^^"),
    ],
)
def test_the_caret_stands_under_tabs_wide_and_combining_characters(
    line: str, meant: str, carets: str
) -> None:
    assert excerpt(place(line, meant))[1] == f"       | {carets}"


def test_a_long_line_is_clipped_around_what_is_meant() -> None:
    line = "x" * 400 + "HERE" + "y" * 400

    shown, carets = excerpt(place(line, "HERE"))

    assert len(shown) < 120
    assert shown[carets.index("^") :].startswith("HERE"[: carets.count("^")])


def test_nothing_in_a_line_steers_the_terminal() -> None:
    shown, _ = excerpt(place('title = "\x1b]8;;http://x\x07\u202e"', "title"))

    assert not re.search("[\x00-\x08\x0b-\x1f\u202e]", shown)


def test_a_workflow_command_carries_place_and_title_and_escapes_what_would_end_it() -> None:
    said = github_command(finding(place('name = "model"', '"model"', file="specs/a,b/study.toml")))

    assert said == (
        "::error file=specs/a%2Cb/study.toml,line=7,endLine=7,col=8,endColumn=15,"
        "title=CAP231 The axis%2C does%3A not::axis.name: the axis does not lift it; choose another"
    )


@given(st.text(max_size=60))
def test_a_workflow_command_is_one_line_whatever_is_said(words: str) -> None:
    problem = Problem(code="CAP103", where="x", what=words, remedy="y")

    said = github_command(problem)

    assert "\n" not in said
    assert "\r" not in said
    properties, _, message = said.removeprefix("::error ").partition("::")
    assert properties == "title=CAP103"
    for escape, character in (("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
        message = message.replace(escape, character)
    assert message == f"x: {words}; y"


@pytest.mark.parametrize(
    ("severity", "level"),
    [
        (Severity.NOTE, "notice"),
        (Severity.WARNING, "warning"),
        (Severity.REFUSAL, "error"),
        (Severity.ERROR, "error"),
    ],
)
def test_the_level_of_a_workflow_command_follows_the_severity(
    severity: Severity, level: str
) -> None:
    said = github_command(finding(place("name = 1", "1"), severity=severity))

    assert said.startswith(f"::{level} file=")


def test_the_summary_counts_by_weight_the_worst_first() -> None:
    here = place("name = 1", "1")
    found = [finding(here), finding(here), finding(here, severity=Severity.NOTE)]

    assert summary(found) == "2 errors, 1 note"
    assert summary([]) == "no problem"


def test_problems_go_to_stderr_and_workflow_commands_to_stdout(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = [finding(place("name = 1", "1"))]

    show_problems(found, Style.TEXT)
    show_problems(found, Style.CONCISE)
    show_problems(found, Style.GITHUB)

    printed = capsys.readouterr()
    assert printed.out.startswith("::error ")
    assert printed.err.count("error[CAP231]") == 2
    assert "\x1b" not in printed.err
