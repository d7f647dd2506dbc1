"""What `capstone roofline` answers, as text and for JSON: three times, a margin and a hypothesis."""

from dataclasses import dataclass
from typing import Any, cast

import click

from capstone_report.calculators.inputs import misfit, together
from capstone_report.calculators.roofline import RooflineInputs
from capstone_report.errors import UsageError
from capstone_report.perfmodel.diagnosis import Diagnosis, diagnose
from capstone_report.perfmodel.flow import Leaf
from capstone_report.perfmodel.laws import (
    communication_exceeds_from,
    speedup_with_full_overlap,
    speedup_without_overlap,
)
from capstone_report.perfmodel.profile import Profile
from capstone_report.perfmodel.roofline import (
    DOMINANT_RATIO,
    Achieved,
    Machine,
    Roofline,
    Step,
    achieved,
    place,
)
from capstone_report.terminal.output import print_json, print_labelled, write_chart
from capstone_report.units import Seconds, prefixed

HYPOTHESIS = (
    "a hypothesis until confirmed, by what half the batch or half the clock does to the step"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A step under a machine's roofs, alone and among peers."""

    machine: Machine
    step: Step
    roofline: Roofline
    workers: int
    achieved: Achieved | None
    """Which shares of the roofs a measured step reached."""
    diagnoses: tuple[tuple[int, Diagnosis], ...]
    """What one worker meets, and what the workers that are asked for meet."""

    @property
    def local_s(self) -> Seconds:
        """Return what the step takes at its lower roof, without peers."""
        return max(self.roofline.compute_s, self.roofline.memory_s)

    @property
    def communicates(self) -> bool:
        """Tell whether anything is sent."""
        return self.roofline.communication_s > 0

    @property
    def exceeds_from(self) -> int | None:
        """Return the first number of workers whose share takes less than communication."""
        return communication_exceeds_from(t_comp=self.local_s, t_comm=self.roofline.communication_s)

    @property
    def dominates(self) -> bool:
        """Tell whether communication takes longer than the share of each of the workers."""
        return self.workers > 1 and self.roofline.communication_s > self.local_s / self.workers

    @property
    def speedup_without_overlap(self) -> float:
        """Return S when every worker waits for the network."""
        return speedup_without_overlap(
            self.workers, t_comp=self.local_s, t_comm=self.roofline.communication_s
        )

    @property
    def speedup_with_full_overlap(self) -> float:
        """Return S when the network works while the workers do."""
        return speedup_with_full_overlap(
            self.workers, t_comp=self.local_s, t_comm=self.roofline.communication_s
        )


def answer(given: RooflineInputs) -> None:
    """Print where a step lies, and draw it where a chart is asked for."""
    placed = _place(given)
    if given["as_json"]:
        print_json("roofline", **_json(placed))
    else:
        _print(placed)
    if given["chart"]:
        from capstone_report.report.calculator_charts import roofline_chart

        write_chart(given["chart"], "roofline", roofline_chart(placed.step, placed.machine))


def _place(given: RooflineInputs) -> Placed:
    """Compute everything from the inputs."""
    values = cast("dict[str, object]", given)
    sends = together(values, ("net_bytes", "net_bandwidth"))
    together(values, ("working_set", "memory"))
    machine = Machine(flop_per_s=given["peak_flops"], bytes_per_s=given["bandwidth"])
    network = {
        "network_bytes": float(given["net_bytes"] or 0),
        "network_bytes_per_s": float(given["net_bandwidth"] or 1),
    }
    step = Step(
        flop=given["flops"],
        memory_bytes=given["bytes"],
        message_latency_s=given["latency"] or 0.0,
        **(network if sends else {}),
    )
    if given["workers"] > 1 and not step.network_bytes and not step.message_latency_s:
        remedy = "add --net-bytes and --net-bandwidth, or --latency"
        raise UsageError(misfit("--workers", "peers who say nothing cost nothing", remedy))
    measured = given["measured"]
    shares = achieved(step, machine, measured_s=measured) if measured else None
    placed = place(step, machine)
    counts = sorted({1, given["workers"]}) if placed.communication_s else [1]
    return Placed(
        machine=machine,
        step=step,
        roofline=placed,
        workers=given["workers"],
        achieved=shares,
        diagnoses=tuple((n, diagnose(_profile(given, placed, shares, workers=n))) for n in counts),
    )


def _profile(
    given: RooflineInputs, placed: Roofline, shares: Achieved | None, *, workers: int
) -> Profile:
    """Return what is known for the diagnosis; one worker has nobody to wait for."""
    return Profile(
        compute_roof_share=shares.compute_share if shares else None,
        bandwidth_roof_share=shares.bandwidth_share if shares else None,
        working_set_bytes=given["working_set"],
        memory_bytes=given["memory"],
        workers=workers if workers > 1 else None,
        communication_s=placed.communication_s if workers > 1 else None,
        compute_s=placed.compute_s,
        memory_s=placed.memory_s,
        parameters_stream=given["streams"] == "parameters" if given["streams"] else None,
    )


def _print(placed: Placed) -> None:
    """Print the three times, the verdict with its margin, peers and the diagnosis."""
    roofline, step, machine = placed.roofline, placed.step, placed.machine
    click.echo("One step under the roofs of one machine")
    rows = [
        ("arithmetic", _quotient(roofline.compute_s, (step.flop, "FLOP"), machine.flop_per_s)),
        ("memory", _quotient(roofline.memory_s, (step.memory_bytes, "B"), machine.bytes_per_s)),
        ("intensity", f"{roofline.intensity:.4g} FLOP/B; the ridge is at {roofline.ridge:.4g}"),
        ("attainable", prefixed(roofline.attainable_flop_per_s, "FLOP/s")),
        ("verdict", _verdict(roofline)),
    ]
    if placed.achieved:
        shares = placed.achieved
        slow = "; the implementation is slow, not the machine" if shares.is_inefficient else ""
        reached = (
            f"{shares.compute_share:.1%} of the arithmetic roof, {shares.bandwidth_share:.1%} of"
        )
        rows.append(("achieved", f"{reached} the memory roof{slow}"))
    print_labelled(rows)
    if placed.communicates:
        _print_peers(placed)
    click.echo(f"\nDiagnosis, {HYPOTHESIS}")
    for workers, diagnosis in placed.diagnoses:
        _print_diagnosis(workers, diagnosis)


def _quotient(time_s: Seconds, amount: tuple[float, str], rate: float) -> str:
    """Return a time and the quotient that it is."""
    number, unit = amount
    return f"{prefixed(time_s, 's')} = {prefixed(number, unit)} / {prefixed(rate, unit + '/s')}"


def _verdict(roofline: Roofline) -> str:
    """Return which roof binds, by how much, and what the grey zone makes of it."""
    margin = f"the longer time is {roofline.margin:.2f} times the other"
    if roofline.verdict == "balanced":
        return f"balanced: {margin}; below {DOMINANT_RATIO:g} no side is named (the grey zone)"
    return f"{roofline.verdict} bound: {margin}; a side is named from {DOMINANT_RATIO:g} on"


def _print_peers(placed: Placed) -> None:
    """Say what communication costs, from where on it dominates, and what that leaves."""
    many, first = placed.workers, placed.exceeds_from
    click.echo("\nAmong peers, strong scaling")
    rows = [
        ("communication", prefixed(placed.roofline.communication_s, "s")),
        ("dominates", f"from {first} workers on" if first else "never"),
    ]
    if many > 1:
        longer = "longer" if placed.dominates else "not longer"
        share = prefixed(placed.local_s / many, "s")
        alone, hidden = placed.speedup_without_overlap, placed.speedup_with_full_overlap
        rows += [
            (f"{many} workers", f"{share} of work each: communication takes {longer}"),
            ("speedup", f"{alone:.3f} without overlap, {hidden:.3f} with full overlap"),
        ]
    print_labelled(rows)


def _print_diagnosis(workers: int, diagnosis: Diagnosis) -> None:
    """Say which ceiling the flow ends at, and its axis, tools and chapter."""
    who = "one worker" if workers == 1 else f"{workers} workers"
    if diagnosis.leaf is None:
        click.echo(f"  {who}: undecided between {len(diagnosis.leaves)}")
    for leaf in diagnosis.leaves:
        click.echo(f"  {who}: {leaf.verdict}")
        if leaf.remedy:
            print_labelled(
                [
                    ("  axis", f"{leaf.remedy.axis} ({leaf.remedy.collective})"),
                    ("  first", ", ".join(leaf.remedy.first_steps)),
                    ("  tools", ", ".join(leaf.remedy.tools)),
                    ("  book", leaf.remedy.book),
                ]
            )


def _json(placed: Placed) -> dict[str, Any]:
    """Return the answer for JSON."""
    roofline = placed.roofline
    peers = {
        "communication_dominates": placed.dominates,
        "communication_dominates_from": placed.exceeds_from,
        "speedup_without_overlap": placed.speedup_without_overlap,
        "speedup_with_full_overlap": placed.speedup_with_full_overlap,
    }
    shares = placed.achieved
    return {
        "ridge_flop_per_byte": roofline.ridge,
        "intensity_flop_per_byte": roofline.intensity,
        "attainable_flop_per_s": roofline.attainable_flop_per_s,
        "compute_s": roofline.compute_s,
        "memory_s": roofline.memory_s,
        "communication_s": roofline.communication_s,
        "verdict": roofline.verdict,
        "margin": roofline.margin,
        "named_from_margin": DOMINANT_RATIO,
        "workers": placed.workers,
        "peers": peers if placed.communicates else None,
        "achieved": {
            "compute_share": shares.compute_share,
            "bandwidth_share": shares.bandwidth_share,
            "is_inefficient": shares.is_inefficient,
        }
        if shares
        else None,
        "diagnosis": [
            {
                "workers": workers,
                "decided": diagnosis.leaf is not None,
                "status": "hypothesis",
                "leaves": [_leaf(leaf) for leaf in diagnosis.leaves],
                "unanswered": list(diagnosis.unanswered),
            }
            for workers, diagnosis in placed.diagnoses
        ],
    }


def _leaf(leaf: Leaf) -> dict[str, Any]:
    """Return one end of the flow for JSON."""
    remedy = leaf.remedy
    return {
        "name": leaf.name,
        "verdict": leaf.verdict,
        "axis": remedy.axis if remedy else None,
        "ceiling": remedy.ceiling if remedy else None,
        "collective": remedy.collective if remedy else None,
        "tools": list(remedy.tools) if remedy else [],
        "book": remedy.book if remedy else None,
        "first_steps": list(remedy.first_steps) if remedy else [],
    }
