"""Records as a campaign needs them: each run reduced once, its samples left on disk."""

from functools import lru_cache

from capstone_report.results.records import Environment, RunRecord, Sample
from capstone_report.results.values import run_value
from capstone_report.spec.study import Study


def slim(record: RunRecord, study: Study) -> RunRecord:
    """Return a record whose one sample is the run's value of the headline metric.

    Planning, decisions and progress ask for nothing else, however many steps the program reported;
    the record on disk keeps them all. Equal environments become one object.
    """
    name = study.problem.headline_metric
    metric = study.metrics[name]
    value = run_value(
        record,
        name,
        unit=metric.unit,
        kind=metric.kind,
        scope=metric.scope,
        direction=metric.direction,
    )
    samples = () if value is None else (Sample(metric=name, value=value, unit=metric.unit),)
    environment = _one_object(record.environment.model_dump_json())
    kept: dict[str, object] = {"samples": samples, "warmup_steps": {}, "environment": environment}
    return record.model_copy(update=kept)


@lru_cache(maxsize=64)
def _one_object(environment: str) -> Environment:
    """Return the environment of a text, the same object for the same text."""
    return Environment.model_validate_json(environment)
