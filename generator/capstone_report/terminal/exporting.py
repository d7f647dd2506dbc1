"""`capstone export`: one study's report in other forms, in one folder."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from capstone_report.errors import UsageError
from capstone_report.findings.exporting import NOTHING_TO_RECOMPUTE
from capstone_report.findings.finding import Severity
from capstone_report.terminal.options import project_option

if TYPE_CHECKING:
    from capstone_report.analysis.facts import Analysis
    from capstone_report.results.journal import Journal
    from capstone_report.spec.load import LoadedStudy, Project

EXPORTS = "exports"


@click.command()
@click.argument("study")
@project_option
@click.option("--machine", help='Whose records to show: a machine\'s name, or "here".')
@click.option(
    "--output",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder to write, new or an earlier export; default: exports/STUDY of the workspace.",
)
@click.option(
    "--csv", "forms", flag_value="csv", multiple=True, help="Tables: runs, cases, scaling."
)
@click.option(
    "--json", "forms", flag_value="json", multiple=True, help="Everything, as one document."
)
@click.option(
    "--md", "forms", flag_value="md", multiple=True, help="One Markdown file, SVG beside it."
)
@click.option(
    "--latex", "forms", flag_value="latex", multiple=True, help="LaTeX, PDF figures beside it."
)
@click.option(
    "--notebook",
    "forms",
    flag_value="notebook",
    multiple=True,
    help="Recomputes it from the records.",
)
@click.option(
    "--pdf",
    "prints",
    type=click.Choice(("report", "slides")),
    multiple=True,
    help="Print one of them with a Chromium of this machine. (repeatable)",
)
def export(
    study: str,
    project: Path,
    *,
    machine: str | None,
    output: Path | None,
    forms: tuple[str, ...],
    prints: tuple[str, ...],
) -> None:
    """Write the report of STUDY in other forms, one or several at once, into one folder.

    Equal records give equal bytes. Never runs what a study names.
    """
    from capstone_report.analysis.analyze import analyze
    from capstone_report.site.exporting import write_export
    from capstone_report.spec.load import find_root, load_project
    from capstone_report.terminal.analyses import chosen_journal

    if not forms and not prints:
        raise click.UsageError(
            "name at least one form: --csv, --json, --md, --latex, --notebook or --pdf"
        )
    loaded = load_project(find_root(project), (study,))
    (chosen,) = loaded.studies
    journal = chosen_journal(loaded, chosen, machine)
    # Without what stands in no record: a notebook beside the same records must say the same.
    analysis = analyze(chosen, loaded.workspace, journal)
    files = _files(loaded, chosen, journal, analysis, forms) | _printed(loaded, analysis, prints)
    for path in write_export(output or loaded.root / EXPORTS / chosen.id, files):
        click.echo(f"wrote {path}")
    for finding in analysis.findings:
        if finding.severity is Severity.WARNING:
            click.echo(str(finding), err=True)


def _files(
    project: "Project",
    study: "LoadedStudy",
    journal: "Journal | None",
    analysis: "Analysis",
    forms: tuple[str, ...],
) -> dict[str, bytes]:
    """Return the files of every form but what is printed.

    Raises:
        UsageError: a notebook would have no records to read.
    """
    from capstone_report.report.exports.forms import Form, exported
    from capstone_report.site.exporting import sources

    wanted = {Form(form) for form in forms}
    recorded = journal is not None and bool(journal.runs)
    if Form.NOTEBOOK in wanted and not recorded:
        raise UsageError(NOTHING_TO_RECOMPUTE(f"specs/{study.id}", study=study.id))
    beside = sources(project.root, study, journal) if journal is not None and recorded else {}
    return exported(analysis, wanted, beside)


def _printed(project: "Project", analysis: "Analysis", prints: tuple[str, ...]) -> dict[str, bytes]:
    """Return what a browser prints."""
    if not prints:
        return {}
    from capstone_report.report.pages import render_report
    from capstone_report.site.printing import Printed, printed

    report = render_report(analysis)
    return {f"{kind}.pdf": printed(project.workspace, report, Printed(kind)) for kind in prints}
