"""The CAP7xx of a probe for real: probes that provoke each rule, and probes that do not.

Each function is named after a code and returns what is found in its bad and in its good situation.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from capstone_report.measure import probing
from capstone_report.measure.identity import machine_here
from capstone_report.measure.probe_findings import probe_findings
from capstone_report.measure.probe_store import keep_probe, last_probe
from capstone_report.measure.probing import Wanted, probe
from capstone_report.results.probed import Noise, Probe, Unmeasured
from findings.situation import Seen
from findings.situations_on_disk import raised
from probed import HERE, LOUD, ONE, QUIET, roof
from probed import probe as invented


def codes(made: Probe) -> list[str]:
    """Return the codes of what a probe cannot say."""
    return [finding.code for finding in probe_findings(made)]


def in_state(root: Path, action: Callable[[], object]) -> list[str]:
    """Return the codes that an action raises, with a state folder of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CAPSTONE_STATE_DIR", str(root / "state"))
        return raised(action)


def cap730(root: Path) -> Seen:
    """Arithmetic without torch, and a disk without it."""

    def asking(kernel: str) -> list[str]:
        wanted = Wanted(kernels=(kernel,), seconds=0.02, disk=root)
        return in_state(root, lambda: probe(wanted, lambda _: None))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(probing, "find_spec", lambda _: None)
        return Seen(bad=asking("float32"), good=asking("read"))


def cap731(_: Path) -> Seen:
    """Repeats that differ, and repeats that do not."""
    bad, good = (invented(roofs=(roof(ONE, "float32", 1e9, times=t),)) for t in (LOUD, QUIET))
    return Seen(bad=codes(bad), good=codes(good))


def cap732(_: Path) -> Seen:
    """A roof that was declined, and none."""
    declined = Unmeasured(place=ONE, kernel="copy", reason="4 times the cache do not fit")
    return Seen(bad=codes(invented(unmeasured=(declined,))), good=codes(invented()))


def cap733(_: Path) -> Seen:
    """A machine that others work on, and a quiet one."""
    busy = Noise(loop_s=LOUD, cores=2, other_load=1.9, stolen=None)
    return Seen(bad=codes(invented(noise=busy)), good=codes(invented()))


def cap734(_: Path) -> Seen:
    """A program that died, and programs that did not."""
    died = Unmeasured(place=ONE, kernel="copy", reason="exit code 1", failed=True)
    return Seen(bad=codes(invented(unmeasured=(died,))), good=codes(invented()))


def cap735(root: Path) -> Seen:
    """Roofs of a machine that was not probed, and of one that was."""
    bad = in_state(root, lambda: last_probe(HERE))

    def probed() -> None:
        keep_probe(invented(machine=machine_here(HERE)))
        last_probe(HERE)

    return Seen(bad=bad, good=in_state(root, probed))
