"""What became of a fault that was injected into a run: when it happened, and when work went on."""

from collections.abc import Iterator, Sequence

from capstone_report.measure.guard.messages import Ended
from capstone_report.results.records import Injected, Sample
from capstone_report.results.values import RECOVERY_TIME, RESTART_COUNT, RESUMED_AT
from capstone_report.units import Seconds


def injected(ended: Ended) -> Injected | None:
    """Return what a record says about the fault; None where none was declared."""
    killed = ended.killed
    if killed is None:
        return None
    return Injected(
        kill_worker=killed.rank,
        reported_after_s=killed.reported_after_s,
        killed_after_s=killed.killed_after_s,
    )


def recovery_s(ended: Ended, samples: Sequence[Sample]) -> Seconds | None:
    """Return the time from the kill to the end of the first step after a restart, where one was made."""
    if ended.killed is None or ended.killed.killed_at is None:
        return None
    resumed = (sample.value for sample in samples if sample.metric == RESUMED_AT)
    after = [at - ended.killed.killed_at for at in resumed if at >= ended.killed.killed_at]
    return min(after, default=None)


def recovery_sample(ended: Ended, samples: Sequence[Sample]) -> Iterator[Sample]:
    """Yield the recovery time as a record holds it, where it is known."""
    seconds = recovery_s(ended, samples)
    if seconds is not None:
        yield Sample(metric=RECOVERY_TIME, value=seconds, unit="s")


def injection_note(ended: Ended) -> Iterator[str]:
    """Yield that a worker was killed on purpose, and when."""
    if ended.killed and ended.killed.killed_after_s is not None:
        after_s = ended.killed.killed_after_s
        yield f"worker {ended.killed.rank} was killed on purpose, {after_s:.2f} s after the start"


def unlike_declared(ended: Ended, samples: Sequence[Sample]) -> str:
    """Say in what a run differs from what was declared: its fault, its recovery; empty for nothing."""
    killed = ended.killed
    if killed is None:
        restarts = max((s.value for s in samples if s.metric == RESTART_COUNT), default=0)
        times = f"{restarts:g} times, and no fault was declared"
        return f"its workers were restarted {times}" if restarts else ""
    if killed.reported_after_s is None:
        return f"worker {killed.rank} was not killed: the program reported nothing before its end"
    if killed.killed_at is None:
        found = f"no process had RANK={killed.rank} until it ended"
        return f"worker {killed.rank} was not killed: it was too early, or {found}"
    if recovery_s(ended, samples) is None:
        return f"worker {killed.rank} was killed, and no {RESUMED_AT} was reported afterwards"
    return ""
