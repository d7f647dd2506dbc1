"""CAP3xx: what the machine was like while it measured, and the energy that this took."""

from capstone_report.findings.finding import Rule, Severity

FACT_CHANGED = Rule(
    code="CAP330",
    severity=Severity.WARNING,
    title="The machine was not the same in all runs",
    why="Runs under another governor, driver, quota or library measure that, too; where baseline and "
    "distributed runs differ in it, the speedup does.",
    what="{fact} was not the same in all counted runs: {values}; other than in most: {runs}",
    remedy="set it as it was and measure again, or say in the prose why it makes no difference",
    section="41.8",
)

THROTTLED = Rule(
    code="CAP331",
    severity=Severity.WARNING,
    title="Processors were slowed down",
    why="A processor that gets too hot or draws too much runs slower, and more so with all cores busy: it "
    "looks like bad scaling.",
    what="processors were slowed down for heat or power in {affected} of {total} counted runs, up to {most} "
    "times: {runs}",
    remedy="cool the machine or cap its frequency, then measure again",
    section="41.7",
)

QUOTA_USED_UP = Rule(
    code="CAP332",
    severity=Severity.WARNING,
    title="The CPU quota was used up",
    why="A container's quota stops all its processes until the next period; with more workers it is used up "
    "sooner, so that they measure the quota.",
    what="the CPU quota was used up in {affected} of {total} counted runs, in up to {most} periods: {runs}",
    remedy="raise the quota to the cores that the study uses, or measure outside the container",
    section="41.7",
)

SWAPPED = Rule(
    code="CAP333",
    severity=Severity.WARNING,
    title="The machine swapped",
    why="A disk is a thousand times slower than memory; what swaps measures the disk.",
    what="the machine swapped in {affected} of {total} counted runs, up to {most} MiB: {runs}",
    remedy="take a smaller problem or a larger machine, or end what else needs memory",
    section="41.7",
)

GPU_SLOWED = Rule(
    code="CAP334",
    severity=Severity.WARNING,
    title="GPUs were slowed down",
    why="A GPU at its power cap or its temperature limit lowers its clocks, and neighbours heat each other: "
    "one GPU of many may be slower than the same one alone.",
    what="GPUs were slowed down in {affected} of {total} counted runs ({reasons}): {runs}",
    remedy="lock the clocks below what the power cap allows, cool the GPUs, or say so in the prose",
    section="41.7",
)

GPU_SHARED = Rule(
    code="CAP335",
    severity=Severity.WARNING,
    title="GPUs were shared",
    why="Two programs on one GPU take turns; neither time is that of the program alone.",
    what="other processes computed on the GPUs before or after {affected} of {total} counted runs, up to "
    "{most}: {runs}",
    remedy="measure on GPUs of your own: name them in CUDA_VISIBLE_DEVICES",
    section="41.7",
)

ENERGY_ESTIMATED = Rule(
    code="CAP340",
    severity=Severity.NOTE,
    title="Energy is estimated, not measured",
    why="A declared power times a wall time is proportional to the time: it says nothing that the time does "
    "not, and a processor rarely draws its design power.",
    what="the energy of {cases} cases is {tdp_w:g} W, as capstone.toml declares, times the wall time",
    remedy="measure where a counter can be read (RAPL, NVML), or compare times instead",
    section="41.7",
)

ENERGIES_UNLIKE = Rule(
    code="CAP341",
    severity=Severity.WARNING,
    title="Energies were found out in different ways",
    why="Joules of processors, of GPUs and of an estimate are different quantities; their ratio means nothing.",
    what="energy is compared only where it was found out in the same way: {methods}",
    remedy="measure all cases where the same counters can be read, then compare",
    section="41.7",
)

ENERGY_OF_ALL = Rule(
    code="CAP342",
    severity=Severity.NOTE,
    title="Energy is that of the whole part, not of the program",
    why="A counter sees a processor package, its memory or a GPU with everything that runs and idles there; "
    "fans, disks, network and losses of the power supply it does not see.",
    what="the energy of {cases} cases is what counters saw ({methods}): other work and idling are in it, the "
    "rest of the machine is not",
    remedy="measure on a quiet machine; for the whole node, a power meter at the wall",
    section="41.7",
)
