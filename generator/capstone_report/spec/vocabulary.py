"""The book's closed sets: axes, ceilings and the menus of the six design slots."""

from enum import StrEnum


class Axis(StrEnum):
    """The six axes along which work is distributed (section 41.2)."""

    DATA = "data"
    TRAINING = "training"
    MODEL = "model"
    INFERENCE = "inference"
    COORDINATION = "coordination"
    INTELLIGENCE = "intelligence"


class Ceiling(StrEnum):
    """The resource of one machine that runs out (sections 41.1 and 41.2)."""

    DATA_IO = "data-io"
    COMPUTE = "compute"
    MEMORY_CAPACITY = "memory-capacity"
    MEMORY_BANDWIDTH = "memory-bandwidth"
    LATENCY = "latency-throughput"
    COORDINATION = "coordination"


class BaselineKind(StrEnum):
    """What the speedup is relative to (section 41.3; Hoefler and Belli, rule 1)."""

    BEST_SERIAL = "best-serial"
    ONE_WORKER = "one-worker"
    SMALLEST_FEASIBLE = "smallest-feasible"
    SMALLEST_PUBLISHED = "smallest-published"


class Partitioning(StrEnum):
    """Slot 1: who holds what."""

    DATA = "data"
    MODEL = "model"
    WORK = "work"


class Communication(StrEnum):
    """Slot 2: who talks to whom."""

    ALL_REDUCE = "all-reduce"
    PARAMETER_SERVER = "parameter-server"
    GOSSIP = "gossip"
    SCATTER_GATHER = "scatter-gather"


class Consistency(StrEnum):
    """Slot 3: how closely views must agree."""

    SYNCHRONOUS = "synchronous"
    ASYNCHRONOUS = "asynchronous"
    BOUNDED_STALENESS = "bounded-staleness"
    EVENTUAL = "eventual"


class Coordination(StrEnum):
    """Slot 4: one brain or many."""

    CENTRAL = "central"
    DECENTRALISED = "decentralised"


class FaultTolerance(StrEnum):
    """Slot 5: what happens when a worker dies."""

    CHECKPOINT_RESTART = "checkpoint-restart"
    ELASTIC = "elastic"
    REPLICATE_REEXECUTE = "replicate-reexecute"


class LoadBalancing(StrEnum):
    """Slot 6: how workers stay evenly busy."""

    EVEN_SHARDING = "even-sharding"
    STRAGGLER_MITIGATION = "straggler-mitigation"


class MetricKind(StrEnum):
    """What a number is, which decides how it may be summarised (Hoefler and Belli, rule 3)."""

    COST = "cost"
    RATE = "rate"
    QUALITY = "quality"
    COUNT = "count"


class MetricRole(StrEnum):
    """What a number is for, beside being reported."""

    STEPS_TO_TARGET = "steps-to-target"
    """How many steps, or epochs, a run took until its quality reached the target; a run that does not
    report it never did."""
    SEED = "seed"
    """The seed of the run: runs of both sides that had the same one are compared as pairs."""


class Direction(StrEnum):
    """Which way is better."""

    LOWER = "lower"
    HIGHER = "higher"


class Scope(StrEnum):
    """Whether one worker's number describes the whole job or that worker's share."""

    TOTAL = "total"
    PER_WORKER = "per-worker"


class Scaling(StrEnum):
    """What a benchmark's worker counts vary (Hoefler and Belli, section 4.2)."""

    STRONG = "strong"
    WEAK = "weak"
    THROUGHPUT = "throughput"
    NONE = "none"


HELD_UNDER = {
    "global_batch": frozenset({Scaling.STRONG}),
    "micro_batch": frozenset({Scaling.WEAK, Scaling.THROUGHPUT}),
    "worker_batch": frozenset({Scaling.WEAK, Scaling.THROUGHPUT}),
}
"""Facts of a setup that must be alike under some kinds of scaling only: more workers share what is held."""


class Decision(StrEnum):
    """Whether a part of the stack is written for the study or taken as it is (section 41.5)."""

    BUILD = "build"
    BUY = "buy"


class BilledPer(StrEnum):
    """What the price is paid for."""

    CORE = "core"
    WORKER = "worker"
    MACHINE = "machine"


class Removes(StrEnum):
    """Which part of the work an ablation leaves out."""

    IO = "io"
    """Loading: the data come from memory, cached or made up."""
    COMMUNICATION = "communication"
    """Exchange between workers: each keeps what it has computed."""
    CONTENTION = "contention"
    """Work at the same time: one worker after the other, each timing only itself."""
    SMALL_BATCH = "small-batch"
    """The smaller share of each worker: everyone takes the batch of one worker, in fewer steps."""
