"""Answers requests that arrive at their own pace: one replica, or several that share a queue.

A request is a vector; its answer is the item of a catalogue that fits it best. Requests arrive at
times fixed beforehand (open loop): they do not wait for answers, so that latency counts queueing.

python serve.py --requests 1000 --per-s 4000 --seed 1 --workers 1 --serial
python serve.py --requests 1000 --per-s 4000 --seed 1 --workers 2
"""

import argparse
import itertools
import multiprocessing
import random
import time
from collections.abc import Iterable
from multiprocessing.queues import SimpleQueue
from operator import mul
from statistics import quantiles

from capstone_report.workloads.emit import metric

ITEMS = 600
FEATURES = 16

Vector = list[int]
Request = tuple[float, int]
"""When it arrives, on the system's clock in seconds, and its number."""
Answer = tuple[float, float, int]
"""When the request arrived and when it was answered, in seconds, and the item that was found."""


def vector(draw: random.Random) -> Vector:
    """Return a vector of small whole numbers, whose products are exact."""
    return [draw.randint(-100, 100) for _ in range(FEATURES)]


def make_catalogue(seed: int) -> list[Vector]:
    """Return the items; every replica makes the same ones."""
    draw = random.Random(seed)  # noqa: S311 - examples, not secrets
    return [vector(draw) for _ in range(ITEMS)]


def answer(catalogue: list[Vector], number: int) -> int:
    """Return the item that fits a request best."""
    wanted = vector(random.Random(number))  # noqa: S311 - examples, not secrets
    scores = [sum(map(mul, item, wanted)) for item in catalogue]
    return scores.index(max(scores))


def serve(catalogue: list[Vector], requests: Iterable[Request]) -> list[Answer]:
    """Answer requests one by one, none before it has arrived."""
    answers = []
    for arrival, number in requests:
        time.sleep(max(0.0, arrival - time.monotonic()))
        item = answer(catalogue, number)
        answers.append((arrival, time.monotonic(), item))
    return answers


def be_a_replica(
    seed: int, todo: "SimpleQueue[Request | None]", done: "SimpleQueue[list[Answer]]"
) -> None:
    """Load the catalogue, say so, and answer whatever is next in the queue until it ends."""
    catalogue = make_catalogue(seed)
    done.put([])
    done.put(serve(catalogue, iter(todo.get, None)))


def serve_by_replicas(offsets: list[float], seed: int, workers: int) -> list[Answer]:
    """Return all answers of a number of replicas that take requests from one queue."""
    todo: SimpleQueue[Request | None] = multiprocessing.SimpleQueue()
    done: SimpleQueue[list[Answer]] = multiprocessing.SimpleQueue()
    for _ in range(workers):
        arguments = (seed, todo, done)
        multiprocessing.Process(target=be_a_replica, args=arguments, daemon=True).start()
    for _ in range(workers):
        done.get()  # loaded: a replica takes requests only once it is warm
    for request in arriving(offsets):
        todo.put(request)
    for _ in range(workers):
        todo.put(None)
    return [found for _ in range(workers) for found in done.get()]


def arriving(offsets: list[float]) -> list[Request]:
    """Return the requests with the times at which they arrive when the clock starts now."""
    now = time.monotonic()  # one clock for all processes of a system
    return [(now + offset, number) for number, offset in enumerate(offsets)]


def main() -> None:
    """Draw the arrivals, serve them, and report the last answer's time and the latencies."""
    parser = argparse.ArgumentParser()
    for name in ("--requests", "--per-s", "--seed", "--workers"):
        parser.add_argument(name, type=int, required=True)
    parser.add_argument("--serial", action="store_true")
    options = parser.parse_args()
    draw = random.Random(options.seed)  # noqa: S311 - examples, not secrets
    gaps = [draw.expovariate(options.per_s) for _ in range(options.requests)]
    offsets = list(itertools.accumulate(gaps))
    if options.serial:
        catalogue = make_catalogue(options.seed)
        answers = serve(catalogue, arriving(offsets))
    else:
        answers = serve_by_replicas(offsets, options.seed, options.workers)
    latencies = [answered - arrival for arrival, answered, _ in answers]
    first = min(arrival for arrival, _, _ in answers)
    metric("serve_time", max(answered for _, answered, _ in answers) - first, "s")
    metric("latency_p95", quantiles(latencies, n=20)[-1], "s")
    metric("answered", len(answers), "1")
    metric("checksum", sum(item for _, _, item in answers), "1")


if __name__ == "__main__":
    main()
