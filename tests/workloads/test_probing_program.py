"""The program that measures roofs: its counts, its sizes, what it refuses, and a disk that is real."""

import json
import os
import subprocess
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode

from capstone_report.workloads import probing

TINY = 0.001


@pytest.fixture
def metrics(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the program reports into."""
    folder = tmp_path / "metrics"
    folder.mkdir()
    monkeypatch.setenv("CAPSTONE_METRICS_DIR", str(folder))
    monkeypatch.delenv("RANK", raising=False)
    return folder


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sizes and repeats that a test has time for."""
    monkeypatch.setattr(probing, "SMALLEST_SIDE", 8)
    monkeypatch.setattr(probing, "LARGEST_SIDE", 32)
    monkeypatch.setattr(probing, "SMALLEST_ARRAY", 1 << 12)
    monkeypatch.setattr(probing, "SMALLEST_ARRAY_OF_GPU", 1 << 12)
    monkeypatch.setattr(probing, "HOST_BYTES", 1 << 12)
    monkeypatch.setattr(probing, "SHORTEST_S", 1e-6)
    monkeypatch.setattr(probing, "SMALLEST_FILE", 2 * probing.BLOCK)
    monkeypatch.setattr(probing, "LARGEST_FILE", 2 * probing.BLOCK)
    monkeypatch.setattr(probing, "LOOP_ROUNDS", 10)


def lines(metrics: Path) -> list[dict[str, Any]]:
    """Return everything that was reported."""
    files = sorted(metrics.glob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]


def checks(metrics: Path) -> dict[str, tuple[bool, str]]:
    """Return what was said of each roof."""
    return {
        said["check"]: (said["ok"], said["detail"]) for said in lines(metrics) if "check" in said
    }


def work(metrics: Path, kernel: str) -> float:
    """Return what each repeat of a kernel works."""
    (found,) = (line["v"] for line in lines(metrics) if line.get("m") == f"{kernel}.work")
    return float(found)


def asked(**changes: object) -> Namespace:
    """Return what the program is asked for."""
    asked_for = {
        "device": "cpu",
        "seconds": TINY,
        "only": None,
        "cache_bytes": 1 << 10,
        "room_bytes": 1 << 20,
        "folder": ".",
    }
    return Namespace(**asked_for | changes)


@pytest.mark.parametrize("side", [3, 8, 17])
def test_a_product_works_as_much_as_an_independent_counter_counts(side: int) -> None:
    kernel = probing.product("float32", "cpu", side, probing.by_clock)

    with FlopCounterMode(display=False) as counter:
        kernel.run()

    assert counter.get_total_flops() == kernel.work == 2 * side**3


def test_a_copy_moves_twice_and_a_triad_three_times_the_bytes_of_an_array() -> None:
    size = 800

    copy, triad = probing.streams("cpu", size, probing.by_clock)

    one = torch.ones(size // 8, dtype=torch.float64)
    assert one.numel() * one.element_size() == size
    assert (copy.name, copy.work, copy.unit) == ("copy", 2 * size, "B")
    assert (triad.name, triad.work, triad.unit) == ("triad", 3 * size, "B")
    assert torch.equal(triad.run(), torch.full((100,), 4.0, dtype=torch.float64))  # type: ignore[arg-type] # 1 + 3 x 1


@pytest.mark.usefixtures("tiny")
def test_every_repeat_is_reported_with_those_that_only_warm_up_apart(metrics: Path) -> None:
    probing.probe_cpu(asked(only=["float32"]))

    times = [line for line in lines(metrics) if line.get("m") == "float32"]
    warming = [line for line in times if line.get("phase") == "warmup"]
    assert len(warming) >= probing.WARMUPS
    assert len(times) - len(warming) >= probing.FEWEST
    assert [line["step"] for line in times] == list(range(len(times)))
    assert all(line["u"] == "s" and line["v"] > 0 for line in times)
    assert work(metrics, "float32") % (2 * 8**3) == 0


@pytest.mark.usefixtures("tiny")
def test_a_processor_is_measured_in_every_type_and_in_its_memory(metrics: Path) -> None:
    probing.probe_cpu(asked())

    said = checks(metrics)
    assert set(said) == {"float64", "float32", "bfloat16", "float16", "copy", "triad"}
    assert all(ok for ok, _ in said.values())


def test_short_work_is_repeated_within_a_repeat_until_a_timer_is_fine_enough(
    metrics: Path,
) -> None:
    took = []

    def timed(_run: Callable[[], object], rounds: int) -> float:
        took.append(rounds)
        return 0.001 * rounds

    kernel = probing.Kernel(name="copy", work=7.0, unit="B", how="", run=lambda: None, timed=timed)

    probing.report(kernel, TINY)

    assert work(metrics, "copy") == 7.0 * 10
    assert took[0] == 1
    assert set(took[1:]) == {10}


def test_the_largest_product_is_the_one_that_still_fits_into_its_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(probing, "SMALLEST_SIDE", 8)
    per_round_s = iter([0.01, 0.08])  # of sides 8 and 16: a double side takes eight times as long

    def timed(_run: Callable[[], object], _rounds: int) -> float:
        return next(per_round_s)

    (kernel,) = probing.largest_product("float32", "cpu", timed, seconds=0.1, room=1 << 30)

    assert kernel.work == 2 * 16**3


def test_the_largest_product_leaves_room_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probing, "SMALLEST_SIDE", 8)
    three_of_16 = 3 * 8 * 16**2

    (kernel,) = probing.largest_product(
        "float32", "cpu", lambda _run, _rounds: 0.0, seconds=1.0, room=three_of_16
    )

    assert kernel.work == 2 * 16**3


@given(cache=st.integers(1, 1 << 40), smallest=st.integers(1, 1 << 30))
@settings(max_examples=50)
def test_an_array_is_at_least_four_times_the_cache_and_three_of_them_fit(
    cache: int, smallest: int
) -> None:
    size = probing.array_bytes(cache, 1 << 60, smallest=smallest)

    assert size >= max(4 * cache, smallest)
    with pytest.raises(probing.RefusedError, match=r"4 times the cache of .* may be used"):
        probing.array_bytes(cache, 3 * size - 1, smallest=smallest)


@pytest.mark.usefixtures("tiny")
def test_an_array_that_a_cache_would_hold_is_refused(metrics: Path) -> None:
    probing.probe_cpu(asked(only=["copy", "triad"], cache_bytes=1 << 20))

    assert all(not ok and "4 times the cache" in why for ok, why in checks(metrics).values())


@pytest.mark.usefixtures("tiny")
def test_without_a_known_cache_memory_is_not_measured(metrics: Path) -> None:
    probing.probe_cpu(asked(only=["copy"], cache_bytes=0))

    assert checks(metrics) == {
        "copy": (False, "how large the last-level cache is, is unknown"),
    }


@pytest.mark.usefixtures("tiny")
def test_a_type_that_a_device_cannot_multiply_says_so(
    metrics: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusing(*_: object, **__: object) -> None:
        raise RuntimeError("\"addmm_impl_cpu_\" not implemented for 'Half'\nsome stack")

    monkeypatch.setattr(torch, "matmul", refusing)

    probing.probe_cpu(asked(only=["float16"]))

    assert checks(metrics) == {"float16": (False, "\"addmm_impl_cpu_\" not implemented for 'Half'")}


class FakeEvent:
    """A CUDA event that was recorded three milliseconds after the one before."""

    def __init__(self, *, enable_timing: bool) -> None:
        """Begin unrecorded."""
        assert enable_timing

    def record(self) -> None:
        """Be recorded."""

    def synchronize(self) -> None:
        """Have happened."""

    def elapsed_time(self, _end: "FakeEvent") -> float:
        """Return milliseconds, as CUDA does."""
        return 3.0


@pytest.fixture
def fake_gpu(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """A torch whose only GPU is the processor; its properties can be changed."""
    about = SimpleNamespace(name="NVIDIA H200", major=9, minor=0, L2_cache_size=1 << 10)
    ones = torch.ones

    def unpinned(*shape: int, pin_memory: bool = False, **others: Any) -> torch.Tensor:  # noqa: ANN401 - torch's own
        """Return ones in memory that is never pinned: only a driver can do that."""
        assert pin_memory in {True, False}
        return ones(*shape, **others)

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "set_device", lambda _: None)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _: about)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _: (1 << 21, 1 << 22))
    monkeypatch.setattr(torch.cuda, "Event", FakeEvent)
    monkeypatch.setattr(torch, "ones", unpinned)
    before = torch.get_float32_matmul_precision()
    yield about
    torch.set_float32_matmul_precision(before)


