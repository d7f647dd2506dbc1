"""The tornado as text: what ten times less and ten times more of a constant would do."""

from collections.abc import Callable, Sequence

import click

from capstone_report.calculators.numerals import cell, counted
from capstone_report.perfmodel.outcomes import At, NeverReached, NotWithin
from capstone_report.perfmodel.sensitivity import Reach, TornadoRow
from capstone_report.terminal.output import print_table

LINK = ("alpha", "beta")


def print_sensitivity(rows: Sequence[TornadoRow]) -> None:
    """Print the tornado, and which of the link's two constants decides what."""
    click.echo("Sensitivity: each constant over ten, and times ten")
    headers = ("constant", "p* /10", "S /10", "R>=1 /10", "p* x10", "S x10", "R>=1 x10", "swing S")
    print_table(
        headers,
        [
            (row.constant, *_cells(row.low), *_cells(row.high), _times(row.speedup_swing))
            for row in rows
        ],
    )
    for row in rows:
        _print_clamped(row)
    workers = _mover(rows, lambda row: row.workers_swing)
    speedup = _mover(rows, lambda row: row.speedup_swing)
    if workers and workers == speedup:
        click.echo(
            f"  Of the link's two constants, {workers} moves both p* and the best speedup more."
        )
    elif workers and speedup:
        click.echo(
            f"  Of the link's two constants, {workers} moves p* more"
            f" and {speedup} moves the best speedup more."
        )


def _print_clamped(row: TornadoRow) -> None:
    """Say where a constant was kept within its domain."""
    for change, setting in (("/10", row.low_value), ("x10", row.high_value)):
        if setting.is_clamped:
            taken = f"taken as {setting.taken:g}, not {setting.asked:g}"
            click.echo(f"  {row.constant} {change} is {taken}, to stay within its domain")


def _mover(rows: Sequence[TornadoRow], swing: Callable[[TornadoRow], float | None]) -> str | None:
    """Return which of the link's two constants moves something more; None where neither does."""
    swings = {row.constant: swing(row) or float("inf") for row in rows if row.constant in LINK}
    if len(set(swings.values())) < len(LINK):
        return None
    return max(swings, key=swings.__getitem__)


def _cells(reach: Reach) -> tuple[str, str, str]:
    """Return p*, the speedup there and where communication dominates, as they stand in a table."""
    unknown = "not found" if isinstance(reach.optimum, NotWithin) else "unbounded"
    workers = unknown if reach.workers is None else counted(reach.workers)
    speedup = unknown if reach.speedup is None else cell(reach.speedup, 2)
    return workers, speedup, _first(reach)


def _first(reach: Reach) -> str:
    """Return where communication dominates, as it stands in a table."""
    found = reach.communication_dominates
    if isinstance(found, At):
        return counted(found.workers)
    return "never" if isinstance(found, NeverReached) else "not found"


def _times(swing: float | None) -> str:
    """Return a swing as a factor."""
    return "unbounded" if swing is None else f"{cell(swing, 2)}x"
