"""A training study between hosts on a shaped link: calibrated, measured, and predicted by the real command."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from string import Template
from typing import Any

from capstone_report.perfmodel.intervals import Ratio, hodges_lehmann_ratio
from capstone_report.results.journal import read_journal
from capstone_report.results.records import Outcome, Phase, RunRecord
from capstone_report.results.values import run_value
from namespaces import INTERFACE, NamedHost

CAPSTONE = Path(sys.executable).with_name("capstone")
WIDTH, LAYERS, BATCH, STEPS, WARMUP = 240, 4, 3072, 10, 3
SMALL_BATCH = 16
"""Where an accelerator is pretended: what the processor is left to do."""
MESSAGE_BYTES = 4 * LAYERS * (WIDTH * WIDTH + WIDTH)
"""Less than 1 MiB, so that all gradients fill DDP's first bucket, and nothing overlaps."""
LEVEL = 0.95
TRIES = 3
LARGEST = {100: 1 << 20, 1000: 1 << 22}
"""By rate: the largest message, far beyond the token bucket's burst."""
PATIENCE_S = 1800.0
"""A dozen launches of PyTorch on a busy machine take minutes."""

TRAIN = f"""\
import os, sys, time
import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from capstone_report.workloads.emit import metric

ranks, rank = int(os.environ["WORLD_SIZE"]), int(os.environ["RANK"])
accelerator_s = float(sys.argv[1])
alone = "--alone" in sys.argv
workers = 1 if alone else ranks
batch = {SMALL_BATCH} if accelerator_s else {BATCH}
torch.set_num_threads(1)
torch.manual_seed(0)
layers = [part for _ in range({LAYERS}) for part in (nn.Linear({WIDTH}, {WIDTH}), nn.Tanh())]
network = nn.Sequential(*layers)
dist.init_process_group("gloo")
model = DistributedDataParallel(network) if workers > 1 else network
images = torch.randn(batch, {WIDTH}).chunk(2 if alone else ranks)[rank]
optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
for step in range({WARMUP + STEPS}):
    if ranks > 1:
        dist.barrier()
    started = time.perf_counter()
    optimizer.zero_grad()
    time.sleep(accelerator_s / (2 if alone else ranks))
    loss = model(images).square().mean()
    loss.backward()
    optimizer.step()
    if step >= {WARMUP}:
        metric("step_time", time.perf_counter() - started, "s", step=step)
mean = loss.detach() / ranks
dist.all_reduce(mean)
if rank == 0:
    metric("loss", float(mean), "1")
dist.destroy_process_group()
sys.stdout.flush()
os._exit(0)
"""

STUDY = Template("""\
format = 1

[problem]
title = "Training over a shaped link"
question = "Do two hosts take less time for a step than one?"
ceiling = "compute"
one_machine = "One core computes a step."
headline_metric = "step_time"
target = { speedup = 1.1, workers = 2 }
tolerates = "synchronous"
demand = { flop = 4e9, within_s = 0.03 }
machine = { name = "one core", flop_per_s = 1e11, source = "a matrix product" }

[axis]
name = "training"
why = "The gradient of a batch is the mean over its parts."

[baseline]
kind = "one-worker"
benchmark = "ddp"
tuned = ["one thread on one core"]
correctness = { metrics = ["loss"], rtol = 1e-3 }

[design]
partitioning = { choice = "data", unit = "an image", why = "Equal shares of the batch." }
coordination = { choice = "decentralised", why = "Every worker does the same." }
fault_tolerance = { choice = "replicate-reexecute", why = "A run is short." }
load_balancing = { choice = "even-sharding", why = "The images are equal." }

[design.communication]
choice = "all-reduce"
primitive = "one bucket by gloo at the end of the backward pass"
message_bytes = $message_bytes
why = "Every worker needs the mean gradient."
rejected = { choice = "parameter-server", why = "It would take a core." }

[design.consistency]
choice = "synchronous"
why = "The same steps as one worker."
rejected = { choice = "asynchronous", why = "It would change the steps." }

[prediction]
t_comp_s = $t_comp_s
serial_s = $serial_s
link = "calibrate"
model = "ring"
source = "The step of one worker, and a calibration of the link."

[metrics.step_time]
description = "one step of the slowest worker"
unit = "s"
kind = "cost"
direction = "lower"
scope = "per-worker"

[metrics.loss]
description = "mean loss of the batch"
unit = "1"
kind = "quality"
direction = "lower"
scope = "total"
gate = { at_most = 10.0 }

[[benchmarks]]
name = "ddp"
command = ["python", "train.py", "$accelerator_s"]
launcher = { kind = "hosts", interface = "$interface", hosts = $hosts }
levels = { workers = [1, 2] }
scaling = "strong"
held_fixed = ["the batch"]
oversubscribe = true
repeats = $repeats
timeout_s = 240

[[benchmarks]]
name = "half"
command = ["python", "train.py", "$accelerator_s", "--alone"]
launcher = { kind = "hosts", interface = "$interface", hosts = $hosts }
levels = { workers = [1, 2] }
oversubscribe = true
repeats = $repeats
timeout_s = 240

[reproducibility]
seed = 1
licence = "MIT"
data = { name = "noise", source = "generated", licence = "none needed", split = "none" }

[report]
date = 2026-11-21
""")
WORKSPACE = 'format = 1\n\n[site]\ntitle = "Shaped links"\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Stepped:
    """What a link did to a step: measured beside predicted."""

    verdict: str
    """Of the report: faster or slower, where the runs decide it."""
    one_s: Sequence[float]
    """One worker with the whole batch."""
    half_s: Sequence[float]
    """One worker with half the batch, on both hosts at once, which share this machine; no exchange."""
    alone_s: Sequence[float]
    """The same while the other host rests."""
    two_s: Sequence[float]
    predicted_s: float
    """The step of two workers by `capstone predict`, from the medians of one and of half."""
    ratio: Ratio
    """Measured over predicted, with its interval over the interleaved runs of both."""
    link: dict[str, Any]


