"""CAP1xx: what is wrong with one key, one value or one name."""

from capstone_report.findings.finding import Rule, Severity

UNKNOWN_KEY = Rule(
    code="CAP101",
    severity=Severity.ERROR,
    title="Unknown key",
    why="A misspelt key would otherwise be ignored silently.",
    what="unknown key '{key}'{suggestion}",
    remedy="known here: {known}",
    section="41.1",
)

MISSING_KEY = Rule(
    code="CAP102",
    severity=Severity.ERROR,
    title="A key is missing",
    why="What the report must say cannot be left out.",
    what="the key '{key}' is missing",
    remedy="add it: {description}",
    section="41.1",
)

WRONG_VALUE = Rule(
    code="CAP103",
    severity=Severity.ERROR,
    title="A value does not fit",
    why="Each key has a type and, where the book has a menu, a closed set of values.",
    what="{reason}",
    remedy="correct the value: {description}",
    section="41.1",
)

BAD_NAME = Rule(
    code="CAP104",
    severity=Severity.ERROR,
    title="The folder's name cannot name a study",
    why="The name becomes a folder of the site and part of its addresses.",
    what="'{name}' cannot name a study",
    remedy="use small letters, digits and hyphens, at most 64, starting with a letter or digit",
    section="41.1",
)

NEWER_FILE = Rule(
    code="CAP105",
    severity=Severity.ERROR,
    title="The file was written for a later capstone",
    why="An older program could misread what a newer one means.",
    what="format = {found}; this capstone reads up to {known}",
    remedy="install a later one: pip install --upgrade capstone-report",
    section="41.8",
)

STALE_SCHEMA = Rule(
    code="CAP106",
    severity=Severity.WARNING,
    title="The editor's schema is of another capstone",
    why="Editors complete and check a study by this file; an old one calls new keys wrong.",
    what="this is not the schema of the capstone that runs",
    remedy="write it again: capstone schema",
    section="41.8",
)
