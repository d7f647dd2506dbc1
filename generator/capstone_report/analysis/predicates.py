"""The claims of a study, held against what was measured; a later measurement can hold them again."""

from collections.abc import Sequence

from capstone_report.analysis.estimates import Estimate
from capstone_report.analysis.facts import Claim, ScalingPoint
from capstone_report.analysis.predicate_facts import (
    Comparison,
    JudgedPredicate,
    Predicate,
    Quantity,
)
from capstone_report.spec.study import Study

HALF = 0.5


def study_predicates(study: Study, claim: Claim) -> tuple[Predicate, ...]:
    """Return what a study claims at its claimed worker count: faster, its target, half efficient."""
    workers = claim.workers
    if workers is None:
        return ()
    target = study.problem.target.speedup
    claimed = (
        (Quantity.SPEEDUP, Comparison.ABOVE, 1.0),
        (Quantity.SPEEDUP, Comparison.AT_LEAST, target),
        (Quantity.EFFICIENCY, Comparison.AT_LEAST, HALF),
        (Quantity.COST_RATIO, Comparison.AT_MOST, 1.0),
    )
    return tuple(
        Predicate(quantity=quantity, workers=workers, comparison=comparison, bound=bound)
        for quantity, comparison, bound in claimed
        if quantity is not Quantity.COST_RATIO or study.cost is not None
    )


def judged(
    predicates: Sequence[Predicate], points: Sequence[ScalingPoint]
) -> tuple[JudgedPredicate, ...]:
    """Hold claims against measured points, those of another measurement of the study included."""
    return tuple(_judged(predicate, points) for predicate in predicates)


def _judged(predicate: Predicate, points: Sequence[ScalingPoint]) -> JudgedPredicate:
    """Hold one claim against the point of its worker count."""
    point = next((p for p in points if p.case.workers == predicate.workers), None)
    estimate = _measured(predicate.quantity, point) if point else None
    return JudgedPredicate(predicate=predicate, estimate=estimate, holds=predicate.holds(estimate))


def _measured(quantity: Quantity, point: ScalingPoint) -> Estimate | None:
    """Return a quantity of a point."""
    return {
        Quantity.SPEEDUP: point.speedup,
        Quantity.EFFICIENCY: point.efficiency,
        Quantity.COST_RATIO: point.cost_ratio,
    }[quantity]
