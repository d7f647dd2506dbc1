"""kill -9, of capstone, of its guard, of both, at any time: nothing is lost, nothing lives on."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import psutil
import pytest

from campaigns import shell
from capstone_report.results.journal import JOURNAL, read_journal
from capstone_report.results.records import Outcome, RunRecord
from capstone_report.results.running import read as read_mark

Answer = subprocess.CompletedProcess[str]
CAPSTONE = Path(sys.executable).with_name("capstone")
LOCKED = 6
KILLS = 200
REPEATS = 400
SEED = 20261121
STUBBORN = (
    "import os, pathlib, signal, time\n"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "child = os.fork()\n"
    "with open('pids', 'a') as pids: print(os.getpid(), file=pids)\n"
    "forever = pathlib.Path('slow').exists()\n"
    "while forever: time.sleep(0.05)\n"
    "from capstone_report.workloads.emit import metric\n"
    "child and metric('work_time', 0.001, 's')\n"
)


@pytest.fixture
def stubborn(
    write_study: Callable[..., Path], eventually: Callable[[Callable[[], object]], object]
) -> Callable[[], tuple[Path, Callable[[], list[int]]]]:
    """Write a study whose programs ignore SIGTERM; return its folder and how to ask for their ids."""

    def write() -> tuple[Path, Callable[[], list[int]]]:
        folder = write_study(serial=STUBBORN, pool=STUBBORN, repeats="1")
        (folder / "slow").touch()

        def pids() -> list[int]:
            path = folder / "pids"
            eventually(lambda: path.exists() and len(path.read_text().split()) > 1)
            return [int(pid) for pid in path.read_text().split()]

        return folder, pids

    return write


def guard_of(capstone: "subprocess.Popen[str]") -> int:
    """Return the process id of a campaign's guard."""
    guards = [
        child.pid
        for child in psutil.Process(capstone.pid).children()
        if "capstone_report.measure.guard" in child.cmdline()
    ]
    return guards[0]


