"""Runs on two real machines of Slurm's: each ends in the right state, and the journal is complete."""

import json
import shutil
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from away.cluster import Cluster
from sites import REPOSITORY
from workplaces import ACROSS, PACKAGE, Workplace

pytestmark = pytest.mark.slow

OURS = f'env = {{ PYTHONPATH = "{PACKAGE}" }}'
SLURM = ("run", "--launcher", "slurm", "--max-failures", "1")
SAY_WHERE = """\
import os
from capstone_report.workloads.emit import check, metric
check("node", ok=True, detail=os.environ["SLURMD_NODENAME"])
metric("work_time", 0.001, "s")
"""
FAIL_ON_ONE = """\
import os, sys, time
if os.environ["SLURM_PROCID"] == "1":
    sys.exit(3)
time.sleep(600)
"""
STAY = """\
import os, pathlib, time
pathlib.Path(f"here-{os.environ.get('SLURMD_NODENAME')}").touch()
time.sleep(600)
"""
ALL_REDUCE = """\
import os
import torch
import torch.distributed as dist
from capstone_report.workloads.emit import check, metric
dist.init_process_group("gloo")
ones = torch.ones(1)
dist.all_reduce(ones)
check("sum", ok=float(ones) == 2.0)
metric("work_time", 0.001, "s")
dist.destroy_process_group()
os._exit(0)
"""


def both_are_there(workplace: Workplace) -> bool:
    """Tell whether the program runs on both machines."""
    return all((workplace.study / f"here-{node}").exists() for node in ("n0", "n1"))


def queue_is_empty(slurm: Cluster, workplace: Workplace) -> bool:
    """Wait until no job is left; a job that was cancelled takes a moment to end."""
    workplace.wait_for(lambda: slurm.jobs() == [])
    return True


def test_a_run_on_two_machines_succeeds_on_both(slurm: Cluster, workplace: Workplace) -> None:
    workplace.write(pool_launcher=ACROSS, pool=SAY_WHERE, pool_extra=OURS)

    answer = workplace.capstone(*SLURM)

    assert answer.returncode == 0, answer.stderr
    run = workplace.run_of("pool")
    assert (run["outcome"], run["nodes"], run["job"]["nodes"]) == ("ok", 2, 2)
    assert run["job"]["state"] == "COMPLETED"
    assert {check["detail"] for check in run["checks"]} == {"n0", "n1"}
    assert workplace.run_of("serial")["job"]["nodes"] == 1
    assert workplace.machine().name.startswith("slurm-")
    assert workplace.is_whole()
    assert queue_is_empty(slurm, workplace)


def test_torchrun_brings_two_machines_together_and_what_both_used_is_added_up(
    slurm: Cluster, workplace: Workplace
) -> None:
    workplace.write(
        pool_launcher='{ kind = "slurm", workers_per_node = 1 }',
        pool=ALL_REDUCE,
        pool_extra=OURS,
        timeout_s="240",
    )

    answer = workplace.capstone(*SLURM)

    assert answer.returncode == 0, answer.stderr
    run = workplace.run_of("pool")
    assert (run["outcome"], run["job"]["nodes"], len(run["checks"])) == ("ok", 2, 2)
    assert run["peak_memory_bytes"] > 2 * 100e6  # torch on each of the two
    assert run["cpu_time_s"] > 1
    assert queue_is_empty(slurm, workplace)


def test_a_failure_on_one_machine_ends_the_run_on_both(
    slurm: Cluster, workplace: Workplace
) -> None:
    workplace.write(pool_launcher=ACROSS, pool=FAIL_ON_ONE, timeout_s="500")

    answer = workplace.capstone(*SLURM)

    run = workplace.run_of("pool")
    assert answer.returncode == 4
    assert run["outcome"] == "failed"
    assert "task 1 of Slurm ended with 3" in run["message"]
    assert run["wall_time_s"] < 300
    assert workplace.is_whole()
    assert queue_is_empty(slurm, workplace)


