r"""Studies whose numbers come from elsewhere, their mappings, and what an import makes of them.

study = write_external(tmp_path, workers=(1, 2, 4), unit="s", scaling="strong")
points = efficiencies(import_text(study, "p,t\n1,8\n2,4\n", mapping(workers="p", column="t")))
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from capstone_report.analysis.analyze import analyze
from capstone_report.analysis.facts import Analysis
from capstone_report.importing.mapping import read_mapping
from capstone_report.importing.store import ImportedRuns, import_file
from capstone_report.results.journal import read_journal
from capstone_report.results.records import RunRecord
from capstone_report.spec.load import load_project
from simulated import GONE, STUDY_ID, toml, write_workspace

METRIC = "measured"


def write_external(
    root: Path,
    *,
    workers: Sequence[int],
    unit: str,
    scaling: str = "strong",
    **changes: object,
) -> Path:
    """Write a workspace with one study that is measured elsewhere; return its root."""
    rate = unit.endswith("/s")
    first = min(workers)
    benchmark: dict[str, object] = {
        "name": "published",
        "levels": {"workers": list(workers)},
        "scaling": scaling,
        "held_fixed": ["what its publisher says"],
        "external": {"where": "a cluster", "how": "as published"},
    }
    if scaling == "weak":
        benchmark["scaling_function"] = "as much work for each worker"
    baseline: dict[str, object] = {"kind": "one-worker", "benchmark": "published"}
    if first > 1:
        baseline = {**baseline, "kind": "smallest-published", "smallest_workers": first}
    metric = {
        "description": "what was published",
        "unit": unit,
        "kind": "rate" if rate else "cost",
        "direction": "higher" if rate else "lower",
        "scope": "total",
    }
    standard: dict[str, object] = {
        "problem__headline_metric": METRIC,
        "metrics": {METRIC: metric},
        "baseline": baseline,
        "benchmarks": [benchmark],
        "cost": GONE,
    }
    return write_workspace(root, **(standard | changes))  # type: ignore[arg-type] # changes only


def mapping(
    *,
    column: object,
    workers: object = "p",
    unit: object = "s",
    scope: object = "total",
    **more: object,
) -> str:
    """Return a mapping's TOML; other keys replace or add to the usual ones."""
    standard: dict[str, object] = {
        "format": "csv",
        "workers": workers,
        "source": "a test",
        "date": "2024-05",
        "machine": "A Cluster",
        "cores": 4096,
        "metrics": {METRIC: {"column": column, "unit": unit, "scope": scope}},
    }
    return toml(standard | more)


def import_text(root: Path, text: str, mapped: str, *, name: str = "table.csv") -> ImportedRuns:
    """Import a file of that text into the workspace's study, through a mapping of that text."""
    (root / name).write_text(text, encoding="utf-8")
    (root / "mapping.toml").write_text(mapped, encoding="utf-8")
    (loaded,) = load_project(root).studies
    return import_file(loaded, root / name, read_mapping(root / "mapping.toml"))


def imported(root: Path) -> tuple[RunRecord, ...]:
    """Return the imported runs of the study, folder by folder."""
    folders = sorted((root / "specs" / STUDY_ID / "results").iterdir())
    return tuple(run for folder in folders for run in read_journal(folder).runs)


def analysis_of(root: Path, done: ImportedRuns) -> Analysis:
    """Return what the runs of an import say."""
    project = load_project(root)
    return analyze(project.studies[0], project.workspace, read_journal(done.folder))


def efficiencies(
    root: Path, text: str, mapped: str, *, name: str = "table.csv"
) -> Mapping[int, float]:
    """Return the efficiency at each number of workers, in percent, of a file that is imported."""
    analysis = analysis_of(root, import_text(root, text, mapped, name=name))
    return {point.case.workers: 100 * point.efficiency.value for point in analysis.points}
