"""Which machines a study has records of: one folder each, below `results/`."""

from pathlib import Path

from capstone_report.results.journal import JOURNAL


def machine_folders(study_folder: Path) -> dict[str, Path]:
    """Return the folders that hold a journal, by machine name, sorted."""
    found = sorted((study_folder / "results").glob(f"*/{JOURNAL}"))
    return {path.parent.name: path.parent for path in found}
