"""CAP38x for real: calibrations that identify nothing, are missing, or cannot be made."""

from pathlib import Path

from calibrated import MOMENT, TrueLink, calibration_records
from capstone_report.analysis.analyze import analyze
from capstone_report.analysis.links import calibration_findings, newest_calibration
from capstone_report.errors import CapstoneError
from capstone_report.spec.load import load_project
from capstone_report.terminal.calibrating import planner_of
from findings.situation import Seen
from simulated import (
    ENVIRONMENT,
    TIMES,
    codes,
    load,
    machine_folder,
    records,
    write_journal,
    write_workspace,
)

PREDICTION = {"t_comp_s": 8.0, "link": "calibrate", "source": "the baseline, and a calibration"}


def identified(root: Path, launches: int) -> list[str]:
    """Return what is said of a calibration of so many launches."""
    loaded = load(write_workspace(root))
    made = calibration_records(loaded, TrueLink(), launches=launches)
    found = newest_calibration(loaded, ENVIRONMENT, made)
    assert found is not None
    return [finding.code for finding in calibration_findings("here", found)]


def cap380(root: Path) -> Seen:
    """Three launches, and six."""
    return Seen(bad=identified(root / "bad", 3), good=identified(root / "good", 6))


def reported(root: Path, *, calibrated: bool) -> list[str]:
    """Return what the report of a study says that leaves its link to a calibration."""
    project = load_project(write_workspace(root, prediction=PREDICTION))
    (loaded,) = project.studies
    made = records(loaded, TIMES)
    made += calibration_records(loaded, TrueLink()) if calibrated else []
    return codes(analyze(loaded, project.workspace, write_journal(machine_folder(loaded), made)))


def cap381(root: Path) -> Seen:
    """Records without a calibration, and with one."""
    return Seen(
        bad=reported(root / "bad", calibrated=False), good=reported(root / "good", calibrated=True)
    )


def planned(root: Path, workers: int) -> list[str]:
    """Return what planning between so many workers on two hosts fails with."""
    hosts = [{"address": "10.77.0.10"}, {"address": "10.77.0.11"}]
    launcher = {"kind": "hosts", "hosts": hosts}
    loaded = load(
        write_workspace(
            root, benchmarks__1__launcher=launcher, benchmarks__1__levels__workers=[1, 2]
        )
    )
    try:
        planner_of(
            loaded,
            ENVIRONMENT,
            {"workers": (workers,), "launches": None, "largest": None},
            MOMENT,
        )
    except CapstoneError as error:
        return [problem.code for problem in error.problems]
    return []


def cap382(root: Path) -> Seen:
    """More workers than there are hosts, and as many."""
    return Seen(bad=planned(root / "bad", 4), good=planned(root / "good", 2))
