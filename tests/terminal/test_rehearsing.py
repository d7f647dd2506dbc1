"""`capstone run --rehearse`: what is run of a study, how it is told, and that nothing is kept."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest

from capstone_report.cases import declared_cases
from capstone_report.launchers.launcher import AcrossNodes, Allocation, Launcher
from capstone_report.launchers.local import Local
from capstone_report.measure import rehearsing
from capstone_report.measure.rehearsing import rehearsal_cases
from simulated import GONE, load, write_workspace
from terminals import STUBBORN, Terminal

Capstone = Callable[..., subprocess.CompletedProcess[str]]
WriteStudy = Callable[..., Path]
MISSING = '[[benchmarks]]\nrequires = ["no_such_module"]'
FAILING = "import sys\nprint('what it said last')\nsys.exit(3)\n"


def rehearsed(capstone: Capstone) -> subprocess.CompletedProcess[str]:
    """Return the answer of a rehearsal."""
    return capstone("run", "--rehearse")


def test_a_rehearsal_runs_small_cases_once_and_records_nothing(
    capstone: Capstone, workspace: Path
) -> None:
    answer = rehearsed(capstone)

    assert answer.returncode == 0
    assert "tiny: serial/threads=1,workers=1: ok after " in answer.stderr
    assert "tiny: pool/threads=1,workers=2: ok after " in answer.stderr
    assert "work_time 0.001 s" in answer.stderr
    assert answer.stdout == (
        "2 of 2 runs went well; "
        "a rehearsal on this machine: its numbers count for nothing and are in no record\n"
    )
    assert not list(workspace.glob("specs/*/results"))


def test_a_rehearsal_that_fails_says_why_and_keeps_the_outputs(
    capstone: Capstone, write_study: WriteStudy
) -> None:
    write_study(pool=FAILING)

    answer = capstone("run", "--rehearse", "--json")

    rehearsal = json.loads(answer.stdout)
    (failed,) = [run for run in rehearsal["runs"] if run["outcome"] != "ok"]
    assert answer.returncode == 4
    assert rehearsal["schema"] == "capstone/rehearsal/1"
    assert "count for nothing" in rehearsal["label"]
    assert failed["message"] == "exited with status 3"
    assert (Path(failed["outputs"]) / "stdout.txt").read_text() == "what it said last\n"
    assert failed["value"] is None
    assert "its outputs are in " in answer.stderr


def test_the_fewest_workers_and_the_next_more_are_rehearsed(tmp_path: Path) -> None:
    levels = {"workers": [16, 4, 2, 8]}
    root = write_workspace(tmp_path, benchmarks__1__levels=levels)

    assert [case.id for case in rehearsal_cases(load(root))] == [
        "serial/threads=1,workers=1",
        "pool/threads=1,workers=2",
        "pool/threads=1,workers=4",
    ]


def test_what_is_measured_elsewhere_is_not_rehearsed(tmp_path: Path) -> None:
    elsewhere = {"where": "a cluster", "how": "by hand"}
    root = write_workspace(tmp_path, benchmarks__1__command=GONE, benchmarks__1__external=elsewhere)

    assert [case.benchmark.name for case in rehearsal_cases(load(root))] == ["serial"]


class Cluster(AcrossNodes):
    """A launcher that needs other machines."""

    kind: ClassVar[str] = "cluster"
    workers_per_node: int | None = 1

    def here(self) -> Launcher:
        """Return what needs none."""
        return Local()

    def command(self, program: list[str], allocation: Allocation) -> list[str]:
        """Return a line that no machine can start."""
        return ["no-such-cluster", str(allocation.nodes), *program]


def test_a_cluster_study_is_started_on_this_machine_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = load(write_workspace(tmp_path))
    declared = [
        replace(
            case,
            benchmark=case.benchmark.model_copy(update={"launcher": Cluster()}),
            allocation=Cluster().allocation(case.allocation.workers, 1),
        )
        for case in declared_cases(loaded)
    ]
    monkeypatch.setattr(rehearsing, "declared_cases", lambda _: iter(declared))

    cases = rehearsal_cases(loaded)

    assert {case.benchmark.launcher.kind for case in cases} == {"local"}
    assert [case.allocation.nodes for case in cases] == [1] * len(cases)


def test_more_workers_than_cores_are_labelled(capstone: Capstone, workspace: Path) -> None:
    study = workspace / "specs" / "tiny" / "study.toml"
    text = study.read_text()
    study.write_text(text.replace("workers = [2]", "workers = [4096]"))
    assert study.read_text() != text

    answer = rehearsed(capstone)

    assert "; oversubscribed: more workers and threads than this machine has cores" in answer.stderr


def test_a_module_that_is_missing_is_told_before_anything_starts(
    capstone: Capstone, workspace: Path
) -> None:
    study = workspace / "specs" / "tiny" / "study.toml"
    study.write_text(study.read_text().replace("[[benchmarks]]", MISSING, 1))

    answer = rehearsed(capstone)

    assert answer.returncode == 7
    assert "no_such_module" in answer.stderr


def test_a_signal_ends_the_rehearsal(workspace: Path, write_study: WriteStudy) -> None:
    study = write_study(serial=STUBBORN, pool=STUBBORN)
    with Terminal(workspace, "run", "--rehearse") as terminal:
        terminal.wait_until(lambda _: (study / "pid.txt").exists())
        terminal.process.terminate()
        code = terminal.wait()

    assert code == 143
    assert terminal.text.count("interrupted after") == 1
