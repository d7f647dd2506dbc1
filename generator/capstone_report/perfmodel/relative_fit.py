"""Times of launches fitted by least squares of the relative error, with coefficients of at least zero.

Every launch is a row of weight 1/T. All that a fit needs of the launches at one number of workers
are the sums of 1/T and 1/T^2, so that thousands of resampled studies are fitted at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from capstone_report.perfmodel.fits import aicc
from capstone_report.perfmodel.scaling_models import Array, ScalingModel
from capstone_report.units import Seconds

TWO_SIDED_95 = 1.96
# What is left of a perfect fit is rounding, relative to one launch.
ROUNDING = 1e-14


@dataclass(frozen=True, slots=True, kw_only=True)
class Launches:
    """What was measured: the times of the launches at each number of workers."""

    ratios: tuple[float, ...]
    """q = p/p0, rising."""
    times: tuple[tuple[Seconds, ...], ...]

    @property
    def rows(self) -> int:
        """Return how many launches there are."""
        return sum(map(len, self.times))

    @property
    def counts(self) -> Array:
        """Return how many launches there are at each number of workers."""
        return np.array([len(times) for times in self.times], dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """The sums over the launches of many studies: one row for each study, one column for each q."""

    inverse: Array
    """Sum of 1/T."""
    square: Array
    """Sum of 1/T^2."""

    @property
    def centres(self) -> Array:
        """Return the time at each q that has the least relative error: no curve comes closer."""
        return np.asarray(self.inverse / self.square)


def sums_of(times: Sequence[Array]) -> Sums:
    """Return the sums of many studies, from one array for each q: studies by launches."""
    return Sums(
        inverse=np.stack([(1 / one).sum(axis=1) for one in times], axis=1),
        square=np.stack([(1 / one**2).sum(axis=1) for one in times], axis=1),
    )


def measured_sums(launches: Launches) -> Sums:
    """Return the sums of the one study that was measured."""
    return sums_of([np.array([times]) for times in launches.times])


def fitted_constants(model: ScalingModel, ratios: Array, sums: Sums) -> Array:
    """Return the constants of each study, one row each."""
    targets = sums.centres - model.fixed(ratios)
    return weighted_least_squares(model.rows(ratios), targets, sums.square)


def weighted_least_squares(rows: Array, targets: Array, weights: Array) -> Array:
    """Return, for each study, the c of at least zero that minimise sum w (rows c - target)^2.

    Up to three columns have at most seven sets of positive coefficients; each is solved in closed
    form, and the best feasible one is the solution (Lawson and Hanson 1974, Kuhn-Tucker conditions).
    """
    columns = rows.shape[1]
    scale = np.sqrt((rows**2).mean(axis=0))
    rows = rows / scale
    gram = np.einsum("pk,sp,pl->skl", rows, weights, rows)
    right = np.einsum("pk,sp->sk", rows, weights * targets)
    best = np.zeros((len(targets), columns))
    lowest = np.zeros(len(targets))  # of c = 0, relative to the targets' own sum
    for size in range(1, columns + 1):
        for chosen in combinations(range(columns), size):
            kept = np.array(chosen)
            some = np.linalg.solve(gram[:, kept[:, None], kept], right[:, kept, None])[..., 0]
            cost = -np.einsum("sk,sk->s", some, right[:, kept])
            better = (some >= 0).all(axis=1) & (cost < lowest)
            lowest = np.where(better, cost, lowest)
            found = np.zeros_like(best)
            found[:, kept] = some
            best = np.where(better[:, None], found, best)
    return np.asarray(best / scale)


def squares(curve: Array, sums: Sums, counts: Array) -> Array:
    """Return the sum over all launches of (T(q)/T - 1)^2, study by study."""
    return np.asarray((curve**2 * sums.square - 2 * curve * sums.inverse + counts).sum(axis=1))


def condition(model: ScalingModel, launches: Launches) -> float:
    """Return the condition number of the design with columns of one length, in relative error."""
    ratios, sums = np.array(launches.ratios), measured_sums(launches)
    design = model.rows(ratios) * np.sqrt(sums.square[0])[:, None]
    lengths = np.sqrt((design**2).sum(axis=0))
    return float(np.linalg.cond(design / lengths))


def left_out_errors(model: ScalingModel, ratios: Array, sums: Sums, counts: Array) -> Array:
    """Return the relative error, root mean square over launches, at a q that the fit has not seen.

    Each q is left out in turn; one value for each study.
    """
    total = np.zeros(len(sums.square))
    for left in range(len(ratios)):
        weights = sums.square.copy()
        weights[:, left] = 0.0
        targets = sums.centres - model.fixed(ratios)
        constants = weighted_least_squares(model.rows(ratios), targets, weights)
        curve = model.times(constants, ratios[left : left + 1])
        one = Sums(inverse=sums.inverse[:, left : left + 1], square=sums.square[:, left : left + 1])
        total += squares(curve, one, counts[left : left + 1])
    return np.asarray(np.sqrt(np.maximum(total, 0.0) / counts.sum()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """One law through the launches."""

    model: ScalingModel
    constants: tuple[float, ...]
    """In seconds, in the order of the law's terms."""
    squares: float
    """RSS: the sum over launches of the squared relative errors."""
    aicc: float | None
    """None for too few launches, and for a perfect fit."""
    left_out: float
    """Root mean square relative error at a number of workers that the fit has not seen."""
    condition: float
    misfit: float | None
    """The p-value of the lack of fit; None where no launch repeats another."""

    @property
    def at_bound(self) -> bool:
        """Tell whether a constant is zero because it must not be negative."""
        return min(self.constants) == 0

    def time(self, ratio: float) -> Seconds:
        """Return T(q)."""
        constants, ratios = np.array([self.constants]), np.array([ratio])
        return float(self.model.times(constants, ratios)[0, 0])


