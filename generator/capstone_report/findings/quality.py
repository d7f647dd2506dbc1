"""CAP4xx: what the quality of a result says about its speed."""

from capstone_report.findings.finding import Rule, Severity

QUALITY_ELSEWHERE = Rule(
    code="CAP490",
    severity=Severity.WARNING,
    title="A quality is not that of the timed runs",
    why="Speedup, efficiency, quality and cost are one result only if the same runs show all four.",
    what="{metric} is known from {known} of the {runs} counted runs of {case}{elsewhere}",
    remedy="let the program that is timed report {metric} itself, in every run, and measure again",
    section="41.6",
)

WORSE_QUALITY = Rule(
    code="CAP491",
    severity=Severity.REFUSAL,
    title="The quality is worse than the baseline's",
    why="A faster result that is worse is not the same result, even where both pass a gate.",
    what="{metric} at {workers} workers differs by {difference:.3g} from the baseline's, to the worse; the "
    "95 % interval is {low:.3g} to {high:.3g}, and {margin:.3g} is declared as no difference",
    remedy="mend what costs the quality (batch, rate of learning, staleness), or train longer and "
    "measure the time to the same quality",
    section="41.6",
)

SAMENESS_NOT_SHOWN = Rule(
    code="CAP492",
    severity=Severity.WARNING,
    title="The same quality is not shown",
    why="That no difference was found does not show that there is none; only an interval inside the margin does.",
    what="these runs do not show that {metric} at {workers} workers is within {margin:.3g} of the "
    "baseline's: {seen}",
    remedy="measure more runs with different seeds, the same ones on both sides",
    section="41.6",
)

THROUGHPUT_ONLY = Rule(
    code="CAP493",
    severity=Severity.NOTE,
    title="The speedup is one of throughput, not of time to a result",
    why="Larger batches and older gradients take more steps to the same quality; steps done faster may then "
    "bring the result no sooner.",
    what="the speedup compares work per second; how many steps a result takes is not reported",
    remedy="report how many steps or epochs each run takes to its target, as a metric with role = "
    '"steps-to-target"; where there is nothing to be trained, say so in the argument',
    section="41.6",
)

NEVER_REACHED = Rule(
    code="CAP494",
    severity=Severity.REFUSAL,
    title="Runs never reached the target",
    why="A run that never arrives takes for ever; a median over the others would hide it.",
    what="{never} of {runs} runs of {case} never reached the target: {metric} is missing in them",
    remedy="give the runs more steps, or change what keeps them from the target, and measure again",
    section="41.6",
)

UNLIKE_SPREADS = Rule(
    code="CAP495",
    severity=Severity.NOTE,
    title="A speedup's interval assumes the same shape",
    why="The exact interval of a ratio is one of a factor between two samples that spread alike; where they do "
    "not, it covers the ratio of the medians in 87 to 93 of 100 studies.",
    what="runs of the baseline and of {workers} workers spread differently (Levene's test about medians, "
    "p = {p:.2g}); the bootstrap of medians gives {bootstrap}, beside {exact}",
    remedy="quote the wider of the two; find out what makes one side spread more",
    section="41.6",
)

METHODS_DISAGREE = Rule(
    code="CAP496",
    severity=Severity.WARNING,
    title="Whether it is faster depends on how the interval is made",
    why="A claim that stands by one method only is a claim about the method.",
    what="at {workers} workers the exact interval excludes 1, and the bootstrap of medians, which does not "
    "take the spreads for alike, contains it: {bootstrap}",
    remedy="measure more runs, and find out what makes one side spread more",
    section="41.6",
)
