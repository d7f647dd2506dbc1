"""CAP4xx: what the data can and cannot carry."""

from capstone_report.findings.finding import Rule, Severity

TOO_FEW_RUNS = Rule(
    code="CAP401",
    severity=Severity.REFUSAL,
    title="Too few runs for a speedup interval",
    why="With fewer than four runs on each side no exact 95 % interval of a ratio exists that is worth stating.",
    what="{case} has n = {runs}; a speedup interval needs at least 4 + 4",
    remedy="measure at least 4 runs of the baseline and of each worker count; 6 or more is better",
    section="41.6",
)

FEW_RUNS = Rule(
    code="CAP402",
    severity=Severity.WARNING,
    title="Too few runs for an interval of the median",
    why="The range of five runs covers the median with 93.75 % only; six are needed for 95 %.",
    what="too few runs, n = {runs}, of {cases}; a median has no 95 % interval below 6",
    remedy="measure at least 6 runs",
    section="41.6",
)

NO_MODEL = Rule(
    code="CAP403",
    severity=Severity.NOTE,
    title="No scaling model is fitted",
    why="A model with three constants needs at least four worker counts; fewer fit any story.",
    what="worker counts measured: {counts}; no scaling model is fitted, and nothing is extrapolated",
    remedy="measure at least four worker counts to fit one",
    section="41.7",
)

QUALITY_MISSED = Rule(
    code="CAP404",
    severity=Severity.REFUSAL,
    title="The quality gate was missed",
    why="A faster result that is worse is not the same result.",
    what="{metric} missed its gate in counted runs of {case} (for example {worst:.6g}; gate: {gate})",
    remedy="make the distributed version reach the gate, or change the gate and measure again",
    section="41.6",
)

CENSORED = Rule(
    code="CAP418",
    severity=Severity.REFUSAL,
    title="Slow runs were cut off",
    why="A run that hits its limit is the slowest of all; leaving it out makes the others look fast.",
    what="{timeouts} runs of {case} were stopped at their limit, {failed} failed otherwise, {runs} counted",
    remedy="raise timeout_s or mend the failures, move this machine's results folder away, and measure again",
    section="41.7",
)

UNUSABLE_RUNS = Rule(
    code="CAP419",
    severity=Severity.REFUSAL,
    title="Counted runs have no usable time",
    why="A worker count that silently drops out would move the claim to another one.",
    what="{runs} runs of {case} ended well but report no positive {metric} outside the warm-up",
    remedy="make the program report it, move this machine's results folder away, and measure again",
    section="41.6",
)

NOT_REPORTED = Rule(
    code="CAP417",
    severity=Severity.REFUSAL,
    title="A deciding value was not reported",
    why="What nobody reported can neither pass a gate nor equal the baseline's.",
    what="{metric} decides the claim, but counted runs of {case} do not report it",
    remedy="move this machine's results folder away and measure again with the study as it stands",
    section="41.6",
)

WRONG_RESULT = Rule(
    code="CAP405",
    severity=Severity.REFUSAL,
    title="The distributed version computes something else",
    why="A speedup compares two ways to the same answer.",
    what="{metric} at {workers} workers differs from the baseline by {difference:.3g}; {allowed:.3g} is allowed",
    remedy="find out why: batch split, seeds, reduction, precision",
    section="41.3",
)

OTHER_SYSTEM = Rule(
    code="CAP406",
    severity=Severity.WARNING,
    title="Counted runs saw different operating systems",
    why="A new kernel may schedule and copy differently; part of a ratio may then be its doing.",
    what="counted runs saw different systems: {systems}",
    remedy="if it matters, move this machine's results folder away and measure everything again",
    section="41.6",
)

OVERSUBSCRIBED = Rule(
    code="CAP407",
    severity=Severity.REFUSAL,
    title="More workers than cores or GPUs for them",
    why="Workers that share a core or a GPU cannot show what one more would bring.",
    what="{case} {lacking}",
    remedy="read it as a test of the program only; measure on a machine that has enough",
    section="41.7",
)

