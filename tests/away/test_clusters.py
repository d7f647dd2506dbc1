"""A campaign on a cluster: what it asks first, what it refuses, and what fits its machines."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from capstone_report.errors import LockedError, MachineError, UsageError
from capstone_report.launchers.launcher import Launcher
from capstone_report.launchers.slurm import Slurm as SlurmLauncher
from capstone_report.measure.away import node, slurm_cluster, slurm_starter
from capstone_report.measure.away.elsewhere import elsewhere_for
from capstone_report.measure.away.node import with_parts
from capstone_report.measure.away.slurm import Slurm
from capstone_report.measure.away.slurm_cluster import SlurmCluster
from capstone_report.measure.away.submitting import Submitted, keep
from capstone_report.measure.guard.messages import Ended, Ending
from capstone_report.plan import make_plan
from capstone_report.results.locking import hold
from capstone_report.results.machines import JOBS
from capstone_report.results.records import RunRecord
from capstone_report.spec.load import load_project
from capstone_report.spec.through import declared_scheduler, measured_scheduler, through
from capstone_report.spec.workspace import SlurmSite
from scripted_slurm import ScriptedSlurm
from workplaces import ACROSS, PACKAGE, Workplace

NOTHING = Ended(ending=Ending.OWN, wall_time_s=1.0, exit_code=0, signal=None)
PART = {
    "peak_memory_bytes": 100,
    "cpu_time_s": 2.0,
    "other_load": 0.5,
    "joules": 3.0,
    "energy_method": "measured-cpu",
}


@pytest.fixture
def cluster(scripted: ScriptedSlurm, monkeypatch: pytest.MonkeyPatch) -> SlurmCluster:
    """The scripted cluster as a campaign sees it."""
    monkeypatch.setattr(slurm_starter, "SOONEST_S", 0.05)
    monkeypatch.setattr(slurm_cluster, "POLL_S", 0.05)
    slurm = Slurm(surroundings=scripted.environment | {"PYTHONPATH": str(PACKAGE)})
    return SlurmCluster(site=SlurmSite(), slurm=slurm)


def attached(folder: Path, number: str) -> Path:
    """Leave the folder of a job that somebody waited for who was killed."""
    job = folder / JOBS / f"run-{number}"
    job.mkdir(parents=True)
    keep(job, Submitted(mark=f"capstone-{number}", name="x", limit_s=1.0, id=number))
    return job


@pytest.mark.parametrize(
    ("partition", "name"), [(None, "slurm"), ("Main_2", "slurm-main-2"), ("gpu", "slurm-gpu")]
)
def test_a_folder_is_named_after_the_partition(partition: str | None, name: str) -> None:
    assert SlurmCluster(site=SlurmSite(partition=partition)).name == name


def test_a_survey_tells_what_the_machines_are_and_leaves_nothing(
    cluster: SlurmCluster, scripted: ScriptedSlurm, tmp_path: Path
) -> None:
    found = cluster.survey(tmp_path, with_torch=False)

    assert found.facts["cluster.machines"] == "2"
    assert found.cores <= 2
    assert [line.split()[0] for line in scripted.asked][:2] == ["sinfo", "squeue"]
    left = [path.name for path in (tmp_path / "results" / slurm_cluster.SURVEYS).iterdir()]
    assert sorted(left) == [".gitignore", slurm_cluster.SURVEYING]


def test_a_second_survey_of_a_study_leaves_the_first_ones_job_alone(
    cluster: SlurmCluster, scripted: ScriptedSlurm, tmp_path: Path
) -> None:
    surveys = slurm_cluster.hidden_folder(tmp_path / "results", slurm_cluster.SURVEYS)

    with hold(surveys / slurm_cluster.SURVEYING), pytest.raises(LockedError, match="CAP"):
        cluster.survey(tmp_path, with_torch=False)

    assert scripted.asked == []


def test_a_site_may_say_itself_how_large_it_is(
    cluster: SlurmCluster, scripted: ScriptedSlurm, tmp_path: Path
) -> None:
    site = SlurmSite(nodes=7, cores_per_node=1, container=("env",))
    small = replace(cluster, site=site)

    found = small.survey(tmp_path, with_torch=False)

    assert (found.facts["cluster.machines"], found.cores) == ("7", 1)
    assert not [line for line in scripted.asked if line.startswith("sinfo")]
    assert small.brings_software
    assert small.request(tmp_path, found).cores == 1


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("sbatch", "sbatch: error: invalid account"),
        ("sinfo", "Unable to contact slurm controller"),
    ],
)
def test_a_cluster_that_gives_no_machine_is_told_in_its_words(
    cluster: SlurmCluster, scripted: ScriptedSlurm, tmp_path: Path, command: str, words: str
) -> None:
    scripted.mark(f"{command}.says", words)

    with pytest.raises(MachineError, match=f"CAP713.*{words}"):
        cluster.survey(tmp_path, with_torch=False)


def test_a_survey_whose_job_dies_found_nothing(
    cluster: SlurmCluster, scripted: ScriptedSlurm, tmp_path: Path
) -> None:
    scripted.mark("held")
    waiting = (scripted.folder / "sbatch").read_text()
    (scripted.folder / "sbatch").write_text(waiting.replace("PENDING", "BOOT_FAIL"))

    with pytest.raises(MachineError, match="did not boot"):
        cluster.survey(tmp_path, with_torch=False)


def test_what_a_killed_campaign_left_is_cancelled_before_a_survey_waits_behind_it(
    cluster: SlurmCluster, scripted: ScriptedSlurm, tmp_path: Path
) -> None:
    machine = tmp_path / "results" / "slurm-x"
    cluster.jobs_folder(machine)
    job = attached(machine, "1")
    alive = {"state": "RUNNING", "reason": "", "nodes": 1, "comment": "capstone-1"}
    moments = {"submitted": 1, "started": 2, "ended": None}
    (scripted.folder / "1.job").write_text(json.dumps(alive | moments))

    cluster.survey(tmp_path, with_torch=False)

    assert scripted.job(1)["state"] == "CANCELLED"
    assert not job.exists()
    order = [line.split()[0] for line in scripted.asked]
    assert order.index("scancel") < order.index("sbatch")


def test_the_jobs_of_another_partition_are_left_alone(
    cluster: SlurmCluster, scripted: ScriptedSlurm, tmp_path: Path
) -> None:
    other = replace(cluster, site=SlurmSite(partition="other"))
    other.jobs_folder(tmp_path / "results" / "slurm-other-x")
    job = attached(tmp_path / "results" / "slurm-other-x", "1")

    cluster.survey(tmp_path, with_torch=False)

    assert job.exists()
    assert not [line for line in scripted.asked if line.startswith("scancel")]


@pytest.mark.parametrize("command", [("diagnose",), ("try", "tiny")])
def test_what_runs_programs_here_refuses_a_study_whose_runs_are_jobs(
    scripted_workplace: Workplace, command: tuple[str, ...]
) -> None:
    scripted_workplace.write(pool_launcher=ACROSS)

    answer = scripted_workplace.capstone(*command)

    assert answer.returncode == 2
    assert "its runs are jobs of slurm" in answer.stderr


def test_a_job_that_will_not_end_stops_the_next_campaign(
    cluster: SlurmCluster, scripted: ScriptedSlurm, tmp_path: Path
) -> None:
    attached(tmp_path, "1")
    alive = {"state": "COMPLETING", "reason": "", "nodes": 1, "comment": "capstone-1"}
    moments = {"submitted": 1, "started": 2, "ended": None}
    (scripted.folder / "1.job").write_text(json.dumps(alive | moments))
    scripted.mark("deaf")

    with pytest.raises(LockedError, match=r"CAP616.*they do not end"):
        replace(cluster, cleared_s=0.2).end_attached(tmp_path)


def test_a_study_without_a_cluster_stays_as_it_is(scripted_workplace: Workplace) -> None:
    scripted_workplace.write()
    project = load_project(scripted_workplace.root)

    assert elsewhere_for(project.studies[0], None, project.workspace) == (project.studies[0], None)
    assert through(project.studies[0], None) is project.studies[0]


def test_one_benchmark_in_a_job_takes_the_whole_study_there(
    scripted_workplace: Workplace,
) -> None:
    scripted_workplace.write(pool_launcher=ACROSS)
    project = load_project(scripted_workplace.root)

    study, cluster = elsewhere_for(project.studies[0], None, project.workspace)

    launchers: list[Launcher] = [benchmark.launcher for benchmark in study.study.benchmarks]
    assert declared_scheduler(project.studies[0].study) == "slurm"
    assert launchers == [
        SlurmLauncher(inside="local"),
        SlurmLauncher(inside="local", workers_per_node=1),
    ]
    assert cluster is not None


def test_a_launcher_that_has_no_place_inside_a_job_is_refused(
    scripted_workplace: Workplace,
) -> None:
    hosts = '{ kind = "hosts", hosts = [{ address = "h0" }, { address = "h1" }] }'
    scripted_workplace.write(pool_launcher=hosts)
    project = load_project(scripted_workplace.root)

    with pytest.raises(UsageError, match=r"CAP714.*launcher hosts"):
        elsewhere_for(project.studies[0], "slurm", project.workspace)


def test_a_case_fits_where_there_are_machines_and_cores_enough(
    scripted_workplace: Workplace,
) -> None:
    two_each = ACROSS.replace("workers_per_node = 1", "workers_per_node = 2")
    scripted_workplace.write(pool_launcher=two_each)
    file = scripted_workplace.study / "study.toml"
    wider = file.read_text().replace("workers = [2]", "workers = [2, 4, 6]")
    file.write_text(wider.replace("oversubscribe = true\n", ""))
    (loaded,) = load_project(scripted_workplace.root).studies

    roomy = make_plan(loaded, cores=2, machines=2)
    narrow = make_plan(loaded, cores=1, machines=3)
    here = make_plan(loaded, cores=4)

    assert [skip.reason for skip in roomy.skipped] == ["needs 3 machines; there are 2"]
    assert {skip.reason for skip in narrow.skipped} == {"needs 2 cores; this machine has 1"}
    assert [skip.reason for skip in here.skipped] == ["needs 6 cores; this machine has 4"]


def test_the_newest_own_run_says_which_scheduler_measured(
    make_record: Callable[..., RunRecord],
) -> None:
    job = {"scheduler": "slurm", "id": "1", "state": "COMPLETED", "queued_s": 0.0, "nodes": 1}

    assert measured_scheduler([]) is None
    assert measured_scheduler([make_record()]) is None
    assert measured_scheduler([make_record(), make_record(job=job)]) == "slurm"


def test_a_part_of_a_run_tells_what_it_used_and_ends_as_its_program_ended(tmp_path: Path) -> None:
    program = "held = bytearray(80 * 2**20); import time; time.sleep(0.8); raise SystemExit(3)"
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE), node.FOLDER: str(tmp_path)}
    part = [sys.executable, "-P", "-m", "capstone_report.measure.away.node"]

    ended = subprocess.run(
        [*part, sys.executable, "-S", "-c", program],
        env=environment | {"SLURM_NODEID": "1"},
        check=False,
    )

    used = json.loads((tmp_path / "node-1.json").read_text())
    assert ended.returncode == 3
    assert used["peak_memory_bytes"] > 80 * 2**20
    assert used["cpu_time_s"] > 0
    assert used["other_load"] >= 0


def test_the_parts_of_a_run_are_added_up(tmp_path: Path) -> None:
    for number in range(2):
        (tmp_path / f"node-{number}.json").write_text(json.dumps(PART))

    whole = with_parts(replace(NOTHING, peak_memory_bytes=5, cpu_time_s=0.25), tmp_path, nodes=2)

    assert (whole.peak_memory_bytes, whole.cpu_time_s, whole.other_load) == (205, 4.25, 1.0)
    assert (whole.joules, whole.energy_method) == (6.0, "measured-cpu")


def test_energy_that_not_every_machine_tells_is_not_known(tmp_path: Path) -> None:
    (tmp_path / "node-0.json").write_text(json.dumps(PART))

    whole = with_parts(replace(NOTHING, joules=1.0), tmp_path, nodes=2)

    assert (whole.joules, whole.energy_method) == (None, None)
    assert with_parts(NOTHING, tmp_path / "none", nodes=2).cpu_time_s == 0
