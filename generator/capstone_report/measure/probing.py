"""Probes this machine: one program per place, one after the other under a guard, and what they measured."""

import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from capstone_report.errors import MachineError
from capstone_report.findings import probing as rules
from capstone_report.measure.facts import ceilings, environment
from capstone_report.measure.facts.surroundings import lasting as surroundings
from capstone_report.measure.guard.client import Guard
from capstone_report.measure.guard.messages import Ended, Ending, Order
from capstone_report.measure.identity import machine_here
from capstone_report.measure.nvml import Gpu, gpus
from capstone_report.measure.probed_parts import Part, Readings, readings
from capstone_report.measure.stopping import Stopper
from capstone_report.measure.symptoms import last_words
from capstone_report.results.probed import Noise, Place, Probe
from capstone_report.results.records import Environment
from capstone_report.spec.surroundings import passed_on
from capstone_report.units import Bytes, Seconds

PROGRAM = str(files("capstone_report.workloads").joinpath("probing.py"))
IN_PRODUCTS = ("float64", "float32", "bfloat16", "float16")
IN_MEMORY = ("copy", "triad")
TO_AND_FRO = ("to-device-pinned", "to-device-pageable", "to-host-pinned", "to-host-pageable")
ON_A_DISK = ("write", "read")
ON_A_GPU = (*IN_PRODUCTS, "tf32", *IN_MEMORY, *TO_AND_FRO)
KERNELS = (*IN_PRODUCTS, "tf32", *IN_MEMORY, *TO_AND_FRO, *ON_A_DISK)
"""Every roof that can be asked for."""
START_S: Seconds = 60.0
"""How long importing torch, making arrays and warming up may take on a slow disk and a busy machine."""
LIMIT_PER_ROOF = 8.0
"""How many times the asked-for seconds a roof may take before its program counts as hung."""
PART_OF_MEMORY = 2
"""All arrays together take at most half of what is free."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be probed."""

    kernels: tuple[str, ...] = KERNELS
    seconds: Seconds = 2.0
    """About how long each roof is measured."""
    disk: Path = Path()
    """The folder whose disk is measured."""
    cache_bytes: Bytes | None = None
    """The last-level cache, where the kernel does not tell it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """How far a probe is."""

    part: Part
    number: int
    """Of this part, counted from 1."""
    parts: int
    elapsed_s: Seconds
    done: Readings | None = None
    """What it measured, when it has ended."""


Reporter = Callable[[Step], None]


def probe(wanted: Wanted, report: Reporter) -> Probe:
    """Measure the roofs of this machine; each program has ended before the next one starts.

    Raises:
        MachineError: torch is missing, and roofs of a processor or a GPU are asked for.
        Stopped: a signal asked to end.
    """
    here = environment(Path())
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    parts = parts_of(wanted, here, gpus(visible=visible))
    if any(part.needs_torch for part in parts) and find_spec("torch") is None:
        raise MachineError(rules.NO_TORCH("capstone probe"))
    before, started = _stolen_s(), time.monotonic()
    with Stopper() as stopper, Guard(stopping=stopper) as guard:
        done = []
        for number, part in enumerate(parts, start=1):
            stopper.check()
            step = Step(part=part, number=number, parts=len(parts), elapsed_s=0.0)
            done.append(_measure(step, guard, report))
        stopper.check()
    lasted = time.monotonic() - started
    return Probe(
        machine=machine_here(here),
        measured_at=datetime.now(UTC).isoformat(timespec="seconds"),
        environment=here,
        noise=Noise(
            loop_s=tuple(taken for found in done for taken in found.loop_s),
            cores=ceilings.cores_for_threads(),
            other_load=round(max(found.other_load for found in done), 2),
            stolen=None if before is None else stolen_share(_stolen_s(), before, lasted_s=lasted),
        ),
        roofs=tuple(roof for found in done for roof in found.roofs),
        unmeasured=tuple(missing for found in done for missing in found.unmeasured),
    )


def parts_of(wanted: Wanted, here: Environment, seen: Sequence[Gpu]) -> tuple[Part, ...]:
    """Return the programs of a probe, in order: the loop comes first and last, to see a drift."""
    loop = Part(place=Place(device="loop", name="a fixed loop"), kernels=(), arguments=())
    cores = ceilings.cores_for_threads()
    counts = sorted({1, cores})
    parts = [_on_processor(wanted, here.cpu, threads) for threads in counts]
    parts += [_on_gpu(number, gpu) for number, gpu in enumerate(seen)]
    disk = Place(device="disk", name=_storage(wanted.disk))
    arguments = ("--folder", str(wanted.disk.resolve()))
    parts.append(Part(place=disk, kernels=ON_A_DISK, arguments=arguments))
    chosen = [replace(p, kernels=tuple(k for k in p.kernels if k in wanted.kernels)) for p in parts]
    timed = (replace(part, seconds=wanted.seconds) for part in chosen if part.kernels)
    return (loop, *timed, loop)


def _on_processor(wanted: Wanted, name: str, threads: int) -> Part:
    """Return the part that measures the processors with so many threads."""
    cache = wanted.cache_bytes or ceilings.last_level_cache(ceilings.usable_cpus()) or 0
    room = ceilings.free_memory() // PART_OF_MEMORY
    return Part(
        place=Place(device="cpu", name=name, threads=threads),
        kernels=(*IN_PRODUCTS, *IN_MEMORY),
        arguments=("--cache-bytes", str(cache), "--room-bytes", str(room)),
        needs_torch=True,
    )


def _on_gpu(number: int, gpu: Gpu) -> Part:
    """Return the part that measures one GPU."""
    place = Place(device=f"cuda:{number}", name=str(gpu.ask("nvmlDeviceGetName")))
    return Part(place=place, kernels=ON_A_GPU, arguments=(), needs_torch=True)


def _storage(folder: Path) -> str:
    """Return file system and kind of the storage below a folder."""
    facts = surroundings(folder)
    found = (facts.get(name) for name in ("storage.filesystem", "storage.kind"))
    return ", ".join(filter(None, found)) or "unknown"


def _measure(step: Step, guard: Guard, report: Reporter) -> Readings:
    """Run one part to its end, and read what it measured."""
    report(step)
    with TemporaryDirectory(prefix="capstone-probe-") as name:
        folder = Path(name)
        (folder / "metrics").mkdir()
        guard.tick = lambda elapsed_s: report(replace(step, elapsed_s=elapsed_s))
        ended = guard.run(order_of(step.part, folder))
        found = readings(step.part, folder, ended, trouble=trouble_of(ended, folder))
    report(replace(step, elapsed_s=ended.wall_time_s, done=found))
    return found


def order_of(part: Part, folder: Path) -> Order:
    """Return how a part is started: with its threads, and nothing of this user's but what engines need."""
    threads = str(part.place.threads or 1)
    kernels = [word for kernel in part.kernels for word in ("--only", kernel)]
    arguments = [*part.arguments, "--seconds", str(part.seconds), *kernels]
    limit_s = START_S + LIMIT_PER_ROOF * part.seconds * len(part.kernels)
    return Order(
        command=[sys.executable, "-P", PROGRAM, part.place.device, *arguments],
        cwd=str(folder),
        env={
            **passed_on(os.environ),
            "OMP_NUM_THREADS": threads,
            "MKL_NUM_THREADS": threads,
            "OPENBLAS_NUM_THREADS": threads,
            "CAPSTONE_THREADS": threads,
            "CAPSTONE_METRICS_DIR": str(folder / "metrics"),
        },
        output=str(folder),
        timeout_s=limit_s,
        gpus=part.place.device.startswith("cuda"),
    )


def trouble_of(ended: Ended, folder: Path) -> str:
    """Return why a program did not end well; empty when it did."""
    if ended.ending is Ending.OWN and ended.exit_code == 0:
        return ""
    if ended.ending is not Ending.OWN:
        return f"its program was ended: {ended.ending}"
    how = f"exit code {ended.exit_code}" if ended.signal is None else f"signal {ended.signal}"
    words: Sequence[str] = last_words(folder)
    return f"its program ended with {how}" + (f": {words[-1]}" if words else "")


def _stolen_s() -> Seconds | None:
    """Return how long a hypervisor has given all cores to others; None where nothing tells."""
    times = psutil.cpu_times()
    return float(times.steal) if hasattr(times, "steal") else None


def stolen_share(after: Seconds | None, before: Seconds, *, lasted_s: Seconds) -> float:
    """Return which share of all cores' time was stolen."""
    cores = psutil.cpu_count() or 1
    return round(max(0.0, (after or before) - before) / (lasted_s * cores), 4)
