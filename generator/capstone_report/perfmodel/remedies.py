"""What each axis cures, moves and is built with (book tables 41.2.1 and 41.5.1)."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """One row: the ceiling that was measured, the axis that lifts it, and how it is built."""

    ceiling: str
    axis: str
    symptom: str
    collective: str
    tools: tuple[str, ...]
    book: str
    first_steps: tuple[str, ...] = ()
    """What to try on one machine, or within the axis, before anything else."""


_DATA = Remedy(
    ceiling="data-io",
    axis="data",
    symptom="the data set is too large to read or to store on one node",
    collective="shuffle",
    tools=("Spark", "Ray Data", "Dask"),
    book="Part II (chapters 6 and 8)",
    first_steps=("overlap loading with work", "a columnar or packed format", "local fast storage"),
)
_TRAINING = Remedy(
    ceiling="compute",
    axis="training",
    symptom="arithmetic is the limit, and the model fits one device",
    collective="all-reduce",
    tools=("PyTorch DDP", "DeepSpeed", "Horovod"),
    book="Parts III and IV (chapters 11 and 15)",
    first_steps=("lower precision", "a larger batch per device"),
)
_MODEL = Remedy(
    ceiling="memory-capacity",
    axis="model",
    symptom="model and optimiser state exceed the memory of one device",
    collective="reduce-scatter, all-gather",
    tools=("FSDP", "DeepSpeed ZeRO", "Megatron-LM"),
    book="Part IV (chapter 16), chapter 11 for embeddings",
    first_steps=("recomputation of activations", "adapters instead of a full fine-tune"),
)
_BANDWIDTH = Remedy(
    ceiling="memory-bandwidth",
    axis="model",
    symptom="cores wait for parameters that stream from memory",
    collective="reduce-scatter, all-gather",
    tools=("FSDP", "DeepSpeed ZeRO", "Megatron-LM"),
    book="Part IV (chapter 16)",
    first_steps=("kernel fusion", "lower precision", "a larger batch, so that bytes are reused"),
)
_INFERENCE = Remedy(
    ceiling="latency-throughput",
    axis="inference",
    symptom="requests are not answered within the latency or throughput budget",
    collective="request fan-out, all-reduce for tensor parallelism",
    tools=("vLLM", "Triton", "Ray Serve"),
    book="Part V (chapter 23)",
    first_steps=("continuous batching", "a cache of keys and values in pages"),
)
_COORDINATION = Remedy(
    ceiling="coordination",
    axis="coordination",
    symptom="stages must agree, be scheduled and recover, and wait for each other",
    collective="scheduling, failure recovery",
    tools=("Ray", "Kubernetes", "Airflow"),
    book="Part VII (chapters 32 and 33)",
    first_steps=(
        "a larger batch per worker",
        "overlap of communication with work",
        "compression, or fewer and larger messages",
    ),
)
_INTELLIGENCE = Remedy(
    ceiling="coordination",
    axis="intelligence",
    symptom="agents wait for each other's answers and decisions",
    collective="messages between agents, agreement",
    tools=("Ray", "agent frameworks"),
    book="Part VI (chapter 32)",
    first_steps=("fewer rounds of messages", "independent agents with one merge at the end"),
)

AXES: dict[str, Remedy] = {
    row.axis: row for row in (_DATA, _TRAINING, _MODEL, _INFERENCE, _COORDINATION, _INTELLIGENCE)
}
"""Each axis with the ceiling that it is for."""

WHOLE_REPLICAS: Remedy = replace(_INFERENCE, collective="request fan-out")
"""Inference whose replicas fit one accelerator each: nothing is reduced within them."""

CEILINGS: dict[str, Remedy] = {
    row.ceiling: row for row in (_DATA, _TRAINING, _MODEL, _BANDWIDTH, _INFERENCE, _COORDINATION)
}
"""Each ceiling with the axis that a first look names for it."""

TRACKING: tuple[str, ...] = ("Weights & Biases", "MLflow")
"""What records runs, whatever the axis (book chapter 26)."""
