"""CAP2xx: what in a study contradicts itself."""

from capstone_report.findings.finding import Rule, Severity

UNKNOWN_REFERENCE = Rule(
    code="CAP201",
    severity=Severity.ERROR,
    title="A name refers to nothing",
    why="Sections of a study refer to each other by name.",
    what="'{name}' is not a {what}{suggestion}",
    remedy="known: {known}",
    section="41.1",
)

HEADLINE_NOT_A_TIME = Rule(
    code="CAP202",
    severity=Severity.ERROR,
    title="The headline metric makes no speedup",
    why="A speedup is a ratio of times: costs in a unit of time, lower is better. A rate stands for a time "
    "where the work grows with the workers, and where others published nothing else.",
    what="the headline metric '{name}' is a {kind} in {unit}",
    remedy='give it kind = "cost", direction = "lower" and a unit of time, or name another metric',
    section="41.6",
)

OUTSIDE = Rule(
    code="CAP203",
    severity=Severity.ERROR,
    title="A file lies outside the study",
    why="A study is one folder; what it names must travel with it.",
    what="'{name}' is not a file inside the study's folder",
    remedy="put the file into the folder and name it relative to it",
    section="41.8",
)

NAMED_TWICE = Rule(
    code="CAP204",
    severity=Severity.ERROR,
    title="Two benchmarks share a name",
    why="Records belong to a benchmark by its name.",
    what="two benchmarks are called '{name}'",
    remedy="rename one of them",
    section="41.7",
)

UNKNOWN_PLACEHOLDER = Rule(
    code="CAP205",
    severity=Severity.ERROR,
    title="A placeholder is never filled",
    why="The command's placeholders are the levels, workers, threads and seed.",
    what="'{argument}' has a placeholder that nothing fills",
    remedy="known: {known}; write {{{{ and }}}} for braces",
    section="41.7",
)

NO_SCALING = Rule(
    code="CAP206",
    severity=Severity.ERROR,
    title="Nothing to compare",
    why="A scale-out claim compares a baseline with a benchmark that varies the workers.",
    what='no benchmark has scaling = "strong", or several have, or none has and several are weak or '
    "throughput",
    remedy='give exactly one benchmark scaling = "strong" and levels.workers; or one "weak" or '
    '"throughput", and none "strong"',
    section="41.7",
)

NOTHING_HELD_FIXED = Rule(
    code="CAP207",
    severity=Severity.ERROR,
    title="Nothing is said to stay the same",
    why="Strong scaling holds the work fixed; what else stayed fixed decides what the ratio means.",
    what="benchmark '{name}' scales but its held_fixed list is empty",
    remedy="list what stays the same at every worker count, such as the global batch",
    section="41.7",
)

UNLIKE_WORK = Rule(
    code="CAP208",
    severity=Severity.ERROR,
    title="Baseline and scaling benchmark do different work",
    why="A speedup compares two ways to do the same work; otherwise it measures the difference in work.",
    what="'{scaling}' and the baseline '{baseline}' differ in {field}",
    remedy="give both the same {field}",
    section="41.6",
)

NOT_THAT_BASELINE = Rule(
    code="CAP209",
    severity=Severity.ERROR,
    title="The baseline is not what its kind says",
    why="best-serial is a single process of its own; one-worker is the scaling benchmark at one worker; "
    "smallest-published was measured by somebody else.",
    what="kind = \"{kind}\" does not fit the benchmark '{benchmark}'",
    remedy="{remedy}",
    section="41.3",
)

ONE_LEVEL = Rule(
    code="CAP210",
    severity=Severity.ERROR,
    title="More than the workers varies",
    why="Points of a scaling curve may differ in the worker count only.",
    what="the scaling benchmark '{benchmark}' has several levels of {factor}",
    remedy="keep one level of {factor}, and measure another one in a study of its own",
    section="41.7",
)

GATED_COST = Rule(
    code="CAP211",
    severity=Severity.ERROR,
    title="A gate stands on something that is no quality",
    why="A gate holds the quality constant; a cost or a rate is what is being compared.",
    what="'{metric}' has a gate but is a {kind}",
    remedy='give it kind = "quality", or drop the gate',
    section="41.6",
)

MORE_THAN_AT_MOST = Rule(
    code="CAP229",
    severity=Severity.ERROR,
    title="More runs are asked for than are allowed",
    why="With a precision, repeats is the least number of runs and at_most the largest.",
    what="'{name}' gets {repeats} runs at least, but {at_most} at most",
    remedy="raise at_most, or lower repeats",
    section="41.6",
)

NESTED_QUANTIFIER = Rule(
    code="CAP247",
    severity=Severity.WARNING,
    title="A pattern can take forever",
    why="A repetition inside a repetition tries every way to divide a line: 2^n of them for n characters.",
    what="the pattern repeats {part}, which repeats something itself",
    remedy="say what ends each part, or write an atomic group (?>...); the search ends after {limit_s:g} s",
    section="41.6",
)

PARSED_OTHERWISE = Rule(
    code="CAP248",
    severity=Severity.ERROR,
    title="A parser never gives what the study declares",
    why="A run without a declared metric, or with another unit, is incomplete: no run would ever count.",
    what="the {kind} parser of '{benchmark}' {problem}",
    remedy="give the parser the metrics and units that the study declares, or declare what it gives",
    section="41.6",
)

SCOPE_UNCHECKED = Rule(
    code="CAP249",
    severity=Severity.NOTE,
    title="The scope of a rate cannot be checked",
    why="A rate of one worker that is taken for that of all is wrong by the number of workers; work over "
    "time shows it, where the work is known in what the rate counts.",
    what="'{name}' does not say how much work, of what {metric} counts in {unit}, one of its runs does",
    remedy="give it work, and work_unit, in what {metric} counts",
    section="41.6",
)
