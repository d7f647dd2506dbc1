"""Progress of a campaign: a bar that moves on a terminal, plain lines in a pipe."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from capstone_report.measure.campaign import Progress

BAR_WIDTH = 24


class Live:
    """Shows a campaign: a bar that moves on a terminal, plain lines in a pipe."""

    def __init__(self, study_id: str) -> None:
        """Begin with nothing shown."""
        self._study_id = study_id
        self._shown: set[str] = set()
        self._durations: list[float] = []
        self._moves = sys.stderr.isatty()

    def __enter__(self) -> Callable[["Progress"], None]:
        return self._show

    def __exit__(self, *_: object) -> None:
        if self._moves and self._shown:
            click.echo(err=True)

    def _show(self, progress: "Progress") -> None:
        """Show one step; the command of a case is printed before it first runs."""
        case, record = progress.run.case.id, progress.record
        if record is None and case not in self._shown:
            self._shown.add(case)
            self._line(f"{self._study_id}: {case}: {progress.command}", keep=True)
        if record is None:
            self._line(f"{self._bar(progress)} {case}, {progress.elapsed_s:.0f} s", keep=False)
            return
        self._durations.append(record.wall_time_s)
        if not self._moves or record.message:
            said = f": {record.message}" if record.message else ""
            result = f"{case}: {record.outcome} after {record.wall_time_s:.1f} s{said}"
            self._line(f"[{progress.done}/{progress.total}] {result}", keep=True)
        for line in progress.last_words:
            self._line(f"    | {line}", keep=True)

    def _bar(self, progress: "Progress") -> str:
        """Return a bar with the share that is done and the time that is probably left."""
        filled = BAR_WIDTH * progress.done // max(progress.total, 1)
        text = f"[{'#' * filled:-<{BAR_WIDTH}}] {progress.done}/{progress.total}"
        if not self._durations:
            return text
        mean = sum(self._durations) / len(self._durations)
        return f"{text}, about {(progress.total - progress.done) * mean:.0f} s left:"

    def _line(self, text: str, *, keep: bool) -> None:
        """Write a line that stays, or, on a terminal only, one that the next line replaces."""
        if self._moves:
            click.echo(f"\r\x1b[2K{text}", nl=keep, err=True)
        elif keep:
            click.echo(text, err=True)
