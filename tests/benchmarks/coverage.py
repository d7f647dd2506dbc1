"""How often the intervals that reports print hold what they are about; prints a table.

    PYTHONPATH=tests:generator python tests/benchmarks/coverage.py [trials]

Every number is the share, in percent, of simulated studies whose nominal 95 % interval holds the
true value. The bounds are taken by the ranks of capstone's own functions, for all trials at once; that
both agree is checked on some of them. Exits with 1 where a share is outside what is promised: at
least 93 %, three Monte Carlo standard errors allowed, and at most 97.5 % from 20 runs on where the
method is continuous.
"""

import math
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from capstone_report.perfmodel.intervals import (
    hodges_lehmann_ratio,
    median_interval,
    median_ranks,
    ratio_rank,
)
from capstone_report.perfmodel.median_bootstrap import FEWEST, median_ratio
from capstone_report.perfmodel.same_shape import spreads_differ

Floats = NDArray[np.float64]
Noise = Callable[[Floats], Floats]
Bounds = tuple[Floats, Floats]

LEVEL = 0.95
LEAST, MOST = 0.93, 0.975
CONTINUOUS_FROM = 20
RUNS = (4, 5, 6, 8, 10, 15, 20, 30)
TRIALS = 20_000
BOOTSTRAP_TRIALS = 1_500
SPEEDUP = 3.2
WORKERS = 4
CHECKED = 25
CHUNK = 2_000


def lognormal(uniform: Floats, spread: float = 0.05) -> Floats:
    """Return times with a symmetric spread of 5 % on the logarithm; their median is 1."""
    times: Floats = np.exp(spread * ndtri(uniform))
    return times


def heavy_tailed(uniform: Floats) -> Floats:
    """Return times with a Pareto tail of shape 1.5, whose variance is infinite."""
    times: Floats = 1 + 0.02 * ((1 - uniform) ** (-1 / 1.5) - 1)
    return times


def bimodal(uniform: Floats) -> Floats:
    """Return times that in 35 of 100 runs are in a mode 15 % slower."""
    fast = np.exp(0.01 * ndtri(np.minimum(uniform / 0.65, 1 - 1e-12)))
    slow = 1.15 * np.exp(0.01 * ndtri(np.maximum((uniform - 0.65) / 0.35, 1e-12)))
    times: Floats = np.where(uniform < 0.65, fast, slow)
    return times


def middle(noise: Noise) -> float:
    """Return the median of a noise."""
    return float(noise(np.array([0.5]))[0])


NOISES: dict[str, Noise] = {
    "lognormal": lognormal,
    "heavy-tailed": heavy_tailed,
    "bimodal": bimodal,
}
UNLIKE: dict[str, tuple[Noise, Noise]] = {
    "lognormal, spreads 5 and 1 %": (lognormal, partial(lognormal, spread=0.01)),
    "heavy-tailed against lognormal 1 %": (heavy_tailed, partial(lognormal, spread=0.01)),
    "bimodal against lognormal 1 %": (bimodal, partial(lognormal, spread=0.01)),
}


def draws(seed: str, trials: int, runs: int) -> Floats:
    """Return uniform numbers that only this seed gives, one row per trial."""
    return np.random.default_rng(list(seed.encode())).random((trials, runs))


def median_bounds(times: Floats) -> Bounds:
    """Return the order-statistic interval of every row, by capstone's ranks."""
    ranks = median_ranks(times.shape[1], LEVEL)
    assert ranks is not None
    ordered = np.sort(times, axis=1)
    for row in range(CHECKED):
        expected = median_interval(times[row].tolist(), LEVEL)
        assert expected == (ordered[row, ranks.low - 1], ordered[row, ranks.high - 1])
    return ordered[:, ranks.low - 1], ordered[:, ranks.high - 1]


