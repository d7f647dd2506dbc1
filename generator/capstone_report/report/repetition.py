"""How repetition is worded: the rule that ended a case, how well it is known, what to repeat next."""

import math

from markupsafe import Markup

from capstone_report.analysis.estimates import Estimate
from capstone_report.analysis.facts import LevelsFact, PrecisionFact, Unknown
from capstone_report.analysis.repetition import noise_factor
from capstone_report.perfmodel.sequential import least_runs
from capstone_report.report.words import counted, percent

UNKNOWN = {
    Unknown.NO_STEPS: "no time is reported step by step in every run, so only launches can be repeated",
    Unknown.ONE_LAUNCH: "one launch alone does not show how much launches differ; make a second one",
}
ENDED = {
    None: "",
    True: ", stopped because precise enough",
    False: ", stopped after the most runs, the target was missed",
}


def rule_of(fact: PrecisionFact) -> str:
    """Return the rule by which a case got its number of runs."""
    if fact.target is None:
        return f"{counted(fact.at_least, 'run')}, fixed before measuring"
    least = least_runs(fact.at_least)
    return f"until precise to {100 * fact.target:g} % of the median, {least} to {fact.at_most} runs"


def reached_by(fact: PrecisionFact) -> Markup:
    """Return half the width of the median's interval, relative to the median, and what ended the case."""
    if fact.half_width is None:
        return Markup("no interval")
    return Markup("&plusmn;&nbsp;{}{}").format(percent(fact.half_width), ENDED[fact.reached])


def deviation(variance: float, mean: float) -> Markup:
    """Return a variance as a standard deviation, relative to the mean."""
    return percent(math.sqrt(variance) / mean)


def advice(fact: LevelsFact) -> str:
    """Return how many launches and steps to take next, or why nobody knows."""
    if fact.levels is None:
        return UNKNOWN[fact.unknown or Unknown.NO_STEPS]
    launches, steps = fact.levels.next_launches, fact.levels.next_steps
    return f"{launches} {'launch' if launches == 1 else 'launches'} of {counted(steps, 'step')}"


def noise_words(floor: Estimate) -> str:
    """Return what two series of the same baseline differ by."""
    if floor.interval is None:
        return f"A over A' is {floor.value:.3g}; no interval below 4 + 4 runs (n = {floor.n})"
    low, high = floor.interval.low, floor.interval.high
    return f"A over A' is {floor.value:.3g} (95 % {floor.interval.method} interval {low:.3g} to {high:.3g}, n = {floor.n})"


def beyond_noise(floor: Estimate) -> str:
    """Return what a speedup must show to be more than the machine's noise."""
    noise = noise_factor(floor)
    if noise is None:
        return "So few pairs refuse no speedup."
    return (
        f"Equal things may differ by a factor of {noise:.3g}: a claim of faster or slower stands only "
        "where its whole interval lies beyond that."
    )
