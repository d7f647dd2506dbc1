"""`capstone export`: what it writes, says, and ends with."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from simulated import MACHINE, STUDY_ID, TIMES, analyse, write_workspace
from sites import REPOSITORY

Capstone = Callable[..., subprocess.CompletedProcess[str]]
USAGE, MACHINE_LACKS = 2, 7


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace whose simulated study is measured."""
    analyse(tmp_path / "simulated", TIMES)
    return tmp_path / "simulated"


def names(folder: Path) -> set[str]:
    """Return what lies at the top of a folder."""
    return {path.name for path in folder.iterdir() if not path.name.startswith(".")}


def test_several_forms_go_into_one_folder_and_every_file_is_listed(
    capstone_in: Capstone, root: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"

    answer = capstone_in(
        root, "export", STUDY_ID, "--csv", "--json", "--md", "--notebook", "--output", str(out)
    )

    assert answer.returncode == 0, answer.stderr
    assert names(out) == {
        *("runs.csv", "cases.csv", "scaling.csv", "findings.csv", "analysis.json", "report.md"),
        *("report.ipynb", "figures", "capstone.toml", "specs"),
    }
    files = {str(p) for p in out.rglob("*") if p.is_file() and not p.name.startswith(".")}
    assert {line.removeprefix("wrote ") for line in answer.stdout.splitlines()} == files
    assert json.loads((out / "analysis.json").read_text())["schema"] == "capstone/analysis/1"


def test_without_a_folder_it_goes_into_the_workspace(capstone_in: Capstone, root: Path) -> None:
    answer = capstone_in(root / "specs", "export", STUDY_ID, "--latex", "--machine", MACHINE)

    assert answer.returncode == 0, answer.stderr
    assert names(root / "exports" / STUDY_ID) == {"report.tex", "figures"}


def test_a_form_must_be_named(capstone_in: Capstone, root: Path) -> None:
    answer = capstone_in(root, "export", STUDY_ID)

    assert answer.returncode == USAGE
    assert "--csv" in answer.stderr


def test_a_notebook_needs_records(capstone_in: Capstone, tmp_path: Path) -> None:
    write_workspace(tmp_path)

    answer = capstone_in(tmp_path, "export", STUDY_ID, "--notebook")

    assert answer.returncode == USAGE
    assert "CAP721" in answer.stderr
    assert not (tmp_path / "exports").exists()


def test_what_is_not_measured_can_be_exported(capstone_in: Capstone, tmp_path: Path) -> None:
    write_workspace(tmp_path)

    answer = capstone_in(tmp_path, "export", STUDY_ID, "--md")

    assert answer.returncode == 0, answer.stderr
    assert "Nothing is claimed" in (tmp_path / "exports" / STUDY_ID / "report.md").read_text()


def test_what_weakens_the_result_is_said(capstone_in: Capstone, tmp_path: Path) -> None:
    slower = {case: [4.0 + n % 2 * 4 for n in range(8)] for case in TIMES}
    analysis = analyse(tmp_path, slower)
    warnings = [f.code for f in analysis.findings if f.severity.value == "warning"]

    answer = capstone_in(tmp_path, "export", STUDY_ID, "--csv")

    assert warnings
    assert all(code in answer.stderr for code in warnings)


def test_a_torn_journal_is_told_and_exported_without_its_end(
    capstone_in: Capstone, root: Path
) -> None:
    (journal,) = root.rglob("journal.jsonl")
    journal.write_bytes(journal.read_bytes() + b"{")

    answer = capstone_in(root, "export", STUDY_ID, "--json")

    assert answer.returncode == 0
    assert "CAP60" in answer.stderr
    assert "CAP60" not in (root / "exports" / STUDY_ID / "analysis.json").read_text()


@pytest.mark.browser
def test_the_report_is_printed_beside_other_forms(capstone_in: Capstone, root: Path) -> None:
    answer = capstone_in(root, "export", STUDY_ID, "--csv", "--pdf", "report")

    assert answer.returncode == 0, answer.stderr
    assert (root / "exports" / STUDY_ID / "report.pdf").read_bytes().startswith(b"%PDF-")


def test_without_a_browser_nothing_is_written(capstone_in: Capstone, root: Path) -> None:
    answer = capstone_in(root, "export", STUDY_ID, "--csv", "--pdf", "slides", PATH="/nonexistent")

    assert answer.returncode == MACHINE_LACKS
    assert "CAP718" in answer.stderr
    assert not (root / "exports").exists()


def test_the_schema_of_the_document_is_the_published_one(capstone_in: Capstone, root: Path) -> None:
    answer = capstone_in(root, "schema", "export")

    assert answer.stdout == (REPOSITORY / "docs" / "export.schema.json").read_text()
