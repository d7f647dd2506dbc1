"""Which of several fitted laws the data choose, and why they often choose none.

A law wins only where Akaike's criterion and the error at unseen numbers of workers agree, and where no
law with more constants that the data allow would say something else of the sizes ahead.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from capstone_report.perfmodel.relative_fit import (
    ROUNDING,
    Fit,
    Launches,
    Sums,
    fit,
    fitted_constants,
    left_out_errors,
    measured_sums,
    squares,
    upper_times,
)
from capstone_report.perfmodel.scaling_models import Array, Law, ScalingModel

# Burnham and Anderson 2002, section 2.6: models within 2 have substantial support.
SUPPORTED = 2.0
# Belsley, Kuh and Welsch 1980 call 30 to 100 moderate to strong; beyond 1,000 digits are lost.
MOST_CONDITION = 1e3
REJECTED_BELOW = 0.01
# A law with more constants may differ by less than this where the chosen one is extrapolated to.
MATERIAL = 0.10
FARTHEST = 2.0
"""How far beyond the largest measured number of workers anything is said, as a factor."""
TIE = 1 + 1e-9


class Doubt(StrEnum):
    """Why a law takes no part in the choice."""

    FEW_COUNTS = "few counts"
    """No more distinct numbers of workers than constants: it would fit anything."""
    ILL_CONDITIONED = "ill conditioned"
    """Its terms look alike over what was measured."""
    REJECTED = "rejected"
    """The times lie further from it than repeats lie from each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One law, fitted where that is possible, and what speaks against it."""

    model: ScalingModel
    fit: Fit | None
    doubt: Doubt | None
    delta: float | None
    """AICc above the lowest; None where the law takes no part in the choice."""
    weight: float
    """Its share in a band over the laws that are not told apart; zero outside."""

    @property
    def law(self) -> Law:
        """Return which law it is."""
        return self.model.law


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the data say of several laws."""

    judged: tuple[Judged, ...]
    chosen: Law | None
    """The law that they choose; None where several, or none, are left."""

    @property
    def supported(self) -> tuple[Judged, ...]:
        """Return the laws that the data do not tell apart, the best first; one where it is chosen."""
        inside = [one for one in self.judged if one.weight > 0]
        return tuple(sorted(inside, key=lambda one: -one.weight))


def choose(models: Sequence[ScalingModel], launches: Launches) -> Choice:
    """Return which law the launches choose, with every law judged."""
    fits = [_judge(model, launches) for model in models]
    open_to = [fitted for fitted, doubt in fits if fitted is not None and doubt is None]
    verdict = _verdict([one.model for one in open_to], launches)
    places = {one.model.law: place for place, one in enumerate(open_to)}
    judged = []
    for model, (fitted, doubt) in zip(models, fits, strict=True):
        place = places.get(model.law)
        judged.append(
            Judged(
                model=model,
                fit=fitted,
                doubt=doubt,
                delta=None if place is None else float(verdict.deltas[0, place]),
                weight=0.0 if place is None else float(verdict.weights[0, place]),
            )
        )
    chosen = [one.law for one in judged if one.weight == 1]
    return Choice(judged=tuple(judged), chosen=chosen[0] if chosen else None)


def beside(choice: Choice, model: ScalingModel, launches: Launches) -> Judged:
    """Return a law that is given and not fitted, beside the best of those that are.

    It takes no part in the choice: its constants may come from the very times that it is compared with.
    """
    fitted, doubt = _judge(model, launches)
    scores = [one.fit.aicc for one in choice.judged if one.delta == 0 and one.fit]
    known = fitted is not None and fitted.aicc is not None and scores and scores[0] is not None
    delta = fitted.aicc - scores[0] if known else None  # type: ignore[union-attr, operator] # known
    return Judged(model=model, fit=fitted, doubt=doubt, delta=delta, weight=0.0)


def _judge(model: ScalingModel, launches: Launches) -> tuple[Fit | None, Doubt | None]:
    """Return a law's fit and what speaks against it before any comparison."""
    if len(launches.ratios) <= model.coefficients:
        return None, Doubt.FEW_COUNTS
    fitted = fit(model, launches)
    if fitted.condition >= MOST_CONDITION:
        return fitted, Doubt.ILL_CONDITIONED
    rejected = fitted.misfit is not None and fitted.misfit < REJECTED_BELOW
    return fitted, Doubt.REJECTED if rejected else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The comparison of some laws in many studies: a row for each study, a column for each law."""

    deltas: Array
    weights: Array
    """One for a law that is chosen; else shared by those that are not told apart."""


def _verdict(models: Sequence[ScalingModel], launches: Launches) -> Verdict:
    """Return the comparison in the study that was measured."""
    return compared(models, np.array(launches.ratios), measured_sums(launches), launches.counts)


def compared(models: Sequence[ScalingModel], ratios: Array, sums: Sums, counts: Array) -> Verdict:
    """Compare laws in many studies of the same numbers of workers and launches."""
    if not models:
        nothing = np.zeros((len(sums.square), 0))
        return Verdict(deltas=nothing, weights=nothing)
    constants = [fitted_constants(model, ratios, sums) for model in models]
    curves = [m.times(c, ratios) for m, c in zip(models, constants, strict=True)]
    rest = np.stack([squares(curve, sums, counts) for curve in curves], axis=1)
    sizes = np.array([float(model.coefficients) for model in models])
    scores = _criteria(rest, sizes, counts.sum())
    unseen = np.stack([left_out_errors(m, ratios, sums, counts) for m in models], axis=1)
    deltas = scores - scores.min(axis=1, keepdims=True)
    best = deltas.argmin(axis=1)
    every = np.arange(len(best))
    alike = (deltas < SUPPORTED) | (unseen <= unseen[every, best][:, None] / TIE)
    at = FARTHEST * float(ratios[-1])
    there = np.stack(
        [m.times(c, np.array([at]))[:, 0] for m, c in zip(models, constants, strict=True)], axis=1
    )
    upper = np.stack([upper_times(m, ratios, sums, counts, at=at) for m in models], axis=1)
    # A larger law that the data allow must say the same, or the smaller one wins by its size alone.
    larger = sizes[None, :] > sizes[best][:, None]
    alike |= larger & (upper > (1 + MATERIAL) * there[every, best][:, None])
    alike[every, best] = True
    weights = np.where(alike, np.exp(-deltas / 2), 0.0)
    return Verdict(deltas=deltas, weights=weights / weights.sum(axis=1, keepdims=True))


def _criteria(rest: Array, sizes: Array, rows: float) -> Array:
    """Return AICc, with the penalty of a saturated law where it is undefined, and rounding for zero.

    k counts the variance, too (Hurvich and Tsai 1989).
    """
    k = sizes + 1
    spare = np.maximum(rows - k - 1, 1e-3)
    floor = np.maximum(rest, rows * ROUNDING)
    return np.asarray(rows * np.log(floor / rows) + 2 * k + 2 * k * (k + 1) / spare)
