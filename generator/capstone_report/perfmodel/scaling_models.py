"""The laws that a time over p workers is fitted with: each a sum of terms with coefficients of at least zero.

Every law is written in q = p/p0, the workers relative to the smallest number that was measured, so
that one formula serves a baseline of one worker and one of several.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]
Term: TypeAlias = Callable[[Array], Array]


class Law(StrEnum):
    """Which law a fit follows."""

    IDEAL = "ideal"
    AMDAHL = "Amdahl"
    USL = "USL"
    TREE = "Amdahl + log p"
    LINK = "alpha-beta"
    GUSTAFSON = "Gustafson"
    WEAK_TREE = "weak log p"
    WEAK_RING = "weak ring"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingModel:
    """One law: T(q) = sum of c_k f_k(q) + known(q), every c_k at least zero and c_0 the time at q = 1."""

    law: Law
    terms: tuple[Term, ...]
    known: Term | None = None
    """What is not fitted: the time in a calibrated link; None for nothing."""
    has_peak: bool = False
    """Whether its fitted constants can make a larger number of workers slower. A link's minimum is
    given with the link, so that no measured time identifies it."""

    @property
    def coefficients(self) -> int:
        """Return how many constants are fitted."""
        return len(self.terms)

    def rows(self, ratios: Array) -> Array:
        """Return f_k(q), one row for each q."""
        return np.stack([term(ratios) for term in self.terms], axis=-1)

    def fixed(self, ratios: Array) -> Array:
        """Return known(q)."""
        return np.zeros_like(ratios) if self.known is None else self.known(ratios)

    def times(self, constants: Array, ratios: Array) -> Array:
        """Return T(q) for each set of constants: one row for each set, one column for each q."""
        return constants @ self.rows(ratios).T + self.fixed(ratios)

    def each_time(self, constants: Array, ratios: Array) -> Array:
        """Return T(q) with one q for each set of constants."""
        return np.asarray((self.rows(ratios) * constants).sum(axis=1) + self.fixed(ratios))

    def peaks(self, constants: Array) -> Array:
        """Return q* of each set of constants, at least 1; infinite where more workers always help.

        USL: sqrt((c0 - c1)/c2); with log2 q instead: (c0 - c1) ln 2/c2 (both from dT/dq = 0).
        """
        if not self.has_peak:
            return np.full(len(constants), np.inf)
        fall, rise = np.maximum(constants[:, 0] - constants[:, 1], 0.0), constants[:, 2]
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(rise > 0, fall / rise, np.where(fall > 0, np.inf, 0.0))
        peaks = np.sqrt(ratio) if self.law is Law.USL else ratio * np.log(2.0)
        return np.maximum(1.0, peaks)


def _share(q: Array) -> Array:
    return 1 / q


def _others_share(q: Array) -> Array:
    return (q - 1) / q


def _others(q: Array) -> Array:
    return q - 1


STRONG_MODELS = (
    ScalingModel(law=Law.IDEAL, terms=(_share,)),
    ScalingModel(law=Law.AMDAHL, terms=(_share, _others_share)),
    ScalingModel(law=Law.USL, terms=(_share, _others_share, _others), has_peak=True),
    ScalingModel(law=Law.TREE, terms=(_share, _others_share, np.log2), has_peak=True),
)
"""T_p of the same work: T_1/p; Amdahl's serial part; the USL, which is the book's ring; a tree's log2 p."""

WEAK_MODELS = (
    ScalingModel(law=Law.GUSTAFSON, terms=(np.ones_like,)),
    ScalingModel(law=Law.WEAK_TREE, terms=(np.ones_like, np.log2)),
    ScalingModel(law=Law.WEAK_RING, terms=(np.ones_like, _others_share, _others)),
)
"""T_p(pW) of work that grows: a constant (Gustafson 1988), with a tree's log2 p, with a ring's cost."""


def link_model(shape: Callable[[float], float]) -> ScalingModel:
    """Return the law whose shape a link gives: T(q) = T_1 shape(q), with no constant but T_1."""

    def term(ratios: Array) -> Array:
        """Return the shape at each q."""
        return np.array([shape(float(q)) for q in ratios])

    return ScalingModel(law=Law.LINK, terms=(term,))


def link_offset_model(seconds: Callable[[float], float]) -> ScalingModel:
    """Return T(q) = T_1/q + T_comm(q), with the communication in seconds from a calibrated link."""

    def known(ratios: Array) -> Array:
        """Return T_comm at each q."""
        return np.array([seconds(float(q)) for q in ratios])

    return ScalingModel(law=Law.LINK, terms=(_share,), known=known)
