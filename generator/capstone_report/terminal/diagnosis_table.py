"""What `capstone diagnose` found, as text: numbers first, then what follows from them."""

import click

from capstone_report.analysis.bottlenecks import BaselineLimits, Bounded, LostTime
from capstone_report.perfmodel.answers import Answer
from capstone_report.perfmodel.flow import Leaf
from capstone_report.report.diagnosis import because
from capstone_report.terminal.output import print_labelled, print_table
from capstone_report.units import prefixed

UNKNOWN = "not known"


def print_limits(limits: BaselineLimits) -> None:
    """Print what the baseline reaches, which questions that answers, and the verdict."""
    click.echo(f"{limits.case_id}: {_runs(limits.runs)}")
    print_labelled(
        [
            ("time", _time(limits)),
            ("working set", _memory(limits)),
            ("processor busy", f"{limits.busy_share:.0%} of the wall time on its cores"),
            ("arithmetic", _against_roof(limits, arithmetic=True)),
            ("memory traffic", _against_roof(limits, arithmetic=False)),
            ("roofs by", limits.roofs.by if limits.roofs else UNKNOWN),
            *(
                (f"without {f.removes}", f"time falls by {share(f.share)}; ablation {f.name}")
                for f in limits.ablations
            ),
        ]
    )
    click.echo("\nDecision flow")
    print_labelled([(f"{a.question.name}?", _answer(a)) for a in limits.diagnosis.path])
    _print_verdict(limits)


def print_lost(lost: LostTime) -> None:
    """Print where the time goes by which workers are slower than they could be."""
    click.echo(f"{lost.case_id}: {_runs(lost.runs)} at {lost.workers} workers")
    times = f"{prefixed(lost.time_s, 's')}; ideal is {prefixed(lost.ideal_s, 's')}"
    rows = [("time", f"{times}, from {prefixed(lost.baseline_s, 's')} of the baseline")]
    if lost.parts:
        rows.append(("lost", _seconds(lost.lost)))
    else:
        rows.append(("lost", "nothing: the workers are as fast as that, or faster"))
    rows.append(("link", lost.link))
    rows.append(("samples", _samples(lost)))
    print_labelled(rows)
    if lost.parts:
        click.echo("")
        cells = [
            (p.cause.value, _seconds(p.lost), share(p.share), p.evidence or "what is left")
            for p in lost.parts
        ]
        print_table(("cause", "lost", "share of what is lost", "from"), cells)
    if lost.unmeasured:
        click.echo(f"  not measured, so part of the rest: {', '.join(lost.unmeasured)}")


def share(number: Bounded) -> str:
    """Return a share in percent, with its interval where there is one."""
    if number.low is None or number.high is None:
        return f"{number.value:.0%} (no interval)"
    return f"{number.value:.0%} ({number.low:.0%} to {number.high:.0%})"


def _seconds(number: Bounded) -> str:
    """Return a time, with its interval where there is one."""
    if number.low is None or number.high is None:
        return prefixed(number.value, "s")
    low, high = prefixed(number.low, "s"), prefixed(number.high, "s")
    return f"{prefixed(number.value, 's')} ({low} to {high})"


def _time(limits: BaselineLimits) -> str:
    """Return the headline metric's time, and the one of all steps where it is another."""
    time = prefixed(limits.time_s, "s")
    whole = prefixed(limits.work_s, "s")
    return time if time == whole else f"{time} a step, {whole} for all of a run's steps"


def _memory(limits: BaselineLimits) -> str:
    """Return the working set beside the machine's memory."""
    part = limits.working_set_bytes / limits.memory_bytes
    here = prefixed(limits.memory_bytes, "B")
    return f"{prefixed(limits.working_set_bytes, 'B')}, {part:.1%} of {here}"


def _against_roof(limits: BaselineLimits, *, arithmetic: bool) -> str:
    """Return what a run does of something, how fast, and which share of its roof that is."""
    amount, unit = (limits.flop, "FLOP") if arithmetic else (limits.bytes_moved, "B")
    roofs, profile = limits.roofs, limits.profile
    if amount is None:
        key = "flop" if arithmetic else "bytes"
        return f"{UNKNOWN}: neither diagnosis.{key} nor a metric of that name says how much"
    rate = f"{prefixed(amount / limits.work_s, unit + '/s')} ({prefixed(amount, unit)} a run)"
    roof = (roofs.flop_per_s if arithmetic else roofs.bytes_per_s) if roofs else None
    part = profile.compute_roof_share if arithmetic else profile.bandwidth_roof_share
    if roof is None or part is None:
        return f"{rate}; its roof is {UNKNOWN}"
    return f"{rate}, {100 * part:.3g}% of the roof, {prefixed(roof, unit + '/s')}"


def _answer(answer: Answer) -> str:
    """Return how a question was answered, and from which numbers."""
    known = because(answer)
    if known or not answer.readings:
        return ": ".join(filter(None, (answer.verdict, known)))
    return f"{answer.verdict}: nothing says the {' or the '.join(r.name for r in answer.readings)}"


def _runs(count: int) -> str:
    """Return a number of diagnosis runs in words."""
    return "1 diagnosis run" if count == 1 else f"{count} diagnosis runs"


def _print_verdict(limits: BaselineLimits) -> None:
    """Print the verdict with what follows from it, or what it is undecided between."""
    leaves = limits.diagnosis.leaves
    click.echo("")
    if limits.leaf is None:
        click.echo(f"Verdict: undecided between {len(leaves)}")
    if limits.leaf and limits.leaf.name == "nothing-binds" and limits.diagnosis.unanswered:
        click.echo(f"Verdict: open, for nothing answers {', '.join(limits.diagnosis.unanswered)}")
        return
    sure = "confirmed by its ablation" if limits.is_confirmed else "a hypothesis until confirmed"
    for leaf in leaves:
        click.echo(f"Verdict: {leaf.verdict} ({sure})" if limits.leaf else f"  {leaf.verdict}")
        print_labelled(_remedy(leaf))


def _remedy(leaf: Leaf) -> list[tuple[str, str]]:
    """Return what to do about a ceiling; without one, that no axis is recommended."""
    if leaf.remedy is None:
        return [("axis", "none is recommended")]
    return [
        ("first", ", ".join(leaf.remedy.first_steps)),
        ("axis", f"{leaf.remedy.axis} ({leaf.remedy.collective})"),
    ]


def _samples(lost: LostTime) -> str:
    """Return whether the workers trained on samples of their own."""
    if lost.shared_share is None:
        return "not reported; trained_on() of the emit module reports them"
    if not lost.shared_note:
        return "every worker trained on samples of its own"
    return f"NO DISTRIBUTED SAMPLER: {lost.shared_note}; a speedup is refused"
