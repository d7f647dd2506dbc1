"""What the machine did to a run: the kernel's counters as real files, GPUs as a driver tells."""

from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from capstone_report.measure.guard.conditions import Counters, GpuWatch, counters
from capstone_report.measure.nvml import gpus
from fake_nvml import FakeGpu, FakeNvml
from trees import write_tree

THROTTLE = "sys/devices/system/cpu/cpu{}/thermal_throttle/{}_throttle_count"
QUOTA = {"proc/self/cgroup": "0::/", "sys/fs/cgroup/cgroup.controllers": "cpu"}
STAT = "sys/fs/cgroup/cpu.stat"


@pytest.fixture(autouse=True)
def no_swap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a machine that swaps nothing."""
    monkeypatch.setattr(psutil, "swap_memory", lambda: SimpleNamespace(sin=5, sout=7))


def test_events_of_every_core_and_package_are_counted(tmp_path: Path) -> None:
    heated = {THROTTLE.format(0, "core"): 3, THROTTLE.format(1, "core"): 0}
    write_tree(
        tmp_path, heated | {THROTTLE.format(0, "package"): 1, **QUOTA, STAT: "nr_throttled 9"}
    )

    assert counters(tmp_path) == Counters(thermal_events=4, quota_waits=9, swapped_bytes=12)


def test_a_kernel_that_does_not_count_makes_nothing_known(tmp_path: Path) -> None:
    assert counters(tmp_path) == Counters(thermal_events=None, quota_waits=None, swapped_bytes=12)


def test_a_run_has_what_was_added_meanwhile() -> None:
    before = Counters(thermal_events=4, quota_waits=None, swapped_bytes=100)
    after = Counters(thermal_events=6, quota_waits=3, swapped_bytes=20)

    assert after.since(before) == Counters(
        thermal_events=2,
        quota_waits=None,  # the group is new
        swapped_bytes=None,  # the counter began anew
    )


def test_reasons_are_noted_whenever_somebody_looks_and_each_once() -> None:
    gpu = FakeGpu(reasons=0x1)
    watch = GpuWatch(gpus(FakeNvml(gpu, FakeGpu(reasons=0x4))))
    for reasons in (0x1, 0x20 | 0x2, 0x40, 0x20):  # idle; heat and asked-for clocks; ...
        gpu.reasons = reasons
        watch.sample()

    assert watch.reasons == ["heat", "heat, by hardware", "power cap"]


def test_a_gpu_that_idles_is_not_slowed_down() -> None:
    watch = GpuWatch(gpus(FakeNvml(FakeGpu())))

    watch.sample()

    assert watch.reasons == []


def test_whoever_computes_before_or_after_a_run_shares_its_gpus() -> None:
    first, second = FakeGpu(pids=[10]), FakeGpu(uuid="GPU-2")
    watch = GpuWatch(gpus(FakeNvml(first, second)))
    first.pids, second.pids = [10, 20, 21], [30]

    assert watch.strangers(own={20, 21, 22}) == 2


def test_without_gpus_nobody_can_share_them() -> None:
    watch = GpuWatch(())

    watch.sample()

    assert watch.strangers(own=set()) is None
    assert watch.reasons == []
