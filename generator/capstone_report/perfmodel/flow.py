"""The questions that lead from a profile to a ceiling: a static structure that can be drawn.

Book figure 41.2.1, repaired: it has no question about slow implementations, storage or service
levels, so no path reaches the inference row of its own table; and it sends every
bandwidth-bound step to the model axis, though copies of the data's work multiply bandwidth too.
"""

from dataclasses import dataclass, replace

from capstone_report.perfmodel.remedies import AXES, CEILINGS, Remedy


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One diamond: what is asked, and where each answer leads (a question or a leaf)."""

    name: str
    asks: str
    yes: str
    no: str
    refines: bool = False
    """Whether it only chooses between remedies: without an answer, both remain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One end of the flow: what binds, and its remedy; no remedy means do not distribute."""

    name: str
    verdict: str
    remedy: Remedy | None = None


QUESTIONS: tuple[Question, ...] = (
    Question(
        name="implementation",
        asks="Does the step stay far below both roofs without waiting for data or requests?",
        yes="inefficient-implementation",
        no="memory-capacity",
    ),
    Question(
        name="memory-capacity",
        asks="Does the working set exceed the memory of one device?",
        yes="model-too-large",
        no="storage-capacity",
    ),
    Question(
        name="storage-capacity",
        asks="Does the data set exceed the storage of one node?",
        yes="data-too-large",
        no="service-level",
    ),
    Question(
        name="service-level",
        asks="Does one machine miss the latency or the rate that is asked of it?",
        yes="service-time",
        no="data-io",
    ),
    Question(
        name="service-time",
        asks="Is one request alone already too slow?",
        yes="request-too-slow",
        no="too-many-requests",
        refines=True,
    ),
    Question(
        name="data-io",
        asks="Does a step get much faster when its data come from memory?",
        yes="reading-dominates",
        no="coordination",
    ),
    Question(
        name="coordination",
        asks="Would waiting for peers dominate at the workers that are asked for?",
        yes="who-waits",
        no="memory-bandwidth",
    ),
    Question(
        name="who-waits",
        asks="Are the parts that wait agents?",
        yes="agents-wait",
        no="workers-wait",
        refines=True,
    ),
    Question(
        name="memory-bandwidth",
        asks="Does streaming from memory take longer than the arithmetic?",
        yes="what-streams",
        no="compute",
    ),
    Question(
        name="what-streams",
        asks="Are the bytes that stream the model's parameters?",
        yes="parameters-stream",
        no="examples-stream",
        refines=True,
    ),
    Question(
        name="compute",
        asks="Does the arithmetic take longer than streaming, near the compute roof?",
        yes="arithmetic-binds",
        no="nothing-binds",
    ),
)
"""In the order in which they are asked: the cheapest that disqualifies first."""

_LEAVES = (
    Leaf(name="inefficient-implementation", verdict="the implementation is slow, not the machine"),
    Leaf(
        name="model-too-large",
        verdict="memory-capacity bound",
        remedy=CEILINGS["memory-capacity"],
    ),
    Leaf(name="data-too-large", verdict="storage bound", remedy=CEILINGS["data-io"]),
    Leaf(
        name="request-too-slow",
        verdict="latency bound: replicas do not make one request faster",
        remedy=replace(
            AXES["inference"],
            collective="all-reduce (tensor parallelism)",
            first_steps=("a smaller or quantised model", "tensor parallelism inside a replica"),
        ),
    ),
    Leaf(
        name="too-many-requests",
        verdict="throughput bound: requests queue",
        remedy=CEILINGS["latency-throughput"],
    ),
    Leaf(name="reading-dominates", verdict="data-I/O bound", remedy=CEILINGS["data-io"]),
    Leaf(
        name="agents-wait",
        verdict="coordination bound: agents wait for each other",
        remedy=AXES["intelligence"],
    ),
    Leaf(
        name="workers-wait",
        verdict="coordination bound: communication would dominate",
        remedy=CEILINGS["coordination"],
    ),
    Leaf(
        name="parameters-stream",
        verdict="memory-bandwidth bound on parameters",
        remedy=CEILINGS["memory-bandwidth"],
    ),
    Leaf(
        name="examples-stream",
        verdict="memory-bandwidth bound on examples: copies multiply the bandwidth",
        remedy=replace(
            AXES["training"],
            ceiling="memory-bandwidth",
            symptom="cores wait for examples and activations that stream from memory",
            first_steps=CEILINGS["memory-bandwidth"].first_steps,
        ),
    ),
    Leaf(name="arithmetic-binds", verdict="compute bound", remedy=CEILINGS["compute"]),
    Leaf(name="nothing-binds", verdict="no ceiling of one machine was found"),
)

LEAVES: dict[str, Leaf] = {leaf.name: leaf for leaf in _LEAVES}
"""Every end of the flow by name."""
