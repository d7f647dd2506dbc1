"""What `capstone size` answers, as text and for JSON: the count, why, and how to start it."""

import shlex
from dataclasses import dataclass
from typing import Any, cast

import click

from capstone_report.calculators.inputs import misfit, option, together
from capstone_report.calculators.kv_cache import OF_A_CACHE, cache_arithmetic, declared_cache
from capstone_report.calculators.size import SizeInputs
from capstone_report.errors import UsageError
from capstone_report.perfmodel.cost import build_versus_buy, rent_usd
from capstone_report.perfmodel.flops import FlopBudget, flop_budget, training_flop
from capstone_report.perfmodel.footprint import DEFAULT_HEADROOM
from capstone_report.perfmodel.memory import (
    BYTES_PER_WEIGHT,
    KV_CACHE,
    TrainingRecipe,
    serving_state,
    training_state,
)
from capstone_report.perfmodel.sizing import (
    Device,
    Size,
    Tier,
    launch_command,
    size_serving,
    size_training,
    tier_for,
)
from capstone_report.terminal.output import print_json, print_labelled
from capstone_report.units import dollars, prefixed, six_digits

# The dense bf16 peak of an H100 (SXM), and the share of it that large trainings reach.
USUAL_PEAK_FLOP_PER_S = 989e12
USUAL_MFU = 0.4
# More nodes, or accelerators of a node, than anything has: a command for them is no help.
LARGEST_CLUSTER = 999_999
COUNTED_TO_TRAIN = (
    "parameters, gradients, optimiser and the declared headroom; activations are not counted"
)
COUNTED_TO_SERVE = "weights and the declared headroom only; the KV cache is not counted"
COUNTED_WITH_CACHE = "weights, KV cache and the declared headroom; activations are not counted"
BOOK_ONLY = ("profile", "axis", "dataset", "budget")
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


def answer(given: SizeInputs) -> None:
    """Print how many accelerators the inputs take, and why."""
    _refuse_misfits(given)
    sized = _sized(given)
    if given["as_json"]:
        print_json("size", **_json(sized))
    else:
        _print(sized, given)


def _refuse_misfits(given: SizeInputs) -> None:
    """Refuse what is missing, and what belongs to the other mode or to the book's helper."""
    values = cast("dict[str, object]", given)
    for_book = [option(name) for name in BOOK_ONLY if values[name] is not None]
    if for_book:
        raise UsageError(misfit(", ".join(for_book), "belongs to the book's helper", "add --book"))
    if given["params"] is None:
        raise UsageError(misfit("--params", "the model has no size", "give one: --params 70e9"))
    serves = given["mode"] == "serve"
    to_serve = ("qps", "qps_per_replica", *OF_A_CACHE)
    other = ("tokens", "peak_flops", "mfu") if serves else to_serve
    strange = [option(name) for name in other if values[name] is not None]
    if strange:
        reason = f"does not size {'serving' if serves else 'training'}"
        remedy = f"leave it out, or choose --mode {'train' if serves else 'serve'}"
        raise UsageError(misfit(", ".join(strange), reason, remedy))
    if given["price"] is not None and given["hours"] is None:
        raise UsageError(misfit("--price", "takes a time to pay for", "add --hours, too"))
    together(values, SERVICE)
    _refuse_open_quotes(given["program"] or "")
    _known("recipe", given["recipe"], list(TrainingRecipe))
    _known("precision", given["precision"], list(BYTES_PER_WEIGHT))


def _refuse_open_quotes(program: str) -> None:
    """Refuse a program that no shell reads to its end."""
    try:
        shlex.split(program)
    except ValueError as error:
        reason = f"a shell would not read {program!r} to its end"
        raise UsageError(misfit("--program", reason, "close the quote")) from error


def _known(name: str, value: str, known: list[str]) -> None:
    """Refuse a word that is not one of those that are known."""
    if value not in known:
        remedy = f"there are: {', '.join(known)}"
        raise UsageError(misfit(option(name), f"there is no {value!r}", remedy))


