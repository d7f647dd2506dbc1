"""Which machines a study has records of: one folder each, below `results/`."""

from pathlib import Path

from capstone_report.results.journal import JOURNAL

JOBS, OPENING = "jobs", "opening.json"
"""Where runs on a cluster are on their way, one folder each, and what each record will open with."""


def machine_folders(study_folder: Path) -> dict[str, Path]:
    """Return the folders that hold a journal, or outputs that have lost theirs, by machine name."""
    results = study_folder / "results"
    found = {path.parent for name in (JOURNAL, "raw") for path in results.glob(f"*/{name}")}
    return {folder.name: folder for folder in sorted(found)}


def submitted_runs(machine_folder: Path) -> int:
    """Return how many runs were submitted for a machine's records and are not yet collected."""
    return sum(1 for _ in machine_folder.glob(f"{JOBS}/*/{OPENING}"))
