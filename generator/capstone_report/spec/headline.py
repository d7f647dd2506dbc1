"""What runs say about the headline metric: in its unit, or as the time that every speedup divides."""

from collections.abc import Sequence
from math import inf

from capstone_report.results.records import RunRecord
from capstone_report.results.values import run_value
from capstone_report.spec.study import Study
from capstone_report.units import to_si


def headline_values(study: Study, runs: Sequence[RunRecord]) -> list[float]:
    """Return the headline metric of runs, in its unit and their order, unknown values left out."""
    name = study.problem.headline_metric
    m = study.metrics[name]
    values = [
        run_value(r, name, unit=m.unit, kind=m.kind, scope=m.scope, direction=m.direction)
        for r in runs
    ]
    return [value for value in values if value is not None]


def headline_times(study: Study, runs: Sequence[RunRecord]) -> list[float]:
    """Return what runs needed, in seconds: a time, or where the headline is a rate the time per unit.

    A time of zero or less is left as it was reported; a rate of zero takes for ever.
    """
    metric = study.metrics[study.problem.headline_metric]
    values = [to_si(value, metric.unit) for value in headline_values(study, runs)]
    return [1 / value if value else inf for value in values] if metric.is_rate else values
