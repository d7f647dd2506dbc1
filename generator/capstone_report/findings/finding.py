"""Rules and findings: a rule words a caveat once; a finding is that rule met by evidence."""

from dataclasses import dataclass, replace
from enum import StrEnum

from capstone_report.errors import Place, Problem


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
    also: tuple[str, ...] = ()
    """The other key paths of a disagreement; the reader of the file turns them into places."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One caveat or refusal: everything the product ever says about it.

    `what` and `remedy` are format strings over the evidence that the raising layer passes.
    `section` is the section of the book that asks for it. A bad and a good example of each stand
    in `examples/`, by code.
    """

    code: str
    severity: Severity
    title: str
    why: str
    what: str
    remedy: str
    section: str

    def __call__(self, where: str, *also: str, **evidence: object) -> Finding:
        """Return the finding at a place, and others it disagrees with, worded with the evidence."""
        return Finding(
            code=self.code,
            where=where,
            what=self.what.format(**evidence),
            remedy=self.remedy.format(**evidence),
            severity=self.severity,
            title=self.title,
            why=self.why,
            section=self.section,
            also=also,
        )


def located(finding: Finding, place: Place, *beside: Place) -> Finding:
    """Return a finding at a place in a file, and at the others that it disagrees with."""
    return replace(finding, where=str(place), place=place, beside=beside)
