"""Which machines a study has records of: one folder each, below `results/`."""

from pathlib import Path

from capstone_report.results.journal import JOURNAL


def machine_folders(study_folder: Path) -> dict[str, Path]:
    """Return the folders that hold a journal, or outputs that have lost theirs, by machine name."""
    results = study_folder / "results"
    found = {path.parent for name in (JOURNAL, "raw") for path in results.glob(f"*/{name}")}
    return {folder.name: folder for folder in sorted(found)}
