"""The rules of reporting performance, each decided from what was declared and measured.

Sources: Hoefler and Belli (SC15), rules 1 to 12; MLCommons, rules of MLPerf Training. One function is
one rule; the order of the functions is that of the table.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from capstone_report.analysis.facts import Analysis, CaseFacts
from capstone_report.analysis.rule_facts import RuleFact, Standing
from capstone_report.findings import reporting_rules as rules
from capstone_report.findings.reporting_rules import ReportingRule
from capstone_report.perfmodel.normality import FEWEST, may_be_normal
from capstone_report.results.records import RunRecord
from capstone_report.spec.study import Study
from capstone_report.spec.vocabulary import Axis, Ceiling, MetricKind, Scope
from capstone_report.units import is_rate

TAIL = ("p90", "p95", "p99", "p999", "tail", "worst")
"""What the name of a high percentile holds."""

SPREAD = 3
"""Fewer runs draw no spread."""

Judgement: TypeAlias = tuple[Standing, str]
NOT_MEASURED: Judgement = (Standing.NOT_APPLICABLE, "nothing has been measured")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the rules are decided from."""

    analysis: Analysis
    counted: Sequence[RunRecord]
    planned: Mapping[str, int]
    """How many measuring runs each case was to get."""

    @property
    def study(self) -> Study:
        """Return what was declared."""
        return self.analysis.loaded.study

    @property
    def cases(self) -> list[CaseFacts]:
        """Return the baseline and the distributed cases, each once."""
        baseline = self.analysis.baseline
        everything = [*([baseline] if baseline else []), *(p.case for p in self.analysis.points)]
        return list({case.case_id: case for case in everything}.values())


Check: TypeAlias = Callable[[Evidence], Judgement]


def _kept(*, kept: bool, evidence: str) -> Judgement:
    """Return that a rule is met, or not, with its evidence."""
    return (Standing.MET if kept else Standing.NOT_MET), evidence


def base_is_stated(seen: Evidence) -> Judgement:
    """Judge rule 1: the base of the speedup was measured, so that its absolute time is there."""
    declared, baseline = seen.study.baseline, seen.analysis.baseline
    if seen.analysis.attempts == 0:
        return NOT_MEASURED
    if baseline is None:
        return _kept(kept=False, evidence=f"the baseline '{declared.benchmark}' has no counted run")
    time = baseline.headline
    return _kept(
        kept=True, evidence=f"{declared.kind}, {time.value:.3g} {time.unit} over {time.n} runs"
    )


def subset_is_explained(seen: Evidence) -> Judgement:
    """Judge rule 2: no planned run is missing, and cores that nobody uses are explained."""
    analysis = seen.analysis
    if analysis.attempts == 0:
        return NOT_MEASURED
    if analysis.missing:
        return _kept(kept=False, evidence=f"{analysis.missing} planned runs are missing")
    left_out = [f"{case.case_id}: {case.reason}" for case in analysis.skipped]
    unused = _unused_cores(seen)
    if unused and seen.study.sizing is None:
        return _kept(kept=False, evidence=f"no case uses {unused} of the machine's cores")
    named = "; ".join(left_out) or "every declared case was measured"
    return _kept(kept=True, evidence=named)


def _unused_cores(seen: Evidence) -> int:
    """Return how many cores of the one machine no case keeps busy; 0 where several or GPUs work."""
    analysis = seen.analysis
    elsewhere = any(case.imported or case.machines > 1 for case in seen.cases)
    accelerated = analysis.environment is None or bool(analysis.environment.gpus)
    if elsewhere or accelerated or analysis.environment is None:
        return 0
    return max(0, analysis.environment.cores - max((c.cores for c in seen.cases), default=0))


def kinds_fit_units(seen: Evidence) -> Judgement:
    """Judge rule 3: what is called a rate counts per second, and nothing else does."""
    wrong = [
        f"{name} ({metric.kind} in {metric.unit})"
        for name, metric in seen.study.metrics.items()
        if is_rate(metric.unit) != (metric.kind is MetricKind.RATE)
        and metric.kind in {MetricKind.COST, MetricKind.RATE, MetricKind.COUNT}
    ]
    kinds = Counter(metric.kind.value for metric in seen.study.metrics.values())
    typed = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    return _kept(
        kept=not wrong, evidence="; ".join(wrong) or f"{typed}; medians and ratios of times"
    )


def ratios_are_derived(seen: Evidence) -> Judgement:
    """Judge rule 4: no program reports a ratio as a cost or a rate, which runs would be pooled of."""
    pooled = [
        name
        for name, metric in seen.study.metrics.items()
        if metric.kind in {MetricKind.COST, MetricKind.RATE} and metric.unit == "1"
    ]
    made = f"every ratio is one of {seen.study.problem.headline_metric}"
    return _kept(kept=not pooled, evidence=", ".join(pooled) or made)


