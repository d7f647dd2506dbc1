"""How many accelerators a model takes, where it runs and what it costs: what `capstone size` computes."""

from dataclasses import dataclass
from typing import cast

from capstone_report.calculators.assumptions import Assumption
from capstone_report.calculators.inputs import together
from capstone_report.calculators.kv_cache import declared_cache
from capstone_report.calculators.size import SizeInputs
from capstone_report.calculators.size_assumptions import (
    USUAL_MEMORY_BYTES,
    USUAL_MFU,
    USUAL_PEAK_FLOP_PER_S,
    USUAL_PER_NODE,
    USUAL_PRECISION,
    USUAL_RECIPE,
    USUAL_SERVER,
    USUAL_TRAINER,
    assumed,
)
from capstone_report.perfmodel.cost import build_versus_buy, rent_usd
from capstone_report.perfmodel.flops import FlopBudget, flop_budget, training_flop
from capstone_report.perfmodel.footprint import DEFAULT_HEADROOM
from capstone_report.perfmodel.memory import TrainingRecipe, serving_state, training_state
from capstone_report.perfmodel.sizing import (
    Device,
    Size,
    Tier,
    launch_command,
    size_serving,
    size_training,
    tier_for,
)

# More nodes, or accelerators of a node, than anything has: a command for them is no help.
LARGEST_CLUSTER = 999_999
SERVICE = ("premium", "ops_hours", "ops_rate")
OPERATIONS = ("price", "hours", *SERVICE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sized:
    """A size, with where it runs and what it costs, as far as prices are given."""

    size: Size
    tier: Tier | None
    rent_usd: float | None
    launch: str | None
    """The line that starts it; None where it is larger than any cluster."""
    assumed: tuple[Assumption, ...]


def sized(given: SizeInputs) -> Sized:
    """Compute everything from the inputs."""
    serves = given["mode"] == "serve"
    size = _serving(given) if serves else _training(given)
    rented, hours = given["price"], given["hours"]
    return Sized(
        size=size,
        tier=_tier(size, given),
        rent_usd=rent_usd(accelerators=size.billed_accelerators, hours=hours, usd_per_hour=rented)
        if rented is not None and hours is not None
        else None,
        launch=_launch(size, given["program"] or (USUAL_SERVER if serves else USUAL_TRAINER)),
        assumed=assumed(given),
    )


def _launch(size: Size, program: str) -> str | None:
    """Return the line that starts it, unless it is longer than any cluster is large."""
    per_node = size.used_per_node
    if max(size.nodes, per_node) > LARGEST_CLUSTER:
        return None
    return launch_command(axis=size.axis, nodes=size.nodes, per_node=per_node, program=program)


def _headroom(given: SizeInputs) -> float:
    """Return the share of an accelerator that is kept free."""
    return DEFAULT_HEADROOM if given["headroom"] is None else given["headroom"]


def _device(given: SizeInputs) -> Device:
    """Return the accelerator."""
    return Device(
        memory_bytes=given["accelerator_memory"] or USUAL_MEMORY_BYTES,
        per_node=given["per_node"] or USUAL_PER_NODE,
    )


def _training(given: SizeInputs) -> Size:
    """Size a training by its state and, where tokens and hours are given, by its arithmetic."""
    parameters = given["params"] or 0.0
    return size_training(
        training_state(parameters, recipe=TrainingRecipe(given["recipe"] or USUAL_RECIPE)),
        device=_device(given),
        headroom=_headroom(given),
        budget=_budget(given, parameters),
    )


def _budget(given: SizeInputs, parameters: float) -> FlopBudget | None:
    """Return the work of a training against the hours, where tokens are given."""
    if given["tokens"] is None:
        return None
    return flop_budget(
        training_flop(parameters, tokens=given["tokens"]),
        accelerators=1,
        hours=given["hours"] or 0.0,
        peak_flop_per_s=given["peak_flops"] or USUAL_PEAK_FLOP_PER_S,
        mfu=given["mfu"] or USUAL_MFU,
    )


def _serving(given: SizeInputs) -> Size:
    """Size a service by weights, cache and requests; without requests, one replica."""
    together(cast("dict[str, object]", given), ("qps", "qps_per_replica"))
    weights = serving_state(given["params"] or 0.0, precision=given["precision"] or USUAL_PRECISION)
    return size_serving(
        weights + declared_cache(given),
        requests_per_s=given["qps"] or 1.0,
        requests_per_s_per_replica=given["qps_per_replica"] or 1.0,
        device=_device(given),
        headroom=_headroom(given),
    )


def _tier(size: Size, given: SizeInputs) -> Tier | None:
    """Return where it runs: one node, or whichever cluster is cheaper, once that can be told."""
    values = cast("dict[str, object]", given)
    if size.nodes <= 1:
        return Tier.SINGLE_NODE
    if any(values[name] is None for name in OPERATIONS):
        return None
    costs = build_versus_buy(
        accelerators=size.billed_accelerators,
        usd_per_hour=given["price"] or 0.0,
        hours=given["hours"] or 0.0,
        premium=given["premium"] or 1.0,
        ops_hours=given["ops_hours"] or 0.0,
        ops_usd_per_hour=given["ops_rate"] or 0.0,
    )
    return tier_for(nodes=size.nodes, costs=costs)
