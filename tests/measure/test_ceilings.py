"""What bounds a processor from above, read from the files of machines that are not this one."""

from pathlib import Path

import pytest

from capstone_report.measure.facts import ceilings
from capstone_report.perfmodel.peaks import Processor
from trees import write_tree

CPU = "sys/devices/system/cpu"


def caches(cpu: int, shared: str, *, last: str = "32768K") -> dict[str, str | int]:
    """Return the caches of one processor, as Linux tells them."""
    told: dict[int, tuple[int | str, ...]] = {
        0: (1, "Data", "48K", str(cpu)),
        1: (1, "Instruction", "99999K", str(cpu)),
    }
    told |= {2: (2, "Unified", "2048K", str(cpu)), 3: (3, "Unified", last, shared)}
    return {
        f"{CPU}/cpu{cpu}/cache/index{index}/{name}": value
        for index, values in told.items()
        for name, value in zip(("level", "type", "size", "shared_cpu_list"), values, strict=True)
    }


def test_caches_that_processors_share_count_once_and_those_of_two_sockets_add_up(
    tmp_path: Path,
) -> None:
    tree = caches(0, "0-1") | caches(1, "0-1") | caches(2, "2-3") | caches(3, "2-3")
    write_tree(tmp_path, tree)

    assert ceilings.last_level_cache([0, 1], tmp_path) == 32 * 2**20
    assert ceilings.last_level_cache([0, 2], tmp_path) == 64 * 2**20
    assert ceilings.last_level_cache([0, 1, 2, 3], tmp_path) == 64 * 2**20


def test_a_machine_that_tells_no_caches_has_an_unknown_one(tmp_path: Path) -> None:
    write_tree(tmp_path, {f"{CPU}/cpu0/cache/index3/size": "many"})

    assert ceilings.last_level_cache([0], tmp_path) is None


def test_two_threads_of_a_core_are_one_core(tmp_path: Path) -> None:
    siblings = {0: "0,2", 1: "1,3", 2: "0,2", 3: "1,3"}
    files = {f"{CPU}/cpu{n}/topology/thread_siblings_list": s for n, s in siblings.items()}
    write_tree(tmp_path, dict(files))

    assert ceilings.physical_cores([0, 1, 2, 3], tmp_path) == 2
    assert ceilings.physical_cores([0, 1], tmp_path) == 2
    assert ceilings.physical_cores([7, 8, 9], tmp_path) == 3


def described(flags: str) -> str:
    """Return what a processor of Zen 3 says of itself."""
    return (
        "vendor_id\t: AuthenticAMD\ncpu family\t: 25\nmodel\t\t: 1\nmodel name\t: AMD EPYC\n"
        f"flags\t\t: {flags}\n"
    )


@pytest.mark.parametrize(
    ("flags", "virtual", "hertz"), [("fpu avx2", False, 3.5e9), ("fpu hypervisor", True, None)]
)
def test_the_clock_of_a_virtual_machine_is_unknown(
    tmp_path: Path,
    flags: str,
    virtual: bool,  # noqa: FBT001 - a case of the table
    hertz: float | None,
) -> None:
    clocks = {f"{CPU}/cpu{n}/cpufreq/cpuinfo_max_freq": khz for n, khz in ((0, 3.5e6), (1, 3e6))}
    write_tree(
        tmp_path, {"proc/cpuinfo": described(flags), **{p: int(v) for p, v in clocks.items()}}
    )

    assert ceilings.is_virtual(tmp_path) is virtual
    assert ceilings.processor(tmp_path) == Processor(
        vendor="AuthenticAMD", family=25, model=1, hertz=hertz
    )


def test_a_machine_that_tells_nothing_has_an_unknown_processor(tmp_path: Path) -> None:
    assert ceilings.processor(tmp_path) == Processor(
        vendor=None, family=None, model=None, hertz=None
    )


def test_a_quota_allows_fewer_threads_and_less_memory(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {
            "proc/self/cgroup": "0::/",
            "sys/fs/cgroup/cgroup.controllers": "cpu memory",
            "sys/fs/cgroup/cpu.max": "150000 100000",
            "sys/fs/cgroup/memory.max": 2**20,
        },
    )

    assert ceilings.cores_for_threads(tmp_path) == 1
    assert ceilings.free_memory(tmp_path) == 2**20


def test_without_control_groups_affinity_and_free_memory_count(tmp_path: Path) -> None:
    assert ceilings.cores_for_threads(tmp_path) == len(ceilings.usable_cpus())
    assert ceilings.free_memory(tmp_path) > 2**20


def test_where_there_is_no_affinity_all_processors_are_usable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr("os.sched_getaffinity")
    monkeypatch.setattr("os.cpu_count", lambda: 3)

    assert ceilings.usable_cpus() == {0, 1, 2}
