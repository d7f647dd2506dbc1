"""Bytes on the wire: what each rank sends per step, and what a measured collective achieved.

A ring's all-reduce sends 2(p-1)/p of the message from every rank, its reduce-scatter and its
all-gather (p-1)/p each. Bytes are expected values, so they may be fractional.
"""

from dataclasses import dataclass
from enum import StrEnum

from capstone_report.units import Seconds


class Collective(StrEnum):
    """The collectives of nccl-tests."""

    ALL_REDUCE = "all_reduce"
    REDUCE_SCATTER = "reduce_scatter"
    ALL_GATHER = "all_gather"
    ALL_TO_ALL = "all_to_all"
    GATHER = "gather"
    SCATTER = "scatter"
    BROADCAST = "broadcast"
    REDUCE = "reduce"


# Passes of (n-1)/n of the array over the busiest link; broadcast and reduce move all of it once.
_PASSES = {Collective.ALL_REDUCE: 2, Collective.BROADCAST: None, Collective.REDUCE: None}


def busbw_factor(collective: Collective, ranks: int) -> float:
    """Return bus bandwidth over algorithm bandwidth (nccl-tests, doc/PERFORMANCE.md)."""
    passes = _PASSES.get(collective, 1)
    return 1.0 if passes is None else passes * (ranks - 1) / ranks


@dataclass(frozen=True, slots=True, kw_only=True)
class Bandwidth:
    """What a collective achieved, in bytes per second."""

    algorithm: float
    """algbw: bytes of the whole array over time."""
    bus: float
    """busbw: what the busiest link carried, comparable with its peak for any number of ranks."""


def bandwidth(
    collective: Collective, ranks: int, *, array_bytes: float, seconds: Seconds
) -> Bandwidth:
    """Return both bandwidths of a measured collective; the array is the whole one, over all ranks."""
    algorithm = array_bytes / seconds
    return Bandwidth(algorithm=algorithm, bus=algorithm * busbw_factor(collective, ranks))


def ddp_bytes(
    ranks: int, *, parameters: float, element_bytes: float, synchronisations: int = 1
) -> float:
    """Return the bytes a rank sends per optimiser step in data parallelism: 2(p-1)/p Psi d.

    Gradients are synchronised once when accumulation skips the micro-steps before the last, and
    once per micro-step otherwise. ZeRO-1 and ZeRO-2 send the same (Rajbhandari et al. 2020).
    """
    return 2 * (ranks - 1) / ranks * parameters * element_bytes * synchronisations


def fsdp_bytes(
    ranks: int, *, parameters: float, element_bytes: float, micro_steps: int = 1
) -> float:
    """Return the bytes a rank sends per optimiser step with ZeRO-3 or FSDP: 3(p-1)/p Psi d.

    Parameters are gathered for the forward and the backward pass and gradients scattered, in every
    micro-step of an accumulation (Rajbhandari et al. 2020).
    """
    return 3 * (ranks - 1) / ranks * parameters * element_bytes * micro_steps


def tensor_parallel_bytes_per_layer(
    ranks: int,
    *,
    batch: int,
    sequence: int,
    hidden: int,
    element_bytes: float,
    all_reduces: int = 4,
) -> float:
    """Return the bytes a rank sends per transformer layer and step: all-reduces of b s h d.

    Two in the forward and two in the backward pass, and two more when the forward pass is
    recomputed (Shoeybi et al. 2019).
    """
    activation_bytes = batch * sequence * hidden * element_bytes
    return all_reduces * 2 * (ranks - 1) / ranks * activation_bytes


def pipeline_bytes_per_boundary(
    *, batch: int, sequence: int, hidden: int, element_bytes: float, micro_batches: int
) -> float:
    """Return the bytes that cross a boundary of stages per step, both ways: 2 m b s h d.

    b is the size of one of the m micro-batches; activations go forwards, their gradients back.
    """
    return 2 * micro_batches * batch * sequence * hidden * element_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Bubble:
    """The idle time of a pipeline."""

    fraction: float
    """Of the whole step."""
    overhead: float
    """Relative to the ideal step without a bubble."""


def pipeline_bubble(stages: int, *, micro_batches: int, chunks: int = 1) -> Bubble:
    """Return the bubble of p stages and m micro-batches, with v chunks of layers per stage.

    Overhead (p-1)/(v m) and fraction (p-1)/(v m + p - 1); v = 1 is GPipe's schedule (Huang et al.
    2019), more is the interleaved one (Narayanan et al. 2021).
    """
    idle, busy = stages - 1, chunks * micro_batches
    return Bubble(fraction=idle / (busy + idle), overhead=idle / busy)


def parameter_server_bytes(*, parameters: float, element_bytes: float) -> float:
    """Return the bytes a worker moves per step with a dense model: one pull and one push, 2 Psi d."""
    return 2 * parameters * element_bytes


def sparse_parameter_server_bytes(
    *, rows: float, dimension: int, element_bytes: float, id_bytes: float = 8
) -> float:
    """Return the bytes a worker moves per step when it touches some rows of an embedding table.

    Pull and push both name the rows and carry their values: 2 rows (dimension d + id).
    """
    return 2 * rows * (dimension * element_bytes + id_bytes)


def expert_parallel_bytes_per_layer(
    ranks: int,
    *,
    tokens: int,
    hidden: int,
    element_bytes: float,
    experts_per_token: int = 1,
    all_to_alls: int = 4,
) -> float:
    """Return the bytes a rank sends per mixture-of-experts layer and step.

    Tokens go to their experts and back, in the forward and in the backward pass: four all-to-alls
    of (p-1)/p of the rank's own tokens (Lepikhin et al. 2020).
    """
    token_bytes = tokens * experts_per_token * hidden * element_bytes
    return all_to_alls * (ranks - 1) / ranks * token_bytes
