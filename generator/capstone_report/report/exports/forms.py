"""One report in the forms that were asked for, as files by their paths in one folder."""

from collections.abc import Callable, Collection, Mapping
from enum import StrEnum

from capstone_report.analysis.facts import Analysis
from capstone_report.report.exports.analysis_json import analysis_json
from capstone_report.report.exports.latex import latex_files
from capstone_report.report.exports.markdown import markdown_files
from capstone_report.report.exports.notebook import ANALYSIS_FILE, notebook_text
from capstone_report.report.exports.tables import tables


class Form(StrEnum):
    """What a report can be exported as."""

    CSV = "csv"
    JSON = "json"
    MARKDOWN = "md"
    LATEX = "latex"
    NOTEBOOK = "notebook"


def exported(
    analysis: Analysis, forms: Collection[Form], sources: Mapping[str, bytes]
) -> dict[str, bytes]:
    """Return the files of every form, by path; `sources` are those that a notebook reads.

    Raises:
        SpecError: the author's prose refers to a number that does not exist.
    """
    files: dict[str, bytes] = {}
    for form in Form:
        files |= WRITERS[form](analysis) if form in forms else {}
    return {**files, **(sources if Form.NOTEBOOK in forms else {})}


def _csv_files(analysis: Analysis) -> dict[str, bytes]:
    """Return every table."""
    return {name: text.encode() for name, text in tables(analysis).items()}


def _json_files(analysis: Analysis) -> dict[str, bytes]:
    """Return the document."""
    return {ANALYSIS_FILE: analysis_json(analysis).encode()}


def _notebook_files(analysis: Analysis) -> dict[str, bytes]:
    """Return the notebook, and the document that it is compared with."""
    return {"report.ipynb": notebook_text(analysis).encode(), **_json_files(analysis)}


WRITERS: dict[Form, Callable[[Analysis], dict[str, bytes]]] = {
    Form.CSV: _csv_files,
    Form.JSON: _json_files,
    Form.MARKDOWN: markdown_files,
    Form.LATEX: latex_files,
    Form.NOTEBOOK: _notebook_files,
}
