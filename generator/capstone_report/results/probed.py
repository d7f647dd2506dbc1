"""What a probe measured, as it is kept: every repeat, so that any figure can be made again.

Format history:
1  first.
"""

from typing import Literal

from capstone_report.results.records import Environment, Stored
from capstone_report.units import Seconds


class Place(Stored):
    """What did the work."""

    device: str
    """disk, cpu, or cuda:N."""
    name: str
    """What its maker calls it; of a disk the kind of its file system."""
    threads: int | None = None
    """On a processor, with how many threads."""

    @property
    def key(self) -> str:
        """Return how it is called on the command line: cpu/1, cpu/16, cuda:0, disk."""
        return self.device if self.threads is None else f"{self.device}/{self.threads}"


class Roof(Stored):
    """The repeats of one kernel at one place."""

    place: Place
    kernel: str
    """float64, float32, tf32, bfloat16, float16; copy, triad; write, read; to-device-pinned and so on."""
    unit: Literal["FLOP/s", "B/s"]
    work: float
    """What each repeat works, in FLOP or bytes."""
    times_s: tuple[Seconds, ...]
    warmup_s: tuple[Seconds, ...]
    """The repeats before those: they count nowhere."""
    how: str
    """Of which size, by which means."""
    peak: float | None = None
    """What the vendor says, in the same unit; absent where nobody does."""
    peak_source: str = ""


class Unmeasured(Stored):
    """A roof that was asked for and not measured."""

    place: Place
    kernel: str
    reason: str
    failed: bool = False
    """Whether a program ended badly, rather than declined."""


class Noise(Stored):
    """What the machine did beside the probe."""

    loop_s: tuple[Seconds, ...]
    """How long the same loop took, again and again, before the roofs and after them."""
    cores: int
    """How many cores the probe could use."""
    other_load: float
    """How many cores other work kept busy, stolen time included, while it was most."""
    stolen: float | None
    """The share of all cores' time that a hypervisor gave to others; absent where nothing tells."""


class Probe(Stored):
    """One probe of one machine."""

    format: Literal[1] = 1
    machine: str
    """The name of this machine's results folders: its hardware and a random id."""
    measured_at: str
    """When it was finished, in UTC."""
    environment: Environment
    noise: Noise
    roofs: tuple[Roof, ...]
    unmeasured: tuple[Unmeasured, ...]
