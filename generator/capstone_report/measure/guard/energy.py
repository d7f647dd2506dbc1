"""The energy that counters of the hardware saw while a run went on.

A counter belongs to a whole part of the machine, other work included: RAPL's to a processor package
(Intel, and AMD since Zen, through the kernel's powercap interface) and to memory, NVML's to a GPU's board.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from capstone_report.measure.nvml import Gpu
from capstone_report.measure.reading import ROOT, counted, said
from capstone_report.perfmodel.energy import EnergyMethod

JOULES_PER_MICROJOULE = 1e-6
JOULES_PER_MILLIJOULE = 1e-3
POWERCAP = "sys/class/powercap"


class Counter:
    """One counter of energy that only grows, or begins anew at its end."""

    def __init__(
        self, read: Callable[[], int | None], *, joules_per_unit: float, end: int | None = None
    ) -> None:
        """Begin at what it shows; `end` is the value at which it begins anew, None for never."""
        self._read, self._joules_per_unit, self._end = read, joules_per_unit, end
        self._last = read()
        self._units: int | None = None if self._last is None else 0

    def sample(self) -> None:
        """Add what has come; look at least once in every round of the counter."""
        now = self._read()
        grown = None if now is None or self._last is None else now - self._last
        if grown is not None and grown < 0:
            grown = None if self._end is None else grown + self._end
        self._last = now
        self._units = None if grown is None or self._units is None else self._units + grown

    @property
    def joules(self) -> float | None:
        """Return the energy so far; None when the counter could not be read all the time."""
        return None if self._units is None else self._units * self._joules_per_unit


class Meter:
    """All counters of a run."""

    def __init__(self, gpus: Sequence[Gpu], root: Path = ROOT) -> None:
        """Begin with what this machine has: its processors' counters, and those of the run's GPUs."""
        self._of_processors = list(_rapl(root))
        self._of_gpus = [
            Counter(
                partial(gpu.ask, "nvmlDeviceGetTotalEnergyConsumption"),
                joules_per_unit=JOULES_PER_MILLIJOULE,
            )
            for gpu in gpus
        ]

    def sample(self) -> None:
        """Add what has come since the last look."""
        for counter in (*self._of_processors, *self._of_gpus):
            counter.sample()

    def result(self) -> tuple[float | None, EnergyMethod | None]:
        """Return the energy in J and what it is of; neither where a GPU of the run has no counter."""
        processors, gpus = _joules(self._of_processors), _joules(self._of_gpus)
        if self._of_gpus:
            if gpus is None:
                return None, None
            if processors is None:
                return gpus, EnergyMethod.MEASURED_GPU
            return gpus + processors, EnergyMethod.MEASURED_CPU_AND_GPU
        return processors, None if processors is None else EnergyMethod.MEASURED_CPU


def _joules(counters: Sequence[Counter]) -> float | None:
    """Return the energy of several counters; None without any, with an unknown one, or standing still."""
    found = [joules for counter in counters if (joules := counter.joules) is not None]
    return sum(found) or None if len(found) == len(counters) else None


def _rapl(root: Path) -> Iterator[Counter]:
    """Yield the counters of the processor packages and of their memory.

    A package's cores are part of it, and "psys" holds packages: adding them would count twice. So
    would the zones of intel-rapl-mmio, which show the same packages again.
    """
    for zone in sorted((root / POWERCAP).glob("intel-rapl:*")):
        name = said(zone / "name") or ""
        if name.startswith("package-") or name == "dram":
            yield Counter(
                partial(counted, zone / "energy_uj"),
                joules_per_unit=JOULES_PER_MICROJOULE,
                end=counted(zone / "max_energy_range_uj"),
            )
