"""Signals and standstills: stopped in order, at once, after the run, or noticed."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from capstone_report.results.records import Outcome, RunRecord

Answer = subprocess.CompletedProcess[str]
CLEANS_UP = (
    "import os, pathlib, signal, sys, time\n"
    "def clean(*_):\n"
    "    pathlib.Path('cleaned').touch()\n"
    "    time.sleep(float(os.environ.get('CAPSTONE_P_LINGER', '0')))\n"
    "    sys.exit(1)\n"
    "signal.signal(signal.SIGTERM, clean)\n"
    "pathlib.Path('pid').write_text(str(os.getpid()))\n"
    "while pathlib.Path('slow').exists(): time.sleep(0.02)\n"
    "from capstone_report.workloads.emit import metric\n"
    "metric('work_time', 0.001, 's')\n"
)


@pytest.fixture
def running(
    write_study: Callable[..., Path],
    start_capstone: Callable[..., "subprocess.Popen[str]"],
    eventually: Callable[[Callable[[], object]], object],
) -> Callable[..., tuple["subprocess.Popen[str]", Path, int]]:
    """Start a campaign and wait until its first program runs; return it, its folder, its worker."""

    def start(linger: float = 0.0) -> tuple["subprocess.Popen[str]", Path, int]:
        extra = f"levels = {{ linger = [{linger}] }}"
        folder = write_study(serial=CLEANS_UP, pool=CLEANS_UP, repeats="1", serial_extra=extra)
        text = (folder / "study.toml").read_text()
        (folder / "study.toml").write_text(
            text.replace(
                "levels = { workers = [2] }", f"levels = {{ workers = [2], linger = [{linger}] }}"
            )
        )
        (folder / "slow").touch()
        campaign = start_capstone("run")
        eventually(lambda: (folder / "pid").exists() and (folder / "pid").read_text())
        return campaign, folder, int((folder / "pid").read_text())

    return start


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_one_signal_stops_the_run_in_order_and_is_recorded(
    running: Callable[..., tuple["subprocess.Popen[str]", Path, int]],
    runs: Callable[[], tuple[RunRecord, ...]],
    is_gone: Callable[[int], bool],
    number: signal.Signals,
) -> None:
    campaign, folder, worker = running()
    began = time.monotonic()

    campaign.send_signal(number)
    status = campaign.wait(10)

    (record,) = runs()
    assert status == 128 + number
    assert time.monotonic() - began < 5
    assert (folder / "cleaned").exists()
    assert (record.outcome, record.signal) == (Outcome.INTERRUPTED, number)
    assert is_gone(worker)


def test_a_second_signal_kills_at_once(
    running: Callable[..., tuple["subprocess.Popen[str]", Path, int]],
    runs: Callable[[], tuple[RunRecord, ...]],
    eventually: Callable[[Callable[[], object]], object],
    is_gone: Callable[[int], bool],
) -> None:
    campaign, folder, worker = running(linger=30)
    campaign.send_signal(signal.SIGINT)
    eventually((folder / "cleaned").exists)
    began = time.monotonic()

    campaign.send_signal(signal.SIGINT)
    status = campaign.wait(10)

    assert status == 128 + signal.SIGINT
    assert time.monotonic() - began < 1.5
    assert [run.outcome for run in runs()] == [Outcome.INTERRUPTED]
    assert is_gone(worker)


def test_a_warning_before_the_limit_ends_the_campaign_after_the_run(
    running: Callable[..., tuple["subprocess.Popen[str]", Path, int]],
    capstone: Callable[..., Answer],
    runs: Callable[[], tuple[RunRecord, ...]],
) -> None:
    campaign, folder, _ = running()
    campaign.send_signal(signal.SIGUSR1)
    time.sleep(0.3)
    (folder / "slow").unlink()

    status = campaign.wait(10)

    assert status == 128 + signal.SIGUSR1
    assert [run.outcome for run in runs()] == [Outcome.OK]
    assert capstone("run").returncode == 0
    assert [run.outcome for run in runs()] == [Outcome.OK, Outcome.OK]


@pytest.mark.parametrize("whom", ["worker", "guard"])
def test_a_run_that_was_stopped_for_a_while_never_counts(
    running: Callable[..., tuple["subprocess.Popen[str]", Path, int]],
    runs: Callable[[], tuple[RunRecord, ...]],
    whom: str,
) -> None:
    campaign, folder, worker = running()
    target = worker if whom == "worker" else psutil.Process(worker).ppid()

    os.kill(target, signal.SIGSTOP)
    time.sleep(2)
    os.kill(target, signal.SIGCONT)
    (folder / "slow").unlink()
    campaign.wait(30)

    first = runs()[0]
    assert first.outcome is Outcome.SUSPENDED
    assert first.suspended_s > 1
    assert [run.outcome for run in runs()[1:]] == [Outcome.OK, Outcome.OK]


def test_a_capstone_that_stands_still_disturbs_no_run(
    running: Callable[..., tuple["subprocess.Popen[str]", Path, int]],
    runs: Callable[[], tuple[RunRecord, ...]],
) -> None:
    campaign, folder, _ = running()

    campaign.send_signal(signal.SIGSTOP)
    time.sleep(1)
    (folder / "slow").unlink()
    time.sleep(1)
    campaign.send_signal(signal.SIGCONT)
    campaign.wait(30)

    first = runs()[0]
    assert first.outcome is Outcome.OK
    assert first.wall_time_s < 2.5
