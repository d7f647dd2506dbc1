"""What fits and predictions leave open, as findings, each with the cheapest way to settle it."""

from collections.abc import Iterator

from capstone_report.analysis.fit_facts import FurtherRuns, Outlook, Refusal, ScalingFit
from capstone_report.analysis.forecast_facts import Foreseen, Standing
from capstone_report.findings import fitting
from capstone_report.findings.finding import Finding
from capstone_report.perfmodel.fastest_size import Unsettled
from capstone_report.perfmodel.further_runs import MOST_RUNS, Question
from capstone_report.perfmodel.model_choice import Doubt
from capstone_report.spec.study import Study

REMEDIES = {
    Refusal.FEW_COUNTS: "measure at least four worker counts that the machine carries",
    Refusal.NO_REFERENCE: "measure the scaling benchmark at the baseline's number of workers, {why}, too, and at none below",
    Refusal.FEW_RUNS: "make at least 4 runs at each worker count",
    Refusal.NO_LAW: "look at the residuals by worker count, and measure counts between them",
}
REASONS = {
    Refusal.FEW_COUNTS: "worker counts that a fit may see: {why}",
    Refusal.NO_REFERENCE: "the scaling benchmark has no trusted time at its reference, workers = {why}",
    Refusal.FEW_RUNS: "fewer than 4 runs at {why} workers",
    Refusal.NO_LAW: "no law is left ({why})",
}
UNSETTLED = {
    Unsettled.NO_PEAK: "more than 2.5% of the resampled studies have no fastest number of workers",
    Unsettled.BEYOND: "its interval reaches further than twice what was measured",
    Unsettled.ALIKE: "laws that are not told apart put it at different places",
    Unsettled.CLOSE: "a law that fits nearly as well as the chosen one puts it elsewhere",
}


def fit_findings(
    where: str, study: Study, fit: ScalingFit | None, foreseen: Foreseen | None
) -> Iterator[Finding]:
    """Yield what fits and a prediction leave open."""
    if fit is not None:
        yield from _fitted(where, study, fit)
    if foreseen is not None:
        yield from _foreseen(where, foreseen)


def _fitted(where: str, study: Study, fit: ScalingFit) -> Iterator[Finding]:
    """Yield what was left out, rejected, not told apart and not identified, and what lies too far."""
    if fit.left_out:
        points = "; ".join(f"{left.workers} workers ({left.reason})" for left in fit.left_out)
        yield fitting.POINTS_LEFT_OUT(where, points=points)
    rejected = [str(law.law) for law in fit.laws if law.doubt is Doubt.REJECTED]
    if rejected and fit.refusal is Refusal.NO_LAW:
        yield fitting.LAW_REJECTED(where, laws=", ".join(rejected), counts=_counts(fit))
    if fit.refusal is not None:
        yield fitting.NOT_FITTED(
            where,
            reason=REASONS[fit.refusal].format(why=fit.why),
            remedy=REMEDIES[fit.refusal].format(why=fit.why),
        )
    if fit.outlook is not None:
        yield from _ahead(where, study, fit, fit.outlook)


def _ahead(where: str, study: Study, fit: ScalingFit, ahead: Outlook) -> Iterator[Finding]:
    """Yield what the supported laws cannot say."""
    remedy = settled_by(fit)
    if fit.chosen is None:
        yield fitting.MODELS_ALIKE(
            where,
            laws=", ".join(fit.supported),
            counts=_counts(fit),
            remedy=remedy,
        )
    if ahead.fastest and ahead.fastest.doubt:
        yield fitting.OPTIMUM_UNKNOWN(
            where,
            reason=UNSETTLED[ahead.fastest.doubt],
            fastest=f"the fastest number of workers{relative_to(fit)}",
            least=f"{ahead.fastest.at_least:.3g}",
            remedy=remedy,
        )
    asked = {study.problem.target.workers, study.sizing.workers if study.sizing else None}
    for workers in sorted(count for count in asked if count and count > ahead.limit):
        yield fitting.BEYOND_REACH(
            where,
            asked=workers,
            largest=max(fit.workers),
            limit=ahead.limit,
            half=-(-workers // 2),
        )


def _counts(fit: ScalingFit) -> str:
    """Return how many worker counts were fitted, and what they are relative to."""
    return f"{len(fit.workers)} worker counts{relative_to(fit)}"


def relative_to(fit: ScalingFit) -> str:
    """Return what everything is relative to where the reference is not one worker."""
    return f" (relative to p0 = {fit.p0})" if fit.p0 > 1 else ""


def settled_by(fit: ScalingFit) -> str:
    """Return the cheapest further runs in words, or that none within reach would do."""
    further = fit.further
    if further is None:
        return (
            f"{MOST_RUNS} further runs at one number of workers, up to {fit.reach}, would not settle it "
            "if the best law holds; measure the largest numbers that you can, and fit again"
        )
    return (
        f"the cheapest that would settle it, if the {further.law} law holds: {further.runs} further "
        f"runs at {further.workers} workers, {_hours(further)}, settle it in "
        f"{further.share:.0%} of simulated studies; expect {_expected(further)}"
    )


def _hours(further: FurtherRuns) -> str:
    """Return how long further runs take, and at what price."""
    price = "" if further.usd is None else f" and ${further.usd:.3g}"
    return f"{further.hours:.2g} h{price}"


def _expected(further: FurtherRuns) -> str:
    """Return the interval to expect."""
    of = "the fastest at" if further.question is Question.FASTEST else "its last constant at"
    return f"{of} {further.low:.3g} to {further.high:.3g}"


def _foreseen(where: str, found: Foreseen) -> Iterator[Finding]:
    """Yield that a prediction is post-hoc, or changed since it was frozen."""
    if found.standing is Standing.POST_HOC:
        yield fitting.POST_HOC(where)
    if found.changed:
        yield fitting.PREDICTION_CHANGED(
            where, inputs=", ".join(found.changed), moment=found.frozen_at
        )
