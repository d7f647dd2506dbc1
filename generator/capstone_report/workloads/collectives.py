"""Times messages between the ranks of a PyTorch process group, by size: point to point and collectives.

    torchrun --standalone --nproc-per-node=2 collectives.py --largest 4194304

gloo on CPUs, NCCL on GPUs ($CAPSTONE_DEVICE says which). Several rounds visit every exchange at every
size, each in a random order of its own. A visit begins with a barrier and repeats its exchange as
often as carries 256 KiB, from 1 to 20 times; its time is that of one exchange, on the slowest rank.
Point to point is half a ping-pong between the first rank and the last, the median of its repetitions.
A size is the bytes of the whole array over all ranks, as nccl-tests count it.
"""

import argparse
import os
import random
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import NoReturn

import torch
import torch.distributed as dist
from torch import Tensor

from capstone_report.workloads.emit import check, metric

ELEMENT_BYTES = 4
SMALLEST_BYTES = 64
LARGEST_BYTES = {"cpu": 1 << 22, "cuda": 1 << 28}
REPEATED_BYTES = 1 << 18
MOST_REPETITIONS = 20
COARSE = 2
"""Collectives are timed at every second size; only point to point has to show every switch."""
TWICE = 2
POINT_TO_POINT = "point_to_point"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """Everybody who takes part, and where."""

    rank: int
    workers: int
    device: torch.device


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One exchange at one size."""

    name: str
    elements: int

    @property
    def metric(self) -> str:
        """Return the name under which its time is reported."""
        return f"{self.name}_{self.elements * ELEMENT_BYTES}"

    @property
    def is_fine(self) -> bool:
        """Tell whether it is point to point."""
        return self.name == POINT_TO_POINT

    @property
    def repetitions(self) -> int:
        """Return how often the exchange is repeated."""
        often = REPEATED_BYTES // (self.elements * ELEMENT_BYTES)
        return min(MOST_REPETITIONS, max(1, often))


def main() -> None:
    """Time every visit in every round, and report what the slowest rank took."""
    parser = argparse.ArgumentParser(description="Time messages between ranks.")
    parser.add_argument("--largest", type=int, default=0, help="bytes of the largest message")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    place = join()
    visits = planned(place, options.largest or LARGEST_BYTES[place.device.type])
    right = all(is_right(place, visit.elements) for visit in visits[:1])
    for visit in visits:  # connections, buffers and clocks settle
        timed(place, visit)
    shuffled = random.Random(os.environ.get("CAPSTONE_RUN", ""))  # noqa: S311 - an order, no secret
    for number in range(options.rounds):
        # The constants of the link rest on point to point, so it is visited twice.
        order = [(visit, TWICE * number + again) for again in range(TWICE) for visit in visits]
        order = [(visit, step) for visit, step in order if visit.is_fine or step % TWICE == 0]
        shuffled.shuffle(order)
        for visit, step in order:
            seconds = timed(place, visit)
            if place.rank == 0:
                metric(visit.metric, seconds, "s", step=step)
    check("sums_are_right", ok=right)
    if place.rank == 0:
        said = f"{dist.get_backend()} of PyTorch {torch.__version__} on {place.device.type}"
        check("collectives", ok=True, detail=said)
    dist.destroy_process_group()
    leave()


def join() -> Ring:
    """Join the process group that the launcher announces."""
    device = torch.device("cpu")
    if os.environ.get("CAPSTONE_DEVICE") == "cuda":
        device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
        torch.cuda.set_device(device)
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    return Ring(rank=dist.get_rank(), workers=dist.get_world_size(), device=device)


def planned(place: Ring, largest: int) -> list[Visit]:
    """Return every exchange at every size: powers of two, rounded up to equal parts for all ranks."""
    counts = []
    size = max(SMALLEST_BYTES, ELEMENT_BYTES * place.workers)
    while size <= largest:
        parts = -(-size // (ELEMENT_BYTES * place.workers))
        counts.append(parts * place.workers)
        size *= 2
    fine = [Visit(name=POINT_TO_POINT, elements=count) for count in counts]
    coarse = counts[::-COARSE]
    return fine + [
        Visit(name=name, elements=count)
        for name in EXCHANGES
        if name != POINT_TO_POINT
        for count in coarse
    ]


def timed(place: Ring, visit: Visit) -> float:
    """Return what one exchange takes, in seconds, on the slowest rank."""
    once = EXCHANGES[visit.name](place, visit.elements)
    dist.barrier()
    if visit.repetitions > 1:
        once()
    synchronise(place)
    ticks = [time.perf_counter()]
    for _ in range(visit.repetitions):
        once()
        if visit.is_fine:
            synchronise(place)
            ticks.append(time.perf_counter())
    synchronise(place)
    if visit.is_fine:
        # Both ways; only the first rank sees a whole round trip, and idle ranks see nothing.
        trips = [later - earlier for earlier, later in pairwise(ticks)]
        mine = median(trips) / 2 if place.rank == 0 else 0.0
    else:
        mine = (time.perf_counter() - ticks[0]) / visit.repetitions
    slowest = torch.tensor([mine], dtype=torch.float64, device=place.device)
    dist.all_reduce(slowest, op=dist.ReduceOp.MAX)
    return float(slowest)


def synchronise(place: Ring) -> None:
    """Wait until the device has done what it was asked."""
    if place.device.type == "cuda":
        torch.cuda.synchronize(place.device)


def ping_pong(place: Ring, elements: int) -> Callable[[], object]:
    """Return a message from the first rank to the last and back."""
    message, last = torch.zeros(elements, device=place.device), place.workers - 1

    def once() -> None:
        """Send, and wait for the answer; the others do nothing."""
        if place.rank == 0:
            dist.send(message, last)
            dist.recv(message, last)
        elif place.rank == last:
            dist.recv(message, 0)
            dist.send(message, 0)

    return once


def all_reduce(place: Ring, elements: int) -> Callable[[], object]:
    """Return a sum of the array over all ranks."""
    array = torch.zeros(elements, device=place.device)
    return lambda: dist.all_reduce(array)


# Since PyTorch 2.13 two functions have new names, and the old ones warn.


def all_gather(place: Ring, elements: int) -> Callable[[], object]:
    """Return a collection of every rank's part on all ranks."""
    whole = torch.zeros(elements, device=place.device)
    part = torch.zeros(elements // place.workers, device=place.device)
    gather = getattr(dist, "all_gather_single", None) or dist.all_gather_into_tensor
    return lambda: gather(whole, part)


def reduce_scatter(place: Ring, elements: int) -> Callable[[], object]:
    """Return a sum of which each rank gets its part."""
    whole = torch.zeros(elements, device=place.device)
    part = torch.zeros(elements // place.workers, device=place.device)
    scatter = getattr(dist, "reduce_scatter_single", None) or dist.reduce_scatter_tensor
    return lambda: scatter(part, whole)


def all_to_all(place: Ring, elements: int) -> Callable[[], object]:
    """Return an exchange in which each rank has a part for every other one."""
    given, taken = (torch.zeros(elements, device=place.device) for _ in range(2))
    return lambda: dist.all_to_all_single(taken, given)


def broadcast(place: Ring, elements: int) -> Callable[[], object]:
    """Return the first rank's array sent to all."""
    array = torch.zeros(elements, device=place.device)
    return lambda: dist.broadcast(array, 0)


EXCHANGES: dict[str, Callable[[Ring, int], Callable[[], object]]] = {
    POINT_TO_POINT: ping_pong,
    "all_reduce": all_reduce,
    "all_gather": all_gather,
    "reduce_scatter": reduce_scatter,
    "all_to_all": all_to_all,
    "broadcast": broadcast,
}


def is_right(place: Ring, elements: int) -> bool:
    """Tell whether a sum over all ranks is what it must be."""
    array: Tensor = torch.full((elements,), float(place.rank + 1), device=place.device)
    dist.all_reduce(array)
    return bool((array == place.workers * (place.workers + 1) / 2).all())


def leave() -> NoReturn:
    """End at once: gloo's threads may outlive the group and abort the interpreter's shutdown."""
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
