"""The live view of a campaign: what runs now, how far it is, and where every case stands.

It runs beside the measurement, so it draws when something has changed: at a run's start and once a
second for its seconds, never more than four times a second.
"""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType

from rich.console import Console, RenderableType
from rich.progress_bar import ProgressBar
from rich.text import Text

from capstone_report.measure.campaign import Progress, Reporter
from capstone_report.spec.load import LoadedStudy
from capstone_report.terminal.case_table import around, case_table, one_line
from capstone_report.terminal.drawing import Drawn, Painter, drawn
from capstone_report.terminal.figures import duration, printable
from capstone_report.terminal.lines import STOPPING, KeptLines
from capstone_report.terminal.standings import Board, Standing, TimeLeft, time_left
from capstone_report.units import Seconds

AT_MOST_EVERY_S: Seconds = 0.24  # the guard ticks every 0.25 s
WIDEST_BAR = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What holds from one run's start to the next."""

    begun: Progress
    standings: tuple[Standing, ...]
    left: TimeLeft | None

    @property
    def current(self) -> int:
        """Return the place of the case that runs."""
        keys = [(standing.case_id, standing.phase) for standing in self.standings]
        return keys.index((self.begun.run.case.id, self.begun.run.phase))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What can be seen: when it changes, the view is drawn anew."""

    second: int
    stopping: bool
    width: int
    height: int


class Live:
    """Shows a campaign on a terminal."""

    def __init__(self, study: LoadedStudy) -> None:
        """Begin with nothing shown."""
        # That stderr is a terminal has been found out already; no variable may say otherwise.
        self._console = Console(stderr=True, force_terminal=True, highlight=False, markup=False)
        self._painter = Painter(self._console)
        self._board = Board(study.study)
        self._kept = KeptLines(study.id)
        self._study = study
        self._scene: Scene | None = None
        self._latest: Progress | None = None
        self._shown: Shown | None = None
        self._painted_at: Seconds = 0.0
        self._lines: list[Drawn] = []
        self._tables: dict[tuple[int, int], list[Drawn]] = {}

    def __enter__(self) -> Reporter:
        return self._report

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Put a table that stays where the view was."""
        if self._latest is not None:
            with contextlib.suppress(OSError):
                self._sum_up(self._latest)

    def _report(self, progress: Progress) -> None:
        """Show one step; a terminal that has gone is no reason to stop measuring."""
        with contextlib.suppress(OSError):
            self._show(progress)

    def _sum_up(self, latest: Progress) -> None:
        """Replace the view by a table of all cases."""
        standings = self._board.standings(latest)
        rows = case_table(
            self._console, standings, measured=self._measured, width=self._console.width - 1
        )
        self._painter.paint([], above=[line.text for row in rows for line in row])

    def _show(self, progress: Progress) -> None:
        """Show one step: what stays, above the view, and the view where it has changed."""
        begins = self._latest is None or self._latest.record is not None
        self._latest = progress
        above = [*self._kept.first_command(progress), *self._kept.failure(progress)]
        if begins:
            standings, left = self._board.standings(progress), time_left(progress)
            self._scene = Scene(begun=progress, standings=standings, left=left)
            self._shown, self._tables = None, {}
        if progress.record is None and self._scene and self._is_due(progress):
            self._lines = self._drawn(self._scene, progress)
        elif not above:
            return
        self._painter.paint(self._lines, above=above)

    def _is_due(self, progress: Progress) -> bool:
        """Tell whether the view looks different now and may be drawn, and remember it."""
        width, height = self._console.size
        shown = Shown(
            second=int(progress.elapsed_s), stopping=progress.stopping, width=width, height=height
        )
        now = time.monotonic()
        urgent = progress.stopping or now - self._painted_at >= AT_MOST_EVERY_S
        if shown == self._shown or not urgent:
            return False
        self._shown, self._painted_at = shown, now
        return True

    def _drawn(self, scene: Scene, progress: Progress) -> list[Drawn]:
        """Return the view as it fits into the terminal."""
        size = self._console.size
        # The last column stays free: a "^C" that the terminal shows there must not begin a new row.
        width, height = size.width - 1, size.height - 1
        head = [
            line
            for shown in head_of(self._study.id, scene, progress)
            for line in drawn(self._console, shown, width=width)
        ]
        room = height - len(head)
        if (width, room) not in self._tables:
            self._tables[width, room] = self._table(scene, width=width, room=room)
        return [*head, *self._tables[width, room]][:height]

    def _table(self, scene: Scene, *, width: int, room: int) -> list[Drawn]:
        """Return the cases around the one that runs, in at most that many lines."""
        current = scene.standings[scene.current]
        head, *rows = case_table(
            self._console, scene.standings, measured=self._measured, width=width, current=current
        )
        heights = [len(row) for row in rows]
        shown = around(heights, scene.current, room=room - 1)
        if len(shown) == len(rows):
            return [line for row in (head, *rows) for line in row]
        shown = around(heights, scene.current, room=room - 2)
        if not shown:
            return []
        said = f"  not shown: {shown.start} above, {len(rows) - shown.stop} below"
        left_out = drawn(self._console, one_line(said, style="dim"), width=width)
        return [line for row in (head, *(rows[i] for i in shown), left_out) for line in row]

    @property
    def _measured(self) -> str:
        """Return the headline metric with its unit."""
        metric, unit = self._study.study.problem.headline_metric, self._board.unit
        return metric if unit == "1" else f"{metric} in {unit}"


def head_of(study_id: str, scene: Scene, progress: Progress) -> Iterator[RenderableType]:
    """Yield how far the campaign is and what runs now."""
    run, standing = progress.run, scene.standings[scene.current]
    left = ""
    if scene.left is not None:
        left = f", about {duration(scene.left.after(progress.elapsed_s))} left"
    yield one_line(f"{study_id}: {progress.done} of {progress.total} runs done{left}")
    yield ProgressBar(total=max(progress.total, 1), completed=progress.done, width=WIDEST_BAR)
    phase = run.phase.value.replace("-", " ")
    yield one_line(f"now  {run.case.id}", style="bold")
    elapsed = duration(int(progress.elapsed_s))
    yield one_line(f"     {elapsed}, run {run.repeat + 1} of {standing.wanted}, {phase}")
    yield one_line(f"     {printable(progress.command)}", style="dim")
    if progress.stopping:
        yield Text(STOPPING, style="yellow")
