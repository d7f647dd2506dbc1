"""CAP0xx: what is wrong with a file or its text, before it is read as a study."""

from capstone_report.findings.finding import Rule, Severity

NOT_TOML = Rule(
    code="CAP001",
    severity=Severity.ERROR,
    title="The file is not TOML",
    why="A study is one TOML file in UTF-8.",
    what="not valid TOML: {reason}",
    remedy="{remedy}",
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

TEXT_TOO_LARGE = Rule(
    code="CAP012",
    severity=Severity.ERROR,
    title="A text is too long",
    why="A page is written to be read; and a hostile text could keep a build busy for hours.",
    what="'{name}' is longer than {limit} kB",
    remedy="shorten it, or move what is data into a file of its own that is not prose",
    section="41.9",
)
