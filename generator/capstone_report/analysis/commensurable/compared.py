"""What a check sees: the cases that are compared, their runs, and how each was set up."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from capstone_report.analysis.facts import CaseFacts, ScalingPoint
from capstone_report.analysis.staleness import StaleRun
from capstone_report.findings.finding import Finding, Severity
from capstone_report.results.records import Environment, RunRecord
from capstone_report.results.values import run_value
from capstone_report.spec.benchmarks import Level
from capstone_report.spec.study import Study
from capstone_report.spec.vocabulary import MetricKind

Setup = Mapping[str, frozenset[Level]]
"""By the name of a fact, the values that it had in the runs of a case."""

REPORTED = frozenset(
    {
        "accelerators",
        "dataset_items",
        "global_batch",
        "gradient_accumulation",
        "micro_batch",
        "parameters",
        "sequence_length",
        "worker_batch",
    }
)
"""Facts that a program may report as a metric of kind count."""

VARIED = frozenset({"workers", "threads"})
"""Factors that say how many, not how."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Baseline and points beside each other, with every run and every setup."""

    where: str
    study_id: str
    study: Study
    baseline: CaseFacts | None
    claimed: ScalingPoint | None
    points: Sequence[ScalingPoint]
    measured: Sequence[CaseFacts]
    runs: Mapping[str, Sequence[RunRecord]]
    """The counted runs by case, in the order measured."""
    setups: Mapping[str, Setup]
    """What is known of each case of `runs`."""
    stale: Sequence[StaleRun]
    environment: Environment | None
    """The machine and software that runs must have seen to count."""

    @property
    def others(self) -> list[CaseFacts]:
        """Return the cases that stand beside the baseline, by rising worker count."""
        known = self.baseline.case_id if self.baseline else None
        return [point.case for point in self.points if point.case.case_id != known]

    @property
    def sides(self) -> list[CaseFacts]:
        """Return the baseline and the claimed case, as far as they are measured."""
        claimed = self.claimed.case if self.claimed else None
        return [case for case in (self.baseline, claimed) if case is not None]

    def weighed(self, finding: Finding, *cases: str) -> Finding:
        """Return a finding about cases; a refusal is a warning where a claim stands on other ones."""
        sides = {case.case_id for case in self.sides}
        if finding.severity is not Severity.REFUSAL or not self.claimed or sides & set(cases):
            return finding
        return replace(finding, severity=Severity.WARNING)


def setup_of(study: Study, runs: Sequence[RunRecord]) -> Setup:
    """Return what is known of one case's runs: declared, in its levels, in its table, or reported.

    What is nearer to the run counts: a report over a table, a table over a level, a level over what
    the study declares. Derived are the batch of one worker and of all.
    """
    found: dict[str, set[Level]] = {}
    declared = study.benchmark(runs[0].benchmark).setup
    counts = [name for name in REPORTED & study.metrics.keys() if _is_count(study, name)]
    for run in runs:
        factors = {name: value for name, value in run.levels.items() if name not in VARIED}
        said: dict[str, Level] = {
            **declared,
            **factors,
            **run.setup,
            **dict(_reported(study, run, counts)),
        }
        for name, value in (said | dict(_derived(said, run.workers))).items():
            found.setdefault(name, set()).add(value)
    return {name: frozenset(values) for name, values in found.items()}


def number(setup: Setup, name: str) -> float | None:
    """Return a fact that is one number, or None."""
    values = setup.get(name, frozenset())
    only = next(iter(values)) if len(values) == 1 else None
    return None if only is None or isinstance(only, str) else float(only)


def _is_count(study: Study, name: str) -> bool:
    """Tell whether a metric counts something."""
    return study.metrics[name].kind is MetricKind.COUNT


def _reported(study: Study, run: RunRecord, names: Sequence[str]) -> Iterator[tuple[str, Level]]:
    """Yield the facts that a run reported as counts."""
    for name in names:
        metric = study.metrics[name]
        value = run_value(run, name, kind=metric.kind, scope=metric.scope, unit=metric.unit)
        if value is not None:
            yield name, value


def _derived(said: Mapping[str, Level], workers: int) -> Iterator[tuple[str, Level]]:
    """Yield what follows: worker batch = one pass x passes = global batch / p, accelerators / p, machines."""
    passes, one = said.get("gradient_accumulation"), said.get("micro_batch")
    share, whole = said.get("worker_batch"), said.get("global_batch")
    if share is None and isinstance(passes, int | float) and isinstance(one, int | float):
        share = passes * one
    if share is None and isinstance(whole, int | float):
        share = whole / workers
    if isinstance(share, int | float):
        yield "worker_batch", share
        if whole is None:
            yield "global_batch", share * workers
    full = said.get("workers_per_node")
    if "nodes" not in said and isinstance(full, int | float):
        yield "nodes", math.ceil(workers / full)
    devices = said.get("accelerators")
    if isinstance(devices, int | float):
        yield "accelerators_per_worker", devices / workers
