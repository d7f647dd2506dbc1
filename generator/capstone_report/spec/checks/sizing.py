"""Section 41.5: what is asked for, against what the design can reach and what it costs."""

from collections.abc import Iterator, Mapping

from capstone_report.findings import problem as claims
from capstone_report.findings import sizing as rules
from capstone_report.findings.finding import Finding
from capstone_report.perfmodel.comm.model import models
from capstone_report.perfmodel.optima import knee, largest_at_efficiency, time_optimal
from capstone_report.perfmodel.outcomes import At, NeverDistribute
from capstone_report.perfmodel.step import Point, StepModel
from capstone_report.spec.benchmarks import Benchmark, scaling_indices
from capstone_report.spec.design import CommunicationSlot, ConsistencySlot
from capstone_report.spec.forecast import in_scaling, prices_the_pattern, step_model
from capstone_report.spec.study import Baseline, Cost, Prediction, ProblemStatement, Sizing, Tool
from capstone_report.spec.vocabulary import BilledPer, Decision
from capstone_report.spec.workspace import Price

HALF = 0.5


def model_prices_the_pattern(
    prediction: Prediction | None, communication: CommunicationSlot
) -> Iterator[Finding]:
    """Check that the prediction's model is one of the pattern that the design declares."""
    if prediction is None or prediction.model is None:
        return
    if not prices_the_pattern(prediction.model, communication):
        fitting = [
            kind for kind, model in models().items() if communication.choice in model.collective
        ]
        yield rules.MODEL_AGAINST_PATTERN(
            "prediction.model",
            "design.communication.choice",
            model=prediction.model.kind,
            serves=" or ".join(prediction.model.collective),
            pattern=communication.choice.value,
            models=" or ".join(fitting),
        )


def size_is_predicted(prediction: Prediction | None, sizing: Sizing | None) -> Iterator[Finding]:
    """Check that a worker count is defended against a model."""
    if sizing and prediction is None:
        yield rules.NOT_PREDICTED("sizing.workers", workers=sizing.workers)


def size_fits_the_prediction(
    *,
    prediction: Prediction | None,
    communication: CommunicationSlot,
    consistency: ConsistencySlot,
    sizing: Sizing | None,
    baseline: Baseline,
    benchmarks: tuple[Benchmark, ...],
) -> Iterator[Finding]:
    """Check the worker count against optimum, efficiency and knee (Exercise 41.4.2).

    Efficiency is relative to p0: S(p)/S(p0) times p0/p. Where the work grows with the workers, no
    number of them has the shortest step.
    """
    model = _step_model(prediction, communication, consistency)
    if model is None or sizing is None or in_scaling(model, benchmarks) is not model:
        return
    here, best = model.point(sizing.workers), _best_point(model)
    at_p0 = model.efficiency(baseline.workers)
    half, bend = largest_at_efficiency(model, HALF * at_p0), knee(model)
    if best and sizing.workers > best.workers:
        yield rules.BEYOND_OPTIMUM(
            "sizing.workers",
            "prediction.alpha_s",
            workers=sizing.workers,
            best=best.workers,
            speedup=best.speedup,
            here=here.speedup,
        )
    elif here.efficiency / at_p0 < HALF and isinstance(half, At):
        yield rules.INEFFICIENT(
            "sizing.workers",
            workers=sizing.workers,
            efficiency=here.efficiency / at_p0,
            half=half.workers,
        )
    elif isinstance(bend, At) and sizing.workers > max(bend.workers, baseline.workers):
        yield rules.BEYOND_KNEE("sizing.workers", workers=sizing.workers, knee=bend.workers)


def target_is_within_reach(
    *,
    prediction: Prediction | None,
    communication: CommunicationSlot,
    consistency: ConsistencySlot,
    problem: ProblemStatement,
    baseline: Baseline,
    benchmarks: tuple[Benchmark, ...],
) -> Iterator[Finding]:
    """Check the target against the prediction at its workers, or at best of those measured."""
    divided = _step_model(prediction, communication, consistency)
    if divided is None:
        return
    model, target = in_scaling(divided, benchmarks), problem.target
    scaling = scaling_indices(benchmarks)
    measured = {int(w) for i in scaling for w in benchmarks[i].levels.get("workers", (1,))}
    counts = {target.workers} if target.workers else measured
    if not counts:
        return
    best = max(counts, key=model.speedup)
    reached = model.speedup(best) / model.speedup(baseline.workers)
    if target.speedup > reached:
        yield claims.TARGET_BEYOND_MODEL(
            "problem.target.speedup",
            "prediction.t_comp_s",
            target=target.speedup,
            best=reached,
            workers=best,
        )


def size_is_within_the_budget(
    sizing: Sizing | None, cost: Cost | None, prices: Mapping[str, Price]
) -> Iterator[Finding]:
    """Check that the requested workers can be paid for the requested hours."""
    if sizing is None or cost is None or cost.price not in prices:
        return
    if sizing.hours is None or sizing.budget_usd is None:
        return
    if cost.billed_per is BilledPer.MACHINE:  # how many machines the workers need is not declared
        return
    price = prices[cost.price].usd_per_hour
    each = sizing.hours * price
    if each * sizing.workers > sizing.budget_usd:
        yield rules.OVER_BUDGET(
            "sizing.workers",
            "sizing.budget_usd",
            workers=sizing.workers,
            hours=sizing.hours,
            price=price,
            cost=each * sizing.workers,
            budget=sizing.budget_usd,
            affordable=_affordable(int(sizing.budget_usd // each)),
        )


def _affordable(workers: int) -> str:
    """Return what could be paid."""
    return f"{workers} or fewer workers, or fewer hours" if workers else "fewer hours"


def bought_tools_are_pinned(tools: tuple[Tool, ...]) -> Iterator[Finding]:
    """Check that what is taken as it is has a version, a date and a purpose."""
    for index, tool in enumerate(tools):
        needed = {
            "version": tool.version,
            "released": tool.released,
            "not_built": tool.not_built,
        }
        missing = [name for name, value in needed.items() if value is None]
        if tool.decision is Decision.BUY and missing:
            yield rules.TOOL_WITHOUT_VERSION(
                f"tools[{index}].name",
                tool=tool.name,
                missing=f"it has no {' and no '.join(missing)}",
                missing_keys=", ".join(missing),
            )


def _best_point(model: StepModel) -> Point | None:
    """Return the point with the shortest step, or None where every further worker helps."""
    best = time_optimal(model)
    if isinstance(best, NeverDistribute):
        return model.point(1)
    return best.point if isinstance(best, At) else None


def _step_model(
    prediction: Prediction | None, communication: CommunicationSlot, consistency: ConsistencySlot
) -> StepModel | None:
    """Return the design's step model, or None where the declared one prices another pattern."""
    if prediction is None:
        return None
    declared = prediction.model
    if declared is not None and not prices_the_pattern(declared, communication):
        return None
    return step_model(prediction, communication, consistency)
