"""The facts of a machine, read from real files and from a driver that answers as NVML does."""

import json
import os
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capstone_report.measure import facts
from capstone_report.measure.facts import gpus, memory, processor, software, surroundings
from capstone_report.measure.facts.allowed import allowed, names_here
from capstone_report.measure.nvml import gpus as gpus_of
from capstone_report.results.known_facts import KNOWN_FACTS
from capstone_report.results.records import Environment
from fake_nvml import FakeGpu, FakeNvml
from trees import write_tree

CPU = "sys/devices/system/cpu"
SERVER: dict[str, str | int] = {
    "proc/cpuinfo": "processor : 0\nphysical id\t: 0\nmicrocode\t: 0xb000040\nflags\t\t: fpu avx2\n\n"
    "processor : 1\nphysical id\t: 1\nmicrocode\t: 0xb000040\nflags\t\t: fpu avx2",
    f"{CPU}/smt/active": 1,
    f"{CPU}/intel_pstate/no_turbo": 1,
    f"{CPU}/vulnerabilities/spectre_v2": "Mitigation: Retpolines",
    f"{CPU}/vulnerabilities/meltdown": "Not affected",
    f"{CPU}/cpu0/cpufreq/scaling_governor": "performance",
    f"{CPU}/cpu1/cpufreq/scaling_governor": "powersave",
    f"{CPU}/cpu0/cpufreq/scaling_driver": "intel_pstate",
    f"{CPU}/cpu1/cpufreq/scaling_driver": "intel_pstate",
    f"{CPU}/cpu0/cpufreq/scaling_min_freq": 800000,
    f"{CPU}/cpu1/cpufreq/scaling_min_freq": 800000,
    f"{CPU}/cpu0/cpufreq/scaling_max_freq": 3900000,
    f"{CPU}/cpu1/cpufreq/scaling_max_freq": 2400000,
    "sys/devices/system/node/node0/cpulist": "0",
    "sys/devices/system/node/node10/cpulist": "2",
    "sys/devices/system/node/node2/cpulist": "1",
    "sys/kernel/mm/transparent_hugepage/enabled": "always [madvise] never",
    "proc/meminfo": "MemTotal: 5 kB\nHugePages_Total:      16\nHugepagesize:       2048 kB",
    "proc/self/cgroup": "0::/",
    "sys/fs/cgroup/cgroup.controllers": "cpu memory",
    "sys/fs/cgroup/cpu.max": "150000 100000",
    "sys/fs/cgroup/memory.max": 2**30,
}


def known(found: object) -> dict[str, str]:
    """Return what a record would hold of facts."""
    assert isinstance(found, dict)
    return allowed(found, private=())


def test_a_server_tells_all_about_its_processors(tmp_path: Path) -> None:
    write_tree(tmp_path, SERVER)

    lasting, changing = known(processor.lasting(tmp_path)), known(processor.changing(tmp_path))

    assert lasting["cpu.sockets"] == "2"
    assert lasting["cpu.driver"] == "intel_pstate"
    assert lasting["cpu.microcode"] == "0xb000040"
    assert lasting["cpu.numa"] == "0; 1; 2"
    assert lasting["cpu.mitigations"].startswith("1 of 2, ")
    assert lasting["os.virtual"] == "no"
    assert changing["cpu.governor"] == "performance, powersave"
    assert changing["cpu.lowest"] == "800 MHz"
    assert changing["cpu.highest"] == "2400, 3900 MHz"
    assert changing["cpu.quota"] == "1.5 cores"
    assert (changing["cpu.smt"], changing["cpu.turbo"]) == ("on", "off")
    assert changing["cpu.affinity"] == processor.ranges(os.sched_getaffinity(0))


def test_a_machine_that_tells_nothing_has_no_facts_and_none_are_guessed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(psutil, "cpu_freq", lambda **_: [])

    assert known(processor.lasting(tmp_path)) == {}
    assert known(processor.changing(tmp_path)) == {}
    assert set(known(memory.changing(tmp_path))) == {"memory.swap"}


