"""Trains a small convolutional network on scikit-learn's digits: alone, or with DDP under torchrun.

    python train.py --threads 2
    OMP_NUM_THREADS=1 torchrun --standalone --nproc-per-node=2 train.py

Both do the same work: the same initial weights, the same global batches in the same order, the
same optimiser. Only who computes the gradient differs.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NoReturn

import torch
import torch.distributed as dist
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.nn.parallel import DistributedDataParallel

from capstone_report.workloads.emit import check, metric

TRAINING_IMAGES = 1536  # the remaining 261 of the 1797 images are the test set
WARMUP_PASSES = 4  # DDP settles its buckets after the first pass; the rest warm caches and pools
LEARNING_RATE = 2e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line says."""

    seed: int
    threads: int
    steps: int
    batch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where this process runs, and among how many."""

    rank: int
    workers: int
    distributed: bool
    device: torch.device


def main() -> None:
    """Train, measure the training loop, and report what the study declares."""
    options = parse_options()
    place = find_place()
    torch.set_num_threads(options.threads)
    torch.backends.cudnn.allow_tf32 = False  # both sides compute in full float32

    # The data, the initial weights and the order of the batches depend on the seed alone.
    train_images, train_labels, test_images, test_labels = load_split(options.seed, place.device)
    torch.manual_seed(options.seed)
    network = make_network().to(place.device)
    model = DistributedDataParallel(network) if place.distributed else network
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE)
    batches = [share(rows, place) for rows in global_batches(options)]

    # Warm-up: gradients of the first batch, thrown away, so the weights stay as they are.
    for _ in range(WARMUP_PASSES):
        optimizer.zero_grad()
        loss = cross_entropy(model(train_images[batches[0]]), train_labels[batches[0]])
        loss.backward()  # type: ignore[no-untyped-call] # torch leaves it untyped
    first_gradient = flat([p.grad for p in network.parameters() if p.grad is not None])
    optimizer.zero_grad()

    # The timed region: every training step, and nothing else.
    losses: list[Tensor] = []
    if place.distributed:
        dist.barrier()
    ticks = [now(place)]
    for rows in batches:
        loss = cross_entropy(model(train_images[rows]), train_labels[rows])
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call] # torch leaves it untyped
        optimizer.step()
        losses.append(loss.detach())
        ticks.append(now(place))

    # What every worker reports.
    metric("train_time", ticks[-1] - ticks[0], "s")
    for step, (begun, ended) in enumerate(pairwise(ticks)):
        metric("step_time", ended - begun, "s", step=step)
    check("loss_is_finite", ok=bool(torch.stack(losses).isfinite().all()))
    if place.distributed:
        difference = spread(flat(list(network.parameters())))
        check("replicas_equal", ok=difference == 0, detail=f"largest difference {difference:g}")

    # What describes the job as a whole.
    if place.rank == 0:
        loss_after, _ = evaluate(network, train_images, train_labels)
        _, accuracy = evaluate(network, test_images, test_labels)
        metric("test_accuracy", accuracy, "1")
        metric("final_loss", loss_after, "1")
        metric("gradient_projection", projection(first_gradient, options.seed), "1")
        seconds = ticks[-1] - ticks[0]
        print(f"{options.steps} steps in {seconds:.3f} s on {place.workers} worker(s)")
        print(f"test accuracy {accuracy:.4f}, training loss {loss_after:.6f}")

    if place.distributed:
        dist.destroy_process_group()
        leave()


def leave() -> NoReturn:
    """End this process at once, without the interpreter's shutdown.

    gloo's threads outlive the process group. One that still releases a tensor while the
    interpreter shuts down aborts the process (pytorch issue 190489), and a run that had done all
    its work would count as failed.
    """
    sys.stdout.flush()
    os._exit(0)


def parse_options() -> Options:
    """Read the command line; the global batch must fall into equal shares."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seed", type=int, default=41, help="of split, weights and batch order")
    parser.add_argument("--threads", type=int, default=1, help="threads of each process")
    parser.add_argument("--steps", type=int, default=40, help="optimiser steps")
    parser.add_argument("--batch", type=int, default=512, help="images in a global batch")
    options = Options(**vars(parser.parse_args()))
    workers = int(os.environ.get("WORLD_SIZE", "1"))
    if min(options.threads, options.steps, options.batch) < 1:
        parser.error("--threads, --steps and --batch must be at least 1")
    if options.batch > TRAINING_IMAGES:
        parser.error(f"--batch {options.batch} is more than the {TRAINING_IMAGES} training images")
    if options.batch % workers:
        parser.error(f"--batch {options.batch} does not divide into {workers} equal shares")
    return options