def test_capstones_own_limit_in_seconds_ends_a_job(slurm: Cluster, workplace: Workplace) -> None:
    workplace.write(pool_launcher=ACROSS, pool=STAY, timeout_s="4")

    answer = workplace.capstone(*SLURM)

    run = workplace.run_of("pool")
    assert answer.returncode == 4
    assert (run["outcome"], run["message"]) == ("timeout", "stopped after its limit of 4 s")
    assert 4 <= run["wall_time_s"] < 300
    assert workplace.is_whole()
    assert queue_is_empty(slurm, workplace)


def test_a_job_that_somebody_cancels_is_recorded_as_interrupted(
    slurm: Cluster, workplace: Workplace
) -> None:
    workplace.write(pool_launcher=ACROSS, pool=STAY, timeout_s="250")
    process = workplace.begin(*SLURM)
    workplace.wait_for(lambda: both_are_there(workplace))

    slurm.ask("scancel", *slurm.jobs())

    said, _ = process.communicate(timeout=120)
    run = workplace.run_of("pool")
    assert process.returncode == 4, said
    assert (run["outcome"], run["job"]["state"]) == ("interrupted", "CANCELLED")
    assert "was cancelled" in run["message"]
    assert workplace.is_whole()


def test_a_ctrl_c_cancels_the_job_and_records_the_run(slurm: Cluster, workplace: Workplace) -> None:
    workplace.write(pool_launcher=ACROSS, pool=STAY, timeout_s="250")
    process = workplace.begin(*SLURM)
    workplace.wait_for(lambda: both_are_there(workplace))

    process.send_signal(signal.SIGINT)

    said, _ = process.communicate(timeout=120)
    run = workplace.run_of("pool")
    assert process.returncode == 130, said
    assert (run["outcome"], run["message"]) == ("interrupted", "stopped by signal 2")
    assert workplace.is_whole()
    assert queue_is_empty(slurm, workplace)


def test_a_lost_machine_interrupts_a_run_and_the_next_one_counts(
    slurm: Cluster, workplace: Workplace
) -> None:
    workplace.write(pool_launcher=ACROSS, pool=STAY, timeout_s="250")
    process = workplace.begin(*SLURM)
    workplace.wait_for(lambda: both_are_there(workplace))

    slurm.lose("n1")

    said, _ = process.communicate(timeout=120)
    slurm.repair("n1")
    run = workplace.run_of("pool")
    assert process.returncode == 4, said
    assert (run["outcome"], run["job"]["state"]) == ("interrupted", "NODE_FAIL")
    assert "lost a machine" in run["message"]
    assert workplace.is_whole()
    assert queue_is_empty(slurm, workplace)


def test_the_job_of_a_killed_capstone_is_found_and_cancelled(
    slurm: Cluster, workplace: Workplace
) -> None:
    workplace.write(pool_launcher=ACROSS, pool=STAY, pool_extra=OURS, timeout_s="250")
    process = workplace.begin(*SLURM)
    workplace.wait_for(lambda: both_are_there(workplace))
    process.kill()
    process.wait()
    assert len(slurm.jobs()) == 1

    (workplace.study / "pool.py").write_text(SAY_WHERE)
    answer = workplace.capstone(*SLURM)

    outcomes = [run["outcome"] for run in workplace.runs() if run["benchmark"] == "pool"]
    assert answer.returncode == 0, answer.stderr
    assert outcomes == ["interrupted", "ok"]
    assert workplace.is_whole()
    assert queue_is_empty(slurm, workplace)


