"""How numbers are set: significant digits, units, intervals; every function returns safe HTML."""

import math
import re

from markupsafe import Markup, escape

from capstone_report.analysis.estimates import Estimate
from capstone_report.analysis.facts import Analysis, CaseFacts, RecoveryFact
from capstone_report.perfmodel.outcomes import (
    At,
    First,
    Last,
    NeverDistribute,
    NeverReached,
    Optimum,
    Unbounded,
)
from capstone_report.spec.benchmarks import Gate
from capstone_report.spec.study import Baseline, Study
from capstone_report.spec.vocabulary import BaselineKind

PUNCTUATION = str.maketrans({c: f"&#{ord(c)};" for c in '\\`*_{}[]()#|~$^<>&"'})
NOT_MEASURED = Markup("<em>not measured</em>")
SIGNIFICANT_DIGITS = 3
SMALLEST_POWER = -4
NAME = re.compile(r"[/=]|&#95;|&#91;|\w\.\w")
"""What no word of a sentence has, but the name of a case, a metric, a key or a file has."""


def plain(text: object) -> Markup:
    """Return text that neither Markdown nor HTML will read as markup."""
    if isinstance(text, Markup):
        return text
    line = re.sub(r"\s+", " ", str(text)).translate(PUNCTUATION)
    line = re.sub(r"^( ?\d+)([.)])(?=\s|$)", lambda found: f"{found[1]}&#{ord(found[2])};", line)
    line = re.sub(r"^( ?)([-+=])(?=[-+=\s]|$)", lambda found: f"{found[1]}&#{ord(found[2])};", line)
    return Markup(line)  # noqa: S704 - every special character is an entity


def sentence(text: object) -> Markup:
    """Return a text with a capital at its start, unless it starts with a name as the study spells it."""
    safe = plain(text)
    first = safe.split(" ", 1)[0]
    return safe if NAME.search(first) else safe[:1].upper() + safe[1:]


def unmarked(text: Markup) -> str:
    """Return a text for a terminal: no tags, powers with a caret."""
    return Markup(str(text).replace("<sup>", "^")).striptags()  # noqa: S704 - tags are about to go


def code_spans(text: str) -> Markup:
    """Return our own text with `commands` between backticks set as code."""
    return Markup(re.sub("&#96;(.+?)&#96;", r"<code>\1</code>", str(plain(text))))  # noqa: S704 - plain has escaped it


def number(value: float) -> str:
    """Return a number with three significant digits, as a power of ten where it is tiny."""
    if value == 0:
        return "0"
    if math.isinf(value):
        return "\N{INFINITY}" if value > 0 else "-\N{INFINITY}"
    if abs(value) >= 999.5:  # noqa: PLR2004 - four digits before the point say enough
        return f"{value:,.0f}"
    mantissa, _, power = f"{value:.{SIGNIFICANT_DIGITS - 1}e}".partition("e")
    exponent = int(power)
    if exponent < SMALLEST_POWER:
        return Markup("{}&nbsp;&times;&nbsp;10<sup>{}</sup>").format(mantissa, exponent)
    return f"{value:.{max(0, SIGNIFICANT_DIGITS - 1 - exponent)}f}"


def quantity(value: float, unit: str) -> Markup:
    """Return a number with its unit; times below a second in milliseconds, money with its sign."""
    if unit == "s" and 0 < abs(value) < 1:
        return Markup("{}&nbsp;ms").format(number(value * 1000))
    if unit == "USD":
        return Markup("${}").format(number(value))
    if unit == "1":
        return escape(number(value))
    return Markup("{}&nbsp;{}").format(number(value), plain(unit))


def moment(text: str) -> Markup:
    """Return a recorded time (ISO 8601, UTC) the way a reader says it; an import may know less."""
    if "T" not in text:
        return plain(text)
    return Markup("{}&nbsp;{}&nbsp;UTC").format(text[:10], text[11:16])


def percent(value: float) -> Markup:
    """Return a share in percent."""
    return Markup("{}&nbsp;%").format(number(100 * value))


def value_of(estimate: Estimate | None, *, share: bool = False) -> Markup:
    """Return an estimate's value, in the unit that its interval is set in."""
    if estimate is None:
        return NOT_MEASURED
    if share:
        return percent(estimate.value)
    if _in_whole_seconds(estimate):
        return Markup("{}&nbsp;s").format(number(estimate.value))
    return quantity(estimate.value, estimate.unit)


def interval_of(estimate: Estimate | None, *, share: bool = False) -> Markup:
    """Return an estimate's interval, or why there is none."""
    if estimate is None:
        return Markup("")
    if estimate.interval is None:
        return Markup("no interval (n&nbsp;=&nbsp;{})").format(estimate.n)
    low, high = estimate.interval.low, estimate.interval.high
    if share:
        low, end = 100 * low, percent(high)
    elif _in_whole_seconds(estimate):
        end = Markup("{}&nbsp;s").format(number(high))
    else:
        low = 1000 * low if estimate.unit == "s" else low
        end = quantity(high, estimate.unit)
    return Markup('<span class="interval">{} to {}</span>').format(number(low), end)


