"""What there is to say about a code."""

from difflib import get_close_matches

from capstone_report.errors import UsageError
from capstone_report.findings.catalogue import page_of, rules
from capstone_report.findings.environment import NO_SUCH_CODE


def explanation(code: str) -> dict[str, str]:
    """Return a code's page, and its parts for programs.

    Raises:
        UsageError: there is no such code.
    """
    wanted = code.upper()
    rule = rules().get(wanted)
    if rule is None:
        close = ", ".join(get_close_matches(wanted, rules(), n=3)) or "none"
        raise UsageError(NO_SUCH_CODE(code, close=close))
    return {
        "code": rule.code,
        "severity": rule.severity.value,
        "title": rule.title,
        "why": rule.why,
        "section": rule.section,
        "page": page_of(rule),
    }


def listed_codes() -> str:
    """Return every code with its weight and title, one per line."""
    return "\n".join(f"{rule.code}  {rule.severity:<8} {rule.title}" for rule in rules().values())
