"""CAP0xx to CAP2xx: what is wrong in a declared file."""

from capstone_report.findings.finding import Rule, Severity

NOT_TOML = Rule(
    code="CAP001",
    severity=Severity.ERROR,
    title="The file is not TOML",
    why="A study is one TOML file in UTF-8.",
    what="not valid TOML: {reason}",
    remedy="correct the line that is named",
    section="41.1",
)

NOT_UTF8 = Rule(
    code="CAP003",
    severity=Severity.ERROR,
    title="A text is not UTF-8",
    why="Prose is Markdown in UTF-8.",
    what="'{name}' is not UTF-8: {reason}",
    remedy="save it as UTF-8",
    section="41.1",
)

NO_FILE = Rule(
    code="CAP002",
    severity=Severity.ERROR,
    title="A file is missing",
    why="A workspace is a folder with a capstone.toml; a study is a folder below specs/ with a study.toml.",
    what="there is no {what} here",
    remedy="{remedy}",
    section="41.1",
)

FILE_TOO_LARGE = Rule(
    code="CAP004",
    severity=Severity.ERROR,
    title="The file is too large",
    why="A declared file is written by hand; one that is huge is a mistake, and slow to read.",
    what="the file has more than {limit} MiB",
    remedy="keep data in files of its own and name them here",
    section="41.1",
)

NESTED_TOO_DEEPLY = Rule(
    code="CAP005",
    severity=Severity.ERROR,
    title="Nested too deeply",
    why="No key of a study stands that deep; a parser would need very long for it, or fail.",
    what="this stands more than {limit} levels deep",
    remedy="remove brackets, or parts of the dotted key",
    section="41.1",
)

TOO_MANY_KEYS = Rule(
    code="CAP006",
    severity=Severity.ERROR,
    title="Too many keys",
    why="A declared file is written by hand; one with that many keys is a mistake, and slow to read.",
    what="from here on there are more than {limit} keys and elements of arrays",
    remedy="keep data in files of its own and name them here",
    section="41.1",
)

WRONG_ENCODING = Rule(
    code="CAP007",
    severity=Severity.ERROR,
    title="The file is not plain UTF-8",
    why="TOML is UTF-8 without a byte order mark; anything else is read differently by each program.",
    what="{reason}",
    remedy="save the file as UTF-8 without a byte order mark (BOM)",
    section="41.1",
)

NOT_A_REGULAR_FILE = Rule(
    code="CAP008",
    severity=Severity.ERROR,
    title="Not a regular file of the project",
    why="A folder, a pipe or a device has no end, and a link out of the project does not travel with it.",
    what="this is {kind}",
    remedy="put a regular file here",
    section="41.8",
)

NUMBER_OUT_OF_RANGE = Rule(
    code="CAP009",
    severity=Severity.ERROR,
    title="A number is out of range",
    why="TOML promises integers of 64 bits, and nothing can be computed with infinity or nan.",
    what="'{number}' is not a finite number of at most 64 bits",
    remedy="write a smaller number, in another unit if need be",
    section="41.1",
)

HIDDEN_CHARACTER = Rule(
    code="CAP010",
    severity=Severity.ERROR,
    title="A key holds a hidden character",
    why="Two keys that look alike would be different keys, or a key would look like another one.",
    what="the key holds {character}, which cannot be seen",
    remedy="write the key again, by hand",
    section="41.1",
)

BARE_CARRIAGE_RETURN = Rule(
    code="CAP011",
    severity=Severity.ERROR,
    title="A line ends with a carriage return alone",
    why="TOML's lines end with LF or CRLF; with CR alone a comment would swallow what follows it.",
    what="a carriage return (CR) stands without a line feed (LF)",
    remedy="save the file with the line ends of Unix (LF) or of Windows (CRLF)",
    section="41.1",
)

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

TEXT_TOO_LARGE = Rule(
    code="CAP012",
    severity=Severity.ERROR,
    title="A text is too long",
    why="A page is written to be read; and a hostile text could keep a build busy for hours.",
    what="'{name}' is longer than {limit} kB",
    remedy="shorten it, or move what is data into a file of its own that is not prose",
    section="41.9",
)

UNKNOWN_REFERENCE = Rule(
    code="CAP201",
    severity=Severity.ERROR,
    title="A name refers to nothing",
    why="Sections of a study refer to each other by name.",
    what="'{name}' is not a {what}",
    remedy="known: {known}",
    section="41.1",
)

HEADLINE_NOT_A_TIME = Rule(
    code="CAP202",
    severity=Severity.ERROR,
    title="The headline metric is not a time",
    why="A speedup is a ratio of times: costs in a unit of time, lower is better.",
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
    what='no benchmark has scaling = "strong", or several have',
    remedy='give exactly one benchmark scaling = "strong" and levels.workers',
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
    why="best-serial is a single process of its own; one-worker is the scaling benchmark at one worker.",
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

NOTHING_HELD_FIXED = Rule(
    code="CAP207",
    severity=Severity.ERROR,
    title="Nothing is said to stay the same",
    why="Strong scaling holds the work fixed; what else stayed fixed decides what the ratio means.",
    what="benchmark '{name}' scales but its held_fixed list is empty",
    remedy="list what stays the same at every worker count, such as the global batch",
    section="41.7",
)
