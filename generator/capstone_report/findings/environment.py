"""CAP7xx: what this machine lacks."""

from capstone_report.findings.finding import Rule, Severity

MODULE_MISSING = Rule(
    code="CAP701",
    severity=Severity.ERROR,
    title="A Python module is missing",
    why="The study's programs need it; rendering, checking and grading do not.",
    what="benchmark '{benchmark}' needs the Python module {module}, which is not installed",
    remedy="{install}",
    section="41.8",
)

NO_RECORDS_HERE = Rule(
    code="CAP702",
    severity=Severity.ERROR,
    title="There are no records of that machine",
    why="A report shows one machine's measurements.",
    what="there are no records of machine {machine}",
    remedy="known: {known}; choose one with --machine, or with machine under [site] in capstone.toml",
    section="41.8",
)

CANNOT_WRITE = Rule(
    code="CAP703",
    severity=Severity.ERROR,
    title="The disk refused",
    why="Nothing that was measured may be lost, so nothing goes on when the disk does not take it.",
    what="{reason}",
    remedy="correct the path or the permissions, or free space, then run the same command again; whole records are safe",
    section="41.8",
)

FOREIGN_FOLDER = Rule(
    code="CAP704",
    severity=Severity.ERROR,
    title="The output folder holds something else",
    why="`build` replaces its output folder; it never replaces what it did not write.",
    what="{folder} is not empty and was not written by capstone",
    remedy="name another folder with --out, or empty it yourself",
    section="41.9",
)

WOULD_OVERWRITE = Rule(
    code="CAP705",
    severity=Severity.ERROR,
    title="A file exists already",
    why="`init` never overwrites.",
    what="{file} exists already",
    remedy="choose an empty folder",
    section="41.1",
)

NOT_A_CHANGE = Rule(
    code="CAP706",
    severity=Severity.ERROR,
    title="A what-if is not KEY=VALUE",
    why="A what-if puts one value at one key path, as it would stand in the file.",
    what="'{text}': {reason}",
    remedy="write it as --set design.consistency.choice=asynchronous, --set sizing.workers=8, or "
    "--set 'axis.why=\"a text\"'; --set reaches studies, not capstone.toml",
    section="41.4",
)

NO_SUCH_CODE = Rule(
    code="CAP707",
    severity=Severity.ERROR,
    title="There is no such code",
    why="Every finding, and every erratum of the book, has a code that stays its own.",
    what="no finding and no erratum has this code; the nearest are: {close}",
    remedy="list them all: capstone explain",
    section="41.8",
)

NOT_A_QUANTITY = Rule(
    code="CAP708",
    severity=Severity.ERROR,
    title="A quantity is not what is asked for",
    why="Bits for bytes are wrong by a factor of eight, milliseconds for seconds by a thousand, and neither shows in a result.",
    what="{reason}",
    remedy="{remedy}",
    section="41.4",
)

INPUTS_DO_NOT_FIT = Rule(
    code="CAP709",
    severity=Severity.ERROR,
    title="A calculator's inputs do not fit together",
    why="A calculator assumes nothing silently: what an answer needs is given, and what is given is used.",
    what="{reason}",
    remedy="{remedy}",
    section="41.4",
)

DISK_FULL = Rule(
    code="CAP711",
    severity=Severity.ERROR,
    title="The disk is full",
    why="Nothing that was measured may be lost, so nothing goes on when the disk does not take it.",
    what="{reason}; {free} bytes are free",
    remedy="free space or raise the quota, then run the same command again; whole records are safe",
    section="41.8",
)

NOT_QUIET = Rule(
    code="CAP712",
    severity=Severity.ERROR,
    title="The machine is not quiet",
    why="Other work slows runs down, and not all alike; what is measured beside it measures that work, too.",
    what="other work keeps {cores:.2f} cores busy, more than the {most:g} that --max-load allows; busiest, in cores: {busiest}",
    remedy="end the other work or wait; or allow more with --max-load: every record says how much there was",
    section="41.7",
)

NO_SUCH_CASE = Rule(
    code="CAP710",
    severity=Severity.ERROR,
    title="That is not one case",
    why="A case is named by its id, or by a beginning that no other case has.",
    what="'{case}' names {found}",
    remedy="`capstone try {study}` lists those that this machine can run: {known}",
    section="41.7",
)

