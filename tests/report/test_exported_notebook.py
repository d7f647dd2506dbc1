"""The notebook: in a clean kernel it makes every number of the report again, exactly."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from capstone_report.analysis.analyze import analyze
from capstone_report.report.charts import charts
from capstone_report.report.exports.forms import Form, exported
from capstone_report.report.exports.notebook import notebook_text
from capstone_report.results.journal import JOURNAL, read_journal
from capstone_report.site.exporting import sources, write_export
from capstone_report.spec.load import load_project
from simulated import MACHINE, TIMES, analyse
from sites import REPOSITORY

COMPARED = "every number is the report's"


def exported_from(root: Path, out: Path) -> Path:
    """Export the notebook of a workspace's first study, and return its file."""
    project = load_project(root)
    (loaded, *_) = project.studies
    (folder,) = (loaded.folder / "results").iterdir()
    journal = read_journal(folder)
    analysis = analyze(loaded, project.workspace, journal)
    files = exported(analysis, {Form.NOTEBOOK}, sources(root, loaded, journal))
    write_export(out, files)
    return out / "report.ipynb"


def executed(file: Path) -> str:
    """Execute a notebook in a kernel of its own, in its folder, and return what it printed."""
    notebook = nbformat.read(file, as_version=4)
    client = NotebookClient(
        notebook, timeout=60, kernel_name="python3", resources={"metadata": {"path": file.parent}}
    )
    client.execute()
    outputs = (output for cell in notebook.cells for output in cell.get("outputs", ()))
    return "".join(output.get("text", "") for output in outputs)


# The kernel's library tells of its own future on every start.
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "shipped",
    [pytest.param(True, marks=pytest.mark.slow, id="shipped"), pytest.param(False, id="simulated")],
)
def test_a_clean_kernel_makes_every_number_of_the_report_again(
    shipped: bool,  # noqa: FBT001 - a case of the test
    tmp_path: Path,
) -> None:
    if not shipped:
        analyse(tmp_path / "workspace", TIMES)
    root = REPOSITORY if shipped else tmp_path / "workspace"

    said = executed(exported_from(root, tmp_path / "export"))

    assert COMPARED in said


@pytest.mark.filterwarnings("ignore")
@pytest.mark.slow
def test_a_report_that_says_another_number_is_found(tmp_path: Path) -> None:
    analyse(tmp_path / "workspace", TIMES)
    file = exported_from(tmp_path / "workspace", tmp_path / "export")
    document = json.loads((file.parent / "analysis.json").read_text())
    document["claim"]["point"]["speedup"]["value"] *= 1 + 1e-15
    (file.parent / "analysis.json").write_text(json.dumps(document, indent=1) + "\n")

    with pytest.raises(CellExecutionError, match="AssertionError"):
        executed(file)


@pytest.mark.parametrize(
    ("times", "without"),
    [(TIMES, ()), ({}, ("baseline", "scaling", "charts", "quality"))],
    ids=["measured", "not measured"],
)
def test_the_cells_follow_the_argument_as_far_as_it_was_measured(
    times: Mapping[str, Sequence[float]], without: Sequence[str], tmp_path: Path
) -> None:
    notebook = nbformat.reads(notebook_text(analyse(tmp_path, times)), as_version=4)

    headings = [c.source.split("\n")[0] for c in notebook.cells if c.source.startswith("## ")]
    order = ("problem", "records", "baseline", "scaling", "charts", "quality", "claim")
    found = [name for name in order if any(name in heading.lower() for heading in headings)]
    assert found == [name for name in order if name not in without]
    assert not any(cell.get("outputs") for cell in notebook.cells)


def test_every_chart_of_the_report_is_drawn(tmp_path: Path) -> None:
    analysis = analyse(tmp_path, TIMES)

    text = notebook_text(analysis)

    assert charts(analysis)
    assert all(f'SVG(drawn[\\"{name}\\"])' in text for name in charts(analysis))


def test_a_prediction_is_made_again(tmp_path: Path) -> None:
    declared = {"t_comp_s": 1.0, "alpha_s": 1e-3, "beta_s": 1e-2, "source": "invented"}

    assert "## The prediction" in notebook_text(analyse(tmp_path, TIMES, prediction=declared))


def test_the_same_records_give_the_same_bytes(tmp_path: Path) -> None:
    first = notebook_text(analyse(tmp_path / "first", TIMES))

    assert notebook_text(analyse(tmp_path / "second", TIMES)) == first


def test_of_a_torn_journal_the_whole_lines_are_exported(tmp_path: Path) -> None:
    analyse(tmp_path / "workspace", TIMES)
    (file,) = tmp_path.rglob(JOURNAL)
    whole = file.read_bytes()
    file.write_bytes(whole + b"{")

    exported_from(tmp_path / "workspace", tmp_path / "export")

    (copied,) = (tmp_path / "export").rglob(JOURNAL)
    assert copied.parent.name == MACHINE
    assert copied.read_bytes() == whole