@pytest.mark.usefixtures("tiny")
def test_a_gpu_is_timed_by_events_in_every_type_and_in_copies_both_ways(
    metrics: Path, fake_gpu: SimpleNamespace
) -> None:
    probing.probe_gpu(asked())

    said = checks(metrics)
    assert said.pop("device") == (True, fake_gpu.name)
    assert set(said) == {*probing.PRECISIONS, *probing.STREAMS, *probing.HOST_COPIES}
    assert all(ok for ok, _ in said.values())
    assert work(metrics, "to-host-pageable") == probing.HOST_BYTES
    assert {line["v"] for line in lines(metrics) if line.get("m") == "copy"} == {0.003}


@pytest.mark.usefixtures("tiny")
def test_an_old_gpu_is_not_measured_in_types_that_it_only_emulates(
    metrics: Path, fake_gpu: SimpleNamespace
) -> None:
    fake_gpu.major, fake_gpu.minor = 7, 5

    probing.probe_gpu(asked(only=["tf32", "bfloat16", "float16"]))

    assert {name for name, (ok, _) in checks(metrics).items() if not ok} == {"tf32", "bfloat16"}


def test_without_a_usable_gpu_the_device_is_refused(metrics: Path) -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU that torch can use")

    probing.probe(["cuda:0", "--seconds", "0.1"])

    assert checks(metrics) == {"device": (False, "this torch cannot use a GPU")}


