"""CAP33x and CAP34x for real: what the machine was like, did and drew, in records that differ in it.

Each function is named after a code and returns what is found in its bad and in its good situation.
"""

from pathlib import Path

from capstone_report.perfmodel.energy import EnergyMethod
from capstone_report.results.records import Conditions, Energy, RunRecord
from findings.situation import Seen
from simulated import ENVIRONMENT, MACHINE, TIMES, Edit, analyse, codes, pool

MEASURED = Energy(joules=100.0, average_w=20.0, method=EnergyMethod.MEASURED_CPU)
DECLARED = {f"machines__{MACHINE}": {"note": "an invented machine", "tdp_w": 65.0}}


def under(bad: Conditions) -> Edit:
    """Return an edit that gives runs with four workers these conditions and others untroubled ones."""
    good = Conditions(thermal_events=0, quota_waits=0, swapped_bytes=4096, gpu_sharers=0)
    return lambda run: run.model_copy(
        update={"conditions": bad if run.case_id == pool(4) else good}
    )


def troubled(root: Path, conditions: Conditions) -> Seen:
    """Return runs under conditions beside runs that nothing troubled."""
    bad = analyse(root / "bad", TIMES, edit=under(conditions))
    untroubled = under(Conditions(thermal_events=0, swapped_bytes=0))
    return Seen(bad=codes(bad), good=codes(analyse(root / "good", TIMES, edit=untroubled)))


def governed(by: str) -> Edit:
    """Return an edit that gives runs with four workers a governor, and all others "performance"."""

    def edit(run: RunRecord) -> RunRecord:
        governor = by if run.case_id == pool(4) else "performance"
        facts = {"cpu.governor": governor, "cpu.now": f"{run.order} MHz"}
        environment = ENVIRONMENT.model_copy(update={"facts": facts})
        return run.model_copy(update={"environment": environment})

    return edit


def drawing(edit_of_others: Energy | None) -> Edit:
    """Return an edit with which runs with four workers have this energy, and all others measured."""
    return lambda run: run.model_copy(
        update={"energy": edit_of_others if run.case_id == pool(4) else MEASURED}
    )


def cap330(root: Path) -> Seen:
    """Another governor for the runs with four workers."""
    bad = analyse(root / "bad", TIMES, edit=governed("powersave"))
    return Seen(
        bad=codes(bad), good=codes(analyse(root / "good", TIMES, edit=governed("performance")))
    )


def cap331(root: Path) -> Seen:
    """Four workers that heat the processor."""
    return troubled(root, Conditions(thermal_events=112))


def cap332(root: Path) -> Seen:
    """A quota of fewer cores than there are workers."""
    return troubled(root, Conditions(quota_waits=31))


def cap333(root: Path) -> Seen:
    """More memory than there is."""
    return troubled(root, Conditions(swapped_bytes=1536 * 2**20))


def cap334(root: Path) -> Seen:
    """GPUs that heat each other."""
    return troubled(root, Conditions(gpu_throttling=("heat", "power cap"), gpu_sharers=0))


def cap335(root: Path) -> Seen:
    """A notebook that was not closed."""
    return troubled(root, Conditions(gpu_sharers=1))


def cap340(root: Path) -> Seen:
    """A declared power, and none."""
    bad = analyse(root / "bad", TIMES, workspace=DECLARED)
    return Seen(bad=codes(bad), good=codes(analyse(root / "good", TIMES)))


def cap341(root: Path) -> Seen:
    """Counters that could be read for some cases only."""
    bad = analyse(root / "bad", TIMES, edit=drawing(None), workspace=DECLARED)
    good = analyse(root / "good", TIMES, edit=drawing(MEASURED), workspace=DECLARED)
    return Seen(bad=codes(bad), good=codes(good))


def cap342(root: Path) -> Seen:
    """Counters of processor packages, and nothing that tells."""
    bad = analyse(root / "bad", TIMES, edit=drawing(MEASURED))
    return Seen(bad=codes(bad), good=codes(analyse(root / "good", TIMES)))
