"""What fits and forecasts say, as sentences and cells; every number says how it is known."""

from markupsafe import Markup

from capstone_report.analysis.estimates import Estimate
from capstone_report.analysis.fit_facts import EfficiencyFall, Fastest, Known, LawFact, ScalingFit
from capstone_report.analysis.fit_findings import REASONS, REMEDIES
from capstone_report.analysis.forecast_facts import ForecastPoint, Foreseen, Standing
from capstone_report.perfmodel.model_choice import SUPPORTED
from capstone_report.perfmodel.scaling_models import Law
from capstone_report.report.words import (
    counted,
    interval_of,
    moment,
    number,
    percent,
    plain,
    quantity,
    value_of,
)

SYMBOLS = {"T1": "T{p0}", "sigma": "&sigma;", "kappa": "&kappa;", "lambda": "&lambda;"}
CANNOT_TELL = Markup("the data cannot tell")


def known_as(known: Known) -> Markup:
    """Return how a number is known, in brackets."""
    return Markup("({})").format(known.value)


def constants_of(law: LawFact, p0: int) -> Markup:
    """Return a law's constants with their intervals; its time is that of p0 workers."""
    cells = [_constant(symbol, estimate, p0) for symbol, estimate in law.constants]
    return Markup("<br>").join(cells)


def _constant(symbol: str, estimate: Estimate, p0: int) -> Markup:
    """Return one constant with its interval."""
    name = Markup(SYMBOLS[symbol]).format(p0=p0)  # noqa: S704 - our own entities
    return Markup("{}&nbsp;=&nbsp;{} <small>{}</small>").format(
        name, value_of(estimate), interval_of(estimate)
    )


def standing_of(law: LawFact, fit: ScalingFit) -> Markup:
    """Return what became of a law."""
    if law.doubt is not None:
        return plain(law.doubt.value)
    if law.law is Law.LINK:
        as_good = law.delta is not None and law.delta < SUPPORTED
        return Markup("given: as good as the best") if as_good else Markup("given: worse")
    if law.law is fit.chosen:
        return Markup("<strong>chosen</strong>")
    return Markup("not told apart") if law.weight > 0 else Markup("worse")


def fastest_words(fastest: Fastest, p0: int) -> Markup:
    """Return p* and S* with their intervals, or the bound that is all there is."""
    beside = f", relative to p0 = {p0}" if p0 > 1 else ""
    if fastest.workers is None or fastest.speedup is None:
        return Markup("not identified; at least {} {}{}").format(
            number(fastest.at_least), known_as(fastest.known), beside
        )
    return Markup("{} workers ({}), where the speedup is {} ({}){} {}").format(
        number(fastest.workers.value),
        interval_of(fastest.workers),
        value_of(fastest.speedup),
        interval_of(fastest.speedup),
        beside,
        known_as(fastest.known),
    )


def fall_words(fall: EfficiencyFall, limit: int) -> Markup:
    """Return where efficiency falls below a level."""
    if fall.workers is None:
        return Markup("not up to {}; nothing is said beyond {}").format(
            counted(limit, "worker"), known_as(fall.known)
        )
    at = Markup("at {} {}").format(counted(fall.workers, "worker"), known_as(fall.known))
    if fall.known is Known.MEASURED:
        return at + (Markup("; shown above at {}").format(fall.low) if fall.low else Markup(""))
    ends = (fall.low, fall.high if fall.high is not None else f"more than {limit}")
    return at + Markup(', <span class="interval">{} to {}</span>').format(*ends)


def registered(found: Foreseen) -> Markup:
    """Return whether a prediction could have known what was measured, and how that is proven."""
    if found.standing is Standing.POST_HOC:
        return Markup(
            "<strong>Post-hoc</strong>: no prediction is on record before the first distributed run, so "
            "that this one may have been made with the result in view"
        )
    commit = f", commit {found.git_commit[:12]}" if found.git_commit else ""
    modified = " (modified)" if found.git_dirty else ""
    return Markup(
        "<strong>Pre-registered</strong>: frozen at {} before the first distributed run{}{}, "
        "SHA-256 <code>{}</code>"
    ).format(moment(found.frozen_at or ""), commit, modified, (found.sha256 or "")[:16])


def unfitted(fit: ScalingFit) -> str:
    """Return why no law is fitted, with what would allow it; empty where one is."""
    if fit.refusal is None:
        return ""
    reason, remedy = REASONS[fit.refusal], REMEDIES[fit.refusal]
    return f"{reason.format(why=fit.why)}; {remedy.format(why=fit.why)}"


def error_words(point: ForecastPoint) -> Markup:
    """Return the signed error of a predicted time with its interval."""
    ends = point.error_bounds
    said = Markup("{}&nbsp;%").format(f"{100 * point.error:+.3g}")
    if ends is None:
        return said
    return said + Markup(' <span class="interval">({} to {}&nbsp;%)</span>').format(
        f"{100 * ends[0]:+.3g}", f"{100 * ends[1]:+.3g}"
    )


def explained(point: ForecastPoint) -> Markup:
    """Return what a diagnosis measured of the time that is lost there, or that nothing tells."""
    if not point.parts:
        return CANNOT_TELL
    return Markup("; ").join(
        Markup("{} {} ({} of the lost time)").format(
            part.cause.value, quantity(part.lost.value, "s"), percent(part.share.value)
        )
        for part in point.parts
    )
