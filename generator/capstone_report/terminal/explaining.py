"""What there is to say about a code: of a finding, or of an erratum of the book."""

from difflib import get_close_matches

from capstone_report.errata import catalogue as book
from capstone_report.errors import UsageError
from capstone_report.findings.catalogue import page_of, rules
from capstone_report.findings.environment import NO_SUCH_CODE

ERRATUM = "erratum"
"""What stands where a finding has its weight."""


def explanation(code: str) -> dict[str, str]:
    """Return a code's page, and its parts for programs.

    Raises:
        UsageError: there is no such code.
    """
    wanted = code.upper()
    if wanted in book.errata():
        return _of_erratum(wanted)
    if wanted in rules():
        return _of_rule(wanted)
    close = ", ".join(get_close_matches(wanted, [*rules(), *book.errata()], n=3)) or "none"
    raise UsageError(NO_SUCH_CODE(code, close=close))


def listed_codes() -> str:
    """Return every code with its weight and title, one per line; findings first."""
    findings = [(rule.code, rule.severity.value, rule.title) for rule in rules().values()]
    errata = [(erratum.code, ERRATUM, erratum.title) for erratum in book.errata().values()]
    return "\n".join(f"{code}  {weight:<8} {title}" for code, weight, title in findings + errata)


def _of_rule(code: str) -> dict[str, str]:
    rule = rules()[code]
    return {
        "code": rule.code,
        "severity": rule.severity.value,
        "title": rule.title,
        "why": rule.why,
        "section": rule.section,
        "page": page_of(rule),
    }


def _of_erratum(code: str) -> dict[str, str]:
    erratum = book.errata()[code]
    return {
        "code": erratum.code,
        "severity": ERRATUM,
        "title": erratum.title,
        "why": erratum.matters,
        "section": erratum.section,
        "page": book.page_of(erratum),
    }
