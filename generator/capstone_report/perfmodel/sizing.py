"""The smallest cluster that clears the ceiling: accelerators, nodes, tier and launch command.

Book section 41.5.3, repaired: memory sizes a replica, work or requests size the number of
replicas, and the total is their product; the book takes the larger of the two.
"""

import shlex
from dataclasses import dataclass, replace
from enum import StrEnum

from capstone_report.perfmodel.cost import BreakEven, Offer
from capstone_report.perfmodel.flops import FlopBudget
from capstone_report.perfmodel.footprint import DEFAULT_HEADROOM, Fit, Footprint, fit
from capstone_report.perfmodel.remedies import AXES, WHOLE_REPLICAS, Remedy
from capstone_report.perfmodel.rounding import whole_units


class Tier(StrEnum):
    """Where a job runs, from the smallest on."""

    SINGLE_NODE = "single node"
    MANAGED = "managed cluster"
    SELF_MANAGED = "self-managed cluster"


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """The accelerator that is rented, and how many of them make a node."""

    memory_bytes: float
    per_node: int = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How many accelerators a design takes, and why."""

    axis: str
    replicas: int
    fit: Fit
    device: Device
    flop_budget: FlopBudget | None = None
    """The work against what one replica computes in time, where the work was declared."""

    @property
    def accelerators_per_replica(self) -> int:
        """Return how many accelerators hold one copy."""
        return self.fit.accelerators

    @property
    def accelerators(self) -> int:
        """Return how many accelerators do the work: per replica times replicas."""
        return self.accelerators_per_replica * self.replicas

    @property
    def nodes(self) -> int:
        """Return how many whole nodes that takes; no replica straddles two that fits into one."""
        if self.replicas_per_node is None:
            return whole_units(self.accelerators, each=self.device.per_node)
        return whole_units(self.replicas, each=self.replicas_per_node)

    @property
    def replicas_per_node(self) -> int | None:
        """Return how many whole replicas a node holds; None where a replica takes more than one."""
        return self.device.per_node // self.accelerators_per_replica or None

    @property
    def used_per_node(self) -> int:
        """Return how many accelerators of a node do the work."""
        whole = (self.replicas_per_node or 0) * self.accelerators_per_replica
        return min(self.accelerators, whole or self.device.per_node)

    @property
    def billed_accelerators(self) -> int:
        """Return how many accelerators are paid for when nodes are rented whole."""
        return self.nodes * self.device.per_node

    @property
    def remedy(self) -> Remedy:
        """Return the axis's collective and tools; only a replica that is split reduces within."""
        if self.axis == WHOLE_REPLICAS.axis and self.accelerators_per_replica == 1:
            return WHOLE_REPLICAS
        return AXES[self.axis]


def size_training(
    state: Footprint,
    *,
    device: Device,
    headroom: float = DEFAULT_HEADROOM,
    budget: FlopBudget | None = None,
) -> Size:
    """Size a training by what it holds and, where declared, by what it computes.

    State that exceeds one device is never given to plain data parallelism, which would copy it:
    the axis becomes the model. A budget says what one accelerator computes in the hours at hand.
    """
    held = fit(state, accelerator_bytes=device.memory_bytes, headroom=headroom)
    needed = budget.accelerators_needed if budget else 1
    return Size(
        axis="training" if held.fits_one else "model",
        replicas=whole_units(needed, each=held.accelerators),
        fit=held,
        device=device,
        flop_budget=replace(budget, accelerators=held.accelerators) if budget else None,
    )


def size_serving(
    state: Footprint,
    *,
    requests_per_s: float,
    requests_per_s_per_replica: float,
    device: Device,
    headroom: float = DEFAULT_HEADROOM,
) -> Size:
    """Size a service: g = g_replica ceil(Q / r), with weights and cache but no optimiser.

    The rate of a replica is measured, or declared, for this model on this many accelerators.
    """
    replicas = whole_units(requests_per_s, each=requests_per_s_per_replica)
    return Size(
        axis="inference",
        replicas=max(1, replicas),
        fit=fit(state, accelerator_bytes=device.memory_bytes, headroom=headroom),
        device=device,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSize:
    """How many workers and nodes process a data set in time; it takes no accelerators."""

    bytes_per_s: float
    workers: int
    nodes: int

    @property
    def remedy(self) -> Remedy:
        """Return the axis's collective and tools."""
        return AXES["data"]


def size_data(
    dataset_bytes: float,
    *,
    duration_s: float,
    bytes_per_s_per_worker: float,
    workers_per_node: int,
    storage_bytes_per_node: float,
) -> DataSize:
    """Size a data job by the rate it must keep and by the storage its shards take."""
    rate = dataset_bytes / duration_s
    workers = whole_units(rate, each=bytes_per_s_per_worker)
    return DataSize(
        bytes_per_s=rate,
        workers=workers,
        nodes=max(
            whole_units(workers, each=workers_per_node),
            whole_units(dataset_bytes, each=storage_bytes_per_node),
        ),
    )


def tier_for(*, nodes: int, costs: BreakEven) -> Tier:
    """Return the smallest tier that clears: one node, else whichever cluster is cheaper.

    A managed cluster is bought when (m - 1) g c h <= v T_ops (book section 41.5.2).
    """
    if nodes <= 1:
        return Tier.SINGLE_NODE
    return Tier.MANAGED if costs.cheaper is Offer.MANAGED else Tier.SELF_MANAGED


def launch_command(*, axis: str, nodes: int, per_node: int, program: str) -> str:
    """Return the line that starts a program: torchrun, sbatch or Ray, by axis and nodes.

    The program is a part of a shell's line, as it is typed: its own quotes are kept.
    """
    if axis not in {"training", "model"}:
        return _ray(nodes, program)
    if nodes == 1:
        return f"torchrun --standalone --nproc_per_node={per_node} {program}"
    # One task per node, since torchrun starts the processes; the first host is the meeting point.
    job = (
        f"srun torchrun --nnodes={nodes} --nproc_per_node={per_node} --rdzv_id=$SLURM_JOB_ID"
        " --rdzv_backend=c10d --rdzv_endpoint=$(scontrol show hostnames $SLURM_JOB_NODELIST"
        f" | head -n 1):29500 {program}"
    )
    return (
        f"sbatch --nodes={nodes} --ntasks-per-node=1 --gpus-per-node={per_node}"
        f" --wrap={shlex.quote(job)}"
    )


def _ray(nodes: int, program: str) -> str:
    """Return the line that starts a program on a Ray cluster."""
    if nodes == 1:
        return f"ray start --head && python {program}"
    return f"ray up cluster.yaml -y && ray submit cluster.yaml {program}"