@pytest.mark.usefixtures("tiny")
def test_a_disk_is_written_and_read_and_nothing_is_left_behind(
    metrics: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "disk"
    folder.mkdir()

    probing.probe_disk(asked(folder=str(folder)))

    said = checks(metrics)
    assert list(said) == ["write", "read"]
    assert all(ok for ok, _ in said.values())
    assert all("page cache" in how for _, how in said.values())
    assert work(metrics, "write") % (2 * probing.BLOCK) == 0
    assert list(folder.iterdir()) == []


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize(
    ("gone", "how"),
    [
        (("O_DIRECT",), "through the page cache, dropped before each read"),
        (("O_DIRECT", "posix_fadvise"), "through the page cache"),
    ],
)
def test_a_disk_without_direct_access_says_that_the_page_cache_is_in_between(
    metrics: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gone: tuple[str, ...], how: str
) -> None:
    for name in gone:
        monkeypatch.delattr(os, name)

    probing.probe_disk(asked(folder=str(tmp_path), only=["read"]))

    (found,) = checks(metrics).values()
    assert found[0]
    assert found[1].endswith(f"MB, {how}")


def test_a_disk_that_cannot_be_written_says_why(metrics: Path, tmp_path: Path) -> None:
    probing.probe_disk(asked(folder=str(tmp_path / "nowhere")))

    assert set(checks(metrics)) == {"write", "read"}
    assert all(not ok and "No such file" in why for ok, why in checks(metrics).values())


def test_an_error_without_words_is_named_by_its_kind(metrics: Path) -> None:
    def wordless() -> Iterator[probing.Kernel]:
        raise RuntimeError

    probing._report_all(asked(), ["copy"], wordless)  # noqa: SLF001 - an error that torch seldom makes

    assert checks(metrics) == {"copy": (False, "RuntimeError")}


@pytest.mark.usefixtures("tiny")
def test_the_loop_is_repeated_a_hundred_times(metrics: Path) -> None:
    probing.probe(["loop"])

    assert [line["m"] for line in lines(metrics)] == ["loop"] * 100


def test_it_runs_as_a_program(metrics: Path) -> None:
    program = [sys.executable, "-P", probing.__file__, "cpu", "--seconds", "0.01"]

    subprocess.run([*program, "--only", "float32"], check=True, env=dict(os.environ))

    assert checks(metrics)["float32"][0]