def ratio_bounds(numerators: Floats, denominators: Floats) -> Bounds:
    """Return the Hodges-Lehmann interval of every pair of rows, by capstone's rank."""
    runs = numerators.shape[1]
    k = ratio_rank(runs, runs, LEVEL)
    lows, highs = [], []
    for start in range(0, len(numerators), CHUNK):
        logs = np.log(numerators[start : start + CHUNK, :, None]) - np.log(
            denominators[start : start + CHUNK, None, :]
        )
        flat = np.partition(logs.reshape(len(logs), -1), (k - 1, runs * runs - k), axis=1)
        lows.append(np.exp(flat[:, k - 1]))
        highs.append(np.exp(flat[:, runs * runs - k]))
    low, high = np.concatenate(lows), np.concatenate(highs)
    for row in range(CHECKED):
        found = hodges_lehmann_ratio(numerators[row].tolist(), denominators[row].tolist(), LEVEL)
        assert math.isclose(found.low or 0, low[row]), "the vectorised interval is another one"
        assert math.isclose(found.high or 0, high[row])
    return low, high


def covered(bounds: Bounds, truth: float) -> float:
    """Return the share of intervals that hold the truth."""
    low, high = bounds
    return float(np.mean((low <= truth) & (truth <= high)))


def of_median(noise: str, runs: int, trials: int) -> float | None:
    """Return how often the interval of a median time covers; None where none is offered."""
    if median_ranks(runs, LEVEL) is None:
        return None
    make = NOISES[noise]
    return covered(median_bounds(make(draws(f"median{noise}{runs}", trials, runs))), middle(make))


def of_rate(noise: str, runs: int, trials: int) -> float | None:
    """Return how often the interval of a rate covers: work over the bounds of the time."""
    if median_ranks(runs, LEVEL) is None:
        return None
    make = NOISES[noise]
    low, high = median_bounds(make(draws(f"rate{noise}{runs}", trials, runs)))
    return covered((120 / high, 120 / low), 120 / middle(make))


def two_sides(name: str, noise: str, runs: int, trials: int) -> tuple[Floats, Floats]:
    """Return the times of a baseline and of workers, alike but for the speedup."""
    make = NOISES[noise]
    baseline, distributed = (draws(f"{name}{side}{noise}{runs}", trials, runs) for side in "bd")
    return SPEEDUP * make(baseline), make(distributed)


def of_speedup(noise: str, runs: int, trials: int) -> float:
    """Return how often the interval of a speedup covers."""
    return covered(ratio_bounds(*two_sides("speedup", noise, runs, trials)), SPEEDUP)


def of_efficiency(noise: str, runs: int, trials: int) -> float:
    """Return how often the interval of an efficiency covers: that of the speedup, divided."""
    low, high = ratio_bounds(*two_sides("efficiency", noise, runs, trials))
    return covered((low / WORKERS, high / WORKERS), SPEEDUP / WORKERS)