def gone(pids: list[int], *, within_s: float) -> bool:
    """Tell whether processes end within a time."""
    deadline = time.monotonic() + within_s
    while any(_lives(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not any(_lives(pid) for pid in pids)


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def outcomes(runs: tuple[RunRecord, ...]) -> Counter[Outcome]:
    """Count how runs ended."""
    return Counter(run.outcome for run in runs)


def test_when_capstone_is_killed_its_workers_are_gone_and_the_run_is_made_again(
    stubborn: Callable[[], tuple[Path, Callable[[], list[int]]]],
    start_capstone: Callable[..., "subprocess.Popen[str]"],
    capstone: Callable[..., Answer],
    runs: Callable[[], tuple[RunRecord, ...]],
) -> None:
    folder, pids = stubborn()
    campaign = start_capstone("run")
    started = pids()

    campaign.kill()

    assert gone(started, within_s=3)
    (folder / "slow").unlink()
    answer = capstone("run")
    assert answer.returncode == 0, answer.stderr
    assert outcomes(runs()) == {Outcome.OK: 2, Outcome.INTERRUPTED: 1}
    assert "capstone was killed while it ran" in runs()[0].message


def test_when_the_guard_is_killed_its_workers_are_gone_and_the_campaign_goes_on(
    stubborn: Callable[[], tuple[Path, Callable[[], list[int]]]],
    start_capstone: Callable[..., "subprocess.Popen[str]"],
    runs: Callable[[], tuple[RunRecord, ...]],
) -> None:
    folder, pids = stubborn()
    campaign = start_capstone("run")
    started = pids()
    (folder / "slow").unlink()

    os.kill(guard_of(campaign), signal.SIGKILL)

    campaign.wait(30)

    assert gone(started, within_s=3)
    assert outcomes(runs())[Outcome.OK] == 2


def test_what_lives_on_when_both_are_killed_is_ended_by_the_next_campaign(
    stubborn: Callable[[], tuple[Path, Callable[[], list[int]]]],
    start_capstone: Callable[..., "subprocess.Popen[str]"],
    capstone: Callable[..., Answer],
    runs: Callable[[], tuple[RunRecord, ...]],
) -> None:
    folder, pids = stubborn()
    campaign = start_capstone("run")
    started = pids()
    guard = guard_of(campaign)
    os.kill(campaign.pid, signal.SIGSTOP)
    os.kill(guard, signal.SIGKILL)
    campaign.kill()
    campaign.wait()
    (folder / "slow").unlink(missing_ok=True)
    (folder / "pids").unlink()

    answer = capstone("run")

    assert answer.returncode == 0, answer.stderr
    assert gone(started, within_s=0.5)
    assert outcomes(runs())[Outcome.OK] == 2


def test_the_lock_of_a_killed_campaign_is_free_as_soon_as_its_workers_are_gone(
    stubborn: Callable[[], tuple[Path, Callable[[], list[int]]]],
    start_capstone: Callable[..., "subprocess.Popen[str]"],
    capstone: Callable[..., Answer],
) -> None:
    folder, pids = stubborn()
    campaign = start_capstone("run")
    started = pids()
    campaign.kill()
    (folder / "slow").unlink()

    answer = capstone("run")

    assert answer.returncode == 0, answer.stderr
    assert gone(started, within_s=0.1)


def test_two_campaigns_never_measure_at_once_and_reading_goes_on(
    stubborn: Callable[[], tuple[Path, Callable[[], list[int]]]],
    start_capstone: Callable[..., "subprocess.Popen[str]"],
    capstone: Callable[..., Answer],
) -> None:
    _, pids = stubborn()
    campaign = start_capstone("run")
    pids()

    second, status, built = capstone("run"), capstone("status"), capstone("build")

    assert second.returncode == LOCKED
    assert f"process {campaign.pid}" in second.stderr
    assert "since" in second.stderr
    assert (status.returncode, built.returncode) == (0, 0)
    assert f"process {campaign.pid} on host" in status.stdout


def measures_or_ended(campaign: "subprocess.Popen[bytes]", folder: Path) -> bool:
    """Tell whether the mark in a study's records is a campaign's, or the campaign has ended."""
    marks = [read_mark(path.parent) for path in folder.glob("results/*/running.json")]
    measures = any(mark is not None and mark.pid == campaign.pid for mark in marks)
    return measures or campaign.poll() is not None


@pytest.mark.slow
def test_two_hundred_kills_at_random_moments_lose_nothing(
    workspace: Path,
    write_study: Callable[..., Path],
    capstone: Callable[..., Answer],
    eventually: Callable[[Callable[[], object]], object],
) -> None:
    quick = (
        """sleep 0.1; echo '{"m":"work_time","v":0.0001,"u":"s"}' > $CAPSTONE_METRICS_DIR/0.jsonl"""
    )
    folder = write_study(serial_command=shell(quick), repeats=str(REPEATS))
    text = (folder / "study.toml").read_text()
    (folder / "study.toml").write_text(
        text.replace('["python", "pool.py", "{workers}"]', shell(quick))
    )
    moments = random.Random(SEED)  # noqa: S311 - reproducible, not secret
    acknowledged = b""
    killed = 0
    while killed < KILLS:
        campaign = subprocess.Popen(
            [CAPSTONE, "run"], cwd=workspace, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        eventually(partial(measures_or_ended, campaign, folder))
        time.sleep(moments.uniform(0.0, 0.35))
        assert campaign.poll() is None, "the campaign ended before it was killed; plan more runs"
        campaign.kill()
        campaign.communicate()
        killed += 1
        for path in folder.glob(f"results/*/{JOURNAL}"):
            data = path.read_bytes()
            assert data.startswith(acknowledged)
            acknowledged = data[: data.rfind(b"\n") + 1]

    answer = capstone("run")

    assert answer.returncode == 0, answer.stderr
    (path,) = folder.glob(f"results/*/{JOURNAL}")
    records = read_journal(path.parent).runs
    made = Counter((run.case_id, run.repeat) for run in records if run.outcome is Outcome.OK)
    assert path.read_bytes().startswith(acknowledged)
    assert set(made.values()) == {1}
    assert len(made) == 2 * REPEATS
    assert set(outcomes(records)) == {Outcome.OK, Outcome.INTERRUPTED}
    assert len({run.run_id for run in records}) == len(records)
    assert KILLS / 2 < outcomes(records)[Outcome.INTERRUPTED] <= KILLS
