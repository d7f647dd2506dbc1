"""Measures the roofs of one device, repeat by repeat: products, memory, disk, copies to a GPU.

    python probing.py loop
    python probing.py disk --folder .
    python probing.py cpu --cache-bytes 33554432
    python probing.py cuda:0

Every repeat of every kernel is reported, first those that only warm up, as its time in seconds, beside
what one repeat works in FLOP or bytes. Products and arrays are PyTorch's; the loop and the disk need
nothing but the standard library. What cannot be measured honestly is a failed check that says why.
"""

import mmap
import os
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import mkstemp
from typing import TYPE_CHECKING

from capstone_report.workloads.emit import check, metric

if TYPE_CHECKING:
    import torch

FEWEST, MOST = 6, 20
"""Repeats: from 6 on a median has a 95 % interval; more than 20 make it little narrower."""
WARMUPS = 2
WARMUP_PART = 10
"""What part of the time of a kernel is spent before it counts, at least: clocks take a while to rise."""
SHORTEST_S = 0.01
"""A repeat lasts at least so long, or it is made of several rounds: timers are coarse."""
MOST_ROUNDS = 1000
SMALLEST_SIDE, LARGEST_SIDE = 512, 16384
TIMES_THE_CACHE = 4
"""How much larger than the last-level cache an array must be: the rule of STREAM."""
SMALLEST_ARRAY, SMALLEST_ARRAY_OF_GPU = 1 << 28, 1 << 30
ARRAYS = 3
PRECISIONS = ("float64", "float32", "tf32", "bfloat16", "float16")
STREAMS = ("copy", "triad")
HOST_COPIES = ("to-device-pinned", "to-host-pinned", "to-device-pageable", "to-host-pageable")
NEED_AMPERE = {"tf32", "bfloat16"}
AMPERE = (8, 0)
"""The first compute capability with these types in hardware."""
HOST_BYTES = 1 << 28
LOOP_ROUNDS, LOOP_REPEATS = 100_000, 100
BLOCK = 1 << 23
FILE_S = 0.25
"""How long one writing of the file should take."""
SMALLEST_FILE, LARGEST_FILE = 1 << 24, 1 << 28
BYTES_PER_NUMBER = 8

