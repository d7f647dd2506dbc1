"""Control groups of both versions, as real files: the tightest level counts."""

from pathlib import Path

import pytest

from capstone_report.measure.cgroups import cpu_quota, levels, memory_limit, quota_waits
from trees import write_tree

MOUNTED = "sys/fs/cgroup"
UNIFIED = {"proc/self/cgroup": "0::/jobs/mine", f"{MOUNTED}/cgroup.controllers": "cpu memory"}
OLD = {"proc/self/cgroup": "9:name=systemd:/\n2:cpu,cpuacct:/mine\n1:memory:/mine\n0::/"}


def test_the_tightest_quota_of_all_levels_counts(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        UNIFIED
        | {
            f"{MOUNTED}/jobs/cpu.max": "150000 100000",
            f"{MOUNTED}/jobs/mine/cpu.max": "max 100000",
            f"{MOUNTED}/jobs/memory.max": "max",
            f"{MOUNTED}/jobs/mine/memory.max": str(2**30),
        },
    )

    assert levels("cpu", tmp_path) == [
        tmp_path / MOUNTED / "jobs/mine",
        tmp_path / MOUNTED / "jobs",
        tmp_path / MOUNTED,
    ]
    assert cpu_quota(tmp_path) == 1.5
    assert memory_limit(tmp_path) == 2**30


def test_the_first_version_says_the_same_in_other_files(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        OLD
        | {
            f"{MOUNTED}/cpu/mine/cpu.cfs_quota_us": "50000",
            f"{MOUNTED}/cpu/mine/cpu.cfs_period_us": "100000",
            f"{MOUNTED}/cpu/cpu.cfs_quota_us": "-1",
            f"{MOUNTED}/cpu/cpu.cfs_period_us": "100000",
            f"{MOUNTED}/memory/mine/memory.limit_in_bytes": "9223372036854771712",
        },
    )

    assert cpu_quota(tmp_path) == 0.5
    assert memory_limit(tmp_path) == float("inf")


def test_waiting_is_counted_on_every_level(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        UNIFIED
        | {
            f"{MOUNTED}/jobs/cpu.stat": "usage_usec 5\nnr_periods 9\nnr_throttled 3",
            f"{MOUNTED}/jobs/mine/cpu.stat": "nr_periods 9\nnr_throttled 4\nthrottled_usec 7",
        },
    )

    assert quota_waits(tmp_path) == 7


def test_a_container_sees_its_own_group_as_the_whole_tree(tmp_path: Path) -> None:
    write_tree(tmp_path, UNIFIED | {f"{MOUNTED}/cpu.max": "200000 100000"})

    assert levels("cpu", tmp_path) == [tmp_path / MOUNTED]
    assert cpu_quota(tmp_path) == 2


@pytest.mark.parametrize("files", [{}, {"proc/self/cgroup": "0::/"}], ids=["none", "not mounted"])
def test_without_control_groups_nothing_is_known(tmp_path: Path, files: dict[str, str]) -> None:
    write_tree(tmp_path, files)

    assert cpu_quota(tmp_path) is None
    assert memory_limit(tmp_path) is None
    assert quota_waits(tmp_path) is None
