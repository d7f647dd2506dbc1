"""CAP3xx: what happened to a measurement."""

from capstone_report.findings.finding import Rule, Severity

RUN_FAILED = Rule(
    code="CAP301",
    severity=Severity.ERROR,
    title="A run failed",
    why="A failed run is kept and shown; it never counts, and it is never silently repeated away.",
    what="run {run_id}: {message}",
    remedy="read {log}; the next `capstone run` tries again",
    section="41.7",
)

CASE_ABANDONED = Rule(
    code="CAP302",
    severity=Severity.ERROR,
    title="A case was given up",
    why="A case that failed twice will fail again; the other cases go on.",
    what="case {case_id} failed {failures} times; its remaining runs were not started",
    remedy="correct the program, then `capstone run` measures what is missing",
    section="41.7",
)

RUNS_FAILED = Rule(
    code="CAP303",
    severity=Severity.WARNING,
    title="Some attempts did not end well",
    why="Failures are part of the result; a reader must see them.",
    what="{failed} of {total} attempts did not end well: {outcomes}",
    remedy="their records and logs are kept beside the others",
    section="41.7",
)

STALE = Rule(
    code="CAP304",
    severity=Severity.WARNING,
    title="Some runs are stale",
    why="A program, its command or the machine's software changed after these runs; they measure something else.",
    what="{stale} runs are stale and not counted: {reasons}",
    remedy="they are kept; `capstone run` measures the current version",
    section="41.7",
)

MISSING_RUNS = Rule(
    code="CAP305",
    severity=Severity.WARNING,
    title="Planned runs are missing",
    why="The study promised more runs than were made.",
    what="{missing} of {planned} planned runs have not been measured",
    remedy="`capstone run` measures what is missing",
    section="41.7",
)

SKIPPED_CASES = Rule(
    code="CAP306",
    severity=Severity.NOTE,
    title="Not every declared level was measured",
    why="A reader should know which system resources were not used, and why (Hoefler and Belli, rule 2).",
    what="not measured: {cases}",
    remedy="a larger machine measures them; `capstone import` brings what is measured elsewhere",
    section="41.7",
)

LOADED_MACHINE = Rule(
    code="CAP307",
    severity=Severity.WARNING,
    title="Other work ran during some runs",
    why="Other work slows runs down, and not all alike: threads that wait for each other suffer most.",
    what="during {runs} of {total} counted runs other work kept more than a tenth of the cores busy "
    "(highest: {highest:.1f} of {cores} cores)",
    remedy="measure again on a quiet machine, or read the intervals as the machine's noise",
    section="41.7",
)

SELF_REPORT_TOO_LONG = Rule(
    code="CAP308",
    severity=Severity.REFUSAL,
    title="A program reported more time than passed",
    why="A part cannot last longer than the whole; one of the two clocks is wrong.",
    what="run {run_id} reported {reported:.3g} s of {metric}, but its process lasted {wall:.3g} s",
    remedy="correct the program's timer",
    section="41.6",
)

IMPOSSIBLE_TIME = Rule(
    code="CAP310",
    severity=Severity.REFUSAL,
    title="A program reported a time that cannot be",
    why="Work takes time; a clock that says otherwise says nothing.",
    what="run {run_id} reported {reported:.3g} s of {metric}",
    remedy="correct the program's timer and measure again",
    section="41.6",
)

NOT_MEASURED = Rule(
    code="CAP309",
    severity=Severity.REFUSAL,
    title="Nothing has been measured",
    why="A claim needs a baseline and a distributed measurement.",
    what="{missing} not been measured",
    remedy="{remedy}",
    section="41.7",
)

WARMUP_FOUND = Rule(
    code="CAP311",
    severity=Severity.NOTE,
    title="Warm-up was found and left out",
    why="Compilation and cold caches are paid once; how long a step takes is another question.",
    what="in {runs} of {total} runs of {case} the first {least} to {most} steps of {metric} were slower "
    "and are left out",
    remedy='let the program mark its warm-up with phase = "warmup", and nothing needs to be found',
    section="41.6",
)

SLOWED_DOWN = Rule(
    code="CAP312",
    severity=Severity.WARNING,
    title="Steps slowed down during a run",
    why="A machine that gets hot or full is slower than at first; a longer run would show another time.",
    what="{metric} was faster at first than at the end in {runs} of {total} runs of {case}; no step is left out",
    remedy="look for heat, memory that fills up and growing work, or say in the prose why it slows down",
    section="41.6",
)

NEVER_STEADY = Rule(
    code="CAP313",
    severity=Severity.WARNING,
    title="Steps never became steady",
    why="The median of a time that keeps changing depends on when the run was ended (Barrett et al. 2017).",
    what="{metric} did not settle in {runs} of {total} runs of {case}; no step is left out",
    remedy="run longer, or compare the time of whole runs instead",
    section="41.6",
)

NOT_PRECISE = Rule(
    code="CAP314",
    severity=Severity.WARNING,
    title="A target precision was not reached",
    why="The study promised to know a median better than it does.",
    what="half the 99 % interval of the median of {case} is {reached:.2g} % of it after {runs} runs; "
    "{target:.2g} % was the target",
    remedy="raise at_most, quieten the machine, or state the precision that was reached",
    section="41.6",
)

DECIDED_BY_LOOKING = Rule(
    code="CAP315",
    severity=Severity.NOTE,
    title="The runs themselves decided how many there are",
    why="Stopping when an interval is narrow enough favours intervals that are narrow by chance (Starr "
    "1966, for means). Therefore the 99 % interval decides: in simulations, the 95 % intervals reported "
    "covered 95 to 99 % over all cases, 94 % where two thirds of the cases reached the target, and less "
    "where few did.",
    what="{cases} of {total} cases were to be measured until their median was precise enough",
    remedy="nothing, where the target was declared before measuring; a fixed number of runs avoids it",
    section="41.6",
)

WITHIN_NOISE = Rule(
    code="CAP316",
    severity=Severity.REFUSAL,
    title="The speedup is within the machine's noise",
    why="A difference that the machine shows between a program and itself is no difference of programs.",
    what="the speedup at {workers} workers is {low:.3g} to {high:.3g}, and two series of the same baseline "
    "may differ by a factor of {noise:.3g}",
    remedy="measure on a quieter machine or a larger problem, then `capstone run --noise-floor N` again",
    section="41.6",
)

ENOUGH_FAILURES = Rule(
    code="CAP320",
    severity=Severity.ERROR,
    title="A campaign ended after too many failures",
    why="--max-failures ends a campaign whose programs do not work instead of spending the machine on it.",
    what="{most} runs failed, as many as --max-failures allows; {waiting} runs were not started",
    remedy="correct the programs, then `capstone run` measures what is missing",
    section="41.7",
)

PROGRAM_CHANGED = Rule(
    code="CAP321",
    severity=Severity.ERROR,
    title="The programs were changed during a campaign",
    why="A campaign measures the programs as they were when it began; a run of a changed one never counts.",
    what="the study's programs or inputs were changed while it was measured; {waiting} runs were not started",
    remedy="finish the change, then `capstone run` measures the programs as they are then",
    section="41.7",
)
