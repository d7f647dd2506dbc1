"""What training and serving hold in memory: state, activations, weights and cache.

Sources: Rajbhandari et al. 2020 (ZeRO) for the state, Korthikanti et al. 2022 for activations,
book section 41.5.3 for 16 bytes per parameter.
"""

from dataclasses import dataclass
from enum import StrEnum

from capstone_report.perfmodel.footprint import Footprint, Term


@dataclass(frozen=True, slots=True, kw_only=True)
class StateBytes:
    """How many bytes one trained parameter takes: itself, its gradient, the optimiser's state."""

    parameter: float
    gradient: float
    optimizer: float

    @property
    def total(self) -> float:
        """Return all bytes of one parameter."""
        return self.parameter + self.gradient + self.optimizer


class TrainingRecipe(StrEnum):
    """Which precision and which optimiser train the model."""

    MIXED_ADAM = "mixed-adam"
    MIXED_ADAM_FP32_GRADIENTS = "mixed-adam-fp32-gradients"
    FP32_ADAM = "fp32-adam"
    MIXED_SGD = "mixed-sgd"
    MIXED_SGD_MOMENTUM = "mixed-sgd-momentum"
    FP32_SGD = "fp32-sgd"
    FP32_SGD_MOMENTUM = "fp32-sgd-momentum"


# Mixed precision keeps a float32 master copy (4 B) beside the moments (4 B each) in the optimiser.
STATE_BYTES: dict[TrainingRecipe, StateBytes] = {
    TrainingRecipe.MIXED_ADAM: StateBytes(parameter=2, gradient=2, optimizer=12),
    TrainingRecipe.MIXED_ADAM_FP32_GRADIENTS: StateBytes(parameter=2, gradient=4, optimizer=12),
    TrainingRecipe.FP32_ADAM: StateBytes(parameter=4, gradient=4, optimizer=8),
    TrainingRecipe.MIXED_SGD: StateBytes(parameter=2, gradient=2, optimizer=4),
    TrainingRecipe.MIXED_SGD_MOMENTUM: StateBytes(parameter=2, gradient=2, optimizer=8),
    TrainingRecipe.FP32_SGD: StateBytes(parameter=4, gradient=4, optimizer=0),
    TrainingRecipe.FP32_SGD_MOMENTUM: StateBytes(parameter=4, gradient=4, optimizer=4),
}


class Sharding(StrEnum):
    """What data-parallel ranks share out instead of copying."""

    NONE = "data-parallel"
    ZERO_1 = "zero-1"
    ZERO_2 = "zero-2"
    ZERO_3 = "zero-3"
    """Parameters too; the same as FSDP with full sharding."""


SHARDS_PARAMETERS = {Sharding.ZERO_3}
SHARDS_GRADIENTS = {Sharding.ZERO_2, *SHARDS_PARAMETERS}
SHARDS_OPTIMIZER = {Sharding.ZERO_1, *SHARDS_GRADIENTS}


class ActivationStorage(StrEnum):
    """What the forward pass of a layer keeps for the backward pass."""

    EVERYTHING = "everything"
    FLASH_ATTENTION = "flash-attention"
    SELECTIVE_RECOMPUTE = "selective-recompute"
    FULL_RECOMPUTE = "full-recompute"


BYTES_PER_WEIGHT: dict[str, float] = {
    "fp32": 4,
    "bf16": 2,
    "fp16": 2,
    "fp8": 1,
    "int8": 1,
    "int4": 0.5,
}


KV_CACHE = "key-value cache"
# Keys and values in bf16 or fp16.
BYTES_PER_KV_ELEMENT = 2.0


def training_state(
    parameters: float, *, recipe: TrainingRecipe = TrainingRecipe.MIXED_ADAM
) -> Footprint:
    """Return what parameters, gradients and optimiser take on one accelerator.

    Mixed-precision Adam takes (2 + 2 + 12) bytes per parameter (Rajbhandari et al. 2020, 3.1).
    """
    return training_state_per_rank(parameters, ranks=1, sharding=Sharding.NONE, recipe=recipe)


