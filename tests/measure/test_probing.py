"""A probe's programs: which there are, how they are started, what is read of them, and a real one."""

import json
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from capstone_report.errors import MachineError
from capstone_report.measure import probing
from capstone_report.measure.facts import ceilings
from capstone_report.measure.guard.messages import Ended, Ending
from capstone_report.measure.nvml import gpus
from capstone_report.measure.probed_parts import Part, peak_of, readings
from capstone_report.measure.probing import KERNELS, Step, Wanted, order_of, parts_of, probe
from capstone_report.measure.stopping import Stopped
from capstone_report.results.probed import Place
from fake_nvml import FakeGpu, FakeNvml
from probed import HERE, ONE

SECONDS = 0.02


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder in which this user's capstone remembers things."""
    monkeypatch.setenv("CAPSTONE_STATE_DIR", str(tmp_path / "state"))


OWN = Ended(ending=Ending.OWN, wall_time_s=1.0, exit_code=0, signal=None, other_load=0.25)
PRODUCT = Part(place=ONE, kernels=("float32", "copy"), arguments=())


Line = Mapping[str, object]


def told(folder: Path, *lines: Line) -> None:
    """Write what a program reported."""
    (folder / "metrics").mkdir()
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (folder / "metrics" / "rank0-1.jsonl").write_text(text)


WORK: Line = {"m": "float32.work", "v": 10.0, "u": "FLOP"}
WARM: Line = {"m": "float32", "v": 9.0, "u": "s", "phase": "warmup", "step": 0}
TIMES: list[Line] = [{"m": "float32", "v": 2.0, "u": "s", "step": n} for n in (1, 2)]
DONE: Line = {"check": "float32", "ok": True, "detail": "a product"}


def test_a_processor_is_probed_with_one_thread_and_with_all_then_the_disk_between_two_loops() -> (
    None
):
    parts = parts_of(Wanted(), HERE, ())

    counts = sorted({1, ceilings.cores_for_threads()})
    expected = ["loop", *(f"cpu/{count}" for count in counts), "disk", "loop"]
    assert [part.place.key for part in parts] == expected
    assert {kernel for part in parts for kernel in part.kernels} < set(KERNELS)


def test_every_gpu_is_a_part_of_its_own() -> None:
    seen = gpus(FakeNvml(FakeGpu(), FakeGpu()))

    found = [part for part in parts_of(Wanted(), HERE, seen) if "cuda" in part.place.device]

    assert [part.place.device for part in found] == ["cuda:0", "cuda:1"]
    assert all(part.needs_torch and "tf32" in part.kernels for part in found)


def test_only_what_is_asked_for_is_probed() -> None:
    parts = parts_of(Wanted(kernels=("read",)), HERE, gpus(FakeNvml(FakeGpu())))

    assert [part.place.key for part in parts] == ["loop", "disk", "loop"]
    assert parts[1].kernels == ("read",)


