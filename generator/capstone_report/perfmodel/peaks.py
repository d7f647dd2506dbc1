"""What vendors say that a device can do, as data with source and date; unknown where nobody says.

A share of a peak is only as good as the peak: a name that is not in the table has none.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from capstone_report.units import parse_quantity

FACTORS = {"float64": 1, "float32": 2}
"""How many more operations of a type than of float64 fit into one vector of a processor."""
MEMORY = "memory"
OF_MEMORY = frozenset({"copy", "triad"})
"""The kernels whose bytes the memory moves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """A rate that no program exceeds, and who says so."""

    rate: float
    """In FLOP/s or bytes/s."""
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Processor:
    """What is known of a processor to compute a peak from; None where it cannot be established."""

    vendor: str | None
    family: int | None
    model: int | None
    hertz: float | None
    """Its highest frequency; none inside a virtual machine, whose words about it are not its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peaks:
    """A table of peaks."""

    devices: Mapping[str, Mapping[str, Peak]]
    """By a device's whole name, its peaks by type, and of its memory."""
    processors: tuple[Mapping[str, Any], ...]

    def of_gpu(self, name: str, kernel: str) -> Peak | None:
        """Return the peak of a GPU for a kernel; None for a name or a kernel that nobody tells of."""
        return self.devices.get(name, {}).get(MEMORY if kernel in OF_MEMORY else kernel)

    def of_processor(self, processor: Processor, kernel: str, *, cores: int) -> Peak | None:
        """Return cores x FLOP per cycle x highest frequency; None unless all three are known."""
        found = [
            row
            for row in self.processors
            if (row["vendor"], row["family"]) == (processor.vendor, processor.family)
            and processor.model in range(row["models"][0], row["models"][1] + 1)
        ]
        if not found or processor.hertz is None or kernel not in FACTORS:
            return None
        per_cycle = found[0]["float64_per_cycle"] * FACTORS[kernel]
        clock = f"{cores} x {per_cycle} FLOP per cycle x {processor.hertz / 1e9:g} GHz at most"
        return Peak(
            rate=cores * per_cycle * processor.hertz,
            source=f"{clock} ({found[0]['source']}, {found[0]['date']})",
        )


def read_peaks(text: str) -> Peaks:
    """Return the table that a TOML text holds.

    Raises:
        ValueError: it is no such table: a device stands twice, or a peak is no rate.
    """
    table = tomllib.loads(text)
    devices: dict[str, dict[str, Peak]] = {}
    for row in table.get("device", []):
        source = f"{row['source']}, {row['date']}"
        peaks = {
            kernel: Peak(rate=_rate(kernel, written), source=source)
            for kernel, written in row.items()
            if kernel not in {"names", "source", "date"}
        }
        for name in row["names"]:
            if name in devices:
                raise ValueError(f"{name} stands twice")
            devices[name] = peaks
    return Peaks(devices=devices, processors=tuple(table.get("processor", [])))


@cache
def vendor_peaks() -> Peaks:
    """Return the table that is shipped."""
    return read_peaks(files(__package__).joinpath("vendor_peaks.toml").read_text(encoding="utf-8"))


def _rate(kernel: str, written: str) -> float:
    """Return a peak in FLOP/s, or of memory in bytes/s."""
    return parse_quantity(written, "B/s" if kernel == MEMORY else "FLOP/s")
