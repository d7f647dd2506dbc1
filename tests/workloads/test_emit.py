"""The reporting side of the protocol, as a benchmark program uses it."""

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

from capstone_report.workloads import emit


@pytest.fixture
def metrics(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that a program reports into."""
    monkeypatch.setenv("CAPSTONE_METRICS_DIR", str(tmp_path))
    monkeypatch.delenv("RANK", raising=False)
    monkeypatch.delenv("TORCHELASTIC_RESTART_COUNT", raising=False)
    return tmp_path


def lines(metrics: Path) -> list[dict[str, object]]:
    """Return every line that was reported."""
    return [
        json.loads(line)
        for path in sorted(metrics.glob("*.jsonl"))
        for line in path.read_text().splitlines()
    ]


def test_without_a_metrics_folder_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CAPSTONE_METRICS_DIR", raising=False)
    monkeypatch.chdir(tmp_path)

    emit.metric("loss", 0.5, "1")
    emit.check("finite", ok=True)

    assert list(tmp_path.iterdir()) == []


def test_a_line_has_only_what_was_said(metrics: Path) -> None:
    emit.metric("loss", 1, "1")
    emit.metric("loss", 0.5, "1", step=0, phase="warmup")
    emit.check("finite", ok=False, detail="it is not")

    assert lines(metrics) == [
        {"m": "loss", "v": 1.0, "u": "1", "rank": 0},
        {"m": "loss", "v": 0.5, "u": "1", "step": 0, "phase": "warmup", "rank": 0},
        {"check": "finite", "ok": False, "detail": "it is not", "rank": 0},
    ]


def test_the_rank_is_the_launchers(metrics: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANK", "3")

    emit.metric("loss", 0.5, "1")

    assert lines(metrics)[0]["rank"] == 3
    assert [path.name[:6] for path in metrics.glob("*.jsonl")] == ["rank3-"]


def test_after_an_elastic_restart_a_line_carries_the_attempt(
    metrics: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCHELASTIC_RESTART_COUNT", "2")

    emit.metric("loss", 0.5, "1", step=7)

    assert lines(metrics) == [{"m": "loss", "v": 0.5, "u": "1", "step": 7, "rank": 0, "attempt": 2}]


def test_a_task_of_slurms_has_slurms_rank_where_no_launcher_gave_one(
    metrics: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLURM_PROCID", "2")

    emit.metric("loss", 0.5, "1")

    assert lines(metrics)[0]["rank"] == 2


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_value_that_is_not_finite_is_an_error_in_the_program(metrics: Path, value: float) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        emit.metric("loss", value, "1")

    assert lines(metrics) == []


def test_a_copy_works_without_capstone_installed(metrics: Path, tmp_path: Path) -> None:
    (tmp_path / "emit.py").write_bytes(Path(emit.__file__).read_bytes())
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import emit; emit.metric('a', 1, 's')"
    )

    subprocess.run(
        [sys.executable, "-I", "-S", "-c", program],
        check=True,
        env={"CAPSTONE_METRICS_DIR": str(metrics)},
    )

    assert lines(metrics) == [{"m": "a", "v": 1.0, "u": "s", "rank": 0}]


def test_processes_write_to_files_of_their_own(metrics: Path) -> None:
    program = "from capstone_report.workloads.emit import metric; metric('a', 1, 's')"
    emit.metric("a", 1, "s")

    subprocess.run([sys.executable, "-c", program], check=True)

    assert len(list(metrics.glob("rank0-*.jsonl"))) == 2
