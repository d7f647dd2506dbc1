"""CAP4xx: what in times and their order is suspicious, or cannot be."""

from capstone_report.findings.finding import Rule, Severity

FAR_APART = Rule(
    code="CAP468",
    severity=Severity.WARNING,
    title="The sides were measured far apart in time",
    why="Machines are updated, filled and moved; weeks between two sides are part of their ratio.",
    what="{days} days lie between the runs of {baseline} and those of {case}",
    remedy="measure both sides in one campaign",
    section="41.6",
)

NOT_INTERLEAVED = Rule(
    code="CAP469",
    severity=Severity.WARNING,
    title="One side was measured after the other",
    why="A machine that drifts disturbs interleaved runs alike; runs one after the other it makes a speedup.",
    what="all {baseline_runs} runs of {baseline} lie on one side of all {runs} runs of {case}; in a random "
    "order that happens with a probability of {probability:.1e}",
    remedy="move the results folder away and let one `capstone run` measure both",
    section="41.6",
)

DRIFT = Rule(
    code="CAP470",
    severity=Severity.WARNING,
    title="Times drifted over the campaign",
    why="A time that rises or falls with the order of the runs is that of a changing machine, and no sample "
    "of one distribution.",
    what="the times of {case} {way} with their order over {runs} runs (Kendall's tau {tau:.2f}, p = {p:.1e}; "
    "{level:.1e} decides over {cases} cases)",
    remedy="look for heat, memory that fills up and other work, then measure again",
    section="41.6",
)

DEPENDENT = Rule(
    code="CAP471",
    severity=Severity.WARNING,
    title="Successive runs depend on each other",
    why="Intervals assume independent runs; runs that resemble the one before make them too narrow.",
    what="successive runs of {case} resemble or avoid each other (rank von Neumann ratio {ratio:.2f} of {runs} "
    "runs, p = {p:.1e}; {level:.1e} decides over {cases} cases)",
    remedy="measure in a random order over a longer time, or leave pauses between runs",
    section="41.6",
)

TWO_MODES = Rule(
    code="CAP472",
    severity=Severity.WARNING,
    title="Runs fall into two groups",
    why="Two groups are two situations, such as two clock rates or two placements; their median is neither.",
    what="{low_runs} runs of {case} took up to {low:.4g} s, {high_runs} took {high:.4g} s and more, and none "
    "anything between",
    remedy="find out what differs between the groups, fix it, and measure again",
    section="41.6",
)

FIRST_RUN_SLOW = Rule(
    code="CAP473",
    severity=Severity.WARNING,
    title="The first run of one side only was slow",
    why="A cold file cache is paid by whoever runs first; a side that pays it looks slow by it.",
    what="the first run of {case} took {first:.4g} s, its others {low:.4g} to {high:.4g} s",
    remedy="read the data once before measuring, or empty the cache before every run",
    section="41.6",
)

SUPERLINEAR = Rule(
    code="CAP474",
    severity=Severity.WARNING,
    title="A speedup above the ideal",
    why="More than p times as fast with p times as much is possible only for a reason; without it, it is a mistake.",
    what="efficiency at {workers} workers is {efficiency:.1%}; likely causes: {causes}",
    remedy="find out which cause it is and say so beside the number",
    section="41.6",
)

DIP = Rule(
    code="CAP475",
    severity=Severity.WARNING,
    title="A point lies below its neighbours",
    why="More workers may stop helping, but helping less and then more again is a disturbed point or another setup.",
    what="the speedup falls from {before:.3g} to {speedup:.3g} at {workers} workers, and is {after:.3g} at "
    "{next_workers}",
    remedy="measure that point again and compare its setup",
    section="41.7",
)

