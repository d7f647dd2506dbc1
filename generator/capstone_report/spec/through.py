"""A study whose runs are jobs of a scheduler: all of them, for nothing is compared across machines."""

from collections.abc import Sequence
from dataclasses import replace

from capstone_report.launchers.scheduler import Scheduler, schedulers
from capstone_report.results.records import RunRecord
from capstone_report.spec.benchmarks import Benchmark
from capstone_report.spec.load import LoadedStudy
from capstone_report.spec.study import Study


def declared_scheduler(study: Study) -> str | None:
    """Return the kind of the scheduler that a benchmark of a study asks for; None where none does."""
    asked = (b.launcher.kind for b in study.benchmarks if isinstance(b.launcher, Scheduler))
    return next(asked, None)


def measured_scheduler(records: Sequence[RunRecord]) -> str | None:
    """Return the kind of the scheduler whose jobs the newest of some runs were; None without one."""
    newest = next((record for record in reversed(records) if record.imported is None), None)
    return newest.job.scheduler if newest and newest.job else None


def through(loaded: LoadedStudy, kind: str | None) -> LoadedStudy:
    """Return a study with every run a job of a scheduler, started inside it as it would be here.

    Without a kind it is that of the study itself, if any. A case is then identified by both
    launchers, so that a run here never stands for one there.

    Raises:
        ValueError: a launcher has no place inside a job.
    """
    kind = kind or declared_scheduler(loaded.study)
    if kind is None:
        return loaded
    scheduler = schedulers()[kind]
    return _with(loaded, [_inside(benchmark, scheduler) for benchmark in loaded.study.benchmarks])


def through_where_possible(loaded: LoadedStudy, kind: str) -> LoadedStudy:
    """Return a study with every run a job that can be one, and the others as they are declared.

    A launcher may have been changed since runs were submitted; those of the others still count.
    """
    scheduler, benchmarks = schedulers()[kind], []
    for benchmark in loaded.study.benchmarks:
        try:
            benchmarks.append(_inside(benchmark, scheduler))
        except ValueError:
            benchmarks.append(benchmark)
    return _with(loaded, benchmarks)


def _with(loaded: LoadedStudy, benchmarks: Sequence[Benchmark]) -> LoadedStudy:
    """Return a study with other benchmarks."""
    study = loaded.study.model_copy(update={"benchmarks": tuple(benchmarks)})
    return replace(loaded, study=study)


def _inside(benchmark: Benchmark, scheduler: type[Scheduler]) -> Benchmark:
    """Return a benchmark whose program starts inside a job; one measured elsewhere stays as it is."""
    if benchmark.external:
        return benchmark
    modules = (*benchmark.launcher.requires, *benchmark.requires)
    return benchmark.model_copy(
        update={"launcher": scheduler.around(benchmark.launcher), "requires": modules}
    )
