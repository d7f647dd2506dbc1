"""The table of a study's cases while they are measured, as wide and as high as there is room."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text

from capstone_report.results.records import Phase
from capstone_report.terminal.drawing import Drawn, drawn
from capstone_report.terminal.figures import figure, interval_text, printable, sparkline
from capstone_report.terminal.standings import Standing

PICTURE_WIDTH = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of the table, which is there from a width of the terminal on."""

    title: str
    cell: Callable[[Standing], str]
    from_width: int = 0
    blocks: bool = False
    """Whether its cells need more than ASCII."""


COLUMNS = (
    Column(title="runs", cell=lambda case: f"{case.runs}/{case.wanted}"),
    Column(title="last", cell=lambda case: figure(case.last), from_width=80),
    Column(title="median", cell=lambda case: figure(case.median)),
    Column(title="95 % interval", cell=interval_text, from_width=66),
    Column(
        title="values",
        cell=lambda case: sparkline(case.values, width=PICTURE_WIDTH),
        from_width=92,
        blocks=True,
    ),
)


def case_table(
    console: Console,
    standings: Sequence[Standing],
    *,
    measured: str,
    width: int,
    current: Standing | None = None,
) -> list[list[Drawn]]:
    """Return the lines of the head and of each case, with one more where runs failed.

    `measured` names the metric and its unit.
    """
    ascii_only = console.options.ascii_only
    columns = [c for c in COLUMNS if width >= c.from_width and not (c.blocks and ascii_only)]
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column()  # of all columns this one alone may shrink: names are cut, never numbers
    cells = [[column.cell(standing) for column in columns] for standing in standings]
    for _ in columns:
        grid.add_column(no_wrap=True)
    grid.add_row(one_line(f"  {measured}"), *(column.title for column in columns), style="dim")
    for standing, row in zip(standings, cells, strict=True):
        mark, style = ("> ", "bold") if standing is current else ("  ", "")
        grid.add_row(one_line(mark + _name(standing)), *row, style=style)
    head, *lines = drawn(console, grid, width=width)
    failures = (_failures(console, standing, width) for standing in standings)
    return [[head], *([line, *more] for line, more in zip(lines, failures, strict=True))]


def around(heights: Sequence[int], current: int, *, room: int) -> range:
    """Return which rows fit into that many lines: the current one, and as many on both sides."""
    first, last = current, current
    if heights[current] > room:
        return range(0)
    used = heights[current]
    while True:
        before = used
        if last + 1 < len(heights) and used + heights[last + 1] <= room:
            last, used = last + 1, used + heights[last + 1]
        if first > 0 and used + heights[first - 1] <= room:
            first, used = first - 1, used + heights[first - 1]
        if used == before:
            return range(first, last + 1)


def _name(standing: Standing) -> str:
    """Return a case's name, with what its runs are for unless they count."""
    if standing.phase is Phase.MEASUREMENT:
        return standing.case_id
    return f"{standing.case_id} ({standing.phase.value.replace('-', ' ')})"


def _failures(console: Console, standing: Standing, width: int) -> list[Drawn]:
    """Return the line that says how many runs of a case failed and why the last one did."""
    if not standing.failures:
        return []
    said = f"    {len(standing.failures)} failed: {printable(standing.failures[-1])}"
    return drawn(console, one_line(said, style="red"), width=width)


def one_line(text: str, *, style: str = "") -> Text:
    """Return a text that is cut where the terminal ends."""
    return Text(text, style=style, no_wrap=True, overflow="ellipsis")
