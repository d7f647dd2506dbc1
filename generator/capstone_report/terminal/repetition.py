"""What `status` says about repetition: precision, launches and steps, the noise floor."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from capstone_report.analysis.estimates import Estimate
    from capstone_report.analysis.facts import Analysis, LevelsFact, PrecisionFact


def repetition_rows(analysis: "Analysis") -> dict[str, Any]:
    """Return what is known about repetition, for JSON; variances in s^2, the rest relative."""
    floor = analysis.noise_floor
    interval = floor.interval if floor else None
    return {
        "precision": [_precision_row(fact) for fact in analysis.precision],
        "levels": [_levels_row(fact) for fact in analysis.levels],
        "noise_floor": floor
        and {
            "ratio": floor.value,
            "low": interval.low if interval else None,
            "high": interval.high if interval else None,
            "n": floor.n,
        },
    }


def noise_words(floor: "Estimate | None") -> str:
    """Return the noise floor at the end of a line of status; nothing where none was measured."""
    if floor is None:
        return ""
    if floor.interval is None:
        return f"; the baseline over itself: {floor.value:.3g}, n = {floor.n}"
    low, high = floor.interval.low, floor.interval.high
    return f"; the baseline over itself: {low:.3g} to {high:.3g}, n = {floor.n}"


def _precision_row(fact: "PrecisionFact") -> dict[str, Any]:
    """Return how well one case is known."""
    return {
        "case": fact.case_id,
        "runs": fact.runs,
        "at_least": fact.at_least,
        "at_most": fact.at_most,
        "target": fact.target,
        "half_width": fact.half_width,
        "missed": fact.missed,
    }


def _levels_row(fact: "LevelsFact") -> dict[str, Any]:
    """Return what launches and steps of one case add to the variance, and the advice in words."""
    from capstone_report.report.repetition import advice  # noqa: PLC0415 - status alone needs it

    levels = fact.levels
    return {
        "case": fact.case_id,
        "metric": fact.metric,
        "launches": levels and levels.launches,
        "steps": levels and levels.steps,
        "variance_between_launches": levels and levels.between_launches,
        "variance_between_steps": levels and levels.between_steps,
        "next_launches": levels and levels.next_launches,
        "next_steps": levels and levels.next_steps,
        "target": fact.target,
        "advice": advice(fact),
    }
