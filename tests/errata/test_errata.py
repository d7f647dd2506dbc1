"""The book's errata: complete, numbered without gaps, and on one page that is up to date."""

import importlib.util
import re

import pytest

from capstone_report.errata.catalogue import SECTIONS, errata, errata_page, page_of
from capstone_report.perfmodel.comm.model import models

PARTS = {"41.2": 5, "41.4": 8, "41.5": 4}
"""How many numbered parts each section of the book has."""

every_erratum = pytest.mark.parametrize("code", sorted(errata()))


def test_the_codes_follow_each_other_without_a_gap() -> None:
    assert list(errata()) == [f"ERR{number:02}" for number in range(1, len(errata()) + 1)]
    assert len(errata()) == 36


@every_erratum
def test_an_erratum_says_what_is_printed_what_is_right_and_why_it_matters(code: str) -> None:
    erratum = errata()[code]

    for text in (erratum.printed, erratum.right, erratum.matters):
        assert re.fullmatch(r"[A-Z0-9`a-z].*\.", text)
        assert len(text.split()) <= 80
    assert not erratum.title.endswith(".")
    assert len(erratum.title) <= 72


@every_erratum
def test_an_erratum_belongs_to_a_part_that_the_book_has(code: str) -> None:
    section, _, part = errata()[code].section.rpartition(".")

    assert section in SECTIONS
    assert 1 <= int(part) <= PARTS[section]


@every_erratum
def test_no_two_figures_of_an_erratum_are_about_the_same(code: str) -> None:
    quantities = [figure.quantity for figure in errata()[code].figures]

    assert len(set(quantities)) == len(quantities)
    assert all(figure.right for figure in errata()[code].figures)


@every_erratum
def test_a_mode_that_reproduces_the_printed_numbers_exists(code: str) -> None:
    mode = errata()[code].reproduced_by

    for kind in re.findall(r'model = "([\w-]+)"', mode):
        assert kind in models()
    for name in re.findall(r"`(capstone_report[\w.]+)`", mode):
        assert importlib.util.find_spec(name) is not None
    assert ("`" in mode) is bool(mode)


def test_the_book_ring_and_the_book_sizing_are_both_named() -> None:
    modes = " ".join(erratum.reproduced_by for erratum in errata().values())

    assert "book-ring" in modes
    assert "perfmodel.book_sizing" in modes


def test_a_page_shows_figures_as_a_table_and_what_is_not_printed_as_none() -> None:
    page = page_of(errata()["ERR14"])
    exercise = page_of(errata()["ERR02"])

    assert page.startswith("# ERR14: ")
    assert "book section 41.4.5" in page
    assert "| p*, not rounded | 35.355 | 33.912 |" in page
    assert "| speedup of 2 workers without overlap | none | 0.968 |" in exercise


def test_the_page_lists_every_erratum_under_its_section() -> None:
    sections = errata_page().split("\n## ")[1:]

    listed = {
        part.split()[0]: re.findall(r"^### (ERR\d\d): ", part, re.MULTILINE) for part in sections
    }

    assert [code for codes in listed.values() for code in codes] == list(errata())
    for section, codes in listed.items():
        assert all(errata()[code].section.startswith(f"{section}.") for code in codes)


def test_every_table_of_the_page_has_three_cells_in_every_row() -> None:
    rows = [line for line in errata_page().splitlines() if line.startswith("|")]

    assert {row.count("|") for row in rows} == {4}
