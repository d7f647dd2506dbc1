"""CAP7xx: what a probe of this machine cannot say."""

from capstone_report.findings.finding import Rule, Severity

NO_TORCH = Rule(
    code="CAP730",
    severity=Severity.ERROR,
    title="A probe needs PyTorch",
    why="The roof of a study's programs is that of the library that they compute with.",
    what="torch is not installed, and it does the products and moves the arrays",
    remedy="pip install 'capstone-report[torch]'; without it `--only write --only read` still probes the disk",
    section="41.2",
)

NOISY_ROOF = Rule(
    code="CAP731",
    severity=Severity.WARNING,
    title="Roofs are noisy",
    why="Repeats of the same work that differ much were disturbed, and disturbed by how much nobody knows.",
    what="the middle four fifths of the repeats differ by more than {most:.0%} of the median: {kernels}",
    remedy="probe again when the machine is quiet, and longer with --seconds",
    section="41.2",
)

ROOF_NOT_MEASURED = Rule(
    code="CAP732",
    severity=Severity.WARNING,
    title="A roof was not measured",
    why="A number that means something else than it says is worse than none.",
    what="{kernel} was not measured: {reason}",
    remedy="{remedy}",
    section="41.2",
)

NOISY_MACHINE = Rule(
    code="CAP733",
    severity=Severity.WARNING,
    title="The machine is too noisy",
    why="The same loop takes the same time on a quiet machine; where it does not, no figure beside it means much.",
    what="{reason}",
    remedy="end the other work, or take another machine, and probe again",
    section="41.2",
)

PROBE_FAILED = Rule(
    code="CAP734",
    severity=Severity.ERROR,
    title="A program of the probe failed",
    why="What it would have measured is missing, and the reason is not the machine's.",
    what="{kernels}: {reason}",
    remedy="what was measured is kept; mend what the words name, and probe again",
    section="41.2",
)

NO_PROBED_ROOF = Rule(
    code="CAP735",
    severity=Severity.ERROR,
    title="That roof was not probed here",
    why="Roofs of another machine, or of other software, say nothing about this one.",
    what="{reason}",
    remedy="{remedy}",
    section="41.2",
)
