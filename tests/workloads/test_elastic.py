"""Checkpoints, attempts and what a restarted worker reports, in this process and under torchrun."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
from torch import nn

import capstone_report
from capstone_report.workloads import elastic

GENERATOR = Path(capstone_report.__file__).parents[1]
STEPS = 12


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """This process as the only worker of a run, and the run's folder."""
    for name in ("RANK", "WORLD_SIZE", "TORCHELASTIC_RESTART_COUNT"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "metrics").mkdir()
    monkeypatch.setenv("CAPSTONE_METRICS_DIR", str(tmp_path / "metrics"))
    assert elastic.join() == elastic.Place(rank=0, workers=1, attempt=0)
    yield tmp_path
    dist.destroy_process_group()


def trained(*, seed: int = 1, until: int = STEPS, dying_after: int | None = None) -> list[float]:
    """Train a small model, or leave at a step as a killed process does; return its weights."""
    torch.manual_seed(seed)
    model = nn.Linear(3, 1)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    for step in elastic.Checkpoints(model, optimizer).steps(until, save_every=5):
        examples = torch.randn(8, 3, generator=torch.Generator().manual_seed(step))
        loss = (model(examples) - examples.sum(1, keepdim=True)).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step == dying_after:
            break
    return [
        value for weights in model.parameters() for value in weights.detach().flatten().tolist()
    ]


def reported(folder: Path) -> dict[tuple[str, int], float]:
    """Return what was reported, by name and attempt."""
    lines = [
        json.loads(line)
        for path in sorted((folder / "metrics").glob("*.jsonl"))
        for line in path.read_text().splitlines()
    ]
    return {(line["m"], line["step"]): line["v"] for line in lines}


def test_an_interrupted_run_goes_on_from_the_newest_checkpoint_and_ends_with_the_same_weights(
    alone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAPSTONE_METRICS_DIR", str(alone / "uninterrupted" / "metrics"))
    (alone / "uninterrupted" / "metrics").mkdir(parents=True)
    whole = trained()
    monkeypatch.setenv("CAPSTONE_METRICS_DIR", str(alone / "metrics"))
    trained(dying_after=8)
    monkeypatch.setenv("TORCHELASTIC_RESTART_COUNT", "1")
    before = time.monotonic()

    resumed = trained(seed=2)

    told = reported(alone)
    assert resumed == whole
    assert before <= told.pop(("resumed_at", 1)) <= time.monotonic()
    # The ninth step was interrupted before it counted: eight were done, five are in the checkpoint.
    assert told == {
        ("restart_count", 0): 0,
        ("restart_count", 1): 1,
        ("resumed_step", 1): 5,
        ("lost_steps", 1): 3,
    }


def test_without_a_complete_checkpoint_everything_done_is_lost(
    alone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained(dying_after=3)
    monkeypatch.setenv("TORCHELASTIC_RESTART_COUNT", "1")

    trained(dying_after=1)

    assert reported(alone)["resumed_step", 1] == 0
    assert reported(alone)["lost_steps", 1] == 3


def test_an_attempt_that_did_no_step_hides_nothing_that_was_lost_before_it(
    alone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained(dying_after=8)
    monkeypatch.setenv("TORCHELASTIC_RESTART_COUNT", "1")
    trained(dying_after=5)
    monkeypatch.setenv("TORCHELASTIC_RESTART_COUNT", "2")

    trained(dying_after=7)

    told = reported(alone)
    assert ("restart_count", 1) not in told
    assert told["resumed_step", 2] == 5
    assert told["lost_steps", 2] == 3


def test_a_checkpoint_that_was_interrupted_is_never_read(alone: Path) -> None:
    trained(dying_after=8)
    checkpoints = alone / "checkpoints"
    (checkpoints / "step-000000005").rename(checkpoints / "step-000000005.attempt-0")

    model = nn.Linear(3, 1)
    first = elastic.Checkpoints(model, torch.optim.Adam(model.parameters())).load()

    assert first == 0


def test_only_the_newest_two_checkpoints_are_kept(alone: Path) -> None:
    trained(until=17)

    names = sorted(path.name for path in (alone / "checkpoints").glob("step-*"))

    assert names == ["step-000000015", "step-000000017"]


def test_a_restart_after_the_last_step_repeats_none(
    alone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = trained()
    monkeypatch.setenv("TORCHELASTIC_RESTART_COUNT", "1")

    again = trained(seed=2)

    assert again == whole
    assert reported(alone)["resumed_step", 1] == STEPS
    assert reported(alone)["lost_steps", 1] == 0


def test_a_finished_run_can_remove_its_checkpoints(alone: Path) -> None:
    model = nn.Linear(3, 1)
    checkpoints = elastic.Checkpoints(model, torch.optim.Adam(model.parameters()))
    assert list(checkpoints.steps(1, save_every=1)) == [0]

    checkpoints.remove()

    assert sorted(path.name for path in alone.iterdir()) == ["metrics"]


def test_by_hand_checkpoints_lie_where_the_program_was_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("CAPSTONE_METRICS_DIR", raising=False)

    assert elastic.own_folder() == Path("checkpoints")


def test_only_the_first_rank_reports_names_and_removes(
    alone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANK", "1")

    trained(until=2)
    model = nn.Linear(3, 1)
    elastic.Checkpoints(model, torch.optim.Adam(model.parameters())).remove()

    assert reported(alone) == {}
    kept = sorted(path.name for path in (alone / "checkpoints").iterdir())
    assert kept == ["reached-0-1", "step-000000002.attempt-0"]


def test_leaving_ends_the_process_at_once_with_status_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    def ended(status: int) -> None:
        raise SystemExit(status)

    monkeypatch.delenv("RANK", raising=False)
    monkeypatch.setattr(os, "_exit", ended)
    elastic.join()

    with pytest.raises(SystemExit) as left:
        elastic.leave()

    assert left.value.code == 0
    assert not dist.is_initialized()


def test_without_an_agents_store_the_first_rank_keeps_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    announced = {"RANK": 0, "WORLD_SIZE": 1, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    for name, value in announced.items():
        monkeypatch.setenv(name, str(value))
    monkeypatch.setenv("TORCHELASTIC_RESTART_COUNT", "2")
    monkeypatch.delenv("TORCHELASTIC_USE_AGENT_STORE", raising=False)

    place = elastic.join(timeout_s=20)

    total = torch.ones(1)
    dist.all_reduce(total)
    dist.destroy_process_group()
    assert place == elastic.Place(rank=0, workers=1, attempt=2)
    assert total.item() == 1


@pytest.mark.slow
def test_workers_meet_under_torchrun_and_leave_with_status_zero(tmp_path: Path) -> None:
    program = tmp_path / "meet.py"
    program.write_text(
        "import torch, torch.distributed as dist\n"
        "from capstone_report.workloads import elastic\n"
        "place = elastic.join()\n"
        "total = torch.tensor([place.rank + 1.0])\n"
        "dist.all_reduce(total)\n"
        "print(f'{place.workers} {total.item()}\\n', end='', flush=True)\n"
        "elastic.leave()\n"
        "raise SystemExit(1)\n"
    )
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone"]

    answer = subprocess.run(
        [*torchrun, "--nproc-per-node=2", str(program)],
        env={**os.environ, "PYTHONPATH": str(GENERATOR), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.split() == ["2", "3.0"] * 2
