"""How the library answers the reference quantities on statistics and fits."""

import math
from collections.abc import Callable
from statistics import median
from typing import Any

from capstone_report.perfmodel import fits, intervals, mlperf, prediction_error, quantiles
from capstone_report.perfmodel.fieller import fieller_is_bounded, fieller_ratio
from capstone_report.perfmodel.rerun import Rerun, rerun_verdict
from capstone_report.perfmodel.sample_size import (
    min_rank_sum_p,
    pairs_for_superiority,
    repetition_levels,
    runs_for_precision,
)
from capstone_report.perfmodel.stragglers import expected_max_normal
from capstone_report.perfmodel.summaries import rates, tukey_fences

Inputs = dict[str, Any]

LEVEL = 0.95


def level(given: Inputs) -> float:
    """Return the level that a vector asks for."""
    return float(given.get("conf", LEVEL))


def ranks(found: intervals.Ranks | None) -> Inputs:
    """Return ranks, or that there are none."""
    if found is None:
        return {"lo": None, "hi": None, "coverage": None}
    return {"lo": found.low, "hi": found.high, "coverage": found.coverage}


def median_ranks(given: Inputs) -> Inputs:
    """Return the ranks of the median's interval, and what the range covers."""
    found = ranks(intervals.median_ranks(given["n"], level(given)))
    return found | {"minmax_coverage": intervals.range_coverage(given["n"])}


def runs_for_quantile(given: Inputs) -> Inputs:
    """Return the fewest runs that bound a percentile."""
    found = quantiles.runs_for_quantile(given["q"], level(given))
    return {"one_sided": found.one_sided, "two_sided": found.two_sided}


def ratio(found: intervals.Ratio) -> Inputs:
    """Return a ratio and its bounds."""
    return {"estimate": found.estimate, "lo": found.low, "hi": found.high}


def hodges_lehmann(given: Inputs) -> Inputs:
    """Return the speedup beside the ratio of medians."""
    found = intervals.hodges_lehmann_ratio(given["T1"], given["Tp"], level(given))
    return ratio(found) | {"ratio_of_medians": median(given["T1"]) / median(given["Tp"])}


def fieller(given: Inputs) -> Inputs:
    """Return the speedup of means."""
    return ratio(fieller_ratio(given["T1"], given["Tp"], level(given), degrees=given.get("df")))


def fieller_bounded(given: Inputs) -> bool | None:
    """Return true, or the refusal of an unbounded interval."""
    bounded = fieller_is_bounded(mean=given["mean_den"], margin_squared=given["t2var_den"])
    return bounded or None


def kalibera_jones(given: Inputs) -> Inputs:
    """Return each level's variance and repetitions, for as many levels as are given."""
    numbers = [i for i in range(1, 10) if f"S{i}_sq" in given]
    levels = repetition_levels(
        [given[f"S{i}_sq"] for i in numbers],
        repetitions=[given[f"r{i}"] for i in numbers[:-1]],
        costs=[given[f"c{i}"] for i in numbers],
    )
    found = list(zip(numbers, levels, strict=True))
    return {f"T{i}_sq": one.variance for i, one in found} | {
        f"r{i}_opt": one.repetitions for i, one in found
    }


def rate_summaries(given: Inputs) -> Inputs:
    """Return every mean of a rate."""
    times, work = given["times"], given["work"]
    each = work if isinstance(work, list) else [work] * len(times)
    found = rates(times, each, peak=given.get("peak"))
    return {
        "mean_time": found.mean_time_s,
        "rate_from_mean": found.total_rate,
        "arith_mean_rates": found.arithmetic_mean,
        "harmonic_mean_rates": found.harmonic_mean,
        "geomean_rel": found.geometric_mean_of_peak,
    }


def fences(given: Inputs) -> Inputs:
    """Return Tukey's fences."""
    found = tukey_fences(given["x"])
    return {
        "q1": found.first_quartile,
        "q3": found.third_quartile,
        "lo": found.low,
        "hi": found.high,
        "n_out": len(found.outliers),
    }


def convergence_point(given: Inputs) -> Inputs | None:
    """Return what a submission's epochs may be."""
    found = mlperf.convergence_point(
        given["ref"], submission_runs=given["n_sub"], significance=given["p"]
    )
    if found is None:
        return None
    return {"min_mean_epochs": found.min_mean_epochs, "max_speedup": found.max_speedup}


def rerun(given: Inputs) -> Inputs:
    """Return two of the three outcomes; neither is the third."""
    verdict = rerun_verdict(
        *given["ratio_ci"], margin=given["delta"], estimate=given.get("estimate")
    )
    return {
        "equivalent": verdict is Rerun.EQUIVALENT,
        "different": verdict is Rerun.DIFFERENT,
    }


def usl(given: Inputs) -> Inputs | None:
    """Return the scalability law through measured throughputs."""
    found = fits.usl_fit(given["load"], given["throughput"])
    if found is None:
        return None
    return {
        "gamma": found.usl.gamma,
        "sigma": found.usl.sigma,
        "kappa": found.usl.kappa,
        "N_peak": found.usl.peak(),
        "X_peak": found.peak_throughput,
    }


QUANTITIES: dict[str, Callable[[Inputs], object]] = {
    "aicc": lambda given: fits.aicc(
        given.get("rss", math.nan), observations=given["n"], parameters=given["k"]
    ),
    "expected_max_normal": lambda given: expected_max_normal(given["p"]),
    "fieller_bounded": fieller_bounded,
    "fieller_speedup": fieller,
    "hodges_lehmann_k": lambda given: intervals.ratio_rank(given["n"], given["m"], level(given)),
    "hodges_lehmann_speedup": hodges_lehmann,
    "kalibera_jones_levels": kalibera_jones,
    "mean_signed_relative_error": lambda given: prediction_error.mean_signed_relative_error(
        given["pred"], given["meas"]
    ),
    "median_ci_min_n": lambda given: intervals.min_runs_for_median(level(given)),
    "median_ci_ranks": median_ranks,
    "mlperf_rcp": convergence_point,
    "noether_pairs": lambda given: pairs_for_superiority(
        given["gamma"], significance=given["alpha"], missed=given["beta"]
    ),
    "olympic_mean": lambda given: mlperf.olympic_mean(given["times"]),
    "percentile_ci_ranks": lambda given: ranks(
        quantiles.quantile_ranks(given["n"], given["q"], level(given))
    ),
    "percentile_min_n": runs_for_quantile,
    "ranksum_min_p": lambda given: min_rank_sum_p(given["n"], given["m"]),
    "rate_summaries": rate_summaries,
    "rerun_verdict": rerun,
    "runs_for_precision_normal": lambda given: runs_for_precision(
        variation=given["cov"], error=given["e"], level=level(given)
    ),
    "smape": lambda given: prediction_error.symmetric_mean_relative_error(
        given["pred"], given["meas"]
    ),
    "tukey_fences": fences,
    "usl_fit": usl,
}