def of_cost_ratio(noise: str, runs: int, trials: int) -> float:
    """Return how often the interval of a cost ratio covers: workers paid over the baseline."""
    baseline, distributed = two_sides("cost", noise, runs, trials)
    low, high = ratio_bounds(distributed, baseline)
    return covered((low * WORKERS, high * WORKERS), WORKERS / SPEEDUP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A number that reports print with an interval."""

    name: str
    method: str
    coverage: Callable[[str, int, int], float | None]
    is_order_statistic: bool = False


QUANTITIES = (
    Quantity(name="median time", method="order statistics", coverage=of_median, is_order_statistic=True),
    Quantity(name="rate", method="order statistics", coverage=of_rate, is_order_statistic=True),
    Quantity(name="speedup", method="Hodges-Lehmann", coverage=of_speedup),
    Quantity(name="efficiency", method="Hodges-Lehmann", coverage=of_efficiency),
    Quantity(name="cost ratio", method="Hodges-Lehmann", coverage=of_cost_ratio),
)  # fmt: skip


def unlike(noise: str, runs: int, trials: int) -> tuple[float, float | None, float]:
    """Return the coverage of the ratio of medians, by three ways to make an interval.

    By Hodges-Lehmann, by the bootstrap of medians where there is one, and by what a report points
    at: the bootstrap where the spreads are shown to differ, else Hodges-Lehmann.
    """
    first, second = UNLIKE[noise]
    numerators = SPEEDUP * first(draws(f"unlike-n{noise}{runs}", trials, runs))
    denominators = second(draws(f"unlike-d{noise}{runs}", trials, runs))
    truth = SPEEDUP * middle(first) / middle(second)
    low, high = ratio_bounds(numerators, denominators)
    exact = (low <= truth) & (truth <= high)
    if runs < FEWEST:
        return float(np.mean(exact)), None, float(np.mean(exact))
    few = min(BOOTSTRAP_TRIALS, trials)
    boot, pointed = np.zeros(few, dtype=bool), np.zeros(few, dtype=bool)
    for row in range(few):
        above, below = numerators[row].tolist(), denominators[row].tolist()
        found = median_ratio(above, below, LEVEL)
        boot[row] = (found.low or 0) <= truth <= (found.high or 0)
        pointed[row] = boot[row] if spreads_differ(above, below) else exact[row]
    return float(np.mean(exact)), float(np.mean(boot)), float(np.mean(pointed))


def shown(share: float | None) -> str:
    """Return a share in percent, or that there is no interval."""
    return "none" if share is None else f"{100 * share:.1f}"


def promised(quantity: Quantity, share: float | None, runs: int, trials: int) -> bool:
    """Tell whether a coverage is what is promised, within three Monte Carlo standard errors."""
    if share is None:
        return True
    slack = 3 * math.sqrt(LEVEL * (1 - LEVEL) / trials)
    ranks = median_ranks(runs, LEVEL) if quantity.is_order_statistic else None
    if ranks is not None:
        return abs(share - ranks.coverage) <= slack
    return share >= LEAST - slack and (runs < CONTINUOUS_FROM or share <= MOST + slack)


def row(name: str, *cells: str) -> str:
    """Return one row of a table in Markdown."""
    return f"| {' | '.join((name, *cells))} |"


def table(pool: ProcessPoolExecutor, trials: int) -> Iterator[tuple[str, bool]]:
    """Yield the rows of the table, each with whether it is as promised."""
    yield row("95 % interval of", "noise", *(f"n = {n}" for n in RUNS)), True
    yield row("---", "---", *("--:" for _ in RUNS)), True
    exact = [ranks.coverage if (ranks := median_ranks(n, LEVEL)) else None for n in RUNS]
    yield row("any median, in theory", "any continuous one", *map(shown, exact)), True
    for quantity in QUANTITIES:
        for noise in NOISES:
            jobs = [pool.submit(quantity.coverage, noise, n, trials) for n in RUNS]
            shares = [job.result() for job in jobs]
            good = all(
                promised(quantity, share, n, trials) for share, n in zip(shares, RUNS, strict=True)
            )
            yield row(quantity.name, noise, *map(shown, shares)), good


def unlike_table(pool: ProcessPoolExecutor, trials: int) -> Iterator[str]:
    """Yield the rows of the table about samples that differ in more than a factor."""
    yield row("ratio of medians by", "noise of both sides", *(f"n = {n}" for n in RUNS))
    yield row("---", "---", *("--:" for _ in RUNS))
    for noise in UNLIKE:
        found = [job.result() for job in [pool.submit(unlike, noise, n, trials) for n in RUNS]]
        ways = ("Hodges-Lehmann", "bootstrap of medians", "the one that the report points at")
        for way, shares in zip(ways, zip(*found, strict=True), strict=True):
            yield row(way, noise, *map(shown, shares))


def main() -> int:
    """Print both tables; return 1 where a coverage is not what is promised."""
    trials = int(sys.argv[1]) if len(sys.argv) > 1 else TRIALS
    good = True
    with ProcessPoolExecutor(2) as pool:
        for line, promise in table(pool, trials):
            print(line if promise else f"{line} <- not as promised", flush=True)
            good &= promise
        print()
        for line in unlike_table(pool, trials):
            print(line, flush=True)
    error = 100 * math.sqrt(LEVEL * (1 - LEVEL) / trials)
    print(f"\n{trials:,} trials a cell: a standard error of {error:.2f} percentage points.")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
