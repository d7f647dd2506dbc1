"""What is known of NVIDIA GPUs beside their names: driver, clocks, power, memory, how they are linked."""

import hashlib
from collections.abc import Callable, Sequence
from itertools import combinations

import pynvml

from capstone_report.measure.facts.allowed import Found
from capstone_report.measure.nvml import Gpu, asked

HASH_DIGITS = 16
MILLIWATTS_PER_WATT = 1000
SM, MEMORY = pynvml.NVML_CLOCK_SM, pynvml.NVML_CLOCK_MEM
COMMON_ANCESTORS = {
    pynvml.NVML_TOPOLOGY_INTERNAL: "one board",
    pynvml.NVML_TOPOLOGY_SINGLE: "one PCIe switch",
    pynvml.NVML_TOPOLOGY_MULTIPLE: "PCIe switches",
    pynvml.NVML_TOPOLOGY_HOSTBRIDGE: "one host bridge",
    pynvml.NVML_TOPOLOGY_NODE: "one NUMA node",
    pynvml.NVML_TOPOLOGY_SYSTEM: "between NUMA nodes",
}


def lasting(gpus: Sequence[Gpu]) -> Found:
    """Return what no program changes; nothing without GPUs."""
    if not gpus:
        return {}
    library = gpus[0].library
    return {
        "gpu.driver": _text(asked(library, "nvmlSystemGetDriverVersion")),
        "gpu.cuda": _cuda(asked(library, "nvmlSystemGetCudaDriverVersion_v2")),
        "gpu.memory": _each(gpus, _memory),
        "gpu.highest": _each(gpus, lambda gpu: _clocks(gpu, "nvmlDeviceGetMaxClockInfo")),
        "gpu.pcie": _each(gpus, _pcie),
        "gpu.ids": _ids(gpus),
        "gpu.topology": _topology(gpus),
    }


def changing(gpus: Sequence[Gpu]) -> Found:
    """Return what an administrator may change at any time; nothing without GPUs."""
    return {
        "gpu.clocks": _each(gpus, lambda gpu: _clocks(gpu, "nvmlDeviceGetApplicationsClock")),
        "gpu.power": _each(gpus, _power),
        "gpu.ecc": _each(gpus, lambda gpu: _switch(gpu.ask("nvmlDeviceGetEccMode"))),
        "gpu.mig": _each(gpus, lambda gpu: _switch(gpu.ask("nvmlDeviceGetMigMode"))),
        "gpu.persistence": _each(
            gpus, lambda gpu: _switch(gpu.ask("nvmlDeviceGetPersistenceMode"))
        ),
    }


def _each(gpus: Sequence[Gpu], question: Callable[[Gpu], str | None]) -> str | None:
    """Return the answer of all GPUs, once where it is the same; None unless all answer."""
    answers = [question(gpu) for gpu in gpus]
    if not answers or None in answers:
        return None
    if len(set(answers)) == 1:
        return answers[0]
    return "; ".join(f"{number}: {answer}" for number, answer in enumerate(answers))


def _text(answer: object) -> str | None:
    """Return an answer as text."""
    return None if answer is None else str(answer)


def _cuda(version: int | None) -> str | None:
    """Return a CUDA version that NVML gives as 1000 major + 10 minor."""
    return None if version is None else f"{version // 1000}.{version % 1000 // 10}"


def _memory(gpu: Gpu) -> str | None:
    """Return the size of a GPU's memory."""
    info = gpu.ask("nvmlDeviceGetMemoryInfo")
    return None if info is None else f"{info.total} B"


def _clocks(gpu: Gpu, function: str) -> str | None:
    """Return the clocks of processors and memory."""
    found = [gpu.ask(function, domain) for domain in (SM, MEMORY)]
    return None if None in found else f"{found[0]}, {found[1]} MHz"


def _power(gpu: Gpu) -> str | None:
    """Return the power that a GPU may draw."""
    limit = gpu.ask("nvmlDeviceGetEnforcedPowerLimit")
    return None if limit is None else f"{limit / MILLIWATTS_PER_WATT:g} W"


def _switch(mode: int | Sequence[int] | None) -> str | None:
    """Return a mode as a word; of a current and a pending one the current."""
    current = mode if isinstance(mode, int) or mode is None else mode[0]
    return None if current is None else "on" if current else "off"


def _pcie(gpu: Gpu) -> str | None:
    """Return the best generation and width of a GPU's link to the host."""
    generation = gpu.ask("nvmlDeviceGetMaxPcieLinkGeneration")
    width = gpu.ask("nvmlDeviceGetMaxPcieLinkWidth")
    return None if None in (generation, width) else f"{generation} x{width}"


def _ids(gpus: Sequence[Gpu]) -> str | None:
    """Return a hash of which GPUs these are: an identifier itself is nobody's business."""
    found = [gpu.ask("nvmlDeviceGetUUID") for gpu in gpus]
    if None in found:
        return None
    return hashlib.sha256("\n".join(map(str, found)).encode()).hexdigest()[:HASH_DIGITS]


def _topology(gpus: Sequence[Gpu]) -> str | None:
    """Return how each pair of GPUs is linked; None for a single one."""
    pairs = [
        f"{a}-{b} {link}"
        for (a, first), (b, second) in combinations(enumerate(gpus), 2)
        if (link := _link(first, second))
    ]
    return "; ".join(pairs) or None


def _link(first: Gpu, second: Gpu) -> str | None:
    """Return what joins two GPUs: NVLink, or the nearest thing above both."""
    caps = pynvml.NVML_P2P_CAPS_INDEX_NVLINK
    joined = first.ask("nvmlDeviceGetP2PStatus", second.handle, caps)
    if joined == pynvml.NVML_P2P_STATUS_OK:
        return "NVLink"
    level = first.ask("nvmlDeviceGetTopologyCommonAncestor", second.handle)
    return COMMON_ANCESTORS.get(level)