ONE_MACHINE = Rule(
    code="CAP408",
    severity=Severity.NOTE,
    title="All workers ran on one machine",
    why="Workers on one machine talk through its memory; a network is slower.",
    what="all workers ran on one machine; nothing is said about several machines",
    remedy="do not quote it as multi-machine scaling",
    section="41.7",
)

CONTAINS_ONE = Rule(
    code="CAP409",
    severity=Severity.WARNING,
    title="No difference is shown",
    why="An interval that contains 1 is compatible with faster and with slower.",
    what="the interval of the speedup at {workers} workers contains 1",
    remedy="more runs narrow it; a larger problem may change it",
    section="41.6",
)

PRICE_ESTIMATE = Rule(
    code="CAP410",
    severity=Severity.NOTE,
    title="A price is an estimate",
    why="Costs inherit the uncertainty of their prices.",
    what="the price '{price}' is an estimate ({source}, {date})",
    remedy="replace it in capstone.toml by a quoted price with its date",
    section="41.7",
)

WEAK_BASELINE = Rule(
    code="CAP411",
    severity=Severity.WARNING,
    title="The baseline is one worker, not the best serial version",
    why="Parallel code on one worker may be slower than the best serial code (Hoefler and Belli, rule 1).",
    what="the speedup is relative to one worker of the distributed program",
    remedy='measure a tuned single process and declare kind = "best-serial"',
    section="41.3",
)

NO_GATE = Rule(
    code="CAP412",
    severity=Severity.WARNING,
    title="No quality is gated",
    why="Without a gate a faster run may simply do less.",
    what="no metric of kind quality has a gate",
    remedy="add [metrics.<name>.gate] with at_least or at_most",
    section="41.6",
)

NO_GROUND_TRUTH = Rule(
    code="CAP413",
    severity=Severity.WARNING,
    title="The result is not compared with the baseline's",
    why="The baseline's answer is the ground truth that the distributed one is checked against.",
    what="the study declares no [baseline.correctness]",
    remedy="name metrics that must be equal, with a tolerance",
    section="41.3",
)

DIFFERENT_CORES = Rule(
    code="CAP414",
    severity=Severity.NOTE,
    title="Both sides use different numbers of cores",
    why="More workers than the baseline's cores means more hardware, not a better program.",
    what="cores kept busy: baseline {baseline}, workers {cores} (at {workers} workers)",
    remedy="read the cost beside the speedup",
    section="41.7",
)

RELATIVE_TO_P0 = Rule(
    code="CAP420",
    severity=Severity.WARNING,
    title="The speedup is not relative to one machine",
    why="What the first workers cost stays hidden when nothing smaller was measured.",
    what="speedup and efficiency are relative to {workers} workers, the smallest number that {which}",
    remedy="say so wherever the number is quoted",
    section="41.3",
)

NO_HEADLINE_POINT = Rule(
    code="CAP416",
    severity=Severity.REFUSAL,
    title="The worker count of the claim was not measured",
    why="A claim stands at a measured worker count, never between two.",
    what="the target names {workers} workers, which were not measured",
    remedy="measure that count, or change the target",
    section="41.6",
)

WRONG_SCOPE = Rule(
    code="CAP421",
    severity=Severity.REFUSAL,
    title="A rate contradicts the work and the time",
    why="A rate of one worker that is taken for that of the whole job, or the other way round, makes every "
    "efficiency wrong by the number of workers. Work over time shows which of the two it is.",
    what="{metric} is declared {scope}: {rate:.4g} {unit} for all workers of {case} together. The "
    "{work:.6g} {work_unit} of a run would take {claimed:.3g} s, and there was {there_was}; read as the rate "
    "{meant}, it is {meant_rate:.4g} {unit}, and they take {meant_s:.3g} s",
    remedy="{remedy}; or correct work, if a run does not do {work:.6g} {work_unit}; or "
    "report the time of the work as a metric, too, if most of a run is start-up",
    section="41.6",
)

TARGET_CHANGED = Rule(
    code="CAP422",
    severity=Severity.WARNING,
    title="The target changed after measuring began",
    why="A target that knows the result is met by everybody.",
    what="the target is {now}; it was {before} when the first counted run was made ({moment})",
    remedy="set the target back and say that it is met or missed, or give the new one its reason in the prose",
    section="41.1",
)
