"""Survives the loss of a worker: a restarted program goes on from its newest complete checkpoint.

    from capstone_report.workloads import elastic

    place = elastic.join()
    checkpoints = elastic.Checkpoints(model, optimizer)
    for step in checkpoints.steps(100, save_every=10):
        ...  # one step of training, which follows from the seed and the step's number
    ...  # report the quality
    checkpoints.remove()
    elastic.leave()

Started with `torchrun --max-restarts=3`, or by hand as one process. It needs torch 2.6 or newer and
nothing else of capstone but emit: copy both, and change the import below.

Workers must not meet in the store of the attempt before: the agent keeps it, with the addresses of
the dead in it, and new workers that find them wait for nobody. So each attempt has a prefix of its own.
"""

import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn

import torch
import torch.distributed as dist
from torch.distributed import (  # type: ignore[attr-defined] # public, though not listed
    HashStore,
    PrefixStore,
    Store,
    TCPStore,
)
from torch.distributed.checkpoint.state_dict import get_state_dict, set_state_dict
from torch.distributed.checkpoint.state_dict_loader import load
from torch.distributed.checkpoint.state_dict_saver import save

from capstone_report.workloads.emit import metric

TIMEOUT_S = 30.0
KEPT = 2
"""How many complete checkpoints are kept: the newest, and the one before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Which worker this process is, among how many, and at which attempt."""

    rank: int
    workers: int
    attempt: int
    """How often the workers have been restarted before."""


def join(backend: str = "gloo", *, timeout_s: float = TIMEOUT_S) -> Place:
    """Meet the other workers of this attempt, or stay alone where no launcher announces any.

    Who waits for a worker that never comes gives up after timeout_s seconds, here and in every
    collective operation.
    """
    place = _place()
    dist.init_process_group(
        backend,
        store=_store(place, timedelta(seconds=timeout_s)),
        rank=place.rank,
        world_size=place.workers,
        timeout=timedelta(seconds=timeout_s),
    )
    return place


def leave() -> NoReturn:
    """End this process at once, without the interpreter's shutdown.

    gloo's threads outlive the process group; one that still works while the interpreter shuts
    down aborts a process that had done all its work (pytorch issue 190489).
    """
    dist.destroy_process_group()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