def find_place() -> Place:
    """Join the process group that torchrun announces, or stay alone.

    $CAPSTONE_DEVICE says where to compute: cuda, one GPU for each rank with NCCL between them, or
    cpu, with gloo. The harness chooses one for the whole study, so both sides use the same kind.
    """
    distributed = "RANK" in os.environ and "WORLD_SIZE" in os.environ
    rank, workers = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    device = torch.device("cpu")
    if os.environ.get("CAPSTONE_DEVICE") == "cuda":
        device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
        torch.cuda.set_device(device)
    if distributed:
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    return Place(rank=rank, workers=workers, distributed=distributed, device=device)


def load_split(seed: int, device: torch.device) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return training images and labels, then test images and labels, split by the seed."""
    digits = load_digits()
    order = torch.randperm(len(digits.target), generator=torch.Generator().manual_seed(seed))
    images = torch.tensor(digits.images, dtype=torch.float32).unsqueeze(1)[order] / 16
    labels = torch.tensor(digits.target, dtype=torch.int64)[order]
    images, labels = images.to(device), labels.to(device)
    cut = TRAINING_IMAGES
    return images[:cut], labels[:cut], images[cut:], labels[cut:]


def make_network() -> nn.Module:
    """Return the network: no batch norm and no dropout, so an image's gradient depends on it alone."""
    network = nn.Sequential(
        nn.Conv2d(1, 48, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(48, 48, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(48, 48, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(48, 48, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(48 * 2 * 2, 10),
    )
    for parameter in network.parameters():  # He initialisation: ReLU keeps the signal's size
        if parameter.dim() > 1:
            nn.init.kaiming_normal_(parameter, nonlinearity="relu")
        else:
            nn.init.zeros_(parameter)
    return network


def global_batches(options: Options) -> Iterator[Tensor]:
    """Yield the rows of each step's global batch; every epoch has a new order, without a rest."""
    generator = torch.Generator().manual_seed(options.seed + 1)
    per_epoch = TRAINING_IMAGES // options.batch
    for step in range(options.steps):
        if step % per_epoch == 0:
            order = torch.randperm(TRAINING_IMAGES, generator=generator)
        start = step % per_epoch * options.batch
        yield order[start : start + options.batch]


def share(rows: Tensor, place: Place) -> Tensor:
    """Return this worker's contiguous slice; equal slices make the mean of means the global mean."""
    return rows.chunk(place.workers)[place.rank].to(place.device)


def now(place: Place) -> float:
    """Return the clock once the device has done everything that was asked of it."""
    if place.device.type == "cuda":
        torch.cuda.synchronize(place.device)
    return time.perf_counter()


def flat(tensors: list[Tensor] | list[nn.Parameter]) -> Tensor:
    """Return a copy of tensors as one long vector."""
    return torch.cat([tensor.detach().flatten() for tensor in tensors])


def spread(vector: Tensor) -> float:
    """Return how far the workers' copies of a vector differ at most, element by element."""
    highest, lowest = vector.clone(), vector.clone()
    dist.all_reduce(highest, op=dist.ReduceOp.MAX)
    dist.all_reduce(lowest, op=dist.ReduceOp.MIN)
    return float((highest - lowest).max())


def projection(gradient: Tensor, seed: int) -> float:
    """Return a gradient's component along a fixed random direction of unit length."""
    generator = torch.Generator().manual_seed(seed + 2)
    direction = torch.randn(gradient.numel(), generator=generator, dtype=torch.float64)
    return float(gradient.double().cpu() @ direction / direction.norm())


@torch.no_grad()
def evaluate(network: nn.Module, images: Tensor, labels: Tensor) -> tuple[float, float]:
    """Return the mean loss and the accuracy on a set of images."""
    scores = network(images)
    accuracy = (scores.argmax(dim=1) == labels).double().mean()
    return float(cross_entropy(scores, labels)), float(accuracy)


if __name__ == "__main__":
    main()
