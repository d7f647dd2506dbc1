"""What `capstone predict --json` answers, typed: the published schema is made from these models."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from capstone_report.calculators.answer_rows import AnswerRow
from capstone_report.perfmodel import sensitivity
from capstone_report.perfmodel.cross_check import usl_of_step
from capstone_report.perfmodel.link import Constant
from capstone_report.perfmodel.outcomes import (
    At,
    First,
    Last,
    NeverDistribute,
    NotWithin,
    Optimum,
    Unbounded,
)
from capstone_report.perfmodel.prediction import Prediction
from capstone_report.perfmodel.step import Point, Scaling, StepModel

if TYPE_CHECKING:
    from capstone_report.calculators.measured_links import MeasuredLink


class PointRow(AnswerRow):
    """One number of workers and what it leads to."""

    workers: int
    """The number of workers (p)."""
    compute_s: float
    """What the slowest worker computes, in seconds."""
    comm_s: float
    """T_comm, whether hidden or not, in seconds."""
    step_s: float
    """T_p, in seconds."""
    speedup: float
    """T_1/T_p, and p T_1/T_p in weak scaling."""
    efficiency: float
    """The speedup over the number of workers."""
    ratio: float
    """R: comm_s over compute_s."""
    relative_cost: float
    """Worker-seconds of a result over those of one worker."""


class AtRow(PointRow):
    """There is such a number of workers."""

    kind: Literal["at"] = "at"
    """Which answer this is."""


class UnboundedRow(AnswerRow):
    """No number of workers is the last or the best."""

    kind: Literal["unbounded"] = "unbounded"
    """Which answer this is."""
    limit_speedup: float | None
    """What the speedup approaches; null where it grows without bound."""


class NotWithinRow(AnswerRow):
    """The search gave up before it found such a number, or proved that there is none."""

    kind: Literal["not-within"] = "not-within"
    """Which answer this is."""
    largest: int
    """Where the search gave up: of larger numbers of workers, nothing is known."""


class NeverRow(AnswerRow):
    """One worker is best, or no number of workers gets there."""

    kind: Literal["never-distribute", "never-reached"]
    """Which answer this is."""


OutcomeRow = Annotated[AtRow | UnboundedRow | NotWithinRow | NeverRow, Field(discriminator="kind")]


class ModelRow(AnswerRow):
    """The communication model."""

    kind: str
    """Its name, as for --model."""
    formula: str
    """T_comm(p) in LaTeX."""
    source: str
    """Where it comes from."""
    assumes: str
    """What it takes for granted, in words; empty where nothing stands out."""
    options: dict[str, float]
    """The options that are set."""
    scaling: Scaling
    """What stays the same when workers are added."""


class CheapestRow(AnswerRow):
    """What a step costs at the cheapest number of workers."""

    workers: int
    """That number."""
    relative_cost: float
    """(p c + v) T_p over (c + v) T_1: the cost that is minimised."""
    usd: float
    """What one worker's work of a step costs there, in USD."""
    one_worker_usd: float
    """What it costs on one worker, in USD."""


class UslRow(AnswerRow):
    """The same curve as a universal scalability law."""

    sigma: float
    """Contention."""
    kappa: float
    """Coherency."""
    peak: float | None
    """The number of workers, not rounded, with the largest speedup; null where there is none."""


class KarpFlattRow(AnswerRow):
    """The same curve as Karp and Flatt's line e(p) = intercept + slope p."""

    intercept: float
    """e(0)."""
    slope: float
    """By how much e grows with a worker."""


class ReachRow(AnswerRow):
    """How far a design scales."""

    workers: int | None
    """The time-optimal number of workers; null where it is unbounded or was not found."""
    speedup: float | None
    """The speedup there, or what it approaches; null where it is unbounded or was not found."""
    communication_reaches_compute: int | None
    """The first number of workers with R >= 1; null where none was found."""


