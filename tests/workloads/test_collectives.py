"""The program that times messages, between two real ranks on this machine."""

import importlib.util
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import capstone_report
from capstone_report.perfmodel.link import MODELS

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("torch") is None, reason="PyTorch is not installed"
)
GENERATOR = Path(capstone_report.__file__).parents[1]
PROGRAM = GENERATOR / "capstone_report" / "workloads" / "collectives.py"
LARGEST = 1 << 10


def a_free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, object]]:
    """What two ranks report about messages of up to 1 KiB, in two rounds."""
    folder = tmp_path_factory.mktemp("metrics")
    shared = {
        **os.environ,
        "PYTHONPATH": str(GENERATOR),
        "CAPSTONE_METRICS_DIR": str(folder),
        "CAPSTONE_RUN": "a run",
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(a_free_port()),
        "WORLD_SIZE": "2",
        "OMP_NUM_THREADS": "1",
    }
    command = [sys.executable, str(PROGRAM), "--largest", str(LARGEST), "--rounds", "2"]
    ranks = [subprocess.Popen(command, env=shared | {"RANK": str(rank)}) for rank in range(2)]
    assert [rank.wait(120) for rank in ranks] == [0, 0]
    return [
        json.loads(line)
        for file in sorted(folder.glob("*.jsonl"))
        for line in file.read_text().splitlines()
    ]


def test_every_exchange_is_timed_at_every_size_of_its_own(told: list[dict[str, object]]) -> None:
    named = {str(line["m"]).rpartition("_")[::2] for line in told if "m" in line}

    sizes = {name: sorted(int(n) for other, n in named if other == name) for name, _ in named}
    assert sizes.keys() == {"point_to_point", *MODELS}
    assert sizes["point_to_point"] == [64, 128, 256, 512, 1024]
    assert sizes["all_reduce"] == [64, 256, 1024]


def test_point_to_point_is_visited_twice_in_a_round(told: list[dict[str, object]]) -> None:
    def rounds(name: str) -> list[object]:
        """Return the numbers of a metric's visits."""
        return sorted(line["step"] for line in told if line.get("m") == name)  # type: ignore[type-var] # all are numbers

    assert rounds("point_to_point_64") == [0, 1, 2, 3]
    assert rounds("broadcast_64") == [0, 2]


def test_times_are_positive_and_come_from_the_first_rank(told: list[dict[str, object]]) -> None:
    times = [line for line in told if "m" in line]

    assert all(float(str(line["v"])) > 0 for line in times)
    assert {line["u"] for line in times} == {"s"}
    assert {line["rank"] for line in times} == {0}


def test_sums_are_checked_and_the_library_is_named(told: list[dict[str, object]]) -> None:
    checks = {(line["check"], line["rank"]): line for line in told if "check" in line}

    assert checks["sums_are_right", 0]["ok"]
    assert checks["sums_are_right", 1]["ok"]
    assert str(checks["collectives", 0]["detail"]).startswith("gloo of PyTorch")