def _sized(given: SizeInputs) -> Sized:
    """Compute everything from the inputs."""
    serves = given["mode"] == "serve"
    sized = _serving(given) if serves else _training(given)
    rented, hours = given["price"], given["hours"]
    return Sized(
        size=sized,
        tier=_tier(sized, given),
        rent_usd=rent_usd(accelerators=sized.billed_accelerators, hours=hours, usd_per_hour=rented)
        if rented is not None and hours is not None
        else None,
        launch=_launch(sized, given["program"] or ("serve.py" if serves else "train.py")),
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
    return Device(memory_bytes=given["accelerator_memory"], per_node=given["per_node"])


def _training(given: SizeInputs) -> Size:
    """Size a training by its state and, where tokens and hours are given, by its arithmetic."""
    parameters = given["params"] or 0.0
    return size_training(
        training_state(parameters, recipe=TrainingRecipe(given["recipe"])),
        device=_device(given),
        headroom=_headroom(given),
        budget=_budget(given, parameters),
    )


def _budget(given: SizeInputs, parameters: float) -> FlopBudget | None:
    """Return the work of a training against the hours, where tokens are given."""
    if given["tokens"] is None:
        return None
    if given["hours"] is None:
        raise UsageError(misfit("--tokens", "takes a time to pass them in", "add --hours, too"))
    return flop_budget(
        training_flop(parameters, tokens=given["tokens"]),
        accelerators=1,
        hours=given["hours"],
        peak_flop_per_s=given["peak_flops"] or USUAL_PEAK_FLOP_PER_S,
        mfu=given["mfu"] or USUAL_MFU,
    )


def _serving(given: SizeInputs) -> Size:
    """Size a service by weights, cache and requests; without requests, one replica."""
    together(cast("dict[str, object]", given), ("qps", "qps_per_replica"))
    weights = serving_state(given["params"] or 0.0, precision=given["precision"])
    return size_serving(
        weights + declared_cache(given),
        requests_per_s=given["qps"] or 1.0,
        requests_per_s_per_replica=given["qps_per_replica"] or 1.0,
        device=_device(given),
        headroom=_headroom(given),
    )


def _tier(sized: Size, given: SizeInputs) -> Tier | None:
    """Return where it runs: one node, or whichever cluster is cheaper, once that can be told."""
    values = cast("dict[str, object]", given)
    if sized.nodes <= 1:
        return Tier.SINGLE_NODE
    if any(values[name] is None for name in OPERATIONS):
        return None
    costs = build_versus_buy(
        accelerators=sized.billed_accelerators,
        usd_per_hour=given["price"] or 0.0,
        hours=given["hours"] or 0.0,
        premium=given["premium"] or 1.0,
        ops_hours=given["ops_hours"] or 0.0,
        ops_usd_per_hour=given["ops_rate"] or 0.0,
    )
    return tier_for(nodes=sized.nodes, costs=costs)


def _print(sized: Sized, given: SizeInputs) -> None:
    """Print the arithmetic and what follows from it."""
    size = sized.size
    counts = f"{_many(size.accelerators, 'accelerator')} on {_many(size.nodes, 'node')}"
    click.echo(f"{counts}; distribute: {size.axis}")
    budget, rows = (
        size.flop_budget,
        [
            ("memory", size.fit.arithmetic),
            ("counted", _counted(size)),
            ("headroom", f"{size.fit.headroom:.0%} of each accelerator is kept free"),
            ("a replica takes", six_digits(size.accelerators_per_replica)),
            ("replicas", six_digits(size.replicas)),
            ("billed", f"{six_digits(size.billed_accelerators)} accelerators, in whole nodes"),
        ],
    )
    if size.nodes > 1:
        rows.append(("packing", _packing(size)))
    if budget:
        rows.insert(3, ("arithmetic", _arithmetic(budget, given)))
    if cache := cache_arithmetic(given):
        rows.insert(1, ("KV cache", cache))
    if sized.rent_usd is not None:
        rows.append(("rent", dollars(sized.rent_usd)))
    later = "managed or self-managed: add --price, --hours, --premium, --ops-hours and --ops-rate"
    rows += [
        ("tier", sized.tier.value if sized.tier else later),
        ("framework", ", ".join(size.remedy.tools)),
        ("collective", size.remedy.collective),
        ("try first", ", ".join(size.remedy.first_steps)),
        ("launch", sized.launch or _no_launch(size)),
    ]
    print_labelled(rows)


def _counted(size: Size) -> str:
    """Return what the memory holds, and what is left out."""
    if size.axis != "inference":
        return COUNTED_TO_TRAIN
    return COUNTED_TO_SERVE if _kv_cache_bytes(size) is None else COUNTED_WITH_CACHE


def _kv_cache_bytes(size: Size) -> float | None:
    """Return the bytes of keys and values of one replica; None where they are not counted."""
    terms = size.fit.footprint.terms
    return next((term.bytes for term in terms if term.name == KV_CACHE), None)


def _many(count: int, thing: str) -> str:
    """Return how many there are of something."""
    return f"{six_digits(count)} {thing}{'' if count == 1 else 's'}"


def _packing(size: Size) -> str:
    """Return how replicas lie on nodes."""
    if size.replicas_per_node is None:
        return "a replica takes more than a node, so replicas span nodes"
    held = f"{_many(size.replicas_per_node, 'whole replica')} on each node"
    idle = size.device.per_node - size.used_per_node
    return f"{held}, leaving {_many(idle, 'accelerator')} of it idle" if idle else held


def _no_launch(size: Size) -> str:
    """Return why no line starts it."""
    nodes, each = _many(size.nodes, "node"), _many(size.used_per_node, "accelerator")
    return f"none: nothing has {nodes} of {each}"


def _arithmetic(budget: FlopBudget, given: SizeInputs) -> str:
    """Return whether one replica does the work in time."""
    share = given["mfu"] or USUAL_MFU
    peak = prefixed(given["peak_flops"] or USUAL_PEAK_FLOP_PER_S, "FLOP/s")
    work = f"{prefixed(budget.needed_flop, 'FLOP')} at {share:.0%} of {peak}"
    if budget.is_feasible:
        return f"{work}: one replica does it in time"
    short = budget.needed_over_available
    return f"{work}: one replica is {short:,.3g} times short of it"


def _json(sized: Sized) -> dict[str, Any]:
    """Return the answer for JSON."""
    size, budget = sized.size, sized.size.flop_budget
    return {
        "axis": size.axis,
        "accelerators": size.accelerators,
        "accelerators_per_replica": size.accelerators_per_replica,
        "replicas": size.replicas,
        "nodes": size.nodes,
        "replicas_per_node": size.replicas_per_node,
        "billed_accelerators": size.billed_accelerators,
        "headroom": size.fit.headroom,
        "memory_bytes": size.fit.footprint.total_bytes,
        "memory": size.fit.arithmetic,
        "kv_cache_bytes": _kv_cache_bytes(size),
        "counted": _counted(size),
        "flop_budget": {
            "needed_flop": budget.needed_flop,
            "available_flop": budget.available_flop,
            "needed_over_available": budget.needed_over_available,
            "is_feasible": budget.is_feasible,
        }
        if budget
        else None,
        "rent_usd": sized.rent_usd,
        "tier": sized.tier.value if sized.tier else None,
        "frameworks": list(size.remedy.tools),
        "collective": size.remedy.collective,
        "launch": sized.launch,
    }