Timed = Callable[[Callable[[], object], int], float]
"""Does some work so many times, and returns the seconds that all of it took."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kernel:
    """Some work of which it is known how much it is."""

    name: str
    work: float
    """In FLOP or bytes; of the loop 1."""
    unit: str
    how: str
    run: Callable[[], object]
    timed: Timed


class RefusedError(Exception):
    """A roof that cannot be measured honestly here."""


FAILURES = (RefusedError, RuntimeError, OSError)
"""Why there may be no kernel: RuntimeError is how torch says that a device cannot do something."""


def by_clock(run: Callable[[], object], rounds: int) -> float:
    """Return the seconds that some rounds of work took by the monotonic clock."""
    started = time.perf_counter()
    for _ in range(rounds):
        run()
    return time.perf_counter() - started


def by_events(run: Callable[[], object], rounds: int) -> float:
    """Return the seconds that some rounds of work took on a GPU, by events of its own stream."""
    import torch  # noqa: PLC0415 - only where it is installed

    begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))  # type: ignore[no-untyped-call] # torch says no types
    begin.record()
    for _ in range(rounds):
        run()
    end.record()
    end.synchronize()
    return float(begin.elapsed_time(end)) / 1e3


def report(kernel: Kernel, seconds: float) -> None:
    """Repeat a kernel for about so many seconds, at least six times, and report every repeat."""
    kernel.run()  # makes what is made once: threads, handles, plans
    first = kernel.timed(kernel.run, 1)
    rounds = max(1, min(MOST_ROUNDS, round(SHORTEST_S / first)))
    metric(f"{kernel.name}.work", kernel.work * rounds, kernel.unit)
    warming = _repeats(kernel, rounds, seconds / WARMUP_PART, fewest=WARMUPS)
    step = -1
    for step, taken in enumerate(warming):
        metric(kernel.name, taken, "s", step=step, phase="warmup")
    for number, taken in enumerate(_repeats(kernel, rounds, seconds, fewest=FEWEST)):
        metric(kernel.name, taken, "s", step=step + 1 + number)
    check(kernel.name, ok=True, detail=kernel.how)


def _repeats(kernel: Kernel, rounds: int, seconds: float, *, fewest: int) -> Iterator[float]:
    """Yield how long each repeat took, until enough of them have lasted long enough."""
    started = time.perf_counter()
    for number in range(MOST):
        if number >= fewest and time.perf_counter() - started > seconds:
            return
        yield kernel.timed(kernel.run, rounds)


def product(precision: str, device: str, side: int, timed: Timed) -> Kernel:
    """Return the product of two square matrices of random numbers: 2 n^3 FLOP.

    Numbers that are all alike would be multiplied faster than real ones on a GPU, for less power.
    """
    import torch  # noqa: PLC0415 - only where it is installed

    kind = torch.float32 if precision == "tf32" else getattr(torch, precision)
    numbers = partial(torch.randn, side, side, device=device, dtype=torch.float32)
    one, two = numbers().to(kind), numbers().to(kind)
    out = torch.empty_like(one)
    return Kernel(
        name=precision,
        work=2.0 * side**3,
        unit="FLOP",
        how=f"product of two matrices of {side} x {side}",
        run=lambda: torch.matmul(one, two, out=out),
        timed=timed,
    )


def largest_product(
    precision: str, device: str, timed: Timed, *, seconds: float, room: int
) -> Iterator[Kernel]:
    """Yield the largest product that takes at most that long, and no more than a part of memory."""
    kernel, side = product(precision, device, SMALLEST_SIDE, timed), SMALLEST_SIDE
    kernel.run()
    while side < LARGEST_SIDE and ARRAYS * BYTES_PER_NUMBER * (2 * side) ** 2 <= room:
        kernel.run()
        if 8 * timed(kernel.run, 1) > seconds:
            break
        side *= 2
        kernel = product(precision, device, side, timed)
    yield kernel


def array_bytes(cache: int, room: int, *, smallest: int) -> int:
    """Return how large each of three arrays is, so that no cache holds a part worth naming.

    Raises:
        RefusedError: the cache is unknown, or the memory has no room for such arrays.
    """
    if cache <= 0:
        raise RefusedError("how large the last-level cache is, is unknown")
    needed = max(smallest, TIMES_THE_CACHE * cache)
    if ARRAYS * needed > room:
        raise RefusedError(
            f"arrays of {TIMES_THE_CACHE} times the cache of {cache / 1e6:,.0f} MB need "
            f"{ARRAYS * needed / 1e9:.1f} GB, and {room / 1e9:.1f} GB may be used"
        )
    return needed


def streams(device: str, size: int, timed: Timed) -> Iterator[Kernel]:
    """Yield a copy and a triad of arrays of that size: 2 and 3 times its bytes (STREAM).

    Bytes are compulsory ones: that a processor may read a line before it is written is not counted.
    """
    import torch  # noqa: PLC0415 - only where it is installed

    numbers = size // BYTES_PER_NUMBER
    one, two, three = (
        torch.ones(numbers, dtype=torch.float64, device=device) for _ in range(ARRAYS)
    )
    moved, each = numbers * BYTES_PER_NUMBER, f"arrays of {size / 1e9:.2f} GB each"
    kernel = Kernel(
        name="copy",
        work=2.0 * moved,
        unit="B",
        how=f"2 {each}",
        run=lambda: two.copy_(one),
        timed=timed,
    )
    yield kernel
    yield replace(
        kernel,
        name="triad",
        work=3.0 * moved,
        how=f"3 {each}",
        run=lambda: torch.add(two, one, alpha=3.0, out=three),
    )


def host_copies(device: str, timed: Timed) -> Iterator[Kernel]:
    """Yield copies between host and GPU, both ways, from pinned and from pageable memory."""
    import torch  # noqa: PLC0415 - only where it is installed

    there = torch.ones(HOST_BYTES, dtype=torch.uint8, device=device)
    for kind in ("pinned", "pageable"):
        here = torch.ones(HOST_BYTES, dtype=torch.uint8, pin_memory=kind == "pinned")
        for way, target, source in (("to-device", there, here), ("to-host", here, there)):
            yield Kernel(
                name=f"{way}-{kind}",
                work=float(HOST_BYTES),
                unit="B",
                how=f"{HOST_BYTES / 1e6:.0f} MB of {kind} memory",
                run=partial(_copied, target, source),
                timed=timed,
            )


def _copied(target: "torch.Tensor", source: "torch.Tensor") -> None:
    """Copy without waiting for it: the events wait."""
    target.copy_(source, non_blocking=True)


def disk_kernels(folder: str) -> Iterator[Kernel]:
    """Yield writing and reading of a file that nobody sees and that is gone with this process.

    Its blocks are random, for some disks store what repeats only once.
    """
    handle, how = _unseen_file(folder)
    block = mmap.mmap(-1, BLOCK)  # its address is that of a page, as direct access asks for
    block.write(os.urandom(BLOCK))
    try:
        once_s = by_clock(partial(_write, handle, block, SMALLEST_FILE), 2) / 2
        size = min(LARGEST_FILE, max(SMALLEST_FILE, int(SMALLEST_FILE * FILE_S / once_s)))
        size -= size % BLOCK
        kernel = Kernel(
            name="write",
            work=float(size),
            unit="B",
            how=f"{size / 1e6:.0f} MB, fsync, {how}",
            run=partial(_write, handle, block, size),
            timed=by_clock,
        )
        yield kernel
        yield replace(
            kernel,
            name="read",
            how=f"{size / 1e6:.0f} MB, {how}",
            run=partial(_read, handle, block, size),
        )
    finally:
        os.close(handle)


def _unseen_file(folder: str) -> tuple[int, str]:
    """Return a file without a name, past the page cache where the file system allows it, and how."""
    plain, name = mkstemp(prefix=".capstone-probe-", dir=folder)
    try:
        direct = os.open(name, os.O_RDWR | os.O_DIRECT)  # Linux has it, most file systems do
    except (OSError, AttributeError):
        if not hasattr(os, "posix_fadvise"):
            return plain, "through the page cache"
        return plain, "through the page cache, dropped before each read"
    else:
        os.close(plain)
        return direct, "past the page cache (O_DIRECT)"
    finally:
        Path(name).unlink()


def _write(handle: int, block: mmap.mmap, size: int) -> None:
    """Write so many bytes, and wait until they are on the disk."""
    for offset in range(0, size, BLOCK):
        os.pwrite(handle, block, offset)
    os.fsync(handle)


def _read(handle: int, block: mmap.mmap, size: int) -> None:
    """Read so many bytes, none of them from this machine's page cache where that can be helped."""
    with suppress(AttributeError):
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
    for offset in range(0, size, BLOCK):
        os.preadv(handle, [block], offset)


