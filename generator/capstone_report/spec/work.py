"""How many units of work a run does, and whether a rate counts them."""

from capstone_report.spec.benchmarks import Benchmark
from capstone_report.spec.study import Study
from capstone_report.spec.vocabulary import Scaling

NOUNS = {
    "tok/s": ("tok",),
    "FLOP/s": ("flop",),
    "B/s": ("byte",),
    "GB/s": ("byte",),
}
"""By unit of a rate, how the name of its unit of work begins; other rates count anything else."""
PACKAGES = ("step", "epoch", "iteration", "batch", "round", "update")
"""Units of work that hold several samples or requests each."""


def work_of(study: Study, benchmark: Benchmark, workers: int) -> float | None:
    """Return the units of work of one run with p workers; None where the study does not say.

    With weak scaling they grow as the workers do: W p / p0, with the baseline's p0 (Gustafson 1988).
    """
    if benchmark.work is None or benchmark.scaling is not Scaling.WEAK:
        return benchmark.work
    return benchmark.work * workers / study.baseline.workers


def counts_work(unit: str, work_unit: str) -> bool:
    """Tell whether a rate in a unit of the table counts a study's units of work.

    Samples and requests have many names; tokens, bytes and operations have one.
    """
    words = work_unit.lower().split()
    if unit in NOUNS:
        return any(word.startswith(NOUNS[unit]) for word in words)
    others = {begin for begins in NOUNS.values() for begin in begins}
    return not any(word.startswith((*PACKAGES, *others)) for word in words)
