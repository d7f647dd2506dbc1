"""`capstone explain` for the book's errata, beside the findings."""

import json
import re
import subprocess
from collections.abc import Callable

from capstone_report.errata.catalogue import errata
from capstone_report.findings.catalogue import rules

Capstone = Callable[..., subprocess.CompletedProcess[str]]
USAGE = 2


def test_explain_shows_an_erratum_whatever_the_case_of_its_code(capstone: Capstone) -> None:
    page = capstone("explain", "err15").stdout

    assert page.startswith("# ERR15: ")
    assert "book section 41.4.5" in page
    assert "**Printed.**" in page
    assert "| p* | 34 | 24 |" in page
    assert 'model = "book-ring"' in page


def test_an_erratum_as_json_has_the_keys_of_a_finding(capstone: Capstone) -> None:
    told = json.loads(capstone("explain", "ERR15", "--json").stdout)

    assert set(told) == {"schema", "code", "severity", "title", "why", "section", "page"}
    assert (told["code"], told["severity"], told["section"]) == ("ERR15", "erratum", "41.4.5")
    assert told["why"] == errata()["ERR15"].matters
    assert told["page"].startswith("# ERR15: ")


def test_the_list_names_the_errata_after_the_findings(capstone: Capstone) -> None:
    lines = capstone("explain").stdout.splitlines()

    assert [line.split()[0] for line in lines] == [*rules(), *errata()]
    assert lines[-1].startswith("ERR36  erratum  A local node")


def test_an_unknown_code_is_answered_with_errata_too(capstone: Capstone) -> None:
    done = capstone("explain", "ERR99")

    assert done.returncode == USAGE
    assert re.search(r"the nearest are: ERR\d\d", done.stderr)