def test_twelve_detached_runs_survive_a_restart_and_are_recorded_once_from_another_shell(
    slurm: Cluster, workplace: Workplace
) -> None:
    levels = "levels = { workers = [1], threads = [1, 2, 3, 4, 5, 6] }"
    workplace.write(
        serial_extra=levels,
        pool_launcher='"local"',
        pool=SAY_WHERE,
        serial=SAY_WHERE,
    )
    file = workplace.study / "study.toml"
    file.write_text(
        file.read_text().replace(
            "levels = { workers = [2] }", "levels = { workers = [1, 2, 3, 4, 5, 6] }"
        )
    )

    submitted = workplace.capstone("run", "--launcher", "slurm", "--detach")
    slurm.stop_controller()
    slurm.start_controller()
    again = workplace.capstone("run", "--launcher", "slurm", "--detach")
    first = workplace.capstone("collect")
    rest = workplace.capstone("collect", "--wait")

    assert submitted.returncode == first.returncode == rest.returncode == 0, rest.stderr
    assert "12 runs submitted" in submitted.stdout
    assert "0 runs submitted" in again.stdout
    runs = workplace.runs()
    assert [run["outcome"] for run in runs] == ["ok"] * 12
    assert len({run["run_id"] for run in runs}) == len({run["case_id"] for run in runs}) == 12
    assert len({run["job"]["id"] for run in runs}) == 12
    assert workplace.is_whole()
    assert "nothing is missing" in workplace.capstone("run", "--launcher", "slurm").stdout
    assert queue_is_empty(slurm, workplace)


def test_runs_that_share_a_job_are_made_one_after_the_other(
    slurm: Cluster, workplace: Workplace
) -> None:
    workplace.write(
        site="runs_per_job = 4",
        repeats="3",
        pool_launcher='"local"',
        pool=SAY_WHERE,
        serial=SAY_WHERE,
    )

    submitted = workplace.capstone("run", "--launcher", "slurm", "--detach")
    collected = workplace.capstone("collect", "--wait")

    assert submitted.returncode == collected.returncode == 0, collected.stderr
    assert "6 runs submitted" in submitted.stdout
    runs = workplace.runs()
    assert [run["outcome"] for run in runs] == ["ok"] * 6
    assert sorted(Counter(run["job"]["id"] for run in runs).values()) == [2, 4]
    assert workplace.is_whole()
    assert queue_is_empty(slurm, workplace)


def test_the_shipped_study_gives_the_same_records_as_a_job_as_under_torchrun(
    workplace: Workplace,
) -> None:
    pytest.importorskip("torch")
    folder = workplace.root / "specs" / "ddp-digits"
    shutil.copytree(
        REPOSITORY / "specs" / "ddp-digits", folder, ignore=shutil.ignore_patterns("results")
    )
    shutil.copy(REPOSITORY / "capstone.toml", workplace.root)
    study = folder / "study.toml"
    shorter = {"repeats = 7": "repeats = 1", "repeats = 3": "repeats = 1", '"40"': '"2"'}
    text = study.read_text()
    for long, short in shorter.items():
        text = text.replace(long, short)
    study.write_text(text)

    here = workplace.capstone("run")
    there = workplace.capstone("run", "--launcher", "slurm")

    assert (here.returncode, there.returncode) == (0, 0), here.stderr + there.stderr
    records = {path.parent.name: told(path) for path in folder.glob("results/*/journal.jsonl")}
    (cluster,) = [name for name in records if name.startswith("slurm-")]
    (machine,) = [name for name in records if not name.startswith("slurm-")]
    assert records[cluster] == records[machine]
    assert workplace.capstone("build", "--machine", cluster).returncode == 0


def told(journal: Path) -> dict[tuple[str, str], Any]:
    """Return what the runs of a journal measured: per case, metrics with ranks, units and counts.

    Of the trial only which levels were tried: which of them is faster is the machine's to say.
    """
    records = [json.loads(line)["record"] for line in journal.read_text().splitlines()]
    found: dict[tuple[str, str], Any] = {}
    for run in [record for record in records if record["kind"] == "run"]:
        metrics = sorted({(s["metric"], s["unit"], s["rank"]) for s in run["samples"]})
        key = (run["phase"], run["case_id"])
        if run["phase"] == "measurement" and run["benchmark"] == "single-process":
            key = (run["phase"], run["benchmark"])
        found[key] = (
            run["outcome"],
            run["workers"],
            metrics,
            len(run["samples"]),
            [check["name"] for check in run["checks"]],
        )
    return found
