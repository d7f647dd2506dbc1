"""Works through uneven tasks: in one loop, or by workers that a coordinator keeps busy.

The tasks are ranges of numbers whose primes are counted; later ranges take longer. The coordinator
gives every idle worker the next task. When a worker dies, its task goes back to the queue.

python tasks.py --below 400000 --workers 1 --serial
python tasks.py --below 400000 --workers 2
"""

import argparse
import itertools
import multiprocessing
import time
from collections import deque
from multiprocessing.connection import Connection, wait

from capstone_report.workloads.emit import check, metric

TASKS = 256

Range = tuple[int, int]


def primes_between(bounds: Range) -> int:
    """Count the primes in [low, high) by trial division."""
    low, high = bounds
    return sum(
        all(number % divisor for divisor in range(2, int(number**0.5) + 1))
        for number in range(max(low, 2), high)
    )


def be_a_worker(link: Connection, dies_after: int) -> None:
    """Answer tasks until there are none; a worker that is to die leaves its last task undone."""
    for done in itertools.count():
        task = link.recv()
        if task is None or done == dies_after:
            return
        link.send(primes_between(task))


def start_worker(dies_after: int) -> Connection:
    """Return the coordinator's end of a new worker's link."""
    ours, theirs = multiprocessing.Pipe()
    arguments = (theirs, dies_after)
    multiprocessing.Process(target=be_a_worker, args=arguments, daemon=True).start()
    theirs.close()  # so that a worker's death closes the link
    return ours


def coordinate(tasks: list[Range], workers: int, first_dies_after: int) -> tuple[int, int]:
    """Hand out all tasks; return the sum of the answers, and how many tasks were given again."""
    links = [start_worker(first_dies_after if rank == 0 else -1) for rank in range(workers)]
    waiting, given, total, again = deque(tasks), dict[Connection, Range](), 0, 0
    idle = deque(links)
    while waiting or given:
        while waiting and idle:
            link = idle.popleft()
            given[link] = waiting.popleft()
            link.send(given[link])
        for link in list(given):
            if link not in wait(list(given)):
                continue
            task = given.pop(link)
            try:
                total += link.recv()
                idle.append(link)
            except EOFError:
                waiting.append(task)
                idle.append(start_worker(-1))
                again += 1
    for link in idle:
        link.send(None)
    return total, again


def main() -> None:
    """Time the tasks and report; starting the workers is part of the price."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--below", type=int, required=True)
    parser.add_argument("--workers", type=int, required=True)
    parser.add_argument("--serial", action="store_true")
    parser.add_argument("--first-dies-after", type=int, default=-1, metavar="TASKS")
    options = parser.parse_args()
    edges = [options.below * i // TASKS for i in range(TASKS + 1)]
    tasks = list(itertools.pairwise(edges))
    started = time.perf_counter()
    if options.serial:
        primes, again = sum(map(primes_between, tasks)), 0
    else:
        primes, again = coordinate(tasks, options.workers, options.first_dies_after)
    metric("count_time", time.perf_counter() - started, "s")
    metric("primes", primes, "1")
    metric("given_again", again, "1")
    check("all_tasks_counted", ok=primes > 0, detail=f"{primes} primes")


if __name__ == "__main__":
    main()
