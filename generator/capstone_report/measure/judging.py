"""How a run ended, in one word, and why it does not count when it does not."""

import signal
from collections.abc import Sequence

from capstone_report.measure.guard.messages import Ended, Ending
from capstone_report.measure.recovering import unlike_declared
from capstone_report.parsers.parser import Parsed
from capstone_report.plan import PlannedRun
from capstone_report.results.records import Outcome
from capstone_report.results.values import WARMUP
from capstone_report.spec.study import Study
from capstone_report.spec.vocabulary import MetricKind, Scope
from capstone_report.units import is_time

Judgement = tuple[Outcome, str]

NOT_EXECUTABLE, NOT_FOUND = 126, 127


def judge(
    study: Study, run: PlannedRun, ended: Ended, parsed: Parsed, *, causes: Sequence[str]
) -> Judgement:
    """Return a run's outcome and, unless it is ok, the reason.

    `causes` are what the program's last words tell about a failure or a hang.
    """
    return (
        _stopped(run, ended, causes)
        or _failed(ended, causes)
        or _refused(study, run, parsed)
        or _unlike_declared(ended, parsed)
        or _stood_still(ended)
        or (Outcome.OK, "")
    )


def _stopped(run: PlannedRun, ended: Ended, causes: Sequence[str]) -> Judgement | None:
    """Judge a run that did not end by itself."""
    benchmark = run.case.benchmark
    match ended.ending:
        case Ending.STOPPED:
            return Outcome.INTERRUPTED, "stopped"
        case Ending.GUARD_LOST:
            return Outcome.INTERRUPTED, "the guard process was killed, and the run with it"
        case Ending.TIMEOUT:
            return Outcome.TIMEOUT, f"stopped after its limit of {benchmark.timeout_s:g} s"
        case Ending.SILENCE:
            idle = f"no output for {benchmark.idle_timeout_s:g} s"
            stacks = "Python programs wrote their stacks to stderr.txt"
            return Outcome.HUNG, "; ".join((idle, stacks, *causes))
        case Ending.CROWD:
            return Outcome.FAILED, f"it had more than {benchmark.max_processes} processes at once"
        case _:
            return None


def _failed(ended: Ended, causes: Sequence[str]) -> Judgement | None:
    """Judge a run that ended badly."""
    if ended.signal is not None:
        message = f"ended by signal {ended.signal} ({signal.Signals(ended.signal).name})"
        if ended.signal == signal.SIGKILL and ended.oom_kills:
            message += "; meanwhile the kernel killed for want of memory"
    elif ended.exit_code == NOT_FOUND:
        message = "exited with status 127: a command was not found"
    elif ended.exit_code == NOT_EXECUTABLE:
        message = "exited with status 126: a command could not be executed"
    elif ended.exit_code != 0:
        message = f"exited with status {ended.exit_code}"
    else:
        return None
    return Outcome.FAILED, "; ".join((message, *causes))


def _refused(study: Study, run: PlannedRun, parsed: Parsed) -> Judgement | None:
    """Judge what a run reported."""
    if parsed.problems:
        return Outcome.INCOMPLETE, f"its metrics were refused: {parsed.problems[0]}"
    # Without a part of its work a program computes something else; its checks may say so.
    failed = [check.name for check in parsed.checks if not (check.ok or run.case.ablation)]
    if failed:
        return Outcome.FAILED, f"its own check failed: {', '.join(failed)}"
    if run.case.benchmark.name not in {benchmark.name for benchmark in study.benchmarks}:
        return None  # a program of ours, which knows nothing of the study's metrics
    missing = _missing_metrics(study, run.case.allocation.workers, parsed)
    wrong = missing or _impossible_times(study, parsed)
    return (Outcome.INCOMPLETE, wrong) if wrong else None


def _unlike_declared(ended: Ended, parsed: Parsed) -> Judgement | None:
    """Judge a run in which the declared fault did not happen, or another one did."""
    unlike = unlike_declared(ended, parsed.samples)
    return (Outcome.INCOMPLETE, unlike) if unlike else None


def _stood_still(ended: Ended) -> Judgement | None:
    """Judge a run that was suspended: its duration says nothing."""
    if ended.suspended_s == 0:
        return None
    return Outcome.SUSPENDED, f"it, or the machine, stood still for {ended.suspended_s:.1f} s"


def _missing_metrics(study: Study, workers: int, parsed: Parsed) -> str:
    """Say which declared metric is absent, from too few or too many ranks, or in another unit."""
    for name, metric in study.metrics.items():
        samples = [sample for sample in parsed.samples if sample.metric == name]
        ranks = {sample.rank for sample in samples}
        steady = {sample.rank for sample in samples if sample.phase != WARMUP}
        if not samples:
            return f"it reported no {name}"
        if not steady:
            return f"it reported {name} for warm-up only"
        if any(sample.unit != metric.unit for sample in samples):
            return f"it reported {name} in {samples[0].unit}, not in {metric.unit}"
        if max(ranks) >= workers or min(ranks) < 0:
            return f"rank {max(ranks)} reported {name}, but there are {workers} workers"
        if metric.scope is Scope.PER_WORKER and len(steady) < workers:
            silent = ", ".join(str(rank) for rank in sorted(set(range(workers)) - steady)[:8])
            return f"{name} came from {len(steady)} of {workers} workers; none from rank {silent}"
    return ""


def _impossible_times(study: Study, parsed: Parsed) -> str:
    """Say which declared time is not positive."""
    times = {
        name
        for name, metric in study.metrics.items()
        if metric.kind is MetricKind.COST and is_time(metric.unit)
    }
    for sample in parsed.samples:
        if sample.metric in times and sample.value <= 0:
            return f"it reported {sample.value:g} {sample.unit} of {sample.metric}, and time passes"
    return ""
