"""The roofs that `capstone roofline` computes with: typed in, or taken from this machine's last probe."""

from dataclasses import dataclass
from pathlib import Path

from capstone_report.calculators.inputs import misfit, option, together
from capstone_report.calculators.roofline import RooflineInputs
from capstone_report.errors import UsageError
from capstone_report.perfmodel.roofline import Machine
from capstone_report.results.probed import Probe

ROOFS = ("peak_flops", "bandwidth")
NOISY = "; noisy: probe again on a quiet machine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Roofs:
    """Two roofs, and where they come from."""

    machine: Machine
    source: str
    """Machine, moment and kernels of a probe; empty where they were typed in."""


def roofs(given: RooflineInputs) -> Roofs:
    """Return the roofs that are given or named.

    Raises:
        UsageError: neither is, or both are.
        MachineError: this machine was not probed, or not for this type and place.
    """
    typed: dict[str, object] = {"peak_flops": given["peak_flops"], "bandwidth": given["bandwidth"]}
    if given["probed"] is not None:
        twice = [option(name) for name, value in typed.items() if value is not None]
        UsageError.collect(
            misfit(name, "is given beside --probed", "leave one of them out") for name in twice
        )
        return _probed(given["probed"], given["at"])
    together(typed, ROOFS)
    if given["peak_flops"] is None or given["bandwidth"] is None:
        remedy = "add --peak-flops and --bandwidth, or --probed float32 after `capstone probe`"
        raise UsageError(misfit("roofline", "there are no roofs to compute with", remedy))
    machine = Machine(flop_per_s=given["peak_flops"], bytes_per_s=given["bandwidth"])
    return Roofs(machine=machine, source="")


def _probed(kernel: str, place: str) -> Roofs:
    """Return the roofs of this machine's last probe."""
    from capstone_report.measure.facts import environment
    from capstone_report.measure.probe_findings import noise_reasons
    from capstone_report.measure.probe_store import last_probe, memory_roof, probed_roof, rate

    probe = last_probe(environment(Path()))
    where = all_threads(probe) if place == "cpu" else place
    product, memory = probed_roof(probe, kernel, where), memory_roof(probe, where)
    machine = Machine(flop_per_s=rate(product).median, bytes_per_s=rate(memory).median)
    noisy = noise_reasons(probe.noise) or rate(product).is_noisy or rate(memory).is_noisy
    return Roofs(
        machine=machine,
        source=f"{product.kernel} and {memory.kernel} at {where}, "
        f"probed on {probe.machine}, {probe.measured_at}" + NOISY * bool(noisy),
    )


def all_threads(probe: Probe) -> str:
    """Return the processor with as many threads as were probed at most."""
    counts = [roof.place.threads or 0 for roof in probe.roofs if roof.place.device == "cpu"]
    return f"cpu/{max(counts, default=1)}"
