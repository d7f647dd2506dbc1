"""CAP365 and CAP366 for real: records of runs in which a worker was killed.

Each function is named after a code and returns what is found in its bad and in its good situation.
"""

from pathlib import Path

from capstone_report.results.records import Outcome, RunRecord
from findings.situation import Seen
from recovered import analyse_recoveries, ended, killed_with
from simulated import Edit, codes


def edited(root: Path, edit: Edit) -> Seen:
    """Return runs that all recovered beside the same with their records edited."""
    bad = codes(analyse_recoveries(root / "bad", edit=edit))
    return Seen(bad=bad, good=codes(analyse_recoveries(root / "good")))


def cap365(root: Path) -> Seen:
    """One run hung after its worker was killed."""

    def hung(run: RunRecord) -> RunRecord:
        return ended(run, Outcome.HUNG) if run.repeat == 0 else run

    return edited(root, hung)


def cap366(root: Path) -> Seen:
    """A recovery after which the sum lacks a step."""
    return edited(root, killed_with(checksum=40.0))
