"""Passes inputs through a model whose rows are split over processes: none of them holds it whole.

Each worker makes and keeps its rows of every layer. For each layer the parent sends the whole
activation to all workers and puts the slices that come back together.

python layers.py --width 384 --inputs 40 --seed 1 --workers 1 --serial
python layers.py --width 384 --inputs 40 --seed 1 --workers 2
"""

import argparse
import math
import multiprocessing
import random
import time
from array import array
from collections.abc import Callable
from multiprocessing.connection import Connection
from operator import mul
from typing import TypeAlias

from capstone_report.workloads.emit import metric

LAYERS = 4

Vector: TypeAlias = "array[float]"
Layer: TypeAlias = "list[array[float]]"
Step: TypeAlias = Callable[[int, Vector], Vector]
"""Takes the number of a layer and its input, and returns its output."""


def make_rows(layer: int, rows: range, width: int, seed: int) -> Layer:
    """Return some rows of a layer's weights; a row is the same whoever holds it."""
    scale = math.sqrt(2 / width)  # He et al. 2015: keeps the size of activations under ReLU
    draws = (random.Random(f"{seed} {layer} {row}") for row in rows)  # noqa: S311 - examples, not secrets
    return [array("d", [scale * draw.gauss(0, 1) for _ in range(width)]) for draw in draws]


def activate(rows: Layer, values: Vector) -> Vector:
    """Return the slice of a layer's output that these rows compute."""
    return array("d", [max(0.0, sum(map(mul, row, values))) for row in rows])


def serve_rows(link: Connection, rows: range, width: int, seed: int) -> None:
    """Be a worker: answer each layer's activation with this worker's slice of the next."""
    layers = [make_rows(layer, rows, width, seed) for layer in range(LAYERS)]
    link.send(len(rows) * width * LAYERS)
    while True:  # a daemon: it ends with its parent
        message = link.recv_bytes()
        values = array("d", message[1:])
        link.send_bytes(activate(layers[message[0]], values).tobytes())


def forward(step: Step, inputs: list[Vector]) -> float:
    """Pass all inputs through all layers; return the mean square of what comes out."""
    total = 0.0
    for values in inputs:
        for layer in range(LAYERS):
            values = step(layer, values)  # noqa: PLW2901 - an output is the next layer's input
        total += sum(map(mul, values, values)) / len(values)
    return total / len(inputs)


def one_process(width: int, seed: int) -> tuple[Step, int]:
    """Return the step of a process that holds the whole model, and how many values it holds."""
    layers = [make_rows(layer, range(width), width, seed) for layer in range(LAYERS)]
    return (lambda layer, values: activate(layers[layer], values)), LAYERS * width**2


def many_processes(workers: int, width: int, seed: int) -> tuple[Step, int]:
    """Return the step of workers that hold the model between them, and the most that one holds."""
    links = []
    for rank in range(workers):
        rows = range(width * rank // workers, width * (rank + 1) // workers)
        ours, theirs = multiprocessing.Pipe()
        arguments = (theirs, rows, width, seed)
        multiprocessing.Process(target=serve_rows, args=arguments, daemon=True).start()
        links.append(ours)
    held = max(int(link.recv()) for link in links)

    def step(layer: int, values: Vector) -> Vector:
        for link in links:
            link.send_bytes(bytes([layer]) + values.tobytes())
        return array("d", b"".join(link.recv_bytes() for link in links))

    return step, held


def main() -> None:
    """Make the model where it is to stay, then time the inputs' way through it."""
    parser = argparse.ArgumentParser()
    for name in ("--width", "--inputs", "--seed", "--workers"):
        parser.add_argument(name, type=int, required=True)
    parser.add_argument("--serial", action="store_true")
    options = parser.parse_args()
    width, seed = options.width, options.seed
    step, held = (
        one_process(width, seed) if options.serial else many_processes(options.workers, width, seed)
    )
    draw = random.Random(seed)  # noqa: S311 - examples, not secrets
    inputs = [array("d", [draw.random() for _ in range(width)]) for _ in range(options.inputs)]
    started = time.perf_counter()
    mean_square = forward(step, inputs)
    metric("forward_time", time.perf_counter() - started, "s")
    metric("mean_square", mean_square, "1")
    metric("parameter_bytes", held * array("d").itemsize, "B")


if __name__ == "__main__":
    main()
