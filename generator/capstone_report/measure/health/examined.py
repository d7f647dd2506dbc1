"""Everything that `capstone doctor` looks at, in the order in which it is told."""

from pathlib import Path

from capstone_report.measure.health.checkup import Checkup
from capstone_report.measure.health.machine import machine
from capstone_report.measure.health.needs import Needs, needs_of
from capstone_report.measure.health.software import software
from capstone_report.measure.health.workplace import workplace


def examine(root: Path | None) -> list[Checkup]:
    """Look at this machine, and at what the studies of a workspace need of it; None: of no study."""
    needs = Needs() if root is None else needs_of(root)
    return [*software(needs), *machine(root or Path.cwd()), *workplace(needs)]
