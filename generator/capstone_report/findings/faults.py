"""CAP2xx to CAP3xx: workers that are killed on purpose, and what their runs showed."""

from capstone_report.findings.finding import Rule, Severity

INJECTED_AND_COMPARED = Rule(
    code="CAP265",
    severity=Severity.ERROR,
    title="A fault is injected into what is compared",
    why="A run that loses a worker measures the recovery; its time is no side of a speedup.",
    what="'{name}' is {role}, and inject kills one of its workers",
    remedy="inject the fault into a benchmark of its own, with the same command and without scaling",
    section="41.4",
)

CANNOT_BE_INJECTED = Rule(
    code="CAP266",
    severity=Severity.ERROR,
    title="The declared fault can never happen",
    why="A run in which nothing was killed shows nothing about recovery, so none of them would count.",
    what="inject of '{name}': {reason}",
    remedy="{remedy}",
    section="41.4",
)

NOT_RECOVERED = Rule(
    code="CAP365",
    severity=Severity.WARNING,
    title="Not every run recovered from the loss of a worker",
    why="A fault-tolerance slot promises that the loss of a worker is survived.",
    what="{failed} of {total} runs of {case} in which worker {worker} was killed did not recover: {outcomes}",
    remedy="read their logs in raw/; meet anew at every attempt, with timeouts, as workloads.elastic does",
    section="41.4",
)

OTHER_QUALITY = Rule(
    code="CAP366",
    severity=Severity.WARNING,
    title="A recovered run ends with another quality",
    why="A recovery that loses or repeats work it does not know of comes back with another result.",
    what="{metric} of {case} is {worst:.6g} at the worst after a recovery; {expected}",
    remedy="save everything that a step depends on, and derive the order of the data from the step's number",
    section="41.4",
)
