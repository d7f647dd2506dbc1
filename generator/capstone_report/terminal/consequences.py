"""What a what-if would do, as text and for JSON."""

import click

from capstone_report.findings.finding import Severity
from capstone_report.spec.whatif import Consequences
from capstone_report.terminal.answers import PredictedRow, WhatIfRow, problem_row
from capstone_report.terminal.diagnostics import Style, show_problems


def what_if_row(seen: Consequences) -> WhatIfRow:
    """Return the consequences for one study, for JSON."""
    return WhatIfRow(
        study=seen.study_id,
        new=[problem_row(finding) for finding in seen.new],
        gone=[problem_row(finding) for finding in seen.gone],
        kept_errors=seen.kept_errors,
        touches=seen.touches,
        relative_to_workers=seen.p0,
        predicted=[
            PredictedRow(workers=row.workers, what=row.what, before=row.before, after=row.after)
            for row in seen.predicted
        ],
    )


def print_consequences(seen: Consequences, changes: str, style: Style, *, notes: bool) -> None:
    """Say what a change would do to one study."""
    new = [f for f in seen.new if notes or f.severity is not Severity.NOTE]
    show_problems(new, style)
    if style is Style.GITHUB:
        return
    click.echo(f"specs/{seen.study_id} with {changes}:")
    for finding in seen.gone:
        click.echo(f"  no longer: {finding.code} {finding.what}")
    if seen.kept_errors:
        click.echo(f"  errors as before: {seen.kept_errors}")
    if not (new or seen.gone):
        click.echo("  no check says anything new")
    for slot, reason in seen.touches.items():
        click.echo(f"  look again at {slot}: {reason}")
    _print_predictions(seen)


def _print_predictions(seen: Consequences) -> None:
    """Print the predicted speedups before and after as a table."""
    if not seen.predicted:
        click.echo("  no [prediction] can be read, so no speedup can be compared")
        return
    over = f"over p0 = {seen.p0}" if seen.p0 > 1 else "over one worker"
    click.echo(f"  predicted speedup {over}")
    click.echo(f"  {'workers':>9}  {'as it is':>9}  {'changed':>9}")
    for row in seen.predicted:
        said = [f"{value:.3g}" if value is not None else "-" for value in (row.before, row.after)]
        click.echo(f"  {row.workers:>9}  {said[0]:>9}  {said[1]:>9}  {row.what}")
    if seen.changes_consistency:
        click.echo("  staler views may cost further steps to the same quality; the model has none")
