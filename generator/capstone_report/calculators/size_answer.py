"""What `capstone size` answers, as text: the count, why, and how to start it."""

import click

from capstone_report.calculators.assumptions import assumed_rows
from capstone_report.calculators.kv_cache import cache_arithmetic
from capstone_report.calculators.size import SizeInputs
from capstone_report.calculators.size_assumptions import USUAL_MFU, USUAL_PEAK_FLOP_PER_S
from capstone_report.calculators.size_json import counted, size_answer
from capstone_report.calculators.size_refusals import refuse_misfits
from capstone_report.calculators.sized import Sized, sized
from capstone_report.perfmodel.flops import FlopBudget
from capstone_report.perfmodel.sizing import Size
from capstone_report.terminal.output import print_json, print_labelled, write_chart
from capstone_report.units import dollars, prefixed, six_digits


def answer(given: SizeInputs) -> None:
    """Print how many accelerators the inputs take, and why."""
    refuse_misfits(given)
    found = sized(given)
    if given["as_json"]:
        typed = size_answer(found)
        print_json("size", **typed.model_dump(mode="json", exclude={"schema_"}))
    else:
        _print(found, given)
    if given["chart"]:
        from capstone_report.report.memory_chart import memory_chart

        write_chart(given["chart"], "memory", memory_chart(found.size.fit))


def _print(sized: Sized, given: SizeInputs) -> None:
    """Print the arithmetic and what follows from it."""
    size = sized.size
    counts = f"{_many(size.accelerators, 'accelerator')} on {_many(size.nodes, 'node')}"
    click.echo(f"{counts}; distribute: {size.axis}")
    budget, rows = (
        size.flop_budget,
        [
            ("memory", size.fit.arithmetic),
            ("counted", counted(size)),
            ("headroom", f"{size.fit.headroom:.0%} of each accelerator is kept free"),
            ("a replica takes", six_digits(size.accelerators_per_replica)),
            ("replicas", six_digits(size.replicas)),
            ("billed", f"{six_digits(size.billed_accelerators)} accelerators, in whole nodes"),
        ],
    )
    if size.nodes > 1:
        rows.append(("packing", _packing(size)))
    if budget:
        rows.insert(3, ("arithmetic", _arithmetic(size, budget, given)))
    if cache := cache_arithmetic(given):
        rows.insert(1, ("KV cache", cache))
    if sized.rent_usd is not None:
        rows.append(("rent", dollars(sized.rent_usd)))
    later = "managed or self-managed: add --price, --hours, --premium, --ops-hours and --ops-rate"
    rows += [
        ("tier", sized.tier.value if sized.tier else later),
        ("framework", ", ".join(size.remedy.tools)),
        ("collective", size.remedy.collective),
        ("try first", f"{', '.join(size.remedy.first_steps)} (if not done yet)"),
        ("launch", sized.launch or _no_launch(size)),
        *assumed_rows(sized.assumed),
    ]
    print_labelled(rows)


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


def _arithmetic(size: Size, budget: FlopBudget, given: SizeInputs) -> str:
    """Return whether one replica does the work in time."""
    share = given["mfu"] or USUAL_MFU
    peak = prefixed(given["peak_flops"] or USUAL_PEAK_FLOP_PER_S, "FLOP/s")
    work = f"{prefixed(budget.needed_flop, 'FLOP')} at {share:.0%} of {peak}"
    if budget.is_feasible:
        return f"{work}: one replica does it in time"
    short = budget.needed_over_available
    takes = _many(size.replicas, "replica")
    return f"{work}: one replica is {short:,.3g} times short of it, so it takes {takes}"
