"""A study rehearsed: every benchmark once or twice, small, on this machine, and into no record."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby

from capstone_report.cases import Case, declared_cases
from capstone_report.measure.trying import Tried, prepare, try_once
from capstone_report.results.records import Environment
from capstone_report.spec.load import LoadedStudy

WORKER_COUNTS = 2
"""How many worker counts of a benchmark are rehearsed: the fewest, and the next."""


def rehearsal_cases(loaded: LoadedStudy) -> list[Case]:
    """Return the small cases of every benchmark with a command, started on this machine alone.

    They are those with the fewest workers and with the next more, each at its first levels with the
    fewest cores. Nothing that needs a GPU of its own, another machine or a queue is asked for.
    """
    chosen: list[Case] = []
    for _, cases in groupby(declared_cases(loaded), key=lambda case: case.benchmark.name):
        small = sorted(cases, key=lambda case: (case.allocation.workers, case.cores, case.number))
        counts = groupby(small, key=lambda case: case.allocation.workers)
        chosen += [next(of_count) for _, of_count in counts][:WORKER_COUNTS]
    return [_here(case) for case in chosen if case.benchmark.external is None]


def rehearse(loaded: LoadedStudy, cases: list[Case], environment: Environment) -> Iterator[Tried]:
    """Yield each case's one run; one that a signal stopped is the last.

    Raises:
        OSError: the disk does not take what a program writes.
    """
    for case in cases:
        tried = try_once(prepare(loaded, case, environment))
        yield tried
        if tried.stopped_by is not None:
            return


def _here(case: Case) -> Case:
    """Return a case as this machine alone can start it."""
    launcher = case.benchmark.launcher.here()
    return replace(
        case,
        benchmark=case.benchmark.model_copy(update={"launcher": launcher}),
        allocation=launcher.allocation(case.allocation.workers, case.allocation.threads),
    )
