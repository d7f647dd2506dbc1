"""Energy from counters: RAPL's as real files, NVML's as a driver answers; no hardware is needed."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capstone_report.measure.guard.energy import Counter, Meter
from capstone_report.measure.nvml import gpus
from capstone_report.perfmodel.energy import EnergyMethod
from fake_nvml import FakeGpu, FakeNvml
from trees import write_tree

POWERCAP = "sys/class/powercap"
END = 262_143_328_850
"""Where a package's counter of 2^32 units of 61 microjoules begins anew."""


def zone(name: str, label: str, microjoules: int, end: int = END) -> dict[str, str | int]:
    """Return the files of one RAPL zone."""
    folder = f"{POWERCAP}/{name}"
    return {
        f"{folder}/name": label,
        f"{folder}/energy_uj": microjoules,
        f"{folder}/max_energy_range_uj": end,
    }


def two_sockets(first: int, second: int, memory: int) -> dict[str, str | int]:
    """Return a server's zones, those included that would count twice."""
    return {
        **zone("intel-rapl:0", "package-0", first),
        **zone("intel-rapl:0:0", "core", 7 * first),
        **zone("intel-rapl:0:1", "dram", memory),
        **zone("intel-rapl:1", "package-1", second),
        **zone("intel-rapl:2", "psys", 9 * first),
        **zone("intel-rapl-mmio:0", "package-0", first),
    }


def told(meter: Meter) -> tuple[float, EnergyMethod | None]:
    """Return what a meter tells, its joules without the noise of floating point."""
    joules, method = meter.result()
    assert joules is not None
    return round(joules, 6), method


def test_packages_and_their_memory_add_up_and_nothing_counts_twice(tmp_path: Path) -> None:
    meter = Meter((), write_tree(tmp_path, two_sockets(1_000_000, 2_000_000, 500_000)))
    write_tree(tmp_path, two_sockets(11_000_000, 7_000_000, 1_500_000))

    meter.sample()

    assert told(meter) == (10 + 5 + 1, EnergyMethod.MEASURED_CPU)


def test_a_counter_that_begins_anew_loses_nothing(tmp_path: Path) -> None:
    near_end = zone("intel-rapl:0", "package-0", END - 3_000_000)
    meter = Meter((), write_tree(tmp_path, near_end))
    for shown in (END - 1_000_000, 1_000_000, 5_000_000):
        write_tree(tmp_path, zone("intel-rapl:0", "package-0", shown))
        meter.sample()

    assert told(meter) == (8.0, EnergyMethod.MEASURED_CPU)


@settings(max_examples=60)
@given(st.integers(0, 999), st.lists(st.integers(0, 999), max_size=30))
def test_however_often_it_begins_anew_the_sum_is_what_came(start: int, steps: list[int]) -> None:
    shown = [(start + sum(steps[:n])) % 1000 for n in range(len(steps) + 1)]
    counter = Counter(iter(shown).__next__, joules_per_unit=1.0, end=1000)

    for _ in steps:
        counter.sample()

    assert counter.joules == sum(steps)


@pytest.mark.parametrize("lost", [0, 1], ids=["at the start", "meanwhile"])
def test_a_counter_that_could_not_be_read_once_tells_nothing(lost: int) -> None:
    shown: list[int | None] = [5, 6, 7]
    shown[lost] = None
    counter = Counter(iter(shown).__next__, joules_per_unit=1.0)

    counter.sample()
    counter.sample()

    assert counter.joules is None


def test_a_counter_without_an_end_that_falls_was_reset_and_tells_nothing() -> None:
    counter = Counter(iter([5, 3]).__next__, joules_per_unit=1.0)

    counter.sample()

    assert counter.joules is None


def test_where_only_root_may_read_them_there_is_no_energy(tmp_path: Path) -> None:
    write_tree(tmp_path, {f"{POWERCAP}/intel-rapl:0/name": "package-0"})

    meter = Meter((), tmp_path)
    meter.sample()

    assert meter.result() == (None, None)


def test_a_machine_without_counters_tells_no_energy(tmp_path: Path) -> None:
    assert Meter((), tmp_path).result() == (None, None)


def test_a_counter_that_never_moves_is_none(tmp_path: Path) -> None:
    meter = Meter((), write_tree(tmp_path, zone("intel-rapl:0", "package-0", 5)))

    meter.sample()

    assert meter.result() == (None, None)


def test_gpus_alone_are_called_gpus(tmp_path: Path) -> None:
    first, second = FakeGpu(millijoules=1000), FakeGpu(millijoules=9000)
    meter = Meter(gpus(FakeNvml(first, second)), tmp_path)
    first.millijoules, second.millijoules = 351_000, 359_000

    meter.sample()

    assert told(meter) == (700.0, EnergyMethod.MEASURED_GPU)


def test_gpus_and_processors_are_added_and_called_both(tmp_path: Path) -> None:
    gpu = FakeGpu(millijoules=0)
    meter = Meter(
        gpus(FakeNvml(gpu)), write_tree(tmp_path, zone("intel-rapl:0", "package-0-die-0", 0))
    )
    gpu.millijoules = 4000
    write_tree(tmp_path, zone("intel-rapl:0", "package-0-die-0", 2_000_000))

    meter.sample()

    assert told(meter) == (6.0, EnergyMethod.MEASURED_CPU_AND_GPU)


def test_a_gpu_without_a_counter_leaves_the_energy_of_the_run_unknown(tmp_path: Path) -> None:
    write_tree(tmp_path, zone("intel-rapl:0", "package-0", 0))
    meter = Meter(gpus(FakeNvml(FakeGpu(millijoules=None), FakeGpu())), tmp_path)

    meter.sample()

    assert meter.result() == (None, None)