def numbers_have_intervals(seen: Evidence) -> Judgement:
    """Judge rule 5: every time and every speedup has an interval."""
    if not seen.cases:
        return NOT_MEASURED
    without = [case.case_id for case in seen.cases if case.time.interval is None]
    without += [
        f"speedup at {point.case.workers}"
        for point in seen.analysis.points
        if point.speedup.interval is None
    ]
    all_known = f"{len(seen.cases)} times and {len(seen.analysis.points)} speedups with intervals"
    return _kept(kept=not without, evidence="; ".join(without) or all_known)


def normality_is_checked(seen: Evidence) -> Judgement:
    """Judge rule 6: where means of a quality are held against a margin, they passed a test."""
    if not seen.cases:
        return NOT_MEASURED
    judged = [m for m in seen.analysis.concluded.quality.comparisons if m.margin is not None]
    names = {found.metric for found in judged}
    doubtful = [
        f"{name} of {case.case_id}"
        for case in seen.cases
        for name in sorted(names & case.values.keys())
        if not may_be_normal(case.values[name])
    ]
    if doubtful:
        few = f"fewer than {FEWEST} values, or the test of Shapiro and Wilk fails: "
        return _kept(kept=False, evidence=few + "; ".join(doubtful))
    checked = f"Shapiro and Wilk's test passed by {', '.join(sorted(names))}" if names else ""
    return _kept(
        kept=True, evidence=checked or "order statistics and ranks only; no mean is judged"
    )


def comparison_is_sound(seen: Evidence) -> Judgement:
    """Judge rule 7: the claimed speedup has its interval, and no other way to make it disagrees."""
    point = seen.analysis.claim.point
    if point is None:
        return NOT_MEASURED
    interval = point.speedup.interval
    if interval is None:
        return _kept(kept=False, evidence=f"n = {point.speedup.n}, no interval")
    found = f"{interval.low:.3g} to {interval.high:.3g} ({interval.method}, n = {point.speedup.n})"
    for unlike in seen.analysis.concluded.unlike:
        bounds = unlike.bootstrap.interval
        if unlike.workers != point.case.workers or bounds is None:
            continue
        agree = (bounds.low <= 1 <= bounds.high) == (interval.low <= 1 <= interval.high)
        found += f"; {bounds.low:.3g} to {bounds.high:.3g} (bootstrap)"
        return _kept(kept=agree, evidence=found)
    return _kept(kept=True, evidence=found)


def percentiles_are_there(seen: Evidence) -> Judgement:
    """Judge rule 8: a study of latency reports a high percentile."""
    study = seen.study
    waits = study.problem.ceiling is Ceiling.LATENCY or study.axis.name is Axis.INFERENCE
    if not waits:
        return Standing.NOT_APPLICABLE, f"the ceiling is {study.problem.ceiling}"
    tails = [name for name in study.metrics if any(part in name for part in TAIL)]
    return _kept(kept=bool(tails), evidence=", ".join(tails) or "no metric is a high percentile")


def setup_is_documented(seen: Evidence) -> Judgement:
    """Judge rule 9: machine, system, software and commit are known for the counted runs."""
    environment = seen.analysis.environment
    if environment is None:
        return NOT_MEASURED
    facts: dict[str, object] = {
        "processor": environment.cpu,
        "cores": environment.cores,
        "memory": environment.memory_bytes,
        "system": environment.system,
        "Python": environment.python,
        "commit": seen.analysis.commits,
    }
    lacking = [name for name, fact in facts.items() if not fact or fact == "unknown"]
    changed = [commit for commit in seen.analysis.commits if "modified" in commit]
    lacking += [f"commit {commit}" for commit in changed]
    factors = ", ".join(seen.study.scaling_benchmark.levels) or "none"
    return _kept(
        kept=not lacking,
        evidence="; ".join(lacking) or f"{len(facts)} facts; factors that vary: {factors}",
    )


def workers_become_one_number(seen: Evidence) -> Judgement:
    """Judge rule 10: every worker's time is there, of which the slowest counts, or one clock's."""
    name = seen.study.problem.headline_metric
    metric = seen.study.metrics[name]
    if not seen.cases:
        return NOT_MEASURED
    if metric.scope is Scope.TOTAL:
        return _kept(kept=True, evidence=f"{name}: one clock for the job: {metric.description}")
    silent: defaultdict[str, int] = defaultdict(int)
    for run in seen.counted:
        ranks = {sample.rank for sample in run.samples if sample.metric == name}
        if run.imported is None and len(ranks) < run.workers:
            silent[run.case_id] += 1
    partly = [f"{runs} runs of {case}" for case, runs in sorted(silent.items())]
    said = "not every worker reports its time: " + "; ".join(partly)
    return _kept(kept=not partly, evidence=said if partly else f"{name}: the slowest worker counts")


