"""CAP6xx: records that are damaged, incomplete or not what they were."""

from capstone_report.findings.finding import Rule, Severity

TORN_TAIL = Rule(
    code="CAP601",
    severity=Severity.NOTE,
    title="The journal ended inside a line",
    why="A power loss or a kill in the middle of a write leaves half a line; only the last one.",
    what="the journal ends in the middle of a line ({size} bytes)",
    remedy="{action}",
    section="41.8",
)

RAW_GONE = Rule(
    code="CAP602",
    severity=Severity.ERROR,
    title="A raw output is gone",
    why="A record without its raw output cannot be checked by anybody else.",
    what="record {seq} (run {run_id}) names {file}, which is not there",
    remedy="restore the file from a backup or from git; if it is gone for good, move {folder} away and measure again; nothing was changed",
    section="41.8",
)

RAW_CHANGED = Rule(
    code="CAP603",
    severity=Severity.ERROR,
    title="A raw output was changed",
    why="The record holds the hash of what the run wrote; the file is no longer that.",
    what="record {seq} (run {run_id}) names {file}, whose content has changed since the run",
    remedy="restore the file from a backup or from git; if it is gone for good, move {folder} away and measure again; nothing was changed",
    section="41.8",
)

DAMAGED = Rule(
    code="CAP604",
    severity=Severity.ERROR,
    title="The journal is damaged",
    why="Each line holds the hash of the line before it, so an edit, a loss or a swap shows.",
    what="record {seq} is damaged: {reason}",
    remedy="restore journal.jsonl from a backup or from git; if it is gone for good, move its folder away and measure again; nothing was changed",
    section="41.8",
)

NEWER_FORMAT = Rule(
    code="CAP605",
    severity=Severity.ERROR,
    title="The journal was written by a newer capstone",
    why="An older program could misread what a newer one wrote.",
    what="record {seq} has format {found}; this capstone reads up to {known}",
    remedy="install a newer capstone-report",
    section="41.8",
)

LOCKED = Rule(
    code="CAP606",
    severity=Severity.ERROR,
    title="Another run holds the records",
    why="Two runs at once would disturb each other's measurements and records.",
    what="another capstone run is measuring into these records",
    remedy="wait until it ends; nothing was changed",
    section="41.8",
)
