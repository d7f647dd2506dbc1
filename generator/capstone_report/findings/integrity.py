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
    what="record {seq} (run {run_id}) names {file}, which is not there; a link does not stand for it",
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
    what="{records} damaged: {reason}",
    remedy="restore journal.jsonl from a backup or from git; without one, `capstone journal repair` keeps what stands before the damage; nothing was changed",
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
    what="another run holds these records: {holder}",
    remedy="wait until it ends; nothing was changed",
    section="41.8",
)

EMPTIED = Rule(
    code="CAP607",
    severity=Severity.ERROR,
    title="The journal lost its records",
    why="Outputs without records prove nothing, and new records beside them would hide the loss.",
    what="there is no journal with a record, but raw/ holds the outputs of runs ({runs})",
    remedy="restore journal.jsonl from a backup or from git; if it is gone for good, move {folder} away and measure again; nothing was changed",
    section="41.8",
)

NOT_A_FILE = Rule(
    code="CAP608",
    severity=Severity.ERROR,
    title="The journal is not a file",
    why="Records are lines of a file; nothing is written into anything else.",
    what="{kind} stands where the journal should be",
    remedy="restore journal.jsonl from a backup or from git; if it is gone for good, move {folder} away and measure again; nothing was changed",
    section="41.8",
)

HELD_ELSEWHERE = Rule(
    code="CAP609",
    severity=Severity.ERROR,
    title="Another host may be measuring",
    why="On a shared file system locks may not reach other hosts; two writers would ruin the chain.",
    what="running.json names {holder}, whose last sign of life is {age} s old",
    remedy="{remedy}; nothing was changed",
    section="41.8",
)

TRACKED = Rule(
    code="CAP610",
    severity=Severity.ERROR,
    title="A journal that git tracks is not repaired",
    why="Tracked records are published evidence: git has every version, and a shorter one would look like the whole.",
    what="the journal is damaged, and git tracks it",
    remedy="look at it with git log, and bring a whole version back: git restore --source=COMMIT {file}; nothing was changed",
    section="41.8",
)

NOTHING_TO_KEEP = Rule(
    code="CAP611",
    severity=Severity.ERROR,
    title="A repair could keep nothing",
    why="Only records before the first damage are proven; without any, a repair would only delete.",
    what="the first record is damaged, so a repair could keep none",
    remedy="restore journal.jsonl from a backup or from git; if it is gone for good, move {folder} away and measure again; nothing was changed",
    section="41.8",
)

CHANGED_MEANWHILE = Rule(
    code="CAP612",
    severity=Severity.ERROR,
    title="The journal was changed during a campaign",
    why="A record behind something that its writer does not know would break the chain, or be lost.",
    what="the journal was changed while it was written to: {how}; record {seq} was not written",
    remedy="let nothing else touch the folder while `capstone run` measures; see what is left with `capstone journal verify`",
    section="41.8",
)

CHAIN_LOST = Rule(
    code="CAP613",
    severity=Severity.NOTE,
    title="The chain cannot be followed behind a damage",
    why="Each line proves the one before it; behind a damaged one nothing proves number and order.",
    what="behind record {seq} the chain cannot be followed: of {behind} more records, {whole} are whole by themselves",
    remedy="count on none of them before the journal is restored",
    section="41.8",
)

LEFTOVERS = Rule(
    code="CAP614",
    severity=Severity.ERROR,
    title="Processes of a killed campaign do not end",
    why="What still runs for these records would disturb, and be mixed into, what is measured now.",
    what="processes of an earlier campaign write to these records and do not end: {pids}",
    remedy="end them yourself (ps shows them; a process that hangs inside the kernel needs a restart), then run again",
    section="41.8",
)

NOT_COLLECTED = Rule(
    code="CAP615",
    severity=Severity.ERROR,
    title="Submitted jobs are not yet collected",
    why="A run that is on its way must not be made a second time.",
    what="{jobs} jobs were submitted for these records and are not yet collected",
    remedy="`capstone collect --wait` waits for them; `capstone collect --cancel` cancels them first",
    section="41.8",
)

JOBS_LEFT = Rule(
    code="CAP616",
    severity=Severity.ERROR,
    title="Jobs of a killed run do not end",
    why="What a killed run left must not run beside the next one.",
    what="{jobs} jobs that a killed run left are still there: {reason}",
    remedy="look for jobs named capstone-... (squeue, ray job list), end them, then run the same command again",
    section="41.8",
)
