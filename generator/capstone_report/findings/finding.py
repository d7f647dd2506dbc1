"""Rules and findings: a rule words a caveat once; a finding is that rule met by evidence."""

from dataclasses import dataclass
from enum import StrEnum

from capstone_report.errors import Problem


class Severity(StrEnum):
    """How much a finding weighs."""

    NOTE = "note"
    """A reader should know it; it costs nothing."""
    WARNING = "warning"
    """It weakens the result; the claim may stand."""
    REFUSAL = "refusal"
    """The data cannot carry the claim."""
    ERROR = "error"
    """The command fails."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding(Problem):
    """One rule met by evidence."""

    severity: Severity
    title: str
    why: str
    section: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One caveat or refusal: everything the product ever says about it.

    `what` and `remedy` are format strings over the evidence that the raising layer passes.
    `section` is the section of the book that asks for it.
    """

    code: str
    severity: Severity
    title: str
    why: str
    what: str
    remedy: str
    section: str

    def __call__(self, where: str, **evidence: object) -> Finding:
        """Return the finding at a place, worded with the evidence."""
        return Finding(
            code=self.code,
            where=where,
            what=self.what.format(**evidence),
            remedy=self.remedy.format(**evidence),
            severity=self.severity,
            title=self.title,
            why=self.why,
            section=self.section,
        )
