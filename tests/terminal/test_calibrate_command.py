"""`capstone calibrate`, and `capstone predict` with what it found; the ranks are pretended."""

import html
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from calibrated import PRETENDED, RANKS
from capstone_report.cli import commands
from capstone_report.errors import MachineError
from capstone_report.results.journal import read_journal
from capstone_report.results.records import Phase
from capstone_report.terminal import calibrating
from sites import REPOSITORY

Run = Callable[..., subprocess.CompletedProcess[str]]
Write = Callable[..., Path]

PREDICTION = """
[prediction]
t_comp_s = 0.05
link = "calibrate"
source = "the baseline, and a calibration of the link"
model = "scatter-gather"
"""


def pretend(folder: Path) -> Path:
    """Give a tiny study one host, entered by a program that pretends to be the ranks; return it."""
    (folder / "ranks.py").write_text(RANKS)
    text = (folder / "study.toml").read_text()
    command = 'command = ["python", "pool.py", "{workers}"]\nlauncher = '
    text = text.replace(f'{command}"local"', f"{command}{PRETENDED}")
    text = text.replace("message_bytes = 8", "message_bytes = 1e6")
    (folder / "study.toml").write_text(text + PREDICTION)
    return folder


@pytest.fixture
def study(write_study: Write) -> Path:
    """The folder of a study with pretended ranks."""
    return pretend(write_study())


@pytest.fixture(scope="module")
def calibrated_once(
    tmp_path_factory: pytest.TempPathFactory, write_workspace: Write, capstone_in: Run
) -> tuple[Path, dict[str, Any]]:
    """A folder with such a workspace and its state, calibrated at 2 and 4 workers, and the answer."""
    folder = tmp_path_factory.mktemp("calibrated")
    pretend(write_workspace(folder / "workspace"))
    counts = ("--workers", "4", "--workers", "2")
    answer = capstone_in(
        folder / "workspace",
        "calibrate",
        "--json",
        *counts,
        CAPSTONE_STATE_DIR=str(folder / "state"),
    )
    assert answer.returncode == 0, answer.stderr
    whole = json.loads(answer.stdout)
    schema = json.loads((REPOSITORY / "docs" / "calibrate.schema.json").read_text())
    jsonschema.validate(whole, schema)
    (row,) = whole["studies"]
    return folder, row


@pytest.fixture
def calibrated(
    calibrated_once: tuple[Path, dict[str, Any]], workspace: Path, state_dir: Path
) -> dict[str, Any]:
    """The answer for the workspace's study, whose link has been calibrated on this machine."""
    folder, row = calibrated_once
    shutil.copytree(folder / "workspace", workspace, dirs_exist_ok=True)
    shutil.copytree(folder / "state", state_dir)
    return row


@pytest.mark.usefixtures("study")
def test_a_known_link_is_calibrated_and_its_command_printed_first(capstone: Run) -> None:
    answer = capstone("calibrate")

    assert answer.returncode == 0, answer.stderr
    first = answer.stderr.splitlines()[0]
    assert "python capstone_report/workloads/on_hosts.py" in first
    assert first.endswith("-- capstone_report/workloads/collectives.py")
    assert "2 workers, by pretended" in answer.stdout
    assert "latency    50 us (50 us to 50 us), from 9 sizes, 64 B to 16 KiB" in answer.stdout
    assert "bandwidth  100 MB/s (100 MB/s to 100 MB/s), from 4 sizes, 512 KiB" in answer.stdout
    assert "95%, order statistics of 6 launches" in answer.stdout
    assert "regime 1   64 B to 4 MiB: +50 us at 0 B, 100 MB/s, misfit 0%" in answer.stdout
    rows = [line.split() for line in answer.stdout.splitlines() if "all-reduce" in line]
    assert " ".join(rows[-1]) == "all-reduce 4 MiB 42 ms 42 ms 99.8 MB/s 99.8 MB/s 42 ms 1.00"


def test_the_answer_in_json_holds_every_size_and_the_method(calibrated: dict[str, Any]) -> None:
    links = calibrated["links"]

    assert [link["workers"] for link in links] == [2, 4]
    assert links[0]["alpha_s"]["value"] == pytest.approx(5e-5)
    assert links[0]["beta_s_per_byte"]["method"] == "order statistics"
    assert links[0]["beta_s_per_byte"]["sizes"] == [1 << 19, 1 << 20, 1 << 21, 1 << 22]
    assert len(links[0]["exchanges"]) == 17 + 5 * 9
    assert calibrated["findings"] == []


@pytest.mark.usefixtures("study")
def test_too_few_launches_give_no_number_but_advice(capstone: Run) -> None:
    told = capstone("calibrate", "--launches", "1")

    assert told.returncode == 0
    assert "latency    not identified, from 9 sizes" in told.stdout
    assert "bandwidth  not identified" in told.stdout
    assert "not known" in told.stdout
    assert told.stderr.count("[CAP380]") == 2