NODE_BOUNDARY = Rule(
    code="CAP476",
    severity=Severity.WARNING,
    title="The series crosses from one machine to several",
    why="Inside a machine workers talk through memory, beyond it through a network: one curve through both "
    "fits neither.",
    what="from {workers} to {next_workers} workers the series goes from one machine to {machines}; each doubling "
    "keeps {across:.0%} of the efficiency there{before}",
    remedy="read the points on both sides as two series, and fit no model through both",
    section="41.7",
)

PARTIAL_MACHINES = Rule(
    code="CAP477",
    severity=Severity.WARNING,
    title="Machines were filled partly",
    why="Half a machine has all of its memory bandwidth and network; its workers are faster than in a full one.",
    what="{case}: {workers} workers on {machines} machines, where another point has {most} on one",
    remedy="fill every machine alike, or give the reason beside the number",
    section="41.7",
)

INDIVISIBLE = Rule(
    code="CAP478",
    severity=Severity.WARNING,
    title="The work is not shared evenly",
    why="All wait for the worker with the largest share, or the shares are filled up and the work is not the same.",
    what="{name} = {amount} is no multiple of {workers} workers: the largest share is {excess:.1%} above the mean",
    remedy="choose a size that every measured worker count divides",
    section="41.4",
)

IMPOSSIBLE_VALUE = Rule(
    code="CAP479",
    severity=Severity.REFUSAL,
    title="A value is above what is possible",
    why="Nothing exceeds its physical limit: the value, its unit or its formula is wrong, and the time with it.",
    what="{metric} is {value} in {case}, above its limit of {limit}",
    remedy="correct the formula (dense peak, bytes or bits, one direction or both), or the declared limit",
    section="41.6",
)

CONSTANT_TIMES = Rule(
    code="CAP480",
    severity=Severity.WARNING,
    title="All times of a case are equal",
    why="Real runs differ: a clock this coarse, or a number that was copied, hides the noise.",
    what="all {runs} runs of {case} took exactly {seconds:.6g} s",
    remedy="report times with the resolution of the clock; never repeat one number as several runs",
    section="41.6",
)

COPIED_TIMES = Rule(
    code="CAP481",
    severity=Severity.REFUSAL,
    title="Two cases have the same times",
    why="Two series of different times that agree to the last digit are one series that was copied.",
    what="the {runs} times of {case} are those of {other}, to the last digit",
    remedy="find out which of them was measured, and measure the other",
    section="41.8",
)

DUPLICATES_DISAGREE = Rule(
    code="CAP482",
    severity=Severity.WARNING,
    title="Two measurements of one configuration disagree",
    why="The same thing measured twice must agree; otherwise something unsaid differs between the two.",
    what="{case} and {other} are one configuration, and differ by a factor of {factor:.3g}",
    remedy="find out what differs and say it under setup, or keep one of them only",
    section="41.6",
)

SHARED_ACCELERATOR = Rule(
    code="CAP483",
    severity=Severity.REFUSAL,
    title="Several workers shared one accelerator",
    why="Workers that take turns on one accelerator measure its scheduler and no link between two.",
    what="{case}: {workers} workers had {accelerators} accelerators",
    remedy="give every worker one of its own, or read it as a test of the program only",
    section="41.7",
)

LOOKS_PER_WORKER = Rule(
    code="CAP484",
    severity=Severity.WARNING,
    title="A total looks like the rate of one worker",
    why="A rate that hardly changes while the workers multiply is nearly always that of each of them.",
    what="{metric} of the whole job is {first:.4g} {unit} at p = {fewest} and {last:.4g} {unit} at p = {most}",
    remedy='write scope = "per-worker" in the mapping if each worker does that much, or say why it does not grow',
    section="41.6",
)

BATCHES_DISAGREE = Rule(
    code="CAP485",
    severity=Severity.WARNING,
    title="Batch sizes contradict each other",
    why="One of the numbers is wrong, and nobody knows whether the one that was run is.",
    what="{case}: {left} is {computed:g}, not the {right} of {stated:g}",
    remedy="look up what was run, and correct the other number",
    section="41.6",
)