def stepped(
    root: Path,
    hosts: list[NamedHost],
    *,
    megabits: int,
    repeats: int = 6,
    accelerator_s: float = 0.0,
) -> Stepped:
    """Calibrate, measure and predict a study on hosts, by the real command in a workspace of its own.

    An accelerator can be pretended that takes so many seconds for the batch: a worker waits for its
    share of them, and only the network and a small batch are real. The compute of one worker is
    measured with the whole batch and with half of it: what both share is the part that no second
    worker shortens.
    """
    folder = root / "specs" / "shaped"
    folder.mkdir(parents=True)
    (root / "capstone.toml").write_text(WORKSPACE)
    (folder / "train.py").write_text(TRAIN)
    _write(folder, hosts, repeats, accelerator_s, t_comp_s=0.05)
    _calibrate(root, megabits)
    said(root, "run")
    (journal,) = folder.glob("results/*/journal.jsonl")
    runs = read_journal(journal.parent).runs
    one, two = (_steps(runs, "ddp", workers) for workers in (1, 2))
    alone, half = (_steps(runs, "half", workers) for workers in (1, 2))
    whole, part = median(one), median(half)
    serial = max(0.0, 2 * part - whole)
    _write(folder, hosts, repeats, accelerator_s, t_comp_s=2 * (part - serial), serial_s=serial)
    told = json.loads(said(root, "predict", "shaped", "--workers", "1,2", "--json"))
    predicted = float(told["points"][1]["step_s"])
    built = json.loads(said(root, "build", "--machine", "here", "--json"))
    return Stepped(
        verdict=str(built["studies"][0]["verdict"]),
        one_s=one,
        half_s=half,
        alone_s=alone,
        two_s=two,
        predicted_s=predicted,
        ratio=hodges_lehmann_ratio(two, [step + predicted - part for step in half], LEVEL),
        link=dict(told["link"]),
    )


def _calibrate(root: Path, megabits: int) -> None:
    """Calibrate until both constants are identified, but no more than a few times.

    Of nine launches the interval of the median leaves out the fastest and the slowest one.
    """
    largest = str(LARGEST[megabits])
    for _ in range(TRIES):
        answer = said(root, "calibrate", "--launches", "9", "--largest", largest, "--json")
        if not json.loads(answer)["studies"][0]["findings"]:
            return


def _write(
    folder: Path,
    hosts: list[NamedHost],
    repeats: int,
    accelerator_s: float,
    *,
    t_comp_s: float,
    serial_s: float = 0.0,
) -> None:
    """Write the study's file."""
    named = ", ".join(
        f'{{ address = "{host["address"]}", enter = {json.dumps(host["enter"])} }}'
        for host in hosts
    )
    text = STUDY.substitute(
        message_bytes=MESSAGE_BYTES,
        t_comp_s=t_comp_s,
        serial_s=serial_s,
        interface=INTERFACE,
        hosts=f"[{named}]",
        repeats=repeats,
        accelerator_s=accelerator_s,
    )
    (folder / "study.toml").write_text(text)


def _steps(runs: Sequence[RunRecord], benchmark: str, workers: int) -> list[float]:
    """Return the step time of each measured run of a benchmark with so many workers."""
    counted = [
        run
        for run in runs
        if run.phase is Phase.MEASUREMENT
        and (run.benchmark, run.workers) == (benchmark, workers)
        and run.outcome is Outcome.OK
    ]
    values = (run_value(run, "step_time", kind="cost", scope="per-worker") for run in counted)
    return [value for value in values if value is not None]


def said(root: Path, *arguments: str) -> str:
    """Return what the real command answers on stdout; it must succeed."""
    answer = subprocess.run(
        [CAPSTONE, *arguments],
        cwd=root,
        env={**os.environ, "CAPSTONE_STATE_DIR": str(root / "state")},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert answer.returncode == 0, answer.stderr
    return answer.stdout