def probe_disk(given: Namespace) -> None:
    """Measure writing and reading in a folder."""
    _report_all(given, ("write", "read"), lambda: disk_kernels(given.folder))


def probe_loop(_given: Namespace) -> None:
    """Repeat the same loop: how much its times differ is the noise of the machine."""
    for number in range(LOOP_REPEATS):
        metric("loop", by_clock(_fixed_loop, 1), "s", step=number)


def _fixed_loop() -> int:
    """Do some work that is always the same, in registers and the nearest cache."""
    total = 0
    for number in range(LOOP_ROUNDS):
        total += number * number
    return total


def probe_cpu(given: Namespace) -> None:
    """Measure products, copy and triad with as many threads as the environment says."""
    import torch  # noqa: PLC0415 - only where it is installed

    torch.set_num_threads(int(os.environ.get("CAPSTONE_THREADS", "1")))
    for precision in _wanted(given, (p for p in PRECISIONS if p != "tf32")):
        largest = partial(largest_product, seconds=given.seconds / FEWEST, room=given.room_bytes)
        _report_all(given, [precision], partial(largest, precision, "cpu", by_clock))
    arrays = partial(array_bytes, given.cache_bytes, given.room_bytes, smallest=SMALLEST_ARRAY)
    _report_all(given, STREAMS, lambda: streams("cpu", arrays(), by_clock))


def probe_gpu(given: Namespace) -> None:
    """Measure products, copy, triad and copies from and to the host on one GPU."""
    import torch  # noqa: PLC0415 - only where it is installed

    if not torch.cuda.is_available():
        check("device", ok=False, detail="this torch cannot use a GPU")
        return
    torch.cuda.set_device(given.device)
    about = torch.cuda.get_device_properties(given.device)
    check("device", ok=True, detail=about.name)
    room = torch.cuda.mem_get_info(given.device)[0] // 2
    for precision in _wanted(given, PRECISIONS):
        if precision in NEED_AMPERE and (about.major, about.minor) < AMPERE:
            check(precision, ok=False, detail="this GPU computes it without hardware for it")
            continue
        torch.set_float32_matmul_precision("high" if precision == "tf32" else "highest")
        largest = partial(largest_product, seconds=given.seconds / FEWEST, room=room)
        _report_all(given, [precision], partial(largest, precision, given.device, by_events))
    cache = int(about.L2_cache_size)
    arrays = partial(array_bytes, cache, room, smallest=SMALLEST_ARRAY_OF_GPU)
    _report_all(given, STREAMS, lambda: streams(given.device, arrays(), by_events))
    _report_all(given, HOST_COPIES, lambda: host_copies(given.device, by_events))


def _report_all(
    given: Namespace, names: Iterable[str], make: Callable[[], Iterator[Kernel]]
) -> None:
    """Report those kernels that are asked for, or why there are none."""
    wanted = _wanted(given, names)
    try:
        for kernel in make() if wanted else ():
            if kernel.name in wanted:
                report(kernel, given.seconds)
                wanted.remove(kernel.name)
    except FAILURES as error:
        for name in wanted:
            check(name, ok=False, detail=_reason(error))


def _reason(error: Exception) -> str:
    """Return the first line of what an error says."""
    return (str(error).splitlines() or [type(error).__name__])[0]


def _wanted(given: Namespace, names: Iterable[str]) -> list[str]:
    """Return those of some roofs that are asked for; all of them where none is named."""
    return [name for name in names if not given.only or name in given.only]


PROBES = {"loop": probe_loop, "disk": probe_disk, "cpu": probe_cpu}


def probe(arguments: list[str]) -> None:
    """Measure one device and report every repeat."""
    parser = ArgumentParser(description="Measure the roofs of one device.")
    parser.add_argument("device", help="loop, disk, cpu or cuda:N")
    parser.add_argument("--seconds", type=float, default=2.0, help="about how long per roof")
    parser.add_argument("--only", action="append", help="a roof to measure; repeatable")
    parser.add_argument("--cache-bytes", type=int, default=0, help="the last-level cache")
    parser.add_argument("--room-bytes", type=int, default=1 << 32, help="memory to be used")
    parser.add_argument("--folder", default=".", help="whose disk is measured")
    given = parser.parse_args(arguments)
    PROBES.get(given.device, probe_gpu)(given)


if __name__ == "__main__":
    probe(sys.argv[1:])