def test_what_is_not_identified_has_no_number_in_json(study: Path, capstone: Run) -> None:
    answer = json.loads(capstone("calibrate", "--launches", "1", "--json").stdout)

    (row,) = answer["studies"]
    assert row["study"] == study.name
    assert row["links"][0]["alpha_s"]["value"] is None
    assert row["links"][0]["alpha_s"]["doubt"] == "few"
    assert [finding["code"] for finding in row["findings"]] == ["CAP380", "CAP380"]


def test_launches_are_kept_beside_the_measurements(
    calibrated: dict[str, Any], workspace: Path
) -> None:
    (journal,) = workspace.glob("specs/tiny/results/*/journal.jsonl")
    runs = read_journal(journal.parent).runs

    assert calibrated["machine"] == journal.parent.name
    assert {run.phase for run in runs} == {Phase.CALIBRATION}
    assert len(runs) == 12
    assert str(REPOSITORY) not in runs[0].model_dump_json()


@pytest.mark.usefixtures("study")
def test_more_workers_than_the_hosts_take_are_refused_before_anything_starts(
    capstone: Run,
) -> None:
    answer = capstone("calibrate", "--workers", "8")

    assert answer.returncode == 2
    assert "[CAP382] 8 workers need 2 hosts, and 1 are declared" in answer.stderr


def test_ranks_that_fail_are_a_failed_measurement(study: Path, capstone: Run) -> None:
    (study / "ranks.py").write_text("raise SystemExit(3)\n")

    answer = capstone("calibrate", "--json", "--launches", "1")

    assert answer.returncode == 4
    assert json.loads(answer.stdout)["studies"] == []
    assert "exited with status 3" in answer.stderr


def test_without_pytorch_nothing_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibrating, "find_spec", lambda _: None)

    with pytest.raises(MachineError, match="PyTorch is not installed; install it: pip install"):
        commands.main(["calibrate"], standalone_mode=False)


@pytest.mark.usefixtures("study")
def test_without_a_calibration_predict_says_what_to_run(capstone: Run) -> None:
    answer = capstone("predict", "tiny")

    assert answer.returncode == 4
    assert "run `capstone calibrate tiny`" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_predict_says_when_where_and_from_which_sizes(
    calibrated: dict[str, Any], capstone: Run
) -> None:
    answer = capstone("predict", "tiny", "--workers", "1,2")

    assert answer.returncode == 0, answer.stderr
    machine, moment = calibrated["machine"], calibrated["calibrated_at"]
    assert f"calibrated at {moment}, by 6 launches of 4 workers on {machine}" in answer.stdout
    assert "latency 50 us (50 us to 50 us), from 9 sizes, 64 B to 16 KiB" in answer.stdout
    # Half of 1 MB at 100 MB/s, there and back, and two latencies.
    assert "10.1000" in answer.stdout


@pytest.mark.usefixtures("calibrated")
def test_predict_in_json_names_the_calibration(capstone: Run) -> None:
    whole = json.loads(capstone("predict", "tiny", "--json").stdout)

    schema = json.loads((REPOSITORY / "docs" / "predict.schema.json").read_text())
    jsonschema.validate(whole, schema)
    assert whole["beta_s"] == pytest.approx(0.01)
    assert whole["link"]["alpha_s"]["value"] == pytest.approx(5e-5)
    assert whole["link"]["launches"] == 6


@pytest.mark.usefixtures("calibrated")
def test_the_report_shows_where_its_constants_come_from(capstone: Run, tmp_path: Path) -> None:
    answer = capstone("build", "--out", str(tmp_path / "site"))

    assert "CAP381" not in answer.stderr
    page = html.unescape((tmp_path / "site" / "tiny" / "design.html").read_text())
    assert "The link was calibrated at" in page
    assert "100 MB/s (100 MB/s to 100 MB/s), from 4 sizes, 512 KiB to 4 MiB" in page


@pytest.mark.usefixtures("study")
def test_a_report_without_a_calibration_says_what_to_run(capstone: Run, tmp_path: Path) -> None:
    answer = capstone("build", "--out", str(tmp_path / "site"))

    assert "CAP381" in answer.stderr
    assert "capstone calibrate tiny" in (tmp_path / "site" / "tiny" / "design.html").read_text()


@pytest.mark.usefixtures("calibrated")
def test_a_link_of_another_machine_is_not_mixed_in(capstone: Run, tmp_path: Path) -> None:
    answer = capstone("predict", "tiny", CAPSTONE_STATE_DIR=str(tmp_path / "other"))

    assert answer.returncode == 4


def test_the_machine_that_the_workspace_names_comes_first(
    calibrated: dict[str, Any], workspace: Path, capstone: Run, tmp_path: Path
) -> None:
    with (workspace / "capstone.toml").open("a") as file:
        file.write(f'machine = "{calibrated["machine"]}"\n')

    answer = capstone("predict", "tiny", CAPSTONE_STATE_DIR=str(tmp_path / "other"))

    assert f"on {calibrated['machine']}" in answer.stdout
