"""The page about what may be compared lists every check with its weight and its reason."""

import os
import re

from capstone_report.findings.catalogue import rules
from sites import REPOSITORY

PAGE = REPOSITORY / "docs" / "commensurability.md"
LISTED = re.compile(r"(?<=<!-- checks -->\n).*?(?=<!-- end of checks -->)", re.DOTALL)


def listed() -> str:
    """Return the table of the checks, as the page holds it."""
    rows = [
        f"| [{rule.code}](codes/{rule.code}.md) | {rule.title} | {rule.severity} | {rule.why} |\n"
        for rule in rules().values()
        if 450 <= int(rule.code[3:]) < 490
    ]
    return "| code | finds | weight | because |\n|---|---|---|---|\n" + "".join(rows)


def test_the_page_lists_every_check() -> None:
    text = PAGE.read_text(encoding="utf-8")
    if os.environ.get("CAPSTONE_GOLDEN") == "write":
        PAGE.write_text(LISTED.sub(lambda _: listed(), text), encoding="utf-8")

    (found,) = LISTED.findall(PAGE.read_text(encoding="utf-8"))
    assert found == listed(), "run `make golden`"


def test_every_code_that_the_page_names_exists() -> None:
    named = set(re.findall(r"CAP\d{3}", PAGE.read_text(encoding="utf-8")))

    assert named <= set(rules())
