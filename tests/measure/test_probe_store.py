"""A probe is kept for this machine only, and read only where machine and software are the same."""

from pathlib import Path

import pytest

from capstone_report.errors import MachineError
from capstone_report.measure.identity import machine_here
from capstone_report.measure.probe_store import keep_probe, last_probe, memory_roof, probed_roof
from probed import ALL, HERE, ROOFS, probe


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which this user's capstone remembers things."""
    monkeypatch.setenv("CAPSTONE_STATE_DIR", str(tmp_path))
    return tmp_path


def test_what_was_kept_is_read_again_and_the_newer_probe_replaces_the_older() -> None:
    keep_probe(probe(machine=machine_here(HERE), roofs=()))
    made = probe(machine=machine_here(HERE))

    path = keep_probe(made)

    assert last_probe(HERE) == made
    assert [file.name for file in path.parent.iterdir()] == [f"{made.machine}.json"]


def test_a_machine_that_was_not_probed_has_no_roofs() -> None:
    with pytest.raises(MachineError, match=r"CAP735.*was not probed; run `capstone probe`"):
        last_probe(HERE)


def test_other_hardware_never_finds_this_machine_s_probe() -> None:
    keep_probe(probe(machine=machine_here(HERE)))

    with pytest.raises(MachineError, match="was not probed"):
        last_probe(HERE.model_copy(update={"cpu": "another"}))


def test_other_software_refuses_the_old_probe_and_says_what_changed() -> None:
    keep_probe(probe(machine=machine_here(HERE)))

    with pytest.raises(MachineError, match=r"since the probe of 2026-01-02.* changed: packages"):
        last_probe(HERE.model_copy(update={"packages": {"torch": "2.14.0"}}))


def test_a_file_that_is_no_probe_is_refused(state: Path) -> None:
    path = keep_probe(probe(machine=machine_here(HERE)))
    path.write_text('{"format": 99}')

    with pytest.raises(MachineError, match="no probe of this version"):
        last_probe(HERE)
    assert path.is_relative_to(state)


def test_a_roof_that_was_not_probed_is_refused_with_those_that_were() -> None:
    with pytest.raises(
        MachineError, match=r"float16 at cpu/1; known are: bfloat16 at cuda:0, copy"
    ):
        probed_roof(probe(), "float16", "cpu/1")
    with pytest.raises(MachineError, match="known are: nothing"):
        probed_roof(probe(roofs=()), "float16", "cpu/1")


def test_the_roof_of_the_memory_is_the_faster_of_copy_and_triad() -> None:
    assert memory_roof(probe(), ALL.key).kernel == "triad"
    assert memory_roof(probe(roofs=ROOFS[:2]), "cpu/1").kernel == "copy"
    with pytest.raises(MachineError, match="did not measure copy at cuda:0"):
        memory_roof(probe(), "cuda:0")
