"""What one program of a probe measured, read from what it reported."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from capstone_report.measure.facts import ceilings
from capstone_report.measure.guard.messages import Ended
from capstone_report.parsers.jsonl import JsonLines
from capstone_report.parsers.parser import Parsed
from capstone_report.perfmodel.peaks import Peak, vendor_peaks
from capstone_report.results.probed import Place, Roof, Unmeasured
from capstone_report.results.values import WARMUP
from capstone_report.units import Seconds

WORK = ".work"
LOOP = "loop"
DEVICE = "device"
HOST_MAY_CACHE = "; the host of this virtual machine may cache it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One program of a probe: a place, and the kernels that are measured there."""

    place: Place
    kernels: tuple[str, ...]
    arguments: tuple[str, ...]
    seconds: Seconds = 1.0
    """About how long each kernel is measured."""
    needs_torch: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """What a part measured."""

    roofs: tuple[Roof, ...]
    unmeasured: tuple[Unmeasured, ...]
    loop_s: tuple[Seconds, ...]
    other_load: float
    """How many cores other work kept busy meanwhile."""


def readings(part: Part, run_folder: Path, ended: Ended, *, trouble: str) -> Readings:
    """Return what a part measured; `trouble` says why its program did not end well."""
    parsed = JsonLines().parse(run_folder)
    how = {check.name: check.detail for check in parsed.checks if check.ok}
    # A slice of a GPU has the whole GPU's name for its driver, and another one for who computes on it.
    place = part.place.model_copy(update={"name": how.get(DEVICE, part.place.name)})
    found = tuple(_roofs(replace(part, place=place), parsed, how))
    missing = [kernel for kernel in part.kernels if kernel not in {roof.kernel for roof in found}]
    declined = {check.name: check.detail for check in parsed.checks if not check.ok}
    return Readings(
        roofs=found,
        unmeasured=tuple(
            Unmeasured(
                place=place,
                kernel=kernel,
                reason=declined.get(kernel) or declined.get(DEVICE) or trouble or "not reported",
                failed=kernel not in declined and DEVICE not in declined,
            )
            for kernel in missing
        ),
        loop_s=tuple(sample.value for sample in parsed.samples if sample.metric == LOOP),
        other_load=ended.other_load,
    )


def _roofs(part: Part, parsed: Parsed, how: dict[str, str]) -> Iterator[Roof]:
    """Yield each kernel that was measured to its end."""
    work = {s.metric.removesuffix(WORK): s for s in parsed.samples if s.metric.endswith(WORK)}
    for kernel in part.kernels:
        if kernel not in how or kernel not in work:
            continue
        of_guest_disk = part.place.device == "disk" and ceilings.is_virtual()
        timed = [sample for sample in parsed.samples if sample.metric == kernel]
        peak = peak_of(part.place, kernel)
        yield Roof(
            place=part.place,
            kernel=kernel,
            unit="FLOP/s" if work[kernel].unit == "FLOP" else "B/s",
            work=work[kernel].value,
            times_s=tuple(sample.value for sample in timed if sample.phase != WARMUP),
            warmup_s=tuple(sample.value for sample in timed if sample.phase == WARMUP),
            how=how[kernel] + (HOST_MAY_CACHE if of_guest_disk else ""),
            peak=peak.rate if peak else None,
            peak_source=peak.source if peak else "",
        )


def peak_of(place: Place, kernel: str) -> Peak | None:
    """Return what the vendor says of a kernel at a place; None where it cannot be established."""
    if place.threads is None:
        return vendor_peaks().of_gpu(place.name, kernel)
    cores = min(place.threads, ceilings.physical_cores(ceilings.usable_cpus()))
    return vendor_peaks().of_processor(ceilings.processor(), kernel, cores=cores)