def test_a_cache_that_is_named_counts_and_an_unknown_one_is_zero(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    named = parts_of(Wanted(cache_bytes=77), HERE, ())[1]
    monkeypatch.setattr(ceilings, "usable_cpus", set)
    unknown = parts_of(Wanted(), HERE, ())[1]

    assert named.arguments[:2] == ("--cache-bytes", "77")
    assert unknown.arguments[:2] == ("--cache-bytes", "0")


def test_a_program_is_started_by_its_path_with_its_threads_and_a_limit(tmp_path: Path) -> None:
    place = Place(device="cpu", name="x", threads=3)

    order = order_of(Part(place=place, kernels=("copy",), arguments=("-a",)), tmp_path)

    assert order.command[:2] == [sys.executable, "-P"]
    assert Path(order.command[2]).name == "probing.py"
    assert order.command[3:] == ["cpu", "-a", "--seconds", "1.0", "--only", "copy"]
    assert {order.env[n] for n in ("OMP_NUM_THREADS", "CAPSTONE_THREADS")} == {"3"}
    assert order.timeout_s > 60
    assert not order.gpus


def test_work_and_times_are_read_with_the_warm_up_apart(tmp_path: Path) -> None:
    told(tmp_path, WORK, WARM, *TIMES, DONE)

    found = readings(PRODUCT, tmp_path, OWN, trouble="")

    (roof,) = found.roofs
    assert (roof.work, roof.unit, roof.how) == (10.0, "FLOP/s", "a product")
    assert (roof.times_s, roof.warmup_s) == ((2.0, 2.0), (9.0,))
    assert found.other_load == 0.25
    (missing,) = found.unmeasured
    assert (missing.kernel, missing.reason, missing.failed) == ("copy", "not reported", True)


def test_a_roof_that_a_program_declines_is_no_failure(tmp_path: Path) -> None:
    told(tmp_path, {"check": "copy", "ok": False, "detail": "too small"})

    declined = {m.kernel: m for m in readings(PRODUCT, tmp_path, OWN, trouble="died").unmeasured}

    assert (declined["copy"].reason, declined["copy"].failed) == ("too small", False)
    assert (declined["float32"].reason, declined["float32"].failed) == ("died", True)


def test_a_device_that_cannot_be_used_declines_all_its_roofs(tmp_path: Path) -> None:
    told(tmp_path, {"check": "device", "ok": False, "detail": "no GPU"})

    found = readings(PRODUCT, tmp_path, OWN, trouble="").unmeasured

    assert [(m.reason, m.failed) for m in found] == [("no GPU", False)] * 2


def test_a_gpu_is_called_what_the_program_found_for_a_slice_has_another_peak(
    tmp_path: Path,
) -> None:
    whole = Place(device="cuda:0", name="NVIDIA H200")
    name = "NVIDIA H200 MIG 1g.18gb"
    told(tmp_path, {"check": "device", "ok": True, "detail": name}, WORK, *TIMES, DONE)

    (roof,) = readings(
        Part(place=whole, kernels=("float32",), arguments=()), tmp_path, OWN, trouble=""
    ).roofs

    assert (roof.place.name, roof.peak) == (name, None)
    known = peak_of(whole, "float32")
    assert known is not None
    assert known.rate == 67e12


@pytest.mark.parametrize(("virtual", "said"), [(True, True), (False, False)])
def test_of_a_disk_in_a_virtual_machine_is_said_that_its_host_may_cache_it(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    virtual: bool,  # noqa: FBT001 - a case of the table
    said: bool,  # noqa: FBT001
) -> None:
    monkeypatch.setattr(ceilings, "is_virtual", lambda: virtual)
    lines = [{**line, "m": str(line["m"]).replace("float32", "read")} for line in (WORK, *TIMES)]
    told(tmp_path, *lines, {"check": "read", "ok": True, "detail": "direct"})
    disk = Part(place=Place(device="disk", name="ext4"), kernels=("read",), arguments=())

    (roof,) = readings(disk, tmp_path, OWN, trouble="").roofs

    assert ("host" in roof.how) is said


@pytest.mark.parametrize(
    ("ended", "words"),
    [
        ({}, ""),
        ({"ending": Ending.TIMEOUT}, "its program was ended: timeout"),
        ({"exit_code": 3}, "its program ended with exit code 3: no such thing"),
        ({"exit_code": None, "signal": 9}, "its program ended with signal 9: no such thing"),
    ],
)
def test_why_a_program_ended_badly_is_said_with_its_last_words(
    tmp_path: Path, ended: dict[str, object], words: str
) -> None:
    (tmp_path / "stderr.txt").write_text("Traceback\nno such thing\n")
    fields = {"ending": Ending.OWN, "exit_code": 0, "signal": None} | ended

    assert probing.trouble_of(Ended(wall_time_s=1.0, **fields), tmp_path) == words  # type: ignore[arg-type] # fields by their names


def test_without_torch_only_the_disk_can_be_probed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(probing, "find_spec", lambda _: None)

    with pytest.raises(MachineError, match="CAP730"):
        probe(Wanted(kernels=("float32",)), lambda _: None)
    alone = probe(Wanted(kernels=("read",), seconds=SECONDS, disk=tmp_path), lambda _: None)

    assert [roof.kernel for roof in alone.roofs] == ["read"]
    assert len(alone.roofs[0].times_s) >= 6
    assert len(alone.noise.loop_s) == 200


@pytest.mark.slow
def test_a_real_probe_brings_home_every_repeat(tmp_path: Path) -> None:
    steps: list[Step] = []
    wanted = Wanted(kernels=("float32", "write"), seconds=SECONDS, disk=tmp_path)

    made = probe(wanted, steps.append)

    counts = sorted({1, ceilings.cores_for_threads()})
    places = [*((f"cpu/{count}", "float32") for count in counts), ("disk", "write")]
    assert [(roof.place.key, roof.kernel) for roof in made.roofs] == places
    assert made.unmeasured == ()
    assert all(len(roof.times_s) >= 6 for roof in made.roofs)
    assert all(len(roof.warmup_s) >= 2 for roof in made.roofs)
    assert len(made.noise.loop_s) == 200
    assert made.noise.other_load >= 0
    ends = [step for step in steps if step.done is not None]
    assert [step.number for step in ends] == list(range(1, len(places) + 3))


def test_a_signal_ends_a_probe_before_the_next_program(tmp_path: Path) -> None:
    def stop(_: Step) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(Stopped):
        probe(Wanted(kernels=("read",), seconds=SECONDS, disk=tmp_path), stop)


@pytest.mark.parametrize(
    ("before", "after", "share"), [(1.0, 2.0, 0.5), (1.0, None, 0.0), (2.0, 1.0, 0.0)]
)
def test_stolen_time_is_a_share_of_all_cores_time(
    monkeypatch: pytest.MonkeyPatch, before: float, after: float | None, share: float
) -> None:
    monkeypatch.setattr("psutil.cpu_count", lambda: 2)

    assert probing.stolen_share(after, before, lasted_s=1.0) == share
