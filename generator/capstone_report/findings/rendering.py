"""CAP5xx: what is wrong in the author's prose."""

from capstone_report.findings.finding import Rule, Severity

UNKNOWN_NUMBER = Rule(
    code="CAP501",
    severity=Severity.ERROR,
    title="A reference names no number",
    why="Numbers in prose are references into the analysis, so that they cannot go stale.",
    what="'{reference}' is not a number of this report",
    remedy="known: {known}; N is one of the declared worker counts ({counts}); write {{{{ for a brace",
    section="41.9",
)

STALE_NUMBER = Rule(
    code="CAP520",
    severity=Severity.ERROR,
    title="A typed number is none of the report's",
    why="A number that is typed stays when the measurement changes, and then the prose contradicts the table.",
    what="'{typed}': the report has no such {quantity}; measured, by workers: {known}",
    remedy="refer to it, such as {{{quantity}:workers=2}}; put what is no {quantity} of this study into `code` or a > quote",
    section="41.9",
)
