"""What is known of the processors: their layout, how fast they may run, and which of them may be used."""

import hashlib
import os
import re
from pathlib import Path
from statistics import mean

import psutil

from capstone_report.measure import cgroups
from capstone_report.measure.facts.allowed import Found
from capstone_report.measure.reading import ROOT, counted, said

CORES = "sys/devices/system/cpu"
KHZ_PER_MHZ = 1000
HASH_DIGITS = 16


def lasting(root: Path = ROOT) -> Found:
    """Return what no program changes."""
    described = said(root / "proc/cpuinfo") or ""
    return {
        "cpu.sockets": _sockets(described),
        "cpu.driver": _each(root, "cpufreq/scaling_driver"),
        "cpu.microcode": _field(described, "microcode"),
        "cpu.mitigations": _mitigations(root),
        "cpu.numa": _numa(root),
        "cpu.now": _now(),
        "os.virtual": _is_virtual(described),
    }


def changing(root: Path = ROOT) -> Found:
    """Return what an administrator, a scheduler or a power plan may change at any time."""
    quota = cgroups.cpu_quota(root)
    return {
        "cpu.smt": _smt(root),
        "cpu.governor": _each(root, "cpufreq/scaling_governor"),
        "cpu.turbo": _turbo(root),
        "cpu.lowest": _frequencies(root, "cpufreq/scaling_min_freq"),
        "cpu.highest": _frequencies(root, "cpufreq/scaling_max_freq"),
        "cpu.affinity": _affinity(),
        "cpu.quota": None if quota is None else _limit(quota),
    }


def ranges(numbers: set[int]) -> str:
    """Return numbers as the kernel lists them: 0-3,8."""
    starts = sorted(n for n in numbers if n - 1 not in numbers)
    ends = sorted(n for n in numbers if n + 1 not in numbers)
    pairs = zip(starts, ends, strict=True)
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in pairs)


def _sockets(described: str) -> str | None:
    """Return how many processors stand in sockets."""
    found = set(re.findall(r"^physical id\s*: (\d+)$", described, re.MULTILINE))
    return str(len(found)) if found else None


def _field(described: str, name: str) -> str | None:
    """Return a field of the first processor in /proc/cpuinfo."""
    found = re.search(rf"^{name}\s*: (.+)$", described, re.MULTILINE)
    return found[1] if found else None


def _is_virtual(described: str) -> str | None:
    """Tell whether a hypervisor has told the processor so (x86 only)."""
    flags = _field(described, "flags")
    if flags is None:
        return None
    return "yes" if "hypervisor" in flags.split() else "no"


def _distinct(root: Path, name: str) -> list[str]:
    """Return the different things that a file of every core says."""
    files = (root / CORES).glob(f"cpu[0-9]*/{name}")
    return sorted({text for file in files if (text := said(file))})


def _each(root: Path, name: str) -> str | None:
    """Return what the cores say in a file, each thing once."""
    return ", ".join(_distinct(root, name)) or None


def _frequencies(root: Path, name: str) -> str | None:
    """Return the frequencies that the cores say in a file, in MHz."""
    found = [int(text) for text in _distinct(root, name) if text.isdecimal()]
    return ", ".join(f"{khz / KHZ_PER_MHZ:g}" for khz in sorted(found)) + " MHz" if found else None


def _now() -> str | None:
    """Return the frequency at this moment, the mean of all cores."""
    cores = [core.current for core in psutil.cpu_freq(percpu=True)]
    return f"{mean(cores):.0f} MHz" if cores else None


def _smt(root: Path) -> str | None:
    """Tell whether cores run several threads at once; None where the kernel cannot tell."""
    active = counted(root / CORES / "smt/active")
    return _switch(active)


def _turbo(root: Path) -> str | None:
    """Tell whether frequencies above the nominal one are allowed (intel_pstate, or any driver)."""
    no_turbo = counted(root / CORES / "intel_pstate/no_turbo")
    allowed = counted(root / CORES / "cpufreq/boost") if no_turbo is None else 1 - no_turbo
    return _switch(allowed)


def _switch(state: int | None) -> str | None:
    """Return a state as a word."""
    if state is None:
        return None
    return "on" if state else "off"


def _mitigations(root: Path) -> str | None:
    """Return how many known weaknesses the kernel works around, and a hash of how."""
    files = sorted((root / CORES / "vulnerabilities").glob("*"))
    told = [f"{file.name}: {said(file)}" for file in files]
    mitigated = sum(": Mitigation" in line for line in told)
    digest = hashlib.sha256("\n".join(told).encode()).hexdigest()[:HASH_DIGITS]
    return f"{mitigated} of {len(told)}, {digest}" if told else None


def _numa(root: Path) -> str | None:
    """Return the cores of each NUMA node."""
    files = (root / "sys/devices/system/node").glob("node[0-9]*/cpulist")
    nodes = sorted(files, key=lambda file: int(file.parent.name.removeprefix("node")))
    return "; ".join(filter(None, (said(file) for file in nodes))) or None


def _affinity() -> str | None:
    """Return the cores that this process, and what it starts, may use."""
    return ranges(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None


def _limit(cores: float) -> str:
    """Return how many cores a quota allows."""
    return "none" if cores == float("inf") else f"{cores:g} cores"
