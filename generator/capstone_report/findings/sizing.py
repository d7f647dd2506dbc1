"""CAP2xx: what is asked for, against what is predicted and what it costs."""

from capstone_report.findings.finding import Rule, Severity

MODEL_AGAINST_PATTERN = Rule(
    code="CAP251",
    severity=Severity.ERROR,
    title="The prediction prices another pattern",
    why="A prediction is about the design that is declared.",
    what="the model {model} prices {serves}; the design communicates by {pattern}",
    remedy="choose {models}, or leave model out",
    section="41.4",
)

BEYOND_OPTIMUM = Rule(
    code="CAP252",
    severity=Severity.ERROR,
    title="More workers than the model's optimum",
    why="Past the optimum every further worker makes the step slower.",
    what="{workers} workers are requested; the predicted step is shortest with {best:g} (speedup {speedup:.3g}, at {workers} {here:.3g})",
    remedy="request at most {best:g}, or change the design",
    section="41.4",
)

INEFFICIENT = Rule(
    code="CAP253",
    severity=Severity.WARNING,
    title="The requested workers are mostly idle",
    why="Below 50 % efficiency a result costs more than twice as much as on one machine; reviewers of compute time usually ask for 75 %.",
    what="at {workers} workers the predicted efficiency is {efficiency:.0%}; the last count with 50 % is {half}",
    remedy="request fewer workers, or say in sizing.why what the waiting time is worth",
    section="41.5",
)

BEYOND_KNEE = Rule(
    code="CAP254",
    severity=Severity.NOTE,
    title="Beyond the knee",
    why="At the knee, the product of speedup and efficiency is largest; further workers buy less than they cost.",
    what="{workers} workers are requested; the knee of the prediction is at {knee}",
    remedy="say in sizing.why what the further workers are worth",
    section="41.5",
)

OVER_BUDGET = Rule(
    code="CAP255",
    severity=Severity.ERROR,
    title="The request costs more than the budget",
    why="A request that cannot be paid is not a plan.",
    what="{workers} workers for {hours:g} h at {price:g} USD cost {cost:.2f} USD; the budget is {budget:.2f} USD",
    remedy="request {affordable}, or a larger budget",
    section="41.5",
)

NOT_PREDICTED = Rule(
    code="CAP256",
    severity=Severity.WARNING,
    title="The requested workers are not predicted",
    why="A worker count is defended against a model, before it is measured.",
    what="{workers} workers are requested without a [prediction]",
    remedy="declare [prediction] with the step's compute time, latency and transfer time",
    section="41.4",
)

TOOL_WITHOUT_VERSION = Rule(
    code="CAP257",
    severity=Severity.ERROR,
    title="A tool without version, date or purpose",
    why="A tool that is not pinned cannot be installed again, and one that spares nothing need not be used.",
    what="'{tool}' is bought, but {missing}",
    remedy="add {missing_keys}",
    section="41.5",
)
