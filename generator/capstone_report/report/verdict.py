"""The sentences about the claim, put together from values so that they cannot contradict them."""

from markupsafe import Markup

from capstone_report.analysis.facts import Analysis, TargetVerdict, Verdict
from capstone_report.report.conclusion_words import (
    advice_sentence,
    price_sentence,
    stops_sentence,
)
from capstone_report.report.words import (
    baseline_name,
    counted,
    full,
    number,
    plain,
    relative,
    value_of,
)
from capstone_report.spec.vocabulary import Scaling

TARGET_WORDS = {
    TargetVerdict.MET: "The target of a speedup of {}{} is met.",
    TargetVerdict.MISSED: "The target of a speedup of {}{} is missed.",
    TargetVerdict.UNDECIDED: "Whether the target of a speedup of {}{} is met, these runs cannot decide.",
    TargetVerdict.NOT_JUDGED: "The target of a speedup of {}{} is not judged.",
}

MORE_WORK = "{} do {} times as much in the same time as {}"
"""The verdict where the work grows with the workers."""


def verdict_line(analysis: Analysis) -> Markup:
    """Return the verdict in one short sentence, without its full stop."""
    claim = analysis.claim
    baseline = baseline_name(analysis.loaded.study.baseline)
    workers = counted(claim.workers or 0, "worker")
    speedup = value_of(claim.point.speedup) if claim.point else Markup("")
    if claim.verdict is Verdict.FASTER:
        as_fast = "{} are {} times as fast as {}" if _same_work(analysis) else MORE_WORK
        return Markup(as_fast).format(workers, speedup, baseline)  # noqa: S704 - our own words
    if claim.verdict is Verdict.SLOWER:
        return Markup("{} are slower than {}: {} times its speed").format(
            workers, baseline, speedup
        )
    if claim.verdict is Verdict.UNDECIDED:
        return Markup("no difference between {} and {} is shown").format(workers, baseline)
    if claim.verdict is Verdict.NOT_MEASURED:
        return Markup("not measured yet")
    return Markup("no claim: {}").format(plain(claim.refusals[0].title.lower()))


def _same_work(analysis: Analysis) -> bool:
    """Tell whether all worker counts do the same work."""
    return analysis.loaded.study.scaling_benchmark.scaling is Scaling.STRONG


def target_line(analysis: Analysis) -> Markup:
    """Return what became of the declared target."""
    study = analysis.loaded.study
    words = Markup(TARGET_WORDS[analysis.claim.target])  # noqa: S704 - our own words
    return words.format(number(study.problem.target.speedup), relative(study.baseline))


def claim_sentence(analysis: Analysis) -> Markup:
    """Return the one claim of section 41.9: speedup, efficiency, quality and cost of the same runs.

    A refused claim names its reasons instead and leaves the numbers to the tables.
    """
    claim, point, baseline = analysis.claim, analysis.claim.point, analysis.baseline
    if point is None or baseline is None:
        return Markup("Nothing is claimed: {}.").format(plain(claim.refusals[0].what))
    if claim.verdict is Verdict.REFUSED:
        reasons = Markup("; ").join(plain(finding.what) for finding in claim.refusals)
        return Markup("Nothing is claimed, for the data cannot carry it: {}.").format(reasons)
    beside = relative(analysis.loaded.study.baseline)
    parts = [
        Markup("{}: {}; {} with {}: {}. That is a speedup of {}{}").format(
            counted(claim.workers or 0, "worker"),
            full(point.case.headline),
            baseline_name(analysis.loaded.study.baseline),
            counted(baseline.threads, "thread"),
            full(baseline.headline),
            full(point.speedup),
            beside,
        ),
        Markup("at an efficiency of {}{}").format(full(point.efficiency, share=True), beside),
        _quality_part(analysis),
        _cost_part(analysis),
    ]
    return Markup(", ").join(part for part in parts if part) + "."


def _quality_part(analysis: Analysis) -> Markup:
    """Return the quality clause: which gates every counted run reached, or that there is none."""
    names = analysis.claim.quality
    if not names:
        return Markup("with no quality gate declared")
    gated = Markup(" and ").join(plain(name.replace("_", " ")) for name in names)
    return Markup("with the gate on {} reached in every counted run").format(gated)


def _cost_part(analysis: Analysis) -> Markup:
    """Return the cost clause, or nothing when no price was declared."""
    point = analysis.claim.point
    if point is None or point.cost_ratio is None or point.cost is None:
        return Markup("")
    article = "an estimated" if analysis.price and analysis.price.estimate else "a"
    return Markup("and at {} cost of {} per result, {} times the baseline's{}").format(
        article,
        value_of(point.cost),
        full(point.cost_ratio),
        relative(analysis.loaded.study.baseline),
    )


OUTCOMES = {
    Verdict.FASTER: "{} are faster than {}",
    Verdict.SLOWER: "{} are slower than {}",
    Verdict.UNDECIDED: "no difference between {} and {} is shown",
}
"""What a judged speedup says, in a clause."""


def verdict_paragraph(analysis: Analysis) -> Markup:
    """Return the study in one paragraph: claimed, measured, where it stops, its price, its refusals.

    A refused claim leaves out what the data cannot carry.
    """
    claim = analysis.claim
    parts = [_claimed(analysis), _measured(analysis)]
    if claim.point is not None and not claim.refusals:
        parts += [
            stops_sentence(analysis),
            price_sentence(analysis),
            advice_sentence(analysis),
        ]
    return Markup(" ").join(part for part in parts if part)


def _claimed(analysis: Analysis) -> Markup:
    """Return what the study set out to show."""
    study = analysis.loaded.study
    target = study.problem.target
    at = "the most workers that the machine carries"
    return Markup("Claimed was a speedup of at least {}{} with {}.").format(
        number(target.speedup),
        relative(study.baseline),
        at if target.workers is None else counted(target.workers, "worker"),
    )


def _measured(analysis: Analysis) -> Markup:
    """Return what was measured, with its interval and what it compares; or what was refused."""
    claim, study = analysis.claim, analysis.loaded.study
    if claim.verdict is Verdict.NOT_MEASURED:
        return Markup("It has not been measured.")
    if claim.point is None or claim.refusals:
        titles = {finding.code: finding.title.lower() for finding in claim.refusals}
        refused = Markup("; ").join(
            Markup("{} ({})").format(plain(title), code) for code, title in titles.items()
        )
        return Markup("Nothing is claimed now: {}.").format(refused)
    outcome = Markup(OUTCOMES[claim.verdict]).format(  # noqa: S704 - our own words
        counted(claim.workers or 0, "worker"), baseline_name(study.baseline)
    )
    return Markup("Measured was a speedup of {}{}, in {}: {}. {}").format(
        full(claim.point.speedup),
        relative(study.baseline),
        analysis.concluded.quality.speedup_of.value,
        outcome,
        target_line(analysis),
    )
