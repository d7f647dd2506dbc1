"""The program that measures a machine's roofs, with numpy and without."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import capstone_report
from capstone_report.workloads import roofs

GENERATOR = Path(capstone_report.__file__).parents[1]


@pytest.fixture
def metrics(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the program reports into, with arrays that a test has time for."""
    monkeypatch.setenv("CAPSTONE_METRICS_DIR", str(tmp_path))
    monkeypatch.delenv("RANK", raising=False)
    monkeypatch.setattr(roofs, "SIDE", 128)
    monkeypatch.setattr(roofs, "ARRAY_BYTES", 1 << 20)
    return tmp_path


def reported(metrics: Path) -> dict[str, object]:
    """Return what was reported, by name."""
    lines = [
        json.loads(line) for f in metrics.glob("*.jsonl") for line in f.read_text().splitlines()
    ]
    return {line.get("m") or line["check"]: line.get("v") or line["detail"] for line in lines}


@pytest.mark.parametrize(("threads", "by"), [("1", "numpy in float32"), ("2", "with 2 threads")])
def test_both_roofs_are_measured_with_numpy(
    metrics: Path, monkeypatch: pytest.MonkeyPatch, threads: str, by: str
) -> None:
    monkeypatch.setenv("CAPSTONE_THREADS", threads)

    roofs.main("float32")

    told = reported(metrics)
    assert isinstance(told["compute_roof"], float)
    assert isinstance(told["memory_roof"], float)
    assert told["compute_roof"] > 1e8
    assert told["memory_roof"] > 1e8
    assert str(told["roofs"]).endswith(by)


def test_without_numpy_there_is_no_compute_roof_and_the_answer_says_so(
    metrics: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roofs, "find_spec", lambda _: None)

    roofs.main("float64")

    told = reported(metrics)
    assert "compute_roof" not in told
    assert "install numpy for a compute roof" in str(told["roofs"])
    assert isinstance(told["python_arithmetic"], float)
    assert told["python_arithmetic"] < 1e9  # an interpreter needs several ns for each operation


def test_it_runs_as_a_program(tmp_path: Path) -> None:
    small = (
        "import sys; from capstone_report.workloads import roofs; "
        "roofs.ARRAY_BYTES = 1 << 20; roofs.SIDE = 64; roofs.main(sys.argv[1])"
    )
    environment = {
        **os.environ,
        "CAPSTONE_METRICS_DIR": str(tmp_path),
        "PYTHONPATH": str(GENERATOR),
    }

    subprocess.run([sys.executable, "-c", small, "float64"], check=True, env=environment)

    assert set(reported(tmp_path)) == {"compute_roof", "memory_roof", "roofs"}
