"""What `capstone roofline` answers, as text: three times, a margin and a hypothesis."""

import click

from capstone_report.calculators.numerals import cell, counted
from capstone_report.calculators.placed import DOMINANT_SHARE, Placed, Roof, placed
from capstone_report.calculators.roofline import RooflineInputs
from capstone_report.calculators.roofline_json import CONSTANT_BYTES, roofline_answer
from capstone_report.perfmodel.diagnosis import Diagnosis
from capstone_report.perfmodel.profile import Verdict
from capstone_report.perfmodel.roofline import DOMINANT_RATIO
from capstone_report.terminal.output import print_json, print_labelled, write_chart
from capstone_report.units import Seconds, prefixed

NOWHERE = "at no number of workers that was searched"
HYPOTHESIS = (
    "a hypothesis until confirmed, by what half the batch or half the clock does to the step"
)


def answer(given: RooflineInputs) -> None:
    """Print where a step lies, and draw it where a chart is asked for."""
    found = placed(given)
    if given["as_json"]:
        print_json(
            "roofline", **roofline_answer(found).model_dump(mode="json", exclude={"schema_"})
        )
    else:
        _print(found)
    if given["chart"]:
        from capstone_report.report.calculator_charts import roofline_chart

        peers = max(2, found.workers)
        drawn = roofline_chart(
            found.step,
            found.machine,
            workers=peers,
            communication_s=found.communication_s(peers),
            measured_s=found.measured_s,
        )
        write_chart(given["chart"], "roofline", drawn)


def _print(placed: Placed) -> None:
    """Print the three times, the verdict with its margin, peers and the diagnosis."""
    roofline, step, machine = placed.roofline, placed.step, placed.machine
    click.echo("One step under the roofs of one machine")
    rows = [
        ("arithmetic", _quotient(roofline.compute_s, (step.flop, "FLOP"), machine.flop_per_s)),
        ("memory", _quotient(roofline.memory_s, (step.memory_bytes, "B"), machine.bytes_per_s)),
        ("intensity", f"{roofline.intensity:.4g} FLOP/B; the ridge is at {roofline.ridge:.4g}"),
        ("attainable", prefixed(roofline.attainable_flop_per_s, "FLOP/s")),
    ]
    if placed.achieved:
        shares = placed.achieved
        arithmetic = f"{shares.compute_share:.1%} of the arithmetic roof"
        rows.append(("achieved", f"{arithmetic}, {shares.bandwidth_share:.1%} of the memory roof"))
    if placed.beyond_roofs:
        rows.append(("beyond", _beyond(placed.beyond_roofs)))
    if placed.roofs_from:
        rows.append(("roofs", placed.roofs_from))
    rows.append(("verdict", _verdict(placed)))
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


def _beyond(shares: dict[Roof, float]) -> str:
    """Return by how much a step is faster than its roofs allow, which measuring may explain."""
    roofs = " and the ".join(f"{roof} roof" for roof in shares)
    return f"the {roofs} or the time is off by {max(shares.values()) - 1:.0%}: no step takes less"


MEASURED_VERDICTS = {
    "implementation": "slow implementation: the step is far below both roofs, so neither binds",
    "none": "no roof binds: the step is not near the one that it would meet first",
    "undecided": "undecided: what the step reaches lies in a grey zone, see the diagnosis",
}


def _verdict(placed: Placed) -> str:
    """Return which roof binds, by how much, and what the grey zone makes of it."""
    verdict = placed.verdict
    if verdict in MEASURED_VERDICTS:
        return MEASURED_VERDICTS[verdict]
    margin = f"the longer time is {placed.roofline.margin:.2f} times the other"
    if verdict == "balanced":
        return f"balanced: {margin}; below {DOMINANT_RATIO:g} no side is named (the grey zone)"
    return f"{verdict} bound: {margin}; a side is named from {DOMINANT_RATIO:g} on"


def _print_peers(placed: Placed) -> None:
    """Say what communication costs, from where on it exceeds the work, and what that leaves."""
    many, first, collective = placed.workers, placed.exceeds_from, placed.collective
    click.echo("\nAmong peers, strong scaling")
    how = collective.title if collective else CONSTANT_BYTES
    peers = max(2, many)
    spent = prefixed(placed.communication_s(peers), "s")
    rows = [
        ("communication", f"{spent} among {peers} workers, {how}"),
        ("exceeds work", f"first at {counted(first)} workers" if first else NOWHERE),
    ]
    if collective and collective.assumes:
        rows.append(("assumed", collective.assumes))
    if many > 1:
        longer = "longer" if placed.exceeds else "no longer"
        work = prefixed(placed.local_s / many, "s")
        alone, hidden = placed.speedup_without_overlap, placed.speedup_with_full_overlap
        rows += [
            (f"{many} workers", f"{work} of work each: communication takes {longer} than that"),
            ("of a step", _dominates(placed.communication_share or 0.0)),
            ("speedup", f"{cell(alone, 3)} without overlap, {cell(hidden, 3)} with full overlap"),
        ]
        if alone < 1:
            but = ", even with full overlap" if hidden < 1 else " unless communication overlaps"
            rows.append(("so", f"add no workers: {many} are slower than one{but}"))
    print_labelled(rows)


def _dominates(share: float) -> str:
    """Return which share of a step communication is, and whether it dominates."""
    no, yes = DOMINANT_SHARE.no, DOMINANT_SHARE.yes
    judged = DOMINANT_SHARE.judge(share)
    if judged is Verdict.GREY:
        return f"{share:.1%}: communication may dominate, between {no:.0%} and {yes:.0%}"
    does = "dominates" if judged is Verdict.YES else "does not dominate"
    return f"{share:.1%}: communication {does}, as it does from {yes:.0%} on"


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
