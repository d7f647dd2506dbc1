"""Every figure of every erratum, printed and right, computed anew from the formulas."""

import re

import pytest

import errata_axis as axis
import errata_design as design
import errata_tools as tools
from capstone_report.errata.catalogue import errata
from capstone_report.perfmodel.flow import LEAVES

REFERENCE = re.compile(r"(?:section|exercise|code|figure|table) 41\.\d\.\d", re.IGNORECASE)
NUMBER = re.compile(r"\d[\d,.^e]*\d|\d")
SUPPOSED: dict[str, set[str]] = {
    "ERR10": {"47.6"},
    "ERR21": {"2"},
    "ERR23": {"32", "2^128"},
    "ERR24": {"5"},
    "ERR27": {"400"},
    "ERR29": {"80"},
    "ERR31": {"70", "200"},
    "ERR32": {"600"},
    "ERR33": {"80"},
    "ERR34": {"10^12", "40", "989"},
    "ERR36": {"30"},
}
"""What a reason takes for granted: profiles and devices of the book, constants of formulas."""

COMPUTED = axis.FIGURES | design.FIGURES | tools.FIGURES
"""The rows of each erratum, (printed, right), computed anew."""


def test_every_figure_is_computed() -> None:
    with_figures = {code for code, erratum in errata().items() if erratum.figures}

    assert set(COMPUTED) == with_figures


@pytest.mark.parametrize("code", sorted(COMPUTED))
def test_a_figure_shows_what_the_formulas_give(code: str) -> None:
    shown = [(figure.printed, figure.right) for figure in errata()[code].figures]

    assert shown == COMPUTED[code]()


@pytest.mark.parametrize("code", sorted(errata()))
def test_every_number_that_matters_is_a_figure_or_supposed(code: str) -> None:
    erratum = errata()[code]
    figures = " ".join(f"{f.quantity} {f.printed} {f.right}" for f in erratum.figures)
    known = set(NUMBER.findall(f"{erratum.printed} {erratum.right} {figures}"))

    said = set(NUMBER.findall(REFERENCE.sub("", erratum.matters)))

    assert said - known == SUPPOSED.get(code, set())


def test_the_exercises_step_looks_harmless_to_the_printed_test() -> None:
    assert not axis.PLACED.communication_dominates
    assert f"{axis.PLACED.communication_s:.3f}" == "0.160"
    assert "0.160 s" in errata()["ERR02"].printed


def test_streaming_examples_is_cured_by_copies() -> None:
    leaf = LEAVES["examples-stream"]

    assert leaf.remedy is not None
    assert leaf.remedy.axis == "training"