def fit(model: ScalingModel, launches: Launches) -> Fit:
    """Return one law fitted to the launches. Domain: more distinct q than the law has constants."""
    ratios, sums, counts = np.array(launches.ratios), measured_sums(launches), launches.counts
    constants = fitted_constants(model, ratios, sums)
    rest = max(0.0, float(squares(model.times(constants, ratios), sums, counts)[0]))
    rest = 0.0 if rest < ROUNDING * launches.rows else rest
    found = constants[0]
    return Fit(
        model=model,
        constants=tuple(float(c) for c in found),
        squares=rest,
        aicc=aicc(rest, observations=launches.rows, parameters=model.coefficients + 1),
        left_out=float(left_out_errors(model, ratios, sums, counts)[0]),
        condition=condition(model, launches),
        misfit=_misfit(rest, sums, counts, constants=int((found > 0).sum())),
    )


def _misfit(rest: float, sums: Sums, counts: Array, *, constants: int) -> float | None:
    """Return the p-value of F = (lack of fit/(P - k))/(pure error/(n - P)) (Draper and Smith 1998).

    Pure error is what the best time at each number of workers leaves.
    """
    pure = max(0.0, float(squares(sums.centres, sums, counts)[0]))
    spare, repeats = len(counts) - constants, int(counts.sum()) - len(counts)
    if repeats < 1 or pure <= ROUNDING * counts.sum():
        return None
    from scipy.special import fdtrc  # noqa: PLC0415 - only who fits pays for scipy

    lack = max(0.0, rest - pure) / spare
    return float(fdtrc(spare, repeats, lack / (pure / repeats)))


def upper_times(
    model: ScalingModel, ratios: Array, sums: Sums, counts: Array, *, at: float
) -> Array:
    """Return the longest time at a q that each study leaves possible under a law: T + 2 standard errors.

    From the unconstrained fit, for a constant at its bound has no standard error. Domain: more
    distinct q than constants.
    """
    rows, there = model.rows(ratios), model.rows(np.array([at]))[0]
    inverse = np.linalg.inv(np.einsum("pk,sp,pl->skl", rows, sums.square, rows))
    targets = sums.square * (sums.centres - model.fixed(ratios))
    constants = np.einsum("skl,sl->sk", inverse, targets @ rows)
    rest = np.maximum(squares(model.times(constants, ratios), sums, counts), 0.0)
    variance = rest / max(1.0, counts.sum() - model.coefficients)
    error = np.sqrt(variance * np.einsum("k,skl,l->s", there, inverse, there))
    middle = model.times(constants, np.array([at]))[:, 0]
    return np.asarray(middle + TWO_SIDED_95 * error)
