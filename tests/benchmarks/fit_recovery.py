"""How often fits find what is there: laws, constants and the fastest size, in studies with known answers.

    PYTHONPATH=tests python tests/benchmarks/fit_recovery.py --studies 200

Every study has 5 launches at 1, 2, 4 and so on up to p-max workers, with 2 % of lognormal noise. The
ring is the book's of section 41.4.5 (sigma 0.08, kappa 0.0008, p* 33.9), the others are near it.
"""

import argparse
import math
from dataclasses import dataclass, field
from statistics import fmean

import numpy as np

from capstone_report.perfmodel.fastest_size import fastest_size
from capstone_report.perfmodel.model_choice import choose
from capstone_report.perfmodel.relative_fit import Launches, fit, fitted_constants
from capstone_report.perfmodel.scaling_bootstrap import curves, percentiles, resampled
from capstone_report.perfmodel.scaling_models import STRONG_MODELS
from known_laws import TRUTHS, Truth, study

MODELS = {model.law: model for model in STRONG_MODELS}


@dataclass(slots=True, kw_only=True)
class Tally:
    """What many studies of one truth came to."""

    right: int = 0
    wrong: int = 0
    misleading: int = 0
    """Wrong choices whose band does not hold the truth at twice the largest p."""
    peaks: int = 0
    covered_peaks: int = 0
    bounds: int = 0
    errors: dict[str, list[float]] = field(default_factory=dict)
    covered: dict[str, int] = field(default_factory=dict)


def tally(truth: Truth, largest: int, studies: int) -> Tally:
    """Return what the fits of many studies came to."""
    found, random = Tally(), np.random.default_rng(7)
    workers = [2.0**power for power in range(int(math.log2(largest)) + 1)]
    for _ in range(studies):
        launches = study(truth, workers, random)
        choice, drawn = choose(STRONG_MODELS, launches), resampled(launches)
        _constants(found, truth, launches)
        if not choice.supported:
            continue
        band = curves(choice, drawn)
        if choice.chosen is truth.law:
            found.right += 1
        elif choice.chosen is not None:
            found.wrong += 1
            far = np.array([2.0 * largest])
            low, high = percentiles(band.times(far)[:, 0])
            found.misleading += not 0.9 * low <= truth.time(2.0 * largest) <= 1.1 * high
        size = fastest_size(band)
        found.bounds += size.at_least <= truth.peak
        if size.ratio is not None:
            found.peaks += 1
            found.covered_peaks += size.ratio.low <= truth.peak <= size.ratio.high
    return found


def _constants(found: Tally, truth: Truth, launches: Launches) -> None:
    """Note how far the constants of the true law are off, and whether their intervals hold them."""
    model = MODELS[truth.law]
    if len(launches.ratios) <= model.coefficients:
        return
    drawn = resampled(launches)
    draws = fitted_constants(model, drawn.ratios, drawn.sums)
    constants = fit(model, launches).constants
    for place, (name, true) in enumerate(truth.shares.items(), start=1):
        low, high = percentiles(draws[:, place] / draws[:, 0])
        found.errors.setdefault(name, []).append(constants[place] / constants[0] / true - 1)
        found.covered[name] = found.covered.get(name, 0) + (low <= true <= high)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=200)
    studies = parser.parse_args().studies
    print(
        "| true law | p-max | chosen | another chosen | misleading | not told apart | p* given | p* covered | bound holds |"
    )
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|")
    constants = []
    for truth in TRUTHS:
        for largest in (8, 16, 32):
            found = tally(truth, largest, studies)
            open_share = 1 - (found.right + found.wrong) / studies
            covered = f"{found.covered_peaks / found.peaks:.0%}" if found.peaks else ""
            print(
                f"| {truth.law} | {largest} | {found.right / studies:.0%} | {found.wrong / studies:.0%} | "
                f"{found.misleading / studies:.0%} | {open_share:.0%} | {found.peaks / studies:.0%} | "
                f"{covered} | {found.bounds / studies:.0%} |"
            )
            constants += [
                f"| {truth.law} | {largest} | {name} | {true:g} | {fmean(found.errors[name]):+.1%} | "
                f"{found.covered[name] / studies:.0%} |"
                for name, true in truth.shares.items()
            ]
    print(
        "\n| true law | p-max | constant | true | bias | covered by 95 % |\n|---|--:|---|--:|--:|--:|"
    )
    print("\n".join(constants))


if __name__ == "__main__":
    main()