class SensitivityRow(AnswerRow):
    """One constant, over ten and times ten."""

    constant: str
    """The name of the constant."""
    low_value: float
    """The constant over ten, within its domain."""
    high_value: float
    """The constant times ten, within its domain."""
    clamped: list[Literal["low", "high"]]
    """Which of them its domain keeps from being a tenth or ten times as much."""
    low: ReachRow
    """The constant over ten."""
    high: ReachRow
    """The constant times ten."""
    speedup_swing: float | None
    """The larger speedup over the smaller; null where one is not known."""
    workers_swing: float | None
    """The larger p* over the smaller; null where one is not known."""


class LinkConstantRow(AnswerRow):
    """One constant of a calibrated link."""

    value: float | None
    """Its value; null where it is not identified."""
    low: float | None
    """The lower end of its interval of order statistics."""
    high: float | None
    """The upper end."""
    level: float
    """How often such an interval encloses the median at least."""
    sizes: list[int]
    """The sizes in bytes that it was read from."""


class CalibratedLinkRow(AnswerRow):
    """The calibrated link whose constants are used where the study declares none."""

    machine: str
    """The results folder that holds the calibration."""
    calibrated_at: str
    """When it began."""
    workers: int
    """Between how many workers."""
    launches: int
    """How many launches it rests on."""
    alpha_s: LinkConstantRow
    """Latency of one message, in seconds."""
    beta_s_per_byte: LinkConstantRow
    """Seconds for each byte of a message."""


class PredictAnswer(AnswerRow):
    """The answer of `capstone predict --json`."""

    schema_: Literal["capstone/predict/1"] = Field(default="capstone/predict/1", alias="schema")
    """The name and version of this schema."""
    study: str | None
    """The study whose prediction this is; null for constants of the command line."""
    link: CalibratedLinkRow | None
    """Where calibrated constants come from; null where all of them are declared."""
    model: ModelRow
    """The communication model."""
    t_comp_s: float
    """What one machine computes in a step, in seconds."""
    alpha_s: float
    """Latency of one message, in seconds."""
    beta_s: float
    """Time to move the whole message once over one link, in seconds."""
    serial_s: float
    """What no further worker shortens, in seconds."""
    io_s: float
    """Input and output of a step, in seconds."""
    imbalance: float
    """By which share the slowest worker computes longer than the mean."""
    overlap: float
    """The share of compute that hides communication."""
    points: list[PointRow]
    """The table."""
    time_optimal: OutcomeRow
    """The shortest step; in weak scaling the most work per second."""
    time_optimal_continuous: float | None
    """The same, not rounded; null where there is none."""
    communication_reaches_compute: OutcomeRow
    """The first number of workers with R >= 1."""
    ratio_one: float | None
    """Where R crosses one, not rounded; null where it does not, or jumps."""
    efficiency_80: OutcomeRow
    """The last number of workers with an efficiency of at least 80 %."""
    efficiency_50: OutcomeRow
    """The last number of workers with an efficiency of at least 50 %."""
    knee: OutcomeRow
    """The largest product of efficiency and speedup."""
    below_baseline: OutcomeRow
    """The first number of workers that is slower than one."""
    cost_optimal: OutcomeRow | None
    """The lowest cost of a result; null without prices."""
    cheapest: CheapestRow | None
    """The cost there; null without prices, and where no number of workers is the cheapest."""
    usl: UslRow | None
    """The same curve under another law's name; null where it has none."""
    karp_flatt: KarpFlattRow | None
    """The same curve under another law's name; null where it has none."""
    sensitivity: list[SensitivityRow] | None
    """The constants by the swing of the speedup; null without --sensitivity."""


def predict_answer(
    predicted: Prediction,
    *,
    study: str | None,
    tornado: Sequence[sensitivity.TornadoRow] | None,
    link: CalibratedLinkRow | None,
) -> PredictAnswer:
    """Return a prediction for JSON."""
    model, usl, best = predicted.model, usl_of_step(predicted.model), predicted.cost_optimal
    return PredictAnswer(
        study=study,
        link=link,
        model=_model(model),
        t_comp_s=model.t_comp,
        alpha_s=model.alpha,
        beta_s=model.beta,
        serial_s=model.serial,
        io_s=model.io,
        imbalance=model.imbalance,
        overlap=model.overlap,
        points=[PointRow(**_point(point)) for point in predicted.points],
        time_optimal=_outcome(predicted.time_optimal),
        time_optimal_continuous=predicted.time_optimal_continuous,
        communication_reaches_compute=_outcome(predicted.communication_dominates),
        ratio_one=predicted.ratio_one,
        efficiency_80=_outcome(predicted.efficiency_80),
        efficiency_50=_outcome(predicted.efficiency_50),
        knee=_outcome(predicted.knee),
        below_baseline=_outcome(predicted.below_baseline),
        cost_optimal=None if best is None else _outcome(best),
        cheapest=CheapestRow(**asdict(predicted.cheapest)) if predicted.cheapest else None,
        usl=UslRow(sigma=usl.sigma, kappa=usl.kappa, peak=usl.peak()) if usl else None,
        karp_flatt=KarpFlattRow(intercept=usl.sigma, slope=usl.kappa) if usl else None,
        sensitivity=None if tornado is None else [_sensitivity(row) for row in tornado],
    )


