"""How a diagnosis is worded: shares with their intervals, the verdict, and what a number was held against."""

from markupsafe import Markup

from capstone_report.analysis.bottlenecks import BaselineLimits, Bounded
from capstone_report.perfmodel.answers import Answer
from capstone_report.perfmodel.profile import Threshold
from capstone_report.report.words import percent, quantity
from capstone_report.spec.study import Study
from capstone_report.units import prefixed


def bounded_share(number: Bounded) -> Markup:
    """Return a share in percent, with its interval where there is one."""
    if number.low is None or number.high is None:
        return Markup("{} (no interval)").format(percent(number.value))
    return Markup("{} ({} to {})").format(
        percent(number.value), percent(number.low), percent(number.high)
    )


def bounded_time(number: Bounded) -> Markup:
    """Return a time, with its interval where there is one."""
    if number.low is None or number.high is None:
        return quantity(number.value, "s")
    return Markup("{} ({} to {})").format(
        quantity(number.value, "s"), quantity(number.low, "s"), quantity(number.high, "s")
    )


def against_roofs(limits: BaselineLimits) -> list[tuple[str, str, str, Markup]]:
    """Return what the baseline reaches of each roof: name, rate, roof, share; unknown ones left out."""
    roofs, profile = limits.roofs, limits.profile
    rows = (
        (
            "arithmetic",
            limits.flop,
            "FLOP/s",
            roofs.flop_per_s if roofs else None,
            profile.compute_roof_share,
        ),
        (
            "memory traffic",
            limits.bytes_moved,
            "B/s",
            roofs.bytes_per_s if roofs else None,
            profile.bandwidth_roof_share,
        ),
    )
    return [
        (name, prefixed(amount / limits.work_s, unit), prefixed(roof, unit), percent(share))
        for name, amount, unit, roof, share in rows
        if amount is not None and roof is not None and share is not None
    ]


def because(answer: Answer) -> str:
    """Return the numbers that answer a question, each with what is a yes and what a no."""
    return "; ".join(
        f"{reading.name} {reading.number:.3g} ({_limits(reading.threshold)})"
        for reading in answer.readings
        if reading.number is not None
    )


def _limits(threshold: Threshold) -> str:
    """Return which numbers are a yes and which a no; between them an answer is grey."""
    if threshold.yes < threshold.no:
        return f"yes up to {threshold.yes:.3g}, no above {threshold.no:.3g}"
    return f"yes from {threshold.yes:.3g}, no below {threshold.no:.3g}"


def beside_declared(limits: BaselineLimits, study: Study) -> list[tuple[str, str, str, bool]]:
    """Return declared ceiling and axis beside those that were found, and whether they agree."""
    found = limits.leaf.remedy if limits.leaf else None
    if found is None:
        return []
    second = study.axis.second
    axes = [study.axis.name.value, *([second.name.value] if second else [])]
    ceiling = study.problem.ceiling.value
    return [
        ("ceiling", ceiling, found.ceiling, ceiling == found.ceiling),
        ("axis", ", then ".join(axes), found.axis, found.axis in axes),
    ]


def verdict_of(limits: BaselineLimits) -> str:
    """Return where the decision flow ends, and on what that rests."""
    leaves = limits.diagnosis.leaves
    if limits.leaf is None:
        return f"undecided between: {'; '.join(leaf.verdict for leaf in leaves)}"
    if limits.leaf.name == "nothing-binds" and limits.diagnosis.unanswered:
        return f"open, for nothing answers {', '.join(limits.diagnosis.unanswered)}"
    axis = limits.leaf.remedy.axis if limits.leaf.remedy else None
    named = f"its axis is {axis}" if axis else "no axis is recommended"
    sure = "confirmed by its ablation" if limits.is_confirmed else "a hypothesis until confirmed"
    return f"{limits.leaf.verdict}; {named} ({sure})"
