"""CAP3xx: what a diagnosis found, and what it cannot say."""

from capstone_report.findings.finding import Rule, Severity

ABLATION_TWICE = Rule(
    code="CAP350",
    severity=Severity.ERROR,
    title="Two ablations have one name",
    why="A record names the part that its run left out.",
    what="an ablation named '{name}' exists already",
    remedy="give each ablation a name of its own",
    section="41.2",
)

NOTHING_LEFT_OUT = Rule(
    code="CAP351",
    severity=Severity.ERROR,
    title="An ablation changes nothing",
    why="A run that is started as always leaves nothing out, and its difference is noise.",
    what="ablation '{name}' has neither env nor args",
    remedy="name the variable or the argument by which the program leaves out its {removes}",
    section="41.2",
)

CANNOT_DIAGNOSE = Rule(
    code="CAP352",
    severity=Severity.ERROR,
    title="There is nothing here to diagnose",
    why="A diagnosis runs a declared case; one that does not fit this machine tells nothing.",
    what="no case of {what} can run here",
    remedy="{remedy}",
    section="41.2",
)

NO_PROFILER = Rule(
    code="CAP353",
    severity=Severity.ERROR,
    title="The profiler is not installed",
    why="A flame graph shows where a Python program spends its time; only a profiler draws it.",
    what="--flame needs py-spy, which is not on the path",
    remedy="pip install py-spy; everything else of a diagnosis works without it",
    section="41.2",
)

SLOW_IMPLEMENTATION = Rule(
    code="CAP354",
    severity=Severity.WARNING,
    title="The baseline is slow by itself",
    why="Workers of a slow program are compared with a slow program; no axis lifts that ceiling.",
    what="{case} reaches {compute:.2%} of the arithmetic and {bandwidth:.2%} of the memory bandwidth "
    "measured here, and it does not wait for data; no axis is recommended",
    remedy="mend it first: a compiled kernel, whole arrays, larger pieces; then diagnose again",
    section="41.3",
)

MEETS_OTHER_CEILING = Rule(
    code="CAP355",
    severity=Severity.WARNING,
    title="The baseline meets another ceiling than declared",
    why="The axis is chosen by the ceiling; the wrong one distributes what does not run out.",
    what="{case} is limited by {found} (axis: {axis}), and the study declares {declared}",
    remedy="declare what was measured, or say in the prose at which size the declared one binds",
    section="41.2",
)

NO_LOADING_ABLATION = Rule(
    code="CAP356",
    severity=Severity.NOTE,
    title="A slow program and a slow loader look alike",
    why="Both stay far below every roof; only a run with the data in memory tells them apart.",
    what="{case} is far below both roofs, and no ablation that removes io was measured",
    remedy='declare one: [[diagnosis.ablations]] with removes = "io", then diagnose again',
    section="41.2",
)

ABOVE_ITS_ROOF = Rule(
    code="CAP357",
    severity=Severity.WARNING,
    title="The baseline is faster than the machine was measured to be",
    why="Nothing exceeds a roof: either the declared arithmetic or traffic is too large, or other work "
    "disturbed the programs that measured the roofs.",
    what="{case} reaches {share:.0%} of the measured {roof}",
    remedy="check {key}; if it is right, diagnose again on a quiet machine, with the results folder moved away",
    section="41.2",
)

SHARED_SAMPLES = Rule(
    code="CAP360",
    severity=Severity.REFUSAL,
    title="Workers trained on the same samples",
    why="Without a distributed sampler every worker does the whole work, or parts of it twice: nothing "
    "was divided, so there is no speedup.",
    what="in {runs} of {total} counted runs of {case} {note}",
    remedy="give each worker its own share, as a distributed sampler does (in PyTorch "
    "torch.utils.data.distributed.DistributedSampler), and measure again",
    section="41.4",
)