def training_state_per_rank(
    parameters: float,
    *,
    ranks: int,
    sharding: Sharding,
    recipe: TrainingRecipe = TrainingRecipe.MIXED_ADAM,
) -> Footprint:
    """Return what one of N data-parallel ranks holds of a training state.

    With mixed-precision Adam and P parameters: 16P copied, 4P + 12P/N for ZeRO-1, 2P + 14P/N for
    ZeRO-2, 16P/N for ZeRO-3 (Rajbhandari et al. 2020, figure 1).
    """
    state = STATE_BYTES[recipe]
    parts = (
        ("parameters", state.parameter, SHARDS_PARAMETERS),
        ("gradients", state.gradient, SHARDS_GRADIENTS),
        ("optimiser", state.optimizer, SHARDS_OPTIMIZER),
    )
    return Footprint(
        terms=tuple(
            Term(
                name=name,
                count=parameters,
                things="parameters",
                bytes_each=each,
                ranks=ranks if sharding in shards else 1,
            )
            for name, each, shards in parts
        )
    )


def adapter_state(
    parameters: float,
    *,
    trainable: float,
    precision: str = "bf16",
    recipe: TrainingRecipe = TrainingRecipe.MIXED_ADAM,
) -> Footprint:
    """Return the state of a fine-tune that trains adapters beside frozen weights (LoRA).

    Frozen parameters need neither gradient nor optimiser (Hu et al. 2022).
    """
    return _weights(parameters, precision) + training_state(trainable, recipe=recipe)


def activation_bytes_per_layer(
    *,
    sequence: int,
    batch: int,
    hidden: int,
    heads: int,
    tensor_parallel: int = 1,
    sequence_parallel: bool = False,
    storage: ActivationStorage = ActivationStorage.EVERYTHING,
) -> float:
    """Return what one transformer layer keeps for the backward pass on one rank, in bytes.

    Korthikanti et al. 2022, table 2, at 2 bytes per element: sbh(10 + 24/t + 5as/(ht)), with
    sequence parallelism sbh/t (34 + 5as/h). Flash attention and selective recomputation drop the
    term 5as/h; full recomputation keeps 2sbh, the input of the layer.
    """
    input_elements = sequence * batch * hidden
    if storage is ActivationStorage.FULL_RECOMPUTE:
        return 2 * input_elements
    linear = 34 / tensor_parallel if sequence_parallel else 10 + 24 / tensor_parallel
    if storage is not ActivationStorage.EVERYTHING:
        return linear * input_elements
    return linear * input_elements + 5 * heads * sequence**2 * batch / tensor_parallel


def weight_bytes(parameters: float, *, precision: str = "bf16") -> float:
    """Return what the weights of a served model take, in bytes."""
    return BYTES_PER_WEIGHT[precision] * parameters


def kv_cache_bytes_per_token(
    *,
    layers: int,
    kv_heads: int,
    head_dimension: int,
    bytes_per_element: float = BYTES_PER_KV_ELEMENT,
) -> float:
    """Return what keys and values of one token take: 2 L n_kv d_head bytes per element."""
    return 2 * layers * kv_heads * head_dimension * bytes_per_element


def serving_state(
    parameters: float,
    *,
    precision: str = "bf16",
    kv_bytes_per_token: float = 0,
    cached_tokens: int = 0,
) -> Footprint:
    """Return what one replica holds to serve: weights, and keys and values of the cached tokens."""
    weights = _weights(parameters, precision)
    return (
        weights + kv_cache(kv_bytes_per_token, tokens=cached_tokens) if cached_tokens else weights
    )


def kv_cache(bytes_per_token: float, *, tokens: int) -> Footprint:
    """Return what keys and values of all tokens take that a replica keeps at once, in bytes."""
    term = Term(name=KV_CACHE, count=tokens, things="tokens", bytes_each=bytes_per_token)
    return Footprint(terms=(term,))


def declared_kv_cache(amount_bytes: float) -> Footprint:
    """Return a cache of keys and values whose bytes are known as a whole."""
    return Footprint(terms=(Term(name=KV_CACHE, count=1, things="", bytes_each=amount_bytes),))


def _weights(parameters: float, precision: str) -> Footprint:
    """Return the weights of a model that no gradient flows into."""
    each = BYTES_PER_WEIGHT[precision]
    term = Term(name="weights", count=parameters, things="parameters", bytes_each=each)
    return Footprint(terms=(term,))