def bounds_are_shown(seen: Evidence) -> Judgement:
    """Judge rule 11: a prediction or measured roofs bound what can be reached."""
    analysis = seen.analysis
    limits = analysis.diagnosed.baseline
    known = [
        name
        for name, there in (
            ("the declared model's prediction", analysis.prediction is not None),
            ("measured roofs", limits is not None and limits.roofs is not None),
        )
        if there
    ]
    return _kept(kept=bool(known), evidence=" and ".join(known) or "only the ideal line")


def plots_show_spread(seen: Evidence) -> Judgement:
    """Judge rule 12: measured points are not joined, and each has enough runs to show their spread."""
    if not seen.analysis.points:
        return NOT_MEASURED
    bare = [f"{case.case_id}: n = {case.runs}" for case in seen.cases if case.runs < SPREAD]
    counts = {point.case.workers for point in seen.analysis.points}
    drawn = f"{len(counts)} worker counts on an axis to scale, not joined, and every run as a tick"
    return _kept(kept=not bare, evidence="; ".join(bare) or drawn)


def gate_comes_first(seen: Evidence) -> Judgement:
    """Judge the first rule of MLPerf: a quality is gated, and every counted run reached it."""
    gated = {
        name: metric.gate
        for name, metric in seen.study.metrics.items()
        if metric.kind is MetricKind.QUALITY and metric.gate
    }
    if not gated:
        return _kept(kept=False, evidence="no quality has a gate")
    if not seen.cases:
        return NOT_MEASURED
    short = [
        f"{name} of {case.case_id}"
        for name, gate in gated.items()
        for case in seen.cases
        if len(case.values.get(name, ())) < case.runs
        or not all(map(gate.passes, case.values[name]))
    ]
    reached = f"{', '.join(gated)} reached in every counted run"
    return _kept(kept=not short, evidence="; ".join(short) or reached)


def counts_were_decided(seen: Evidence) -> Judgement:
    """Judge the second: no case counts more runs than were planned for it."""
    if not seen.cases:
        return NOT_MEASURED
    here = [case for case in seen.cases if not case.imported]
    if not here:
        return Standing.NOT_APPLICABLE, "imported: nothing says how many runs were planned"
    more = [
        f"{case.case_id}: {case.runs} runs, {seen.planned.get(case.case_id, 0)} planned"
        for case in here
        if case.runs > seen.planned.get(case.case_id, 0)
    ]
    counts = sorted({seen.planned[case.case_id] for case in here} if not more else set())
    return _kept(
        kept=not more,
        evidence="; ".join(more) or f"planned for each case: {', '.join(map(str, counts))}",
    )


def failures_count(seen: Evidence) -> Judgement:
    """Judge the third: no case has so many failed runs that a median over all has no value."""
    arrivals = seen.analysis.concluded.quality.arrivals
    if not arrivals:
        return Standing.NOT_APPLICABLE, "no run has a target and a time to reach it"
    lost = [f"{a.case_id}: {a.never} of {a.runs} never arrived" for a in arrivals if not a.time]
    if not lost and all(case.imported for case in seen.cases):
        return Standing.NOT_APPLICABLE, "imported: nothing says which runs failed or were left out"
    failed = (
        f"{seen.analysis.failed} of {seen.analysis.attempts} attempts failed; all are in runs.csv"
    )
    return _kept(kept=not lost, evidence="; ".join(lost) or failed)


CHECKS: tuple[tuple[ReportingRule, Check], ...] = (
    (rules.BASELINE, base_is_stated),
    (rules.SUBSET, subset_is_explained),
    (rules.MEANS, kinds_fit_units),
    (rules.RATIOS, ratios_are_derived),
    (rules.INTERVALS, numbers_have_intervals),
    (rules.NORMALITY, normality_is_checked),
    (rules.COMPARISON, comparison_is_sound),
    (rules.PERCENTILES, percentiles_are_there),
    (rules.SETUP, setup_is_documented),
    (rules.PARALLEL_TIME, workers_become_one_number),
    (rules.BOUNDS, bounds_are_shown),
    (rules.PLOTS, plots_show_spread),
    (rules.GATE_FIRST, gate_comes_first),
    (rules.FIXED_COUNTS, counts_were_decided),
    (rules.FAILURES, failures_count),
)


def rule_facts(seen: Evidence) -> tuple[RuleFact, ...]:
    """Return how a study stands to every rule, in the order of their numbers."""
    return tuple(_fact(rule, *check(seen)) for rule, check in CHECKS)


def _fact(rule: ReportingRule, standing: Standing, evidence: str) -> RuleFact:
    """Return one row of the table."""
    mend = rule.mend if standing is Standing.NOT_MET else ""
    return RuleFact(
        number=rule.number, rule=rule.says, standing=standing, evidence=evidence, mend=mend
    )
