"""How conclusions are worded: names of sizes, the advice, what a quality shows, kept rules."""

import math
from collections.abc import Sequence

from markupsafe import Markup

from capstone_report.analysis.estimates import Estimate
from capstone_report.analysis.facts import Analysis
from capstone_report.analysis.predicate_facts import JudgedPredicate
from capstone_report.analysis.quality_facts import Arrival, QualityComparison
from capstone_report.analysis.spending_facts import AddedWorkers, Advice, Best, Size, Spending
from capstone_report.perfmodel.equivalence import Sameness
from capstone_report.report.words import (
    baseline_name,
    counted,
    full,
    plain,
    quantity,
    relative,
    value_of,
)


def size_name(size: Size) -> str:
    """Return what a measured size is called."""
    return "the baseline" if size.is_baseline else counted(size.workers, "worker")


def case_name(analysis: Analysis, case_id: str) -> str:
    """Return what the size of a case is called."""
    sizes = analysis.concluded.spending.sizes
    return next((size_name(size) for size in sizes if size.case_id == case_id), case_id)


def best_words(best: Best | None) -> Markup:
    """Return the best size by a measure, and those that cannot be told from it."""
    if best is None:
        return Markup("nothing is priced")
    alike = " and ".join(size_name(size) for size in best.alike)
    told = f", not told apart from {alike}" if alike else ""
    return Markup("{}{}").format(size_name(best.size), told)


def step_name(added: AddedWorkers) -> str:
    """Return what a step between two sizes is called."""
    before = "the baseline" if added.from_baseline else f"{added.before}"
    return f"from {before} to {counted(added.after, 'worker')}"


def step_verdict(added: AddedWorkers) -> str:
    """Return whether a step is shown to pay in time."""
    if added.helps:
        return "faster"
    return "slower" if added.harms else "no difference shown"


def price_step(estimate: Estimate | None) -> Markup:
    """Return what one more worker adds to the price of a result."""
    if estimate is None:
        return Markup("")
    if estimate.interval is None:
        return signed_usd(estimate.value)
    low, high = estimate.interval.low, estimate.interval.high
    return Markup('{}<br><small><span class="interval">{} to {}</span></small>').format(
        signed_usd(estimate.value), signed_usd(low), signed_usd(high)
    )


def signed_usd(value: float) -> Markup:
    """Return an amount that may be a saving."""
    sign = "&minus;" if value < 0 else "+" if value > 0 else ""
    return Markup(sign) + quantity(abs(value), "USD")  # noqa: S704 - our own three signs


def arrived(fact: Arrival) -> Markup:
    """Return how many runs of a case reached the target."""
    return Markup("{} of {}").format(fact.reached, fact.runs)


def arrival_time(fact: Arrival) -> Markup:
    """Return the median time to the target over all runs, or that there is none."""
    if fact.time is None:
        return Markup("no median: half of the runs or more never reached it")
    interval = fact.time.interval
    if interval is not None and math.isinf(interval.high):
        low = quantity(interval.low, fact.time.unit)
        return Markup("{}<br><small>{} to &infin;</small>").format(value_of(fact.time), low)
    bounds = interval and (quantity(interval.low, "s"), quantity(interval.high, "s"))
    shown = Markup("{} to {}").format(*bounds) if bounds else "no interval"
    return Markup("{}<br><small>{}</small>").format(value_of(fact.time), shown)


def sameness(found: QualityComparison) -> str:
    """Return what is shown about a quality beside the baseline's."""
    if found.sameness is None:
        return "no margin is declared"
    if found.sameness is Sameness.DIFFERENT:
        return "different: worse" if found.worse else "different: better"
    return found.sameness.value


def advice_sentence(analysis: Analysis) -> Markup:
    """Return whether to distribute at all, and at which measured size; nothing where refused."""
    found, baseline = analysis.concluded.spending, analysis.loaded.study.baseline
    if found.advice is Advice.REFUSED:
        return Markup("")
    if found.recommended is None:
        return Markup("Whether to distribute, these runs do not decide.")
    go = "Use more workers than that" if baseline.workers > 1 else "Distribute"
    stay = "Do not use more workers" if baseline.workers > 1 else "Do not distribute"
    if found.recommended.is_baseline:
        return Markup("{}: {}.").format(stay, _reason_to_stay(found, baseline_name(baseline)))
    return Markup("{}, over {}: {}.").format(
        go, size_name(found.recommended), _reason_to_go(found, found.recommended)
    )


