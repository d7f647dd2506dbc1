"""A tiny study on gloo whose second benchmark loses a worker: written, run and analysed.

    analysis, runs = lose_workers(tmp_path, tries=3)

The model is small and each step sleeps, so that the kill meets the middle of the training; the numbers
follow from seed and step alone, so that a recovered run must end with exactly the same loss.
"""

from dataclasses import replace
from pathlib import Path

import capstone_report
from capstone_report.analysis.analyze import analyze
from capstone_report.analysis.facts import Analysis
from capstone_report.measure.guard.client import Guard
from capstone_report.measure.one_run import Attempt, make_run
from capstone_report.plan import PlannedRun, make_plan
from capstone_report.results.journal import open_journal, read_journal
from capstone_report.results.records import CampaignRecord, RunRecord
from capstone_report.spec.load import load_project
from simulated import ENVIRONMENT, GONE, machine_folder, write_workspace

GENERATOR = Path(capstone_report.__file__).parents[1]
STEPS, SAVE_EVERY = 100, 10
TIMEOUT_S, IDLE_TIMEOUT_S = 150.0, 60.0
PROGRAM = f"""\
import time
import torch
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from capstone_report.workloads import elastic
from capstone_report.workloads.emit import metric

place = elastic.join(timeout_s=20)
torch.manual_seed(7)
model = DistributedDataParallel(nn.Linear(8, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
checkpoints = elastic.Checkpoints(model, optimizer)
started = time.perf_counter()


def loss_of(step, rank):
    examples = torch.randn(16, 8, generator=torch.Generator().manual_seed(10 * step + rank))
    return (model(examples) - examples.sum(1, keepdim=True)).square().mean()


for step in checkpoints.steps({STEPS}, save_every={SAVE_EVERY}):
    loss = loss_of(step, place.rank)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    time.sleep(0.04)
if place.rank == 0:
    with torch.no_grad():
        metric("final_loss", loss_of({STEPS}, 0).item(), "1")
    metric("train_time", time.perf_counter() - started, "s")
checkpoints.remove()
elastic.leave()
"""
SHARED = {
    "command": ["python", "elastic.py"],
    "oversubscribe": True,
    "timeout_s": TIMEOUT_S,
    "idle_timeout_s": IDLE_TIMEOUT_S,
    "env": {"PYTHONPATH": str(GENERATOR)},
}
METRICS = {
    "train_time": {
        "description": "the training loop",
        "unit": "s",
        "kind": "cost",
        "direction": "lower",
        "scope": "total",
    },
    "final_loss": {
        "description": "after the last step, on examples of its own",
        "unit": "1",
        "kind": "quality",
        "direction": "lower",
        "scope": "total",
        "gate": {"at_most": 5.0},
    },
}
BENCHMARKS = [
    SHARED
    | {
        "name": "ddp",
        "launcher": "torchrun",
        "levels": {"workers": [1, 2]},
        "scaling": "strong",
        "held_fixed": ["the steps"],
    },
    SHARED
    | {
        "name": "killed",
        "launcher": {"kind": "torchrun", "max_restarts": 3},
        "levels": {"workers": [2]},
        "inject": {"kill_worker": 1, "at_s": 1.5},
    },
]


def lose_workers(root: Path, *, tries: int) -> tuple[Analysis, list[RunRecord]]:
    """Run the study once without a fault and several times with one; return what it says.

    No try is made again, and none is given up: every one of them counts.
    """
    write_workspace(
        root,
        problem__headline_metric="train_time",
        baseline__kind="one-worker",
        baseline__benchmark="ddp",
        baseline__tuned=GONE,
        baseline__correctness={"metrics": ["final_loss"], "rtol": 1e-6},
        metrics=METRICS,
        benchmarks=BENCHMARKS,
    )
    project = load_project(root)
    (loaded,) = project.studies
    (loaded.folder / "elastic.py").write_text(PROGRAM)
    (loaded,) = load_project(root).studies
    runs = {
        run.case.benchmark.name: run
        for run in make_plan(loaded, cores=4).runs
        if run.case.allocation.workers == 2
    }
    wanted: list[PlannedRun] = [runs["ddp"]]
    wanted += [replace(runs["killed"], repeat=number) for number in range(tries)]
    folder = machine_folder(loaded)
    made: list[RunRecord] = []
    with open_journal(folder) as (_, writer), Guard() as guard:
        for run in wanted:
            attempt = Attempt(
                loaded=loaded, run=run, number=0, machine_folder=folder, environment=ENVIRONMENT
            )
            made.append(make_run(attempt, guard))
            if len(made) == 1:
                writer.append(
                    CampaignRecord(
                        seed=7,
                        planned_runs=len(wanted),
                        started_at=made[0].started_at,
                        environment=ENVIRONMENT,
                    )
                )
            writer.append(made[-1])
    return analyze(loaded, project.workspace, read_journal(folder)), made
