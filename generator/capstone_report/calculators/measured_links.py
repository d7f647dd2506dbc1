"""The calibrated link that a study's prediction asks for: on the machine of the report, or else here."""

from dataclasses import dataclass
from pathlib import Path

from capstone_report.analysis.links import Calibration, newest_calibration
from capstone_report.measure import facts, identity
from capstone_report.results.journal import read_journal
from capstone_report.results.machines import machine_folders
from capstone_report.spec.load import LoadedStudy


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredLink:
    """A calibration, and whose it is."""

    machine: str
    calibration: Calibration


def measured_link(loaded: LoadedStudy, reported: str | None) -> MeasuredLink | None:
    """Return the newest calibration of the machine that the workspace names, or else of this one.

    None where neither has one: links of different machines are never mixed.
    """
    known = machine_folders(loaded.folder)
    here = identity.folder_here(loaded.folder / "results", facts.environment(loaded.folder)).name
    for name in (reported, here):
        folder = known.get(name) if name else None
        found = _newest(loaded, folder) if folder else None
        if folder and found:
            return MeasuredLink(machine=folder.name, calibration=found)
    return None


def _newest(loaded: LoadedStudy, folder: Path) -> Calibration | None:
    """Return the newest calibration in a machine's records."""
    runs = read_journal(folder).runs
    return newest_calibration(loaded, runs[-1].environment if runs else None, runs)