@pytest.mark.parametrize(("boost", "turbo"), [("1", "on"), ("0", "off")])
def test_turbo_is_known_under_any_driver(tmp_path: Path, boost: str, turbo: str) -> None:
    write_tree(tmp_path, {f"{CPU}/cpufreq/boost": boost})

    assert processor.changing(tmp_path)["cpu.turbo"] == turbo


def test_memory_has_limits_huge_pages_and_swap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_tree(tmp_path, SERVER)
    monkeypatch.setattr(psutil, "swap_memory", lambda: SimpleNamespace(total=2**30))

    assert known(memory.changing(tmp_path)) == {
        "memory.limit": f"{2**30} B",
        "memory.huge_pages": "16 of 2048 kB",
        "memory.transparent": "madvise",
        "memory.swap": f"{2**30} B",
    }


def test_no_limit_is_a_fact(tmp_path: Path) -> None:
    write_tree(
        tmp_path, SERVER | {"sys/fs/cgroup/cpu.max": "max", "sys/fs/cgroup/memory.max": "max"}
    )

    assert processor.changing(tmp_path)["cpu.quota"] == "none"
    assert memory.changing(tmp_path)["memory.limit"] == "none"


@given(st.sets(st.integers(0, 300), min_size=1, max_size=40))
@settings(max_examples=60)
def test_ranges_list_exactly_the_numbers(numbers: set[int]) -> None:
    parts = [part.split("-") for part in processor.ranges(numbers).split(",")]

    listed = [n for part in parts for n in range(int(part[0]), int(part[-1]) + 1)]

    assert listed == sorted(numbers)


def test_equal_gpus_are_described_once_and_unlike_ones_each() -> None:
    second = FakeGpu(uuid="GPU-6", power_mw=500_000)
    found = gpus_of(FakeNvml(FakeGpu(), second))

    lasting, changing = known(gpus.lasting(found)), known(gpus.changing(found))

    assert lasting["gpu.driver"] == "570.86.15"
    assert lasting["gpu.cuda"] == "12.8"
    assert lasting["gpu.memory"] == f"{80 * 2**30} B"
    assert lasting["gpu.highest"] == "1980, 2619 MHz"
    assert lasting["gpu.pcie"] == "5 x16"
    assert lasting["gpu.topology"] == "0-1 NVLink"
    assert changing == {
        "gpu.power": "0: 700 W; 1: 500 W",
        "gpu.ecc": "on",
        "gpu.persistence": "off",
    }


def test_which_gpus_these_are_is_told_by_a_hash_only() -> None:
    first, other = (known(gpus.lasting(gpus_of(FakeNvml(FakeGpu(uuid=u))))) for u in "AB")

    assert first["gpu.ids"] != other["gpu.ids"]
    assert re.fullmatch("[0-9a-f]{16}", first["gpu.ids"])
    assert "gpu.topology" not in first


def test_gpus_without_a_bridge_are_joined_by_what_stands_above_both() -> None:
    found = gpus_of(FakeNvml(FakeGpu(), FakeGpu(), linked=False))

    assert gpus.lasting(found)["gpu.topology"] == "0-1 between NUMA nodes"


def test_what_a_gpu_does_not_tell_is_absent() -> None:
    refused = (
        "DeviceGetUUID",
        "DeviceGetMemoryInfo",
        "DeviceGetMaxPcieLinkWidth",
        "SystemGetDriverVersion",
        "SystemGetCudaDriverVersion_v2",
    )
    old = FakeNvml(FakeGpu(power_mw=None, ecc=None), refused=refused)

    found = gpus_of(old)

    assert set(known(gpus.lasting(found))) == {"gpu.highest"}
    assert set(known(gpus.changing(found))) == {"gpu.persistence"}


def test_without_a_driver_there_are_no_gpus_and_no_facts_of_any() -> None:
    found = gpus_of(FakeNvml(FakeGpu(), driver=False))

    assert found == ()
    assert known(gpus.lasting(found)) == known(gpus.changing(found)) == {}


