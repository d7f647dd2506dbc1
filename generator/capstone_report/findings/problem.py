"""CAP2xx: problem, ceiling, baseline and target."""

from capstone_report.findings.finding import Rule, Severity

NOT_TUNED = Rule(
    code="CAP212",
    severity=Severity.ERROR,
    title="A best-serial baseline without what was tuned",
    why="A baseline that nobody tried to make fast is easy to beat and proves nothing (Hoefler and Belli, rule 1).",
    what='kind = "best-serial", but nothing is said to be tuned',
    remedy="list under baseline.tuned what was tried, or let a recorded trial pick a level with [baseline.tune]",
    section="41.3",
)

NO_QUALITY = Rule(
    code="CAP213",
    severity=Severity.ERROR,
    title="Nothing holds the quality constant",
    why="A faster result that is worse is not the same result; a speedup needs a quality that both sides reach.",
    what="no metric has a gate, and nothing must equal the baseline's value",
    remedy="give a quality a gate ([metrics.NAME] gate), or name what must be equal under [baseline.correctness]",
    section="41.6",
)

NO_GROWTH = Rule(
    code="CAP214",
    severity=Severity.ERROR,
    title="Weak scaling without its scaling function",
    why="How the work grows with the workers decides what a constant time means (Hoefler and Belli, section 4.2).",
    what="benchmark '{name}' scales weakly, but does not say how its work grows",
    remedy='add scaling_function, such as "512 images per worker"',
    section="41.7",
)

SMALLEST_NOT_PROVED = Rule(
    code="CAP215",
    severity=Severity.ERROR,
    title="The smallest feasible baseline is not proved",
    why="Starting above one worker hides the cost of the first ones; it needs a proof that fewer cannot run it.",
    what="{lacking}",
    remedy="{remedy}",
    section="41.3",
)

ONE_WAY_TO_MEASURE = Rule(
    code="CAP216",
    severity=Severity.ERROR,
    title="A benchmark is measured here or elsewhere",
    why="A benchmark is either a command that capstone starts, or measurements that are imported.",
    what="benchmark '{name}' has {what}",
    remedy="give it either a command or an [benchmarks.external] table",
    section="41.7",
)

CEILING_NOT_PROVED = Rule(
    code="CAP221",
    severity=Severity.ERROR,
    title="The ceiling is claimed, not proved",
    why="Distribution is forced by a ceiling; the proof is arithmetic: what the problem needs against what one machine has.",
    what="the ceiling is {ceiling}, but the figures that prove it are missing",
    remedy="give {needed}",
    section="41.1",
)

FITS_ONE_MACHINE = Rule(
    code="CAP222",
    severity=Severity.WARNING,
    title="One machine carries it",
    why="A problem that fits comfortably on one machine gains nothing from a second one but its costs.",
    what="{arithmetic}: {share:.0%} of what one machine has",
    remedy="say why it is distributed all the same, or find the problem that does not fit",
    section="41.1",
)

OTHER_CEILING = Rule(
    code="CAP223",
    severity=Severity.WARNING,
    title="Another resource runs out first",
    why="The axis follows the resource that runs out first; lifting another ceiling leaves that one in place.",
    what="{other} runs out before {ceiling}: {arithmetic}",
    remedy="name {other} as the ceiling, or correct the figures",
    section="41.2",
)

TARGET_BEYOND_MODEL = Rule(
    code="CAP224",
    severity=Severity.WARNING,
    title="The target is beyond the prediction",
    why="A target that the design's own model cannot reach is a wish.",
    what="the target is a speedup of {target:g}, but the prediction allows {best:.3g}, with workers = {workers}",
    remedy="change the design, or set a target that the model allows",
    section="41.4",
)

BASELINE_DOES_NOT_FIT = Rule(
    code="CAP217",
    severity=Severity.ERROR,
    title="The baseline needs more memory than one machine has",
    why="A baseline on one machine is impossible where the proof says that one machine cannot hold the problem.",
    what='kind = "{kind}" runs on one machine, which cannot hold it: {arithmetic}',
    remedy='use kind = "smallest-feasible" with smallest_workers, or correct the figures',
    section="41.3",
)

TOO_FEW_TO_HOLD = Rule(
    code="CAP218",
    severity=Severity.ERROR,
    title="So few workers cannot hold it",
    why="Divided evenly, every worker's part must fit into its memory.",
    what="{workers} workers have {available} together; {arithmetic}",
    remedy="start with {least} workers or more, or correct the figures",
    section="41.5",
)

UNUSED_FACTOR = Rule(
    code="CAP219",
    severity=Severity.WARNING,
    title="Nothing uses a factor",
    why="A level that no command sees makes cases that differ in name only.",
    what="benchmark '{name}' varies {factor}, but its command has no {{{factor}}}",
    remedy="put {{{factor}}} into the command, unless the program reads CAPSTONE_P_{variable}",
    section="41.7",
)

WORKERS_UNSEEN = Rule(
    code="CAP220",
    severity=Severity.WARNING,
    title="The command does not name its workers",
    why="A program that never learns how many workers to use does the same at every count.",
    what="benchmark '{name}' is started once for each number of workers, but its command has no {{workers}}",
    remedy="put {{workers}} into the command, unless the program reads CAPSTONE_WORKERS",
    section="41.7",
)

OPTIONS_DIFFER = Rule(
    code="CAP225",
    severity=Severity.WARNING,
    title="Baseline and scaling benchmark get different options",
    why="The commonest wrong comparison is one of two different amounts of work.",
    what="the baseline '{baseline}' and '{scaling}' differ in {differing}",
    remedy="give both the same, or say under held_fixed why the work is the same",
    section="41.6",
)

CHECKS_NOTHING = Rule(
    code="CAP226",
    severity=Severity.ERROR,
    title="A quality that checks nothing",
    why="What may take any value, or none, holds nothing constant.",
    what="{what}",
    remedy="{remedy}",
    section="41.6",
)

HALF_A_FIGURE = Rule(
    code="CAP227",
    severity=Severity.ERROR,
    title="Half of a figure",
    why="Memory is parameters times bytes for each; one of the two alone proves nothing.",
    what="{given} is given without {missing}",
    remedy="give {missing}, too",
    section="41.1",
)

COMPARED_COST = Rule(
    code="CAP228",
    severity=Severity.WARNING,
    title="A time is to equal the baseline's",
    why="The ground truth is a result; the time is what the comparison is about.",
    what="{metric} is a {kind}, and must equal the baseline's value",
    remedy="name a result that both sides compute: a count, a sum, a loss",
    section="41.3",
)