class Checkpoints:
    """The saved states of a model and its optimiser, in a folder that all workers see.

    A checkpoint is complete when it has its final name: it is written under another one and then
    renamed. What an interrupted attempt left unfinished is never read.
    """

    def __init__(
        self,
        model: torch.nn.Module,
        optimizer: torch.optim.Optimizer,
        *,
        folder: Path | None = None,
    ) -> None:
        """Begin without touching the disk; by default the folder is the run's own, or ./checkpoints."""
        self._model, self._optimizer, self._place = model, optimizer, _place()
        self._folder = folder or own_folder()

    def steps(self, until: int, *, save_every: int) -> Iterator[int]:
        """Yield the steps that are still to be done; save after every so many, and after the last.

        After the first step of an attempt, rank 0 reports which attempt it is and, after a restart,
        where it resumed, how many steps had to be done again, and when that first step had ended.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        reached = self._reached()
        first = self.load()
        if first >= until:
            self._report(first, reached)
        own = self._folder / f"reached-{self._place.attempt}-{self._place.rank}"
        with closing(_Mark(own)) as mark:
            for step in range(first, until):
                yield step
                mark.put(step + 1)
                if step == first:
                    self._report(first, reached)
                if (step + 1) % save_every == 0 or step + 1 == until:
                    self.save(step + 1)

    def remove(self) -> None:
        """Remove the checkpoints when nobody needs them any more, so that the next run begins anew."""
        dist.barrier()
        if self._place.rank == 0:
            shutil.rmtree(self._folder)

    def load(self) -> int:
        """Load the newest complete checkpoint; return how many steps it holds, 0 without one."""
        newest = [max((step for step, _ in self._complete()), default=0)]
        dist.broadcast_object_list(newest)  # one worker looks, so that all load the same
        if newest[0]:
            state = self._state()
            load(state, checkpoint_id=self._named(newest[0]))
            set_state_dict(
                self._model,
                self._optimizer,
                model_state_dict=state["model"],
                optim_state_dict=state["optimizer"],
            )
        return newest[0]

    def save(self, step: int) -> None:
        """Save the state after that many steps; every worker calls it."""
        unfinished = self._named(step).with_suffix(f".attempt-{self._place.attempt}")
        save(self._state(), checkpoint_id=unfinished)
        if self._place.rank == 0:
            unfinished.rename(self._named(step))
            for _, old in self._complete()[:-KEPT]:
                shutil.rmtree(old)

    def _state(self) -> dict[str, Any]:
        """Return the state to be saved, or to be loaded into."""
        model, optimizer = get_state_dict(self._model, self._optimizer)
        return {"model": model, "optimizer": optimizer}

    def _named(self, step: int) -> Path:
        """Return where the complete checkpoint after a step lies."""
        return self._folder / f"step-{step:09d}"

    def _complete(self) -> list[tuple[int, Path]]:
        """Return the complete checkpoints with their steps, the newest last."""
        found = [path for path in self._folder.glob("step-*") if not path.suffix]
        return sorted((int(path.name.removeprefix("step-")), path) for path in found)

    def _reached(self) -> int:
        """Return how many steps the last attempt that did any had done, 0 before the first."""
        reached = {(0, 0)}
        for path in self._folder.glob("reached-*"):
            attempt, steps = int(path.name.split("-")[1]), path.read_bytes()
            if steps and attempt < self._place.attempt:
                reached.add((attempt, int(steps)))
        return max(reached)[1]

    def _report(self, first: int, reached: int) -> None:
        """Report what an attempt began with; the clock is this machine's monotonic one."""
        attempt = self._place.attempt
        if self._place.rank != 0:
            return
        if torch.cuda.is_available():
            torch.cuda.synchronize()  # a step has ended when its kernels have
        now = time.monotonic()
        metric("restart_count", attempt, "1", step=attempt)
        if attempt:
            metric("resumed_step", first, "1", step=attempt)
            metric("lost_steps", reached - first, "1", step=attempt)
            metric("resumed_at", now, "s", step=attempt)


class _Mark:
    """A number on disk that is replaced in one write, so that a kill never leaves half of it."""

    def __init__(self, path: Path) -> None:
        """Begin the file, empty."""
        self._file = path.open("wb", buffering=0)
        self.close = self._file.close

    def put(self, number: int) -> None:
        """Write the number in place of the one before."""
        os.pwrite(self._file.fileno(), b"%012d" % number, 0)


def own_folder() -> Path:
    """Return the folder for checkpoints: the run's own under capstone, ./checkpoints by hand."""
    metrics = os.environ.get("CAPSTONE_METRICS_DIR")
    return Path(metrics).parent / "checkpoints" if metrics else Path("checkpoints")


def _place() -> Place:
    """Return what torchrun announces; one worker at its first attempt where nothing does."""
    return Place(
        rank=int(os.environ.get("RANK", "0")),
        workers=int(os.environ.get("WORLD_SIZE", "1")),
        attempt=int(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")),
    )


def _store(place: Place, timeout: timedelta) -> Store:
    """Return where the workers of this attempt, and of no other, find each other's addresses."""
    if "RANK" not in os.environ:
        return HashStore()
    agents = os.environ.get("TORCHELASTIC_USE_AGENT_STORE") == "True"
    store = TCPStore(
        os.environ["MASTER_ADDR"],
        int(os.environ["MASTER_PORT"]),
        place.workers,
        is_master=place.rank == 0 and not agents,
        timeout=timeout,
    )
    groups = os.environ.get("GROUP_WORLD_SIZE", "1")
    return PrefixStore(f"attempt-{place.attempt}-{place.workers}-{groups}", store)