@pytest.mark.parametrize(
    ("visible", "names"), [(None, ["a", "b"]), ("1", ["b"]), ("GPU-a, 7", ["a"]), ("", [])]
)
def test_a_program_sees_the_gpus_that_cuda_shows_it(visible: str | None, names: list[str]) -> None:
    nvml = FakeNvml(FakeGpu(uuid="GPU-a", name="a"), FakeGpu(uuid="GPU-b", name="b"))

    found = gpus_of(nvml, visible=visible)

    assert [gpu.ask("nvmlDeviceGetName") for gpu in found] == names


def test_a_storage_is_described_without_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = [
        SimpleNamespace(mountpoint="/", fstype="ext4", opts="rw,relatime"),
        SimpleNamespace(
            mountpoint=str(tmp_path),
            fstype="nfs4",
            opts="rw,noatime,addr=10.1.2.3,clientaddr=10.1.2.4,username=amelia",
        ),
    ]
    monkeypatch.setattr(psutil, "disk_partitions", lambda **_: mounts)

    found = known(surroundings.lasting(tmp_path, tmp_path))

    assert found["storage.filesystem"] == "nfs4"
    assert found["storage.options"] == "noatime,rw"
    assert found["storage.kind"] == "network"
    assert "10.1.2" not in json.dumps(found)


@pytest.mark.parametrize(
    ("filesystem", "files", "kind"),
    [
        ("tmpfs", {}, "memory"),
        ("ext4", {"queue/rotational": 1}, "rotating"),
        ("xfs", {"queue/rotational": 0}, "solid state"),
        ("overlay", {}, None),
    ],
)
def test_what_holds_the_data_is_told_where_the_kernel_tells(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    filesystem: str,
    files: dict[str, int],
    kind: str | None,
) -> None:
    device = tmp_path.stat().st_dev
    block = f"sys/dev/block/{os.major(device)}:{os.minor(device)}"
    write_tree(tmp_path, {f"{block}/{name}": text for name, text in files.items()})
    mount = SimpleNamespace(mountpoint="/", fstype=filesystem, opts="rw")
    monkeypatch.setattr(psutil, "disk_partitions", lambda **_: [mount])

    assert surroundings.lasting(tmp_path, tmp_path)["storage.kind"] == kind


def test_a_virtual_disk_is_not_called_rotating_because_the_kernel_says_so_of_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = tmp_path.stat().st_dev
    write_tree(tmp_path, {"sys/devices/virtio0/block/vda/queue/rotational": 1})
    link = tmp_path / f"sys/dev/block/{os.major(device)}:{os.minor(device)}"
    link.parent.mkdir(parents=True)
    link.symlink_to(tmp_path / "sys/devices/virtio0/block/vda")
    mount = SimpleNamespace(mountpoint="/", fstype="ext4", opts="rw")
    monkeypatch.setattr(psutil, "disk_partitions", lambda **_: [mount])

    assert surroundings.lasting(tmp_path, tmp_path)["storage.kind"] is None


def test_what_is_mounted_nowhere_has_no_storage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(psutil, "disk_partitions", lambda **_: [])
    monkeypatch.setattr("platform.freedesktop_os_release", _raise)

    found = surroundings.lasting(tmp_path, tmp_path)

    assert "storage.kind" not in found
    assert found["os.release"] is None


def _raise() -> dict[str, str]:
    raise OSError


def test_links_are_known_by_speed_and_never_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    links = {
        "amelias-link": SimpleNamespace(isup=True, speed=25000, mtu=9000),
        "veth0": SimpleNamespace(isup=True, speed=0, mtu=1500),
        "lo": SimpleNamespace(isup=True, speed=0, mtu=65536),
        "down": SimpleNamespace(isup=False, speed=10, mtu=10),
    }
    monkeypatch.setattr(psutil, "net_if_stats", lambda: links)
    write_tree(
        tmp_path,
        {"sys/class/net/lo/type": 772, "sys/class/infiniband/mlx5_0/x": 1, ".dockerenv": ""},
    )

    found = known(surroundings.lasting(tmp_path, tmp_path))

    assert found["network.links"] == "25000 Mb/s, MTU 9000; MTU 1500"
    assert found["network.rdma"] == "1"
    assert found["os.container"] == "docker"


