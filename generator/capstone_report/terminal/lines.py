"""A campaign in plain lines: for a pipe, a log, and a terminal that can only print."""

import contextlib
from collections.abc import Iterator
from types import TracebackType

import click

from capstone_report.measure.campaign import Progress, Reporter
from capstone_report.results.records import Outcome, RunRecord
from capstone_report.spec.load import LoadedStudy
from capstone_report.terminal.figures import figure, printable, with_unit
from capstone_report.terminal.standings import Board

STOPPING = (
    "stopping: the run is being ended, its record written; press Ctrl-C again to kill it at once"
)


class KeptLines:
    """What is worth keeping of a campaign, in the order it happens."""

    def __init__(self, study_id: str) -> None:
        """Begin with nothing told."""
        self._study_id = study_id
        self._told: set[str] = set()
        self._stopping = False

    def first_command(self, progress: Progress) -> Iterator[str]:
        """Yield the command of a case before its first run."""
        case = progress.run.case.id
        if progress.record is None and case not in self._told:
            self._told.add(case)
            yield printable(f"{self._study_id}: {case}: {progress.command}")

    def stop(self, progress: Progress) -> Iterator[str]:
        """Yield once that a signal has been heard."""
        if progress.record is None and progress.stopping and not self._stopping:
            self._stopping = True
            yield STOPPING

    def failure(self, progress: Progress) -> Iterator[str]:
        """Yield why a run did not end well, and what it said last."""
        record = progress.record
        if record is not None and record.outcome is not Outcome.OK:
            yield outcome_line(progress, record, record.message)
            yield from (f"    | {printable(line)}" for line in progress.last_words)


def outcome_line(progress: Progress, record: RunRecord, said: str) -> str:
    """Return how the run that has ended went, and what is to be said about it."""
    line = f"{record.case_id}: {record.outcome} after {record.wall_time_s:.1f} s"
    return printable(f"[{progress.done}/{progress.total}] {line}{': ' if said else ''}{said}")


class Lines:
    """Prints a line for each case's command and for each run that has ended."""

    def __init__(self, study: LoadedStudy) -> None:
        """Begin with nothing printed."""
        self._kept = KeptLines(study.id)
        self._board = Board(study.study)

    def __enter__(self) -> Reporter:
        return self._show

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave what is printed."""

    def _show(self, progress: Progress) -> None:
        """Print what one step adds; that nobody reads it is no reason to stop measuring."""
        with contextlib.suppress(OSError):
            for line in self._lines(progress):
                click.echo(line, err=True)

    def _lines(self, progress: Progress) -> Iterator[str]:
        """Yield what one step adds."""
        yield from self._kept.first_command(progress)
        yield from self._kept.stop(progress)
        yield from self._kept.failure(progress)
        record = progress.record
        if record is not None and record.outcome is Outcome.OK:
            yield outcome_line(progress, record, self._result(progress))

    def _result(self, progress: Progress) -> str:
        """Return the value of the run that has ended, and the median so far with its interval."""
        standing = self._board.standing(progress, progress.run.phase, progress.run.case)
        unit = self._board.unit
        if standing.last is None:  # a program of ours, which measures something else
            return ""
        value = with_unit(figure(standing.last), unit)
        if standing.interval is None:
            return value
        low, high = (figure(bound) for bound in standing.interval)
        middle = with_unit(figure(standing.median), unit)
        return f"{value}; median {middle} ({low} to {high}, n = {len(standing.values)})"
