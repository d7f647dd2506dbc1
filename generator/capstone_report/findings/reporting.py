"""CAP4xx: rules of reporting that are not kept, and that nothing else tells."""

from capstone_report.findings.finding import Rule, Severity

SILENT_WORKERS = Rule(
    code="CAP498",
    severity=Severity.WARNING,
    title="Not every worker reports its time",
    why="A step lasts as long as its slowest worker; the time of one of them alone may be the shortest (rule 10).",
    what="{evidence}",
    remedy="{mend}",
    section="41.6",
)

MORE_RUNS_THAN_PLANNED = Rule(
    code="CAP499",
    severity=Severity.WARNING,
    title="More runs count than were planned",
    why="Who may go on until the result is good gets a good one; MLPerf's rules forbid it.",
    what="{evidence}",
    remedy="{mend}",
    section="41.6",
)

NO_PERCENTILE = Rule(
    code="CAP497",
    severity=Severity.WARNING,
    title="A study of latency without a high percentile",
    why="Who waits for the slowest answers is not served by a median (Hoefler and Belli, rule 8).",
    what="{evidence}, and what is asked about is latency",
    remedy="{mend}",
    section="41.6",
)
