"""Every planted flaw is named by its code, and its clean parent never is."""

import os
from pathlib import Path

import pytest

from capstone_report.analysis.facts import Verdict
from capstone_report.findings.catalogue import rules
from capstone_report.findings.finding import Severity
from flaws.earlier import CODES, EARLIER, words_of
from flaws.planted import FLAWS, Flaw
from simulated import codes

README = Path(__file__).parent / "README.md"
OWN = [code for code in rules() if 450 <= int(code[3:]) < 490]

every_flaw = pytest.mark.parametrize("flaw", FLAWS, ids=[flaw.name for flaw in FLAWS])


def listed() -> str:
    """Return the table of all flaws, as the README holds it."""
    rows = [(flaw.words, flaw.code) for flaw in FLAWS] + [(words_of(code), code) for code in CODES]
    known = rules()
    lines = [f"| {words} | {code} | {known[code].severity} |" for words, code in rows]
    head = "| planted flaw | named by | weight |\n|---|---|---|\n"
    return (
        "# Planted flaws\n\nEach row is a small study with exactly one flaw, in its declaration or its "
        "records. `test_planted.py` asks that\nits code names it, and that the same study without the "
        f"flaw is not accused of it. There are {len(rows)}.\n\n{head}" + "\n".join(lines) + "\n"
    )


@every_flaw
def test_a_flaw_is_named_by_its_code(flaw: Flaw, tmp_path: Path) -> None:
    analysis = flaw.study(tmp_path)

    assert flaw.code in codes(analysis)


@every_flaw
def test_a_clean_parent_is_not_accused(flaw: Flaw, tmp_path: Path) -> None:
    assert flaw.code not in codes(flaw.parent(tmp_path))


@pytest.mark.parametrize(
    "flaw",
    [flaw for flaw in FLAWS if rules()[flaw.code].severity is Severity.REFUSAL],
    ids=lambda flaw: flaw.name,
)
def test_a_flaw_that_refuses_leaves_no_claim(flaw: Flaw, tmp_path: Path) -> None:
    analysis = flaw.study(tmp_path)

    assert flaw.code in {finding.code for finding in analysis.claim.refusals}
    assert analysis.claim.verdict in {Verdict.REFUSED, Verdict.NOT_MEASURED}


@pytest.mark.parametrize("code", CODES)
def test_an_earlier_rule_names_its_flaw_and_not_the_same_study_without_it(
    code: str, tmp_path: Path
) -> None:
    seen = EARLIER[code](tmp_path)

    assert code in seen.bad
    assert code not in seen.good


def test_every_rule_about_what_is_compared_has_a_flaw() -> None:
    assert {flaw.code for flaw in FLAWS} == set(OWN)
    assert len(FLAWS) + len(CODES) >= 90


def test_the_table_lists_every_flaw() -> None:
    if os.environ.get("CAPSTONE_GOLDEN") == "write":
        README.write_text(listed(), encoding="utf-8")

    assert README.read_text(encoding="utf-8") == listed(), "run `make golden`"