def test_torch_tells_of_itself_in_another_process() -> None:
    found = known(software.asked_of_torch(sys.executable))

    assert {"torch.blas", "torch.vectors", "torch.matmul", "torch.build"} <= found.keys()


@pytest.mark.parametrize("said", ["exit 3", "echo no JSON", "exec sleep 0.01; echo"])
def test_a_torch_that_cannot_be_asked_tells_nothing(tmp_path: Path, said: str) -> None:
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\n{said}\n")
    python.chmod(0o755)

    assert software.asked_of_torch(str(python)) == {}
    assert software.asked_of_torch(str(tmp_path / "nothing")) == {}


def test_every_package_is_part_of_the_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    software.lasting.cache_clear()
    before = software.lasting(with_torch=False)["packages.sha256"]
    write_tree(tmp_path, {"newcomer-1.0.dist-info/METADATA": "Name: newcomer\nVersion: 1.0"})
    monkeypatch.syspath_prepend(tmp_path)
    software.lasting.cache_clear()

    after = software.lasting(with_torch=False)["packages.sha256"]

    software.lasting.cache_clear()
    assert before != after


SECRETS = [
    "amelia",
    "node17.cluster.example.org",
    "node17",
    "/home/amelia/data",
    "192.168.7.21",
    "ssh amelia@node17",
    "sk-live-0123456789abcdef",
    "fe80::1ff:fe23:4567:890a",
]


@pytest.mark.parametrize("secret", SECRETS)
def test_planted_names_paths_addresses_and_keys_never_enter(secret: str) -> None:
    private = ("amelia", "node17", "node17.cluster.example.org", "sk-live-0123456789abcdef")

    for name in KNOWN_FACTS:
        for text in (secret, f"performance {secret}", f"{secret}, powersave"):
            assert secret not in allowed({name: text}, private=private).get(name, "")


def test_only_listed_facts_enter() -> None:
    assert allowed({"host": "x", "cpu.governor": "performance", "cpu.turbo": None}, private=()) == {
        "cpu.governor": "performance"
    }


def test_a_name_that_everybody_has_hides_no_distribution(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "ubuntu")
    monkeypatch.setattr("capstone_report.measure.facts.allowed.gethostname", lambda: "Node17.local")
    names_here.cache_clear()

    assert "ubuntu" not in names_here()
    assert {"node17", "node17.local"} <= names_here()
    names_here.cache_clear()


def test_a_user_without_a_name_has_none_to_hide(monkeypatch: pytest.MonkeyPatch) -> None:
    def nameless() -> str:
        raise KeyError("uid not found")

    monkeypatch.setattr("getpass.getuser", nameless)
    names_here.cache_clear()

    assert "" not in names_here()
    names_here.cache_clear()


def test_this_very_machine_gives_nobody_away(
    tmp_path: Path, environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "hunter2hunter2")

    found = facts.surveyed(environment, tmp_path, with_torch=False).facts

    assert found.keys() <= KNOWN_FACTS.keys()
    assert {"os.libc", "packages.sha256", "cpu.affinity", "memory.swap"} <= found.keys()
    words = json.dumps(found).lower()
    for private in ("hunter2", str(tmp_path).lower(), str(Path.home()).lower() + "/"):
        assert private not in words
    assert len(json.dumps(found)) < 4096


def test_between_runs_only_what_may_change_is_looked_at_again(environment: Environment) -> None:
    before = environment.model_copy(
        update={"facts": {"os.libc": "glibc 2.0", "cpu.affinity": "77", "gpu.power": "1 W"}}
    )

    now = facts.facts_now(before).facts

    assert now["os.libc"] == "glibc 2.0"
    assert now["cpu.affinity"] != "77"
    assert "gpu.power" not in now


def test_every_fact_has_a_group_words_and_a_shape_that_no_empty_value_has() -> None:
    for name, fact in KNOWN_FACTS.items():
        assert re.fullmatch(r"[a-z]+\.[a-z0-9_]+", name)
        assert fact.words
        assert not re.fullmatch(fact.shape, "")