def _reason_to_stay(found: Spending, baseline: str) -> Markup:
    """Return why the baseline is the size to take."""
    if found.in_time is not None:
        return Markup("{} is {}").format(_in_time(found, found.in_time), baseline)
    return Markup("every other measured size takes longer than {}{}").format(
        baseline, _too_late(found)
    )


def _reason_to_go(found: Spending, size: Size) -> Markup:
    """Return why a worker count is the size to take."""
    if found.in_time is not None:
        return _in_time(found, size)
    quickest = found.fastest.size if found.fastest else size
    if size is quickest:
        return Markup("the quickest measured size{}").format(_too_late(found))
    return Markup("the fewest that cannot be told from the quickest, {}{}").format(
        size_name(quickest), _too_late(found)
    )


def _in_time(found: Spending, size: Size) -> Markup:
    """Return what a size is among those that meet the deadline."""
    return Markup("the {} measured size that is shown to meet the deadline of {}").format(
        "cheapest" if size.cost else "smallest", quantity(found.deadline_s or 0.0, "s")
    )


def without_time(found: Spending) -> Markup:
    """Return why no size is named as the cheapest within the deadline."""
    if found.deadline_s is not None:
        return Markup("none is shown to meet it")
    if found.whole_s is None or not found.sizes:
        return Markup("no deadline that a time can meet is declared")
    return Markup(
        "not compared: what is needed takes one machine {} by the declared figures, "
        "and what was measured {}, a part of it"
    ).format(quantity(found.whole_s, "s"), quantity(found.sizes[0].time.value, "s"))


def _too_late(found: Spending) -> str:
    """Return that no size meets the deadline, where there is one."""
    return "" if found.deadline_s is None else ", though none is shown to meet the deadline"


def stops_sentence(analysis: Analysis) -> Markup:
    """Return where more workers stop paying: the last measured step, and the efficiencies."""
    found, baseline = analysis.concluded.spending, analysis.loaded.study.baseline
    steps = [step for step in found.added if step.after > step.before]
    said = [_last_step(steps)] if steps else []
    for share, workers in ((80, found.below_80), (50, found.below_50)):
        if workers is not None:
            said.append(
                Markup("Efficiency{} is first shown to be below {}&nbsp;% at {}.").format(
                    relative(baseline), share, counted(workers, "worker")
                )
            )
    if found.sizes and found.below_80 is None:
        said.append(
            Markup("Nowhere is efficiency{} shown to be below 80&nbsp;%.").format(
                relative(baseline)
            )
        )
    return Markup(" ").join(said)


def _last_step(steps: Sequence[AddedWorkers]) -> Markup:
    """Return the first step from which on none pays, or the last one that was measured."""
    paying = [place for place, step in enumerate(steps) if step.helps]
    idle = steps[paying[-1] + 1 if paying else 0 :]
    if not idle:
        last = steps[-1]
        return Markup("More workers still help {}: {} times the speed before.").format(
            step_name(last), full(last.speedup)
        )
    first = idle[0]
    shown = "it gets slower" if first.harms else "nothing is shown to be gained"
    return Markup("More workers stop helping {}: {}, at {} times the speed before.").format(
        step_name(first), shown, full(first.speedup)
    )


def price_sentence(analysis: Analysis) -> Markup:
    """Return what a result costs at the claimed size, in money, energy and carbon."""
    point, study = analysis.claim.point, analysis.loaded.study
    assert point is not None  # noqa: S101 - a claim that stands has a point
    sizes = analysis.concluded.spending.sizes
    size = next((s for s in sizes if s.case_id == point.case.case_id), None)
    said = []
    if size and size.cost and analysis.price:
        dated = "estimated" if analysis.price.estimate else "quoted"
        said.append(
            Markup("{} ({} price of {})").format(full(size.cost), dated, plain(analysis.price.date))
        )
    if size and size.joules:
        said.append(full(size.joules))
    if size and size.carbon_kg:
        said.append(full(size.carbon_kg))
    if not said:
        return Markup("What a result costs is not declared.")
    ratio = Markup("")
    if point.cost_ratio:
        ratio = Markup("; {} times the baseline's price{}").format(
            full(point.cost_ratio), relative(study.baseline)
        )
    return Markup("A result at {} takes {}{}.").format(
        counted(point.case.workers, "worker"), Markup(" and ").join(said), ratio
    )


def claim_words(judged: JudgedPredicate) -> str:
    """Return a claim that a machine can check, in words."""
    predicate = judged.predicate
    at = counted(predicate.workers, "worker")
    return f"{predicate.quantity} at {at} {predicate.comparison} {predicate.bound:g}"
