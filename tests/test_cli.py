"""What the commands print: for people, for programs, on a terminal, without torch."""

import json
import os
import pty
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sites import REPOSITORY

Capstone = Callable[..., subprocess.CompletedProcess[str]]
COMMAND = Path(sys.executable).with_name("capstone")

# A Python that starts with this module cannot find torch, wherever it is installed.
NO_TORCH = """\
import sys


class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"torch", "sklearn"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


sys.meta_path.insert(0, Hidden())
"""


def test_the_plan_names_cases_order_and_what_is_there(capstone: Capstone) -> None:
    text = capstone("plan")
    answer = json.loads(capstone("plan", "--json").stdout)

    (study,) = answer["studies"]
    assert answer["schema"] == "capstone/plan/1"
    assert {run["case"] for run in study["runs"]} == {
        "serial/threads=1,workers=1",
        "pool/threads=1,workers=2",
    }
    assert not any(run["done"] for run in study["runs"])
    assert {case["state"] for case in study["cases"]} == {"missing"}
    assert study["estimate"]["at_most_seconds"] == 4 * 30
    assert "0 of 2" in text.stdout
    assert "next: " in text.stdout
    assert "4 runs to make: at most 2 min" in text.stdout


def test_the_plan_of_a_measured_study_has_nothing_left(capstone: Capstone, measured: Path) -> None:
    text = capstone("plan")

    assert "nothing is missing" in text.stdout
    assert measured.parent.name in text.stdout


def test_plan_and_status_say_why_runs_are_stale(
    capstone: Capstone, measured: Path, workspace: Path
) -> None:
    assert measured.exists()
    (workspace / "specs" / "tiny" / "pool.py").write_text("print('changed')\n")

    plan, status = capstone("plan"), capstone("status")
    (row,) = json.loads(capstone("status", "--json").stdout)["studies"]

    assert plan.stdout.count("stale: pool.py changed (2)") == 2
    assert "4 runs to make: about " in plan.stdout
    assert "4 missing, 4 stale (pool.py changed (4)); " in status.stdout
    assert row["stale_reasons"] == [{"reason": "pool.py changed", "runs": 4}]
    assert "CAP304" in status.stderr


def test_an_engine_variable_of_the_shell_makes_runs_stale_here_and_changes_no_report(
    capstone: Capstone, measured: Path
) -> None:
    assert measured.exists()

    plan = capstone("plan", NCCL_ALGO="Ring")
    status = capstone("status", NCCL_ALGO="Ring")

    assert "NCCL_ALGO was unset, is Ring" in plan.stdout
    assert "4 attempts, 0 failed, 0 missing" in status.stdout


def test_a_plan_on_a_terminal_fits_100_columns(workspace: Path) -> None:
    parent, child = pty.openpty()
    process = subprocess.Popen([COMMAND, "plan"], cwd=workspace, stdout=child, stderr=child)
    os.close(child)
    shown = b""
    try:
        while chunk := os.read(parent, 4096):
            shown += chunk
    except OSError:  # the terminal is gone with the process
        pass
    assert process.wait() == 0
    lines = shown.decode().splitlines()
    assert "at most 1 min" in shown.decode()
    assert max(len(line) for line in lines) <= 100


def test_the_plan_never_writes(capstone: Capstone, workspace: Path) -> None:
    before = sorted(workspace.rglob("*"))

    capstone("plan")

    assert sorted(workspace.rglob("*")) == before


def test_the_status_counts_attempts_for_people_and_programs(
    capstone: Capstone, measured: Path
) -> None:
    text = capstone("status")
    answer = json.loads(capstone("status", "--json").stdout)

    (row,) = answer["studies"]
    assert row["attempts"] == 4
    assert row["machine"] == measured.parent.name
    assert "4 attempts, 0 failed, 0 missing" in text.stdout


def test_without_records_the_status_says_so(capstone: Capstone) -> None:
    assert "nothing has been measured yet" in capstone("status").stdout


def test_a_strict_build_fails_while_runs_are_missing_and_still_writes_the_site(
    capstone: Capstone, workspace: Path
) -> None:
    answer = capstone("build", "--strict")

    assert answer.returncode == 4
    assert "CAP305" in answer.stderr
    assert (workspace / "site" / "index.html").exists()


def test_a_machine_that_has_no_records_is_a_usage_error(capstone: Capstone, measured: Path) -> None:
    answer = capstone("build", "--machine", "nonsense")

    assert answer.returncode == 2
    assert measured.parent.name in answer.stderr


def test_here_is_this_machine(capstone: Capstone, measured: Path) -> None:
    answer = json.loads(capstone("build", "--machine", "here", "--json").stdout)

    (row,) = answer["studies"]
    assert row["machine"] == measured.parent.name


def test_of_two_machines_one_must_be_named(capstone: Capstone, measured: Path) -> None:
    other = measured.parent.with_name("other-machine-000000")
    other.mkdir()
    (other / "journal.jsonl").write_bytes(measured.read_bytes())
    for raw in measured.parent.glob("raw"):
        shutil.copytree(raw, other / "raw")

    unnamed = capstone("build")
    named = capstone("build", "--machine", "other-machine-000000")

    assert unnamed.returncode == 2
    assert "other-machine-000000" in unnamed.stderr
    assert named.returncode == 0


def test_a_disk_that_refuses_is_exit_7(capstone: Capstone, measured: Path) -> None:
    assert measured.exists()

    answer = capstone("build", "--out", "/proc/no-such-place/site")

    assert answer.returncode == 7
    assert "CAP703" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_an_unknown_option_is_exit_2(capstone: Capstone) -> None:
    answer = capstone("build", "--sctrict")

    assert answer.returncode == 2
    assert "--strict" in answer.stderr


@pytest.mark.parametrize("command", [["check"], ["build", "--out", "site"], ["status"]])
def test_without_torch_the_shipped_study_is_checked_and_rendered(
    tmp_path: Path, command: list[str]
) -> None:
    answer = without_torch(tmp_path, *command)

    assert answer.returncode == 0, answer.stderr


def test_without_torch_a_run_says_what_to_install(tmp_path: Path) -> None:
    answer = without_torch(tmp_path, "run")

    assert answer.returncode == 7
    assert "torch" in answer.stderr
    assert "pip install 'capstone-report[digits]'" in answer.stderr
    assert not list((REPOSITORY / "specs").glob("*/results/*-000000"))


def without_torch(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command on the shipped study where torch cannot be imported."""
    (folder / "sitecustomize.py").write_text(NO_TORCH)
    command = [str(COMMAND), *arguments[:1], "--project", str(REPOSITORY), *arguments[1:]]
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
