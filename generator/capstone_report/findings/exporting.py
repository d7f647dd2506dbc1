"""CAP7xx: what an export needs and this machine, or the study's folder, lacks."""

from capstone_report.findings.finding import Rule, Severity

NO_BROWSER = Rule(
    code="CAP718",
    severity=Severity.ERROR,
    title="No browser prints the PDF",
    why="A PDF is the page of the site, printed by Chromium; every other form needs no browser.",
    what="--pdf needs one of {names}, and none is on the path",
    remedy="install one (apt-get install chromium), or open {page} of the built site in any browser and print it",
    section="41.9",
)

NOT_PRINTED = Rule(
    code="CAP719",
    severity=Severity.ERROR,
    title="The browser printed no whole PDF",
    why="A report that misses pages looks like one that is whole.",
    what="{browser} printed no whole {file}: {reason}",
    remedy="try again; where it stays so, open {page} of the built site in a browser and print it",
    section="41.9",
)

FOREIGN_EXPORT = Rule(
    code="CAP720",
    severity=Severity.ERROR,
    title="The folder of an export holds something else",
    why="An export replaces the export before it; it never replaces what it did not write.",
    what="{folder} is not empty and was not written by capstone export",
    remedy="name another folder with --output, or empty it yourself",
    section="41.9",
)

NOTHING_TO_RECOMPUTE = Rule(
    code="CAP721",
    severity=Severity.ERROR,
    title="A notebook has no records",
    why="A notebook makes every number again from the records beside it.",
    what="there are no records of study '{study}' that a notebook could read",
    remedy="measure it (capstone run {study}), or choose a machine that has records with --machine",
    section="41.8",
)
