"""CAP2xx: axis and design slots that contradict each other."""

from capstone_report.findings.finding import Rule, Severity

AXIS_AGAINST_CEILING = Rule(
    code="CAP231",
    severity=Severity.ERROR,
    title="The axis does not lift the ceiling",
    why="Each axis removes one kind of ceiling; along another one the ceiling stays and the communication is paid (Table 41.2.1).",
    what="the axis {axis} does not lift the ceiling {ceiling}",
    remedy="choose {axes}, also as a second axis (FSDP and ZeRO are the model axis), or name the ceiling that {axis} lifts: {ceilings}",
    section="41.2",
)

SAME_AXIS_TWICE = Rule(
    code="CAP232",
    severity=Severity.ERROR,
    title="The second axis is the first",
    why="A second axis is earned by a new profile that shows another ceiling.",
    what="the second axis is {axis}, as the first",
    remedy="name another axis, or drop the second one",
    section="41.2",
)

PARTITION_AGAINST_AXIS = Rule(
    code="CAP233",
    severity=Severity.ERROR,
    title="The partition does not follow the axis",
    why="The axis says what is divided; the partition must divide it.",
    what="the axis {axis} asks for a partition by {wanted}; the design divides {chosen}",
    remedy="partition by {wanted}, also where it is one part of a hybrid, or name the axis that the partition serves",
    section="41.4",
)

REPLICA_DOES_NOT_FIT = Rule(
    code="CAP234",
    severity=Severity.ERROR,
    title="Every worker would hold a model that does not fit",
    why="Data parallelism multiplies throughput, never capacity: each replica fails to allocate as the first one did.",
    what="the partition replicates what one machine cannot hold: {arithmetic}",
    remedy="partition the model ({axis} axis), alone or as one part of a hybrid",
    section="41.2",
)

PATTERN_AGAINST_PARTITION = Rule(
    code="CAP235",
    severity=Severity.ERROR,
    title="The pattern does not serve the partition",
    why="The partition decides what a worker lacks, and with it who must talk to whom.",
    what="{pattern} does not serve a partition by {partition}",
    remedy="choose {patterns}, or say in a hybrid which part of the state it serves",
    section="41.4",
)

NOT_THE_CHEAPEST = Rule(
    code="CAP236",
    severity=Severity.ERROR,
    title="Another pattern moves fewer bytes",
    why="The pattern should be the cheapest that the partition allows; another choice needs a reason.",
    what="by the declared volumes {pattern} moves {bytes} per worker and step, {cheaper} {fewer}",
    remedy="choose {cheaper}, or say under dearer_because why not",
    section="41.4",
)

TOO_STALE = Rule(
    code="CAP237",
    severity=Severity.ERROR,
    title="Views may be staler than the application tolerates",
    why="Consistency may be loosened exactly as far as the application allows, and no further.",
    what="{choice} allows staler views than the problem tolerates ({tolerates})",
    remedy="choose {allowed}, or show why the problem tolerates more",
    section="41.4",
)

PATTERN_AGAINST_CONSISTENCY = Rule(
    code="CAP238",
    severity=Severity.ERROR,
    title="The pattern cannot give that consistency",
    why="A pattern brings its own synchrony: a collective waits for everyone, gossip for nobody.",
    what="{pattern} cannot be {consistency}: {reason}",
    remedy="choose {remedy}",
    section="41.4",
)

NO_SUCCESSOR = Rule(
    code="CAP239",
    severity=Severity.ERROR,
    title="Nobody knows what happens when the coordinator dies",
    why="A central coordinator is a single point of failure; the design says what follows.",
    what="coordination is central, but when_it_dies is missing",
    remedy="say under when_it_dies what happens to the system then, even if it simply stops",
    section="41.4",
)

BY_DEFAULT = Rule(
    code="CAP240",
    severity=Severity.ERROR,
    title="Synchronous all-reduce by default",
    why="A choice without a rejected alternative is a habit, and this pair is the commonest one.",
    what="synchronous all-reduce is chosen, but no alternative {slots} was rejected",
    remedy="add the alternative that was considered, and why it was not taken: [design.{slot}.rejected]",
    section="41.4",
)

NOTHING_REJECTED = Rule(
    code="CAP241",
    severity=Severity.NOTE,
    title="A slot without a rejected alternative",
    why="A sceptic asks what else was possible.",
    what="the slot {slot} names no rejected alternative",
    remedy="add [design.{slot}.rejected] with choice and why",
    section="41.4",
)

REJECTED_ITSELF = Rule(
    code="CAP242",
    severity=Severity.ERROR,
    title="An option is named twice in one slot",
    why="An option cannot be taken and rejected, or taken twice.",
    what="{choice} is chosen already",
    remedy="name another option, or drop it",
    section="41.4",
)

UNNAMED_PART = Rule(
    code="CAP243",
    severity=Severity.ERROR,
    title="A hybrid that does not say what is what",
    why="Two options in one slot are a design only when each has its part.",
    what="the slot {slot} has several options, but no part for {choice}",
    remedy="say under part what {choice} is for",
    section="41.4",
)

NO_BOUND = Rule(
    code="CAP244",
    severity=Severity.ERROR,
    title="Bounded staleness without its bound",
    why="The bound is what makes the error provable, and what decides how often communication is paid.",
    what="consistency is bounded-staleness, but staleness_steps is missing",
    remedy="give the number of steps that a worker may be ahead",
    section="41.4",
)

UNMATCHED_PART = Rule(
    code="CAP245",
    severity=Severity.ERROR,
    title="A part that the partition does not have",
    why="In a hybrid, a part has one name in every slot; otherwise nobody knows what talks to whom.",
    what="the partition has no part '{part}'{suggestion}",
    remedy="name one of its parts: {known}",
    section="41.4",
)

TOUCHED_EXCEEDS = Rule(
    code="CAP246",
    severity=Severity.ERROR,
    title="More is touched than there is",
    why="What a worker needs of a message cannot be more than the message.",
    what="touched_bytes is {touched}, message_bytes {message}",
    remedy="correct one of the two",
    section="41.4",
)