def link_row(link: "MeasuredLink | None") -> CalibratedLinkRow | None:
    """Return a calibrated link for JSON."""
    if link is None:
        return None
    facts = link.calibration.widest
    return CalibratedLinkRow(
        machine=link.machine,
        calibrated_at=link.calibration.moment,
        workers=facts.workers,
        launches=facts.launches,
        alpha_s=_constant(facts.link.alpha),
        beta_s_per_byte=_constant(facts.link.beta),
    )


def _constant(constant: Constant) -> LinkConstantRow:
    """Return a constant of a link for JSON."""
    return LinkConstantRow(
        value=constant.known,
        low=constant.low,
        high=constant.high,
        level=constant.level,
        sizes=list(constant.sizes),
    )


def set_options(model: StepModel) -> dict[str, float]:
    """Return the options of the communication model that are set."""
    options: dict[str, float] = model.comm.model_dump(exclude_defaults=True)
    return options


def _model(model: StepModel) -> ModelRow:
    """Return the communication model for JSON."""
    return ModelRow(
        kind=model.comm.kind,
        formula=model.comm.formula,
        source=model.comm.source,
        assumes=model.comm.assumes,
        options=set_options(model),
        scaling=model.scaling,
    )


def _outcome(
    outcome: Optimum | Last | First,
) -> AtRow | UnboundedRow | NotWithinRow | NeverRow:
    """Return an outcome for JSON: its kind, and what belongs to it."""
    if isinstance(outcome, At):
        return AtRow(**_point(outcome.point))
    if isinstance(outcome, Unbounded):
        return UnboundedRow(limit_speedup=outcome.limit_speedup)
    if isinstance(outcome, NotWithin):
        return NotWithinRow(largest=outcome.largest)
    one_is_best = isinstance(outcome, NeverDistribute)
    return NeverRow(kind="never-distribute" if one_is_best else "never-reached")


def _point(point: Point) -> dict[str, Any]:
    """Return one number of workers for JSON."""
    return {
        "workers": int(point.workers),
        "compute_s": point.compute,
        "comm_s": point.comm,
        "step_s": point.step,
        "speedup": point.speedup,
        "efficiency": point.efficiency,
        "ratio": point.ratio,
        "relative_cost": point.relative_cost,
    }


def _sensitivity(row: sensitivity.TornadoRow) -> SensitivityRow:
    """Return one constant of the tornado for JSON."""
    return SensitivityRow(
        constant=row.constant,
        low_value=row.low_value.taken,
        high_value=row.high_value.taken,
        clamped=_clamped(row),
        low=_reach(row.low),
        high=_reach(row.high),
        speedup_swing=row.speedup_swing,
        workers_swing=row.workers_swing,
    )


def _clamped(row: sensitivity.TornadoRow) -> list[Literal["low", "high"]]:
    """Return which changes of a constant its domain keeps smaller."""
    clamped: list[Literal["low", "high"]] = ["low"] if row.low_value.is_clamped else []
    return [*clamped, "high"] if row.high_value.is_clamped else clamped


def _reach(reach: sensitivity.Reach) -> ReachRow:
    """Return how far a model scales, for JSON."""
    found = reach.communication_dominates
    return ReachRow(
        workers=reach.workers,
        speedup=reach.speedup,
        communication_reaches_compute=found.workers if isinstance(found, At) else None,
    )