CLUSTER_REFUSED = Rule(
    code="CAP713",
    severity=Severity.ERROR,
    title="The cluster gives no machine",
    why="Before anything is measured, a short job tells which machines the cluster gives.",
    what="{scheduler} gave no machine to look at: {reason}",
    remedy="correct [{scheduler}] in capstone.toml, or wait until the cluster is well",
    section="41.5",
)

NO_TIDINGS = Rule(
    code="CAP716",
    severity=Severity.ERROR,
    title="The cluster does not say how jobs stand",
    why="A run is recorded once its job is known to have ended; no answer says nothing of a job.",
    what="{scheduler} does not tell how submitted jobs stand: {reason}",
    remedy="nothing is lost: `capstone collect` asks again; where it goes on, see [{scheduler}] in capstone.toml",
    section="41.5",
)

JOB_REFUSED = Rule(
    code="CAP717",
    severity=Severity.ERROR,
    title="The cluster does not take a job",
    why="Each run is one job, and the scheduler decides whether it accepts what is asked for.",
    what="{scheduler} did not take a run: {reason}",
    remedy="correct [{scheduler}] in capstone.toml and submit again; `capstone collect` records what it took",
    section="41.5",
)

SCHEDULER_MISSING = Rule(
    code="CAP715",
    severity=Severity.ERROR,
    title="What talks to the cluster is not installed",
    why="Some schedulers are asked through a library of their own, which is large; who does not use it need "
    "not install it.",
    what="{scheduler} cannot be asked for jobs: {reason}",
    remedy="pip install 'capstone-report[{extra}]'",
    section="41.5",
)

NOT_INSIDE_A_JOB = Rule(
    code="CAP714",
    severity=Severity.ERROR,
    title="A launcher has no place inside a job",
    why="A study is measured on one kind of machine: where one run is a job of a cluster, all of them are.",
    what="{reason}",
    remedy="give the benchmark a launcher that {scheduler} can start: local, torchrun or {scheduler} itself",
    section="41.5",
)

PORT_REFUSED = Rule(
    code="CAP722",
    severity=Severity.ERROR,
    title="The port is not to be had",
    why="A port of a machine belongs to one program at a time, and those below 1024 to the administrator.",
    what="port {port} cannot be served: {reason}",
    remedy="end what uses it, or name another one: capstone serve --port 0 takes any that is free",
    section="41.9",
)

NO_SITE_URL = Rule(
    code="CAP723",
    severity=Severity.ERROR,
    title="The site does not know where it will be published",
    why="The page for what is not found, and the site's map, hold whole addresses; without them they lead nowhere.",
    what="[site] names no url, so that the site cannot be published",
    remedy='say where it will be seen: url = "https://NAME.github.io/REPOSITORY/" under [site] in capstone.toml',
    section="41.9",
)

CANNOT_PUBLISH = Rule(
    code="CAP724",
    severity=Severity.ERROR,
    title="The site cannot be published from here",
    why="Publishing adds a commit to a branch of a remote repository, and nothing else; git must be able to do just that.",
    what="{reason}",
    remedy="{remedy}",
    section="41.9",
)

NOT_COMMITTED = Rule(
    code="CAP725",
    severity=Severity.ERROR,
    title="What the site is made from is not committed",
    why="Who reads a published claim must be able to find the declaration and the records behind it.",
    what="{count} files are changed or unknown to git, such as {example}",
    remedy="commit them, and publish then; `capstone serve` shows the site without publishing it",
    section="41.8",
)

FOREIGN_COMMITS = Rule(
    code="CAP726",
    severity=Severity.ERROR,
    title="The branch holds somebody else's commits",
    why="Publishing replaces every file of the branch, so it only goes on where its own last commit stands.",
    what="the last commit of {branch} on {remote}, {commit}, was not made by `capstone publish`: {subject}",
    remedy="name another --branch; or look at it, and remove the branch yourself: git push {remote} --delete {branch}",
    section="41.9",
)

PUSH_REFUSED = Rule(
    code="CAP727",
    severity=Severity.ERROR,
    title="The remote repository refused",
    why="Only the remote repository decides who may write to its branches, and it takes nothing that would undo a newer commit.",
    what="{remote} did not take part: {reason}",
    remedy="see that you may push there (git push --dry-run {remote} HEAD), then publish again; nothing was changed here",
    section="41.9",
)

NEEDED_IS_MISSING = Rule(
    code="CAP728",
    severity=Severity.ERROR,
    title="This machine lacks what the studies need",
    why="What is missing is cheaper to find before a campaign begins than in the middle of it.",
    what="{name}: {found}; it is for {purpose}",
    remedy="{fix}",
    section="41.8",
)
