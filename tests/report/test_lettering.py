"""Text broken into lines without a font."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capstone_report.report.lettering import text_width, wrapped


@settings(max_examples=50, deadline=None)
@given(text=st.text(max_size=200), lines=st.integers(1, 5))
def test_no_line_is_wider_than_asked_and_none_is_too_many(text: str, lines: int) -> None:
    found = wrapped(text, width=120, size=16, lines=lines)

    assert len(found) <= lines
    assert all(text_width(line, size=16) <= 120 for line in found)


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=80))
def test_text_that_fits_loses_no_character(text: str) -> None:
    found = wrapped(text, width=120, size=16, lines=200)

    assert "".join("".join(found).split()) == "".join(text.split())


def test_a_long_option_breaks_at_its_hyphen_and_keeps_it() -> None:
    assert wrapped("bounded-staleness", width=120, size=16, lines=2) == ["bounded-", "staleness"]


def test_what_is_left_out_is_said_by_an_ellipsis() -> None:
    assert wrapped("all of it fits", width=500, size=16, lines=1) == ["all of it fits"]
    assert wrapped("one two three four", width=60, size=16, lines=2) == ["one", "two…"]


def test_bold_is_wider_and_so_is_a_larger_size() -> None:
    assert text_width("worker", size=16, bold=True) > text_width("worker", size=16)
    assert text_width("worker", size=32) == 2 * text_width("worker", size=16)


@pytest.mark.parametrize(
    ("text", "ems"), [("mmmm", 3.90), ("nnnn", 2.54), ("iiii", 1.11), ("HHHH", 3.01), ("  ", 0.64)]
)
def test_a_width_is_at_least_that_of_a_wide_sans_serif(text: str, ems: float) -> None:
    assert text_width(text, size=1.0) >= ems