def _in_whole_seconds(estimate: Estimate) -> bool:
    """Tell whether a time is set in seconds: it, or its interval's upper end, reaches one."""
    highest = estimate.interval.high if estimate.interval else estimate.value
    return estimate.unit == "s" and max(highest, estimate.value) >= 1


def stacked(estimate: Estimate | None, *, share: bool = False) -> Markup:
    """Return an estimate as a table cell holds it: the value above its interval."""
    if estimate is None:
        return NOT_MEASURED
    value, interval = value_of(estimate, share=share), interval_of(estimate, share=share)
    return Markup("{}<br><small>{}</small>").format(value, interval)


def full(estimate: Estimate | None, *, share: bool = False) -> Markup:
    """Return an estimate as a sentence holds it: value, level, method, interval and n."""
    if estimate is None:
        return NOT_MEASURED
    value = value_of(estimate, share=share)
    if estimate.interval is None:
        return Markup("{} (no interval: n&nbsp;=&nbsp;{})").format(value, estimate.n)
    return Markup("{} ({}&nbsp;% {} interval {}, n&nbsp;=&nbsp;{})").format(
        value,
        f"{100 * estimate.interval.level:g}",
        estimate.interval.method,
        interval_of(estimate, share=share),
        estimate.n,
    )


def recovered(fact: RecoveryFact) -> Markup:
    """Return what a case with an injected fault showed, as a sentence holds it."""
    said = Markup("{} of {} recovered from the loss of worker {}").format(
        fact.recovered, counted(fact.runs, "run"), fact.worker
    )
    if fact.recovery_time:
        said += Markup(", in {}").format(value_of(fact.recovery_time))
    if fact.lost_steps:
        said += Markup("; steps done again: {}").format(value_of(fact.lost_steps))
    return said


def relative(baseline: Baseline) -> str:
    """Return what a ratio is relative to where that is not one machine; else nothing."""
    return f", relative to p0 = {baseline.workers}" if baseline.workers > 1 else ""


def size(outcome: Optimum | Last | First) -> Markup:
    """Return an answer to a question about the number of workers, with what it leads to."""
    match outcome:
        case At(point=point):
            return Markup("{} (speedup {}, efficiency {})").format(
                counted(int(point.workers), "worker"),
                number(point.speedup),
                percent(point.efficiency),
            )
        case Unbounded(limit_speedup=limit):
            most = f", up to a speedup of {number(limit)}" if limit is not None else ""
            return Markup("no limit: every further worker helps{}").format(most)
        case NeverDistribute():
            return Markup("one worker is best")
        case NeverReached():
            return Markup("never")
    return Markup("not within {} workers").format(number(outcome.largest))


def gibibytes(size: int) -> Markup:
    """Return a size in GiB, or in MiB below one."""
    mebi, gibi = 2**20, 2**30
    if size < gibi:
        return Markup("{}&nbsp;MiB").format(number(size / mebi))
    return Markup("{}&nbsp;GiB").format(number(size / gibi))


def gate(declared: Gate | None) -> Markup:
    """Return the value that every counted run must reach."""
    if declared is None:
        return Markup("")
    if declared.at_least == declared.at_most:
        return Markup("exactly {}").format(f"{declared.at_least:g}")
    bounds = declared.model_dump(exclude_none=True).items()
    return Markup(", ").join(f"{name.replace('_', ' ')} {value:g}" for name, value in bounds)


def headline(study: Study) -> str:
    """Return what the column of the headline metric is called: a time, or the rate's name."""
    name = study.problem.headline_metric
    return name.replace("_", " ") if study.metrics[name].is_rate else "time"


def needs(case: CaseFacts) -> str:
    """Return what a case does with its headline: it needs a time, and reaches a rate."""
    return "needs" if case.headline.unit == "s" else "reaches"


def whole_process(case: CaseFacts) -> Markup:
    """Return how long a case's process lasts, in a sentence; of an imported one nobody knows."""
    if case.wall_time is None:
        return Markup("How long its process lasted is unknown: it was measured elsewhere.")
    return Markup("Its process as a whole lasts {}.").format(full(case.wall_time))


def baseline_name(baseline: Baseline) -> str:
    """Return what the baseline is, in words."""
    return {
        BaselineKind.BEST_SERIAL: "the best single process",
        BaselineKind.ONE_WORKER: "one worker of the distributed program",
        BaselineKind.SMALLEST_FEASIBLE: f"the {baseline.workers} workers that it needs at least",
        BaselineKind.SMALLEST_PUBLISHED: f"{counted(baseline.workers, 'worker')}, the fewest published",
    }[baseline.kind]


def counted(count: int, noun: str) -> str:
    """Return a count with its noun, in the plural where there is not one."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def labelled_cases(analysis: Analysis) -> list[tuple[str, CaseFacts]]:
    """Return the baseline and the scaling cases with the labels of a row or an axis."""
    found = []
    if analysis.baseline:
        threads = counted(analysis.baseline.threads, "thread")
        found.append((f"baseline, {threads}", analysis.baseline))
    points = [(counted(p.case.workers, "worker"), p.case) for p in analysis.points]
    return [*found, *points]
