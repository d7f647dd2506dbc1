"""What the machine does to a run: heat, an exhausted quota, swapping, strangers on its GPUs.

The processors' counters are read before and after a run and cost nothing meanwhile; the reasons why a
GPU is slow are the driver's at that moment, so they are asked for twice a second.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
import pynvml

from capstone_report.measure.cgroups import quota_waits
from capstone_report.measure.nvml import Gpu
from capstone_report.measure.reading import ROOT, counted, total
from capstone_report.units import Bytes

REASONS = {
    pynvml.nvmlClocksEventReasonSwPowerCap: "power cap",
    pynvml.nvmlClocksEventReasonHwSlowdown: "hardware slowdown",
    pynvml.nvmlClocksEventReasonSwThermalSlowdown: "heat",
    pynvml.nvmlClocksEventReasonHwThermalSlowdown: "heat, by hardware",
    pynvml.nvmlClocksEventReasonHwPowerBrakeSlowdown: "power brake",
}
"""Why a GPU runs below its clocks although it has work; idling and asked-for clocks are no reasons."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """What the kernel has counted since the machine started; None where it does not count."""

    thermal_events: int | None
    quota_waits: int | None
    swapped_bytes: Bytes | None

    def since(self, before: "Counters") -> "Counters":
        """Return what was added since; None where a counter is new, gone or began anew."""
        return Counters(
            thermal_events=_added(before.thermal_events, self.thermal_events),
            quota_waits=_added(before.quota_waits, self.quota_waits),
            swapped_bytes=_added(before.swapped_bytes, self.swapped_bytes),
        )


def counters(root: Path = ROOT) -> Counters:
    """Read the kernel's counters."""
    throttles = (root / "sys/devices/system/cpu").glob("cpu[0-9]*/thermal_throttle/*_count")
    swap = psutil.swap_memory()
    return Counters(
        thermal_events=total([counted(file) for file in throttles]),
        quota_waits=quota_waits(root),
        swapped_bytes=int(swap.sin + swap.sout),
    )


class GpuWatch:
    """Notes why the GPUs of a run were slowed down, and who else computed on them."""

    def __init__(self, gpus: Sequence[Gpu]) -> None:
        """Look at who is there before the run starts: nobody of it is."""
        self._gpus = gpus
        self._strangers = self._processes()
        self._reasons: set[str] = set()

    def sample(self) -> None:
        """Ask why the GPUs are slow at this moment."""
        for gpu in self._gpus:
            bits = int(gpu.ask("nvmlDeviceGetCurrentClocksEventReasons") or 0)
            self._reasons |= {words for bit, words in REASONS.items() if bits & bit}

    @property
    def reasons(self) -> list[str]:
        """Return every reason that was seen, once."""
        return sorted(self._reasons)

    def strangers(self, own: Collection[int]) -> int | None:
        """Return how many others were there before or are there now, after the run; None without GPUs.

        `own` are the run's processes, which a driver may list for a moment longer. Whoever came and
        went meanwhile is not noticed.
        """
        if not self._gpus:
            return None
        return len(self._strangers | (self._processes() - set(own)))

    def _processes(self) -> set[int]:
        """Return the processes that compute on the GPUs."""
        listed = (gpu.ask("nvmlDeviceGetComputeRunningProcesses") or () for gpu in self._gpus)
        return {int(process.pid) for processes in listed for process in processes}


def _added(before: int | None, after: int | None) -> int | None:
    """Return how much a counter grew; None where that is unknown."""
    if before is None or after is None or after < before:
        return None
    return after - before
