"""CAP4xx: what makes two sides of a comparison unlike, as their setup says it."""

from capstone_report.findings.finding import Rule, Severity

SIDES = "{name} differs: {baseline} at the baseline, {others}"
ALIKE = "measure both sides with the same {name}, or correct what the study or its table says"

OTHER_MACHINE = Rule(
    code="CAP450",
    severity=Severity.REFUSAL,
    title="The sides ran on different machines",
    why="A faster processor is no scaling; the ratio of two machines says nothing about workers.",
    what=SIDES,
    remedy=ALIKE,
    section="41.3",
)

OTHER_ACCELERATOR = Rule(
    code="CAP451",
    severity=Severity.REFUSAL,
    title="The sides used different accelerators",
    why="A newer accelerator does the same work in a fraction of the time; the ratio would be called scaling.",
    what=SIDES,
    remedy=ALIKE,
    section="41.3",
)

OTHER_SHARE_OF_ACCELERATORS = Rule(
    code="CAP452",
    severity=Severity.REFUSAL,
    title="A worker is not the same number of accelerators on both sides",
    why="Efficiency divides by workers; where each has more accelerators than before, it divides by too few.",
    what=SIDES,
    remedy="count accelerators as workers, the same way on both sides",
    section="41.6",
)

OTHER_PRECISION = Rule(
    code="CAP453",
    severity=Severity.REFUSAL,
    title="The sides computed in different precisions",
    why="Half the bits are up to twice the speed on any number of workers.",
    what=SIDES,
    remedy=ALIKE,
    section="41.3",
)

OTHER_GLOBAL_BATCH = Rule(
    code="CAP454",
    severity=Severity.REFUSAL,
    title="Strong scaling with another global batch",
    why="Strong scaling holds the whole work fixed, and a larger batch is another optimisation with other steps.",
    what=SIDES,
    remedy="hold the global batch, or declare weak scaling with its scaling_function",
    section="41.6",
)

OTHER_WORKER_BATCH = Rule(
    code="CAP455",
    severity=Severity.REFUSAL,
    title="Weak scaling with another batch per worker",
    why="Weak scaling holds the work of each worker fixed; larger pieces are more efficient by themselves.",
    what=SIDES,
    remedy="hold the batch of each worker, or declare strong scaling",
    section="41.6",
)

OTHER_ACCUMULATION = Rule(
    code="CAP456",
    severity=Severity.WARNING,
    title="Gradients were accumulated differently",
    why="Fewer passes per step amortise launches and messages differently; part of a ratio may be their doing.",
    what=SIDES,
    remedy="say why it changes, or hold the size of one pass and their number",
    section="41.6",
)

OTHER_DATA = Rule(
    code="CAP457",
    severity=Severity.REFUSAL,
    title="The sides read different data",
    why="Less data take less time on any number of workers.",
    what=SIDES,
    remedy=ALIKE,
    section="41.3",
)

OTHER_MODEL = Rule(
    code="CAP458",
    severity=Severity.REFUSAL,
    title="The sides computed different things",
    why="Another model, sequence length or program is other work; its time compares with nothing.",
    what=SIDES,
    remedy=ALIKE,
    section="41.3",
)

OTHER_TARGET = Rule(
    code="CAP459",
    severity=Severity.REFUSAL,
    title="The sides were to reach different qualities",
    why="A lower target is reached sooner by everybody.",
    what=SIDES,
    remedy=ALIKE,
    section="41.6",
)

OTHER_SOFTWARE = Rule(
    code="CAP460",
    severity=Severity.WARNING,
    title="The sides used different software",
    why="A release can be faster than the one before; that part of a ratio is not due to workers.",
    what=SIDES,
    remedy=ALIKE,
    section="41.8",
)

OTHER_ENGINE_VARIABLES = Rule(
    code="CAP461",
    severity=Severity.WARNING,
    title="An engine was set differently on the two sides",
    why="Variables such as OMP_NUM_THREADS or NCCL_ALGO decide how fast a library is.",
    what="environment variables differ: {differing} (baseline and {case})",
    remedy="set them alike under env of both benchmarks, or say why they differ",
    section="41.8",
)

OTHER_TIMED_PART = Rule(
    code="CAP462",
    severity=Severity.REFUSAL,
    title="The sides timed different parts of the work",
    why="The time of kernels beside the time from end to end leaves out what distribution costs.",
    what=SIDES,
    remedy="time the same part on both sides, best from the first item to the last",
    section="41.6",
)

OTHER_CACHE = Rule(
    code="CAP463",
    severity=Severity.REFUSAL,
    title="One side began with a cold cache",
    why="A first reading from disk is paid once; the side that pays it looks slow by it.",
    what=SIDES,
    remedy="warm the cache on both sides, or empty it on both",
    section="41.6",
)

OTHER_WARMUP = Rule(
    code="CAP464",
    severity=Severity.WARNING,
    title="Only one side includes its warm-up",
    why="Compilation and first allocations are paid once and weigh more in a short run.",
    what=SIDES,
    remedy="leave the warm-up out on both sides, or in on both",
    section="41.6",
)

OTHER_PRICE = Rule(
    code="CAP465",
    severity=Severity.WARNING,
    title="Costs rest on different prices",
    why="Spot beside on-demand, or last year's price beside today's, differ more than most speedups.",
    what=SIDES,
    remedy="price both sides on the same day, in the same unit, on the same terms",
    section="41.7",
)

OTHER_SETUP = Rule(
    code="CAP466",
    severity=Severity.WARNING,
    title="Something else differs between the sides",
    why="Whoever wrote it down thought that it may matter.",
    what=SIDES,
    remedy=ALIKE,
    section="41.6",
)

HALF_SAID = Rule(
    code="CAP467",
    severity=Severity.WARNING,
    title="Only one side says how it was set up",
    why="What one side does not say cannot be compared, and is where sides differ.",
    what="{names}: said of {said}, not of {unsaid}",
    remedy="say it under setup of both benchmarks",
    section="41.8",
)

BASELINE_ELSEWHERE = Rule(
    code="CAP486",
    severity=Severity.REFUSAL,
    title="Baseline and workers were measured on different machines",
    why="A ratio of two machines compares machines; the missing side must be measured where the other is.",
    what="{runs} runs of {which} were measured in another environment ({reasons}); here there is none",
    remedy="`capstone plan {study}` lists the missing runs with their hours and price, `capstone run {study}` makes them",
    section="41.3",
)

SETUPS_DIFFER = Rule(
    code="CAP487",
    severity=Severity.WARNING,
    title="The sides are declared to be set up differently",
    why="Whoever measures unlike things learns it before the hours are spent, not after.",
    what="the setups of the baseline '{baseline}' and of '{scaling}' differ in {differing}",
    remedy="measure both sides with the same setup, or correct what is declared",
    section="41.3",
)
