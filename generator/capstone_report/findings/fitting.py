"""CAP4xx: what fits of scaling laws cannot say, and what a prediction was worth."""

from capstone_report.findings.finding import Rule, Severity

MODELS_ALIKE = Rule(
    code="CAP430",
    severity=Severity.NOTE,
    title="Scaling laws are not told apart",
    why="Over few worker counts a serial part and a cost that grows with the workers look alike; one "
    "that is picked anyway is often the wrong one.",
    what="{laws} fit the {counts} alike; none is picked, and the band covers all",
    remedy="{remedy}",
    section="41.7",
)

OPTIMUM_UNKNOWN = Rule(
    code="CAP431",
    severity=Severity.NOTE,
    title="The fastest number of workers is not identified",
    why="Where measured times still fall, a fitted minimum says more about noise than about the program.",
    what="{reason}; {fastest} is not identified, it is at least {least}",
    remedy="{remedy}",
    section="41.7",
)

LAW_REJECTED = Rule(
    code="CAP432",
    severity=Severity.WARNING,
    title="A scaling law is rejected",
    why="The medians lie further from the curve than repeats lie from each other: the law misses "
    "something, such as a cache, a node's edge or a switch of algorithm.",
    what="{laws} do not describe the {counts} (lack of fit, p < 1%)",
    remedy="look at the residuals by worker count, and split the study where the hardware changes",
    section="41.7",
)

POINTS_LEFT_OUT = Rule(
    code="CAP433",
    severity=Severity.NOTE,
    title="Worker counts are left out of the fit",
    why="Workers that share cores, or compute something else, follow no law of the program.",
    what="no fit sees {points}",
    remedy="measure on a machine that carries them, or mend what is wrong with them",
    section="41.7",
)

NOT_FITTED = Rule(
    code="CAP434",
    severity=Severity.NOTE,
    title="The worker counts allow no fit",
    why="A curve needs a reference, and more counts and launches than it has constants.",
    what="{reason}; no scaling law is fitted, and nothing is extrapolated",
    remedy="{remedy}",
    section="41.7",
)

POST_HOC = Rule(
    code="CAP435",
    severity=Severity.NOTE,
    title="The prediction was not frozen before measuring",
    why="A prediction that could know the result is a fit, however it was made.",
    what="no prediction is on record before the first distributed run; the declared one is post-hoc",
    remedy="declare [prediction] first; `capstone run` freezes it before it starts a distributed run",
    section="41.4",
)

PREDICTION_CHANGED = Rule(
    code="CAP436",
    severity=Severity.WARNING,
    title="The prediction changed since it was frozen",
    why="Constants that move after the measurement turn a prediction into a fit.",
    what="{inputs} differ from the prediction that was frozen at {moment}; the report shows the frozen one",
    remedy="keep [prediction] as it was frozen, and discuss the difference in the prose",
    section="41.4",
)

BEYOND_REACH = Rule(
    code="CAP437",
    severity=Severity.NOTE,
    title="A number of workers lies beyond what fits may say",
    why="A law that holds up to p is no evidence at 4 p: other effects take over.",
    what="{asked} workers are asked for, and fits from up to {largest} workers say nothing beyond {limit}",
    remedy="measure at {half} workers or more",
    section="41.7",
)
