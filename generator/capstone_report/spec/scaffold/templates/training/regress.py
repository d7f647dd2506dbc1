"""Fits a linear regression by gradient descent: alone, or with the examples shared out to workers.

Each worker keeps its slice of the examples. In every step the parent sends the weights to all,
waits for all their gradients, and takes one step with the sum: synchronous data parallelism.

python regress.py --examples 4000 --steps 60 --seed 1 --workers 1 --serial
python regress.py --examples 4000 --steps 60 --seed 1 --workers 2
"""

import argparse
import multiprocessing
import random
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from operator import mul

from capstone_report.workloads.emit import check, metric

FEATURES = 32
RATE = 0.5
NOISE = 0.1
"""Standard deviation of the noise: no model has a smaller mean squared error than its square."""

Vector = list[float]
Example = tuple[Vector, float]


def make_examples(count: int, seed: int) -> list[Example]:
    """Return examples y = w x + noise of hidden weights, the same for every worker count."""
    draw = random.Random(seed)  # noqa: S311 - examples, not secrets
    hidden = [draw.uniform(-1, 1) for _ in range(FEATURES)]
    inputs = [[draw.gauss(0, 1) for _ in range(FEATURES)] for _ in range(count)]
    return [(x, sum(map(mul, hidden, x)) + draw.gauss(0, NOISE)) for x in inputs]


def gradient(weights: Vector, examples: list[Example]) -> tuple[Vector, float]:
    """Return the sum of the gradients of half the squared errors, and of the squared errors."""
    total, squares = [0.0] * FEATURES, 0.0
    for x, y in examples:
        error = sum(map(mul, weights, x)) - y
        squares += error * error
        total = [sum_ + error * value for sum_, value in zip(total, x, strict=True)]
    return total, squares


def serve_gradients(link: Connection, examples: list[Example]) -> None:
    """Be a worker: answer weights with this slice's gradient until there are no more."""
    link.send("ready")
    while weights := link.recv():
        link.send(gradient(weights, examples))


def descend(ask: Callable[[Vector], list[tuple[Vector, float]]], count: int, steps: int) -> float:
    """Take the steps with whatever computes gradients; return the last mean squared error."""
    weights, loss = [0.0] * FEATURES, 0.0
    for _ in range(steps):
        parts = ask(weights)
        loss = sum(squares for _, squares in parts) / count
        mean = [sum(column) / count for column in zip(*(part for part, _ in parts), strict=True)]
        weights = [weight - RATE * slope for weight, slope in zip(weights, mean, strict=True)]
    return loss


def descend_together(examples: list[Example], workers: int, steps: int) -> tuple[float, float]:
    """Return loss and seconds of the steps, with the examples in equal slices."""
    links, processes = [], []
    for rank in range(workers):
        ours, theirs = multiprocessing.Pipe()
        arguments = (theirs, examples[rank::workers])
        process = multiprocessing.Process(target=serve_gradients, args=arguments, daemon=True)
        process.start()
        links.append(ours)
        processes.append(process)
    for link in links:
        link.recv()  # ready: as in training at scale, start-up is not part of a step

    def ask(weights: Vector) -> list[tuple[Vector, float]]:
        for link in links:
            link.send(weights)
        return [link.recv() for link in links]

    started = time.perf_counter()
    loss = descend(ask, len(examples), steps)
    seconds = time.perf_counter() - started
    for link, process in zip(links, processes, strict=True):
        link.send([])
        process.join()
    return loss, seconds


def main() -> None:
    """Make the examples, then time the steps."""
    parser = argparse.ArgumentParser()
    for name in ("--examples", "--steps", "--seed", "--workers"):
        parser.add_argument(name, type=int, required=True)
    parser.add_argument("--serial", action="store_true")
    options = parser.parse_args()
    examples = make_examples(options.examples, options.seed)
    if options.serial:
        started = time.perf_counter()
        loss = descend(lambda w: [gradient(w, examples)], len(examples), options.steps)
        seconds = time.perf_counter() - started
    else:
        loss, seconds = descend_together(examples, options.workers, options.steps)
    metric("train_time", seconds, "s")
    metric("loss", loss, "1")
    check("loss_is_finite", ok=loss < float("inf"), detail=f"{loss}")


if __name__ == "__main__":
    main()
