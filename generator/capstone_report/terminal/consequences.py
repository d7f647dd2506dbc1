"""What a what-if would do, as text and for JSON."""

import click

from capstone_report.spec.whatif import Consequences
from capstone_report.terminal.answers import Predicted, WhatIfRow, problem_row
from capstone_report.terminal.diagnostics import Style, show_problems


def what_if_row(seen: Consequences) -> WhatIfRow:
    """Return the consequences for one study, for JSON."""
    return WhatIfRow(
        study=seen.study_id,
        new=[problem_row(finding) for finding in seen.new],
        gone=[problem_row(finding) for finding in seen.gone],
        touches=seen.touches,
        predicted=_predicted(seen),
    )


def print_consequences(seen: Consequences, changes: str, style: Style) -> None:
    """Say what a change would do to one study."""
    click.echo(f"specs/{seen.study_id} with {changes}:")
    show_problems(seen.new, style)
    for finding in seen.gone:
        click.echo(f"  no longer: {finding.code} {finding.what}")
    if not (seen.new or seen.gone):
        click.echo("  no check says anything new")
    for slot, reason in seen.touches.items():
        click.echo(f"  look again at {slot}: {reason}")
    rows = _predicted(seen)
    if rows:
        click.echo("  predicted speedup   as it is   changed")
    for row in rows:
        said = [f"{value:.3g}" if value is not None else "-" for value in (row.before, row.after)]
        click.echo(f"  {row.workers:>6} workers   {said[0]:>12}{said[1]:>10}")
    if not rows:
        click.echo("  no [prediction] is declared, so no speedup can be compared")


def _predicted(seen: Consequences) -> list[Predicted]:
    """Return the predicted speedups at the worker counts worth comparing."""
    return [
        Predicted(
            workers=count,
            before=seen.before.speedup(count) if seen.before else None,
            after=seen.after.speedup(count) if seen.after else None,
        )
        for count in seen.workers
    ]
