"""Runs that are submitted and collected later: each once, whoever is killed in between."""

import errno
import json
import os
import shutil
import signal
import sys
import time
from itertools import chain
from math import ceil
from pathlib import Path
from types import SimpleNamespace

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capstone_report.analysis.analyze import analyze
from capstone_report.cli import commands
from capstone_report.errors import LockedError, MachineError, MeasurementError
from capstone_report.measure import facts
from capstone_report.measure.away import collecting, detaching, slurm_starter
from capstone_report.measure.away import folder as job_folder
from capstone_report.measure.away.collecting import Collected
from capstone_report.measure.away.detaching import Detached, Sent, submit_missing
from capstone_report.measure.away.elsewhere import inside
from capstone_report.measure.away.outstanding import outstanding
from capstone_report.measure.away.slurm_cluster import Cluster
from capstone_report.measure.away.submitting import BESIDE_S, SUBMITTED
from capstone_report.measure.campaign import run_campaign
from capstone_report.measure.options import Options
from capstone_report.measure.progress import Progress
from capstone_report.measure.stopping import Stopped
from capstone_report.results.journal import Journal, read_journal
from capstone_report.results.records import Environment, Outcome, PredictionRecord, RunRecord
from capstone_report.results.running import RUNNING
from capstone_report.spec.load import LoadedStudy, load_project
from capstone_report.spec.workspace import ClusterSite, SlurmSite
from capstone_report.terminal.statuses import measuring_now
from scripted_slurm import ScriptedSlurm
from workplaces import PACKAGE, Workplace, later


class Bench:
    """A workspace on a cluster of scripts, measured in this process."""

    def __init__(self, place: Workplace, scripted: ScriptedSlurm) -> None:
        """Know both."""
        self.place, self.scripted = place, scripted
        self.told: list[RunRecord] = []

    def load(self) -> tuple[LoadedStudy, Cluster[ClusterSite]]:
        """Return the study as it is to be measured, and its cluster."""
        project = load_project(self.place.root)
        return inside(project.studies[0], "slurm", project.workspace)

    def detach(self) -> Detached:
        """Submit what is missing."""
        return submit_missing(*self.load(), Options(), lambda _: None)

    def collect(self, *, wait: bool = False, cancel: bool = False) -> Collected:
        """Record what has ended."""
        study, cluster = self.load()
        folder = self.folder
        return collecting.collect(
            study, cluster, folder, wait=wait, cancel=cancel, tell=self.told.append
        )

    def run(self) -> None:
        """Measure as somebody does who waits."""
        study, cluster = self.load()
        run_campaign(study, lambda _: None, elsewhere=cluster)

    @property
    def folder(self) -> Path:
        """Return the cluster's folder of records."""
        (folder,) = (self.place.study / "results").glob("slurm-*")
        return folder

    def outcomes(self) -> list[Outcome]:
        """Return how the runs on record ended."""
        return [run.outcome for run in read_journal(self.folder).runs]

    def rewrite(self, number: int, file: str, **changes: object) -> None:
        """Change what a file of a submitted run's folder says."""
        path = outstanding(self.folder)[number].folder / file
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.fixture(scope="module")
def environment() -> Environment:
    """What a survey would find: every test would wait a second or two for the same answer."""
    found = facts.surveyed(facts.environment(PACKAGE), PACKAGE, with_torch=False)
    cores = min(2, found.cores)
    known = found.facts | {"cluster.machines": "2"}
    return found.model_copy(update={"cores": cores, "facts": known})


@pytest.fixture
def bench(
    scripted_workplace: Workplace,
    scripted: ScriptedSlurm,
    environment: Environment,
    monkeypatch: pytest.MonkeyPatch,
) -> Bench:
    """A tiny study of two runs on a cluster of scripts, which has been surveyed."""
    monkeypatch.setattr(detaching, "_known_environment", lambda *_: environment)
    monkeypatch.setenv("PATH", scripted.path)
    monkeypatch.setenv("PYTHONPATH", str(PACKAGE))
    monkeypatch.setattr(slurm_starter, "SOONEST_S", 0.05)
    monkeypatch.setattr(collecting, "SOONEST_S", 0.05)
    monkeypatch.setattr(detaching, "AGAIN_S", 0.05)
    scripted_workplace.write(site='partition = "main"')
    return Bench(scripted_workplace, scripted)


def submissions(scripted: ScriptedSlurm) -> int:
    """Return how often a job was submitted, surveys included."""
    return sum(line.startswith("sbatch") for line in scripted.asked)


def test_every_missing_run_is_one_job_and_is_recorded_once(
    bench: Bench, scripted: ScriptedSlurm
) -> None:
    detached = bench.detach()

    assert [sent.job for sent in detached.sent] == ["1", "2"]
    assert detached.tuned
    assert len(bench.collect().records) == 2
    assert bench.collect().records == []
    assert bench.outcomes() == [Outcome.OK] * 2
    assert bench.folder.name.startswith("slurm-main-")
    assert outstanding(bench.folder) == []
    assert scripted.asked[-1].startswith("squeue")


def test_a_record_holds_its_job_and_both_launchers(bench: Bench) -> None:
    bench.detach()

    run, *_ = bench.collect().records

    assert run.job is not None
    assert (run.job.scheduler, run.job.state) == ("slurm", "COMPLETED")
    assert run.identity["launcher"] == ["slurm", {"inside": "local"}]
    assert run.environment.facts["cluster.machines"] == "2"


def test_what_is_on_its_way_is_neither_submitted_nor_measured_again(
    bench: Bench, scripted: ScriptedSlurm
) -> None:
    bench.detach()
    before = submissions(scripted)

    again = bench.detach()

    assert (again.sent, again.on_their_way, submissions(scripted)) == ((), 2, before)
    with pytest.raises(LockedError, match="CAP615"):
        bench.run()
    assert submissions(scripted) == before


def test_records_of_a_cluster_are_analysed_as_runs_of_its_launcher(bench: Bench) -> None:
    bench.run()
    project = load_project(bench.place.root)

    analysis = analyze(project.studies[0], project.workspace, read_journal(bench.folder))

    assert (analysis.missing, len(analysis.stale)) == (0, 0)


def test_a_collection_that_was_killed_after_its_record_makes_no_second_one(
    bench: Bench, tmp_path: Path
) -> None:
    bench.detach()
    shutil.copytree(bench.folder / "jobs", tmp_path / "before")
    bench.collect()
    shutil.copytree(tmp_path / "before", bench.folder / "jobs", dirs_exist_ok=True)

    assert bench.collect().records == []
    assert len(bench.outcomes()) == 2
    assert outstanding(bench.folder) == []


def test_a_kill_before_slurm_was_asked_leaves_nothing_that_counts(bench: Bench) -> None:
    bench.detach()
    (outstanding(bench.folder)[0].folder / SUBMITTED).unlink()
    bench.rewrite(1, SUBMITTED, id=None, mark="capstone-of-nobody")
    (outstanding(bench.folder)[1].folder / job_folder.BEGUN).unlink()

    again = bench.detach()

    assert (len(again.sent), again.on_their_way) == (2, 0)
    assert len(bench.collect().records) == 2
    assert bench.outcomes() == [Outcome.OK] * 2


def test_a_kill_before_slurm_answered_is_made_good_by_the_jobs_mark(bench: Bench) -> None:
    bench.detach()
    bench.rewrite(0, SUBMITTED, id=None)
    bench.rewrite(1, SUBMITTED, id=None, mark="capstone-of-nobody")  # purged, but it has begun

    assert bench.detach().on_their_way == 2
    assert len(bench.collect().records) == 2


def test_an_answer_of_slurms_may_still_be_on_its_way(bench: Bench) -> None:
    bench.detach()
    bench.rewrite(0, SUBMITTED, id=None, mark="capstone-of-nobody")
    (outstanding(bench.folder)[0].folder / job_folder.BEGUN).unlink()

    found = bench.collect()

    assert len(found.records) == 1
    assert len(outstanding(bench.folder)) == 1
    bench.rewrite(0, SUBMITTED, at=0.0)
    assert bench.collect().records == []
    assert outstanding(bench.folder) == []


def test_runs_of_a_study_that_was_changed_do_not_count(bench: Bench) -> None:
    bench.detach()
    program = bench.place.study / "serial.py"
    program.write_text(program.read_text() + "# changed\n")

    bench.collect()

    messages = {run.message for run in bench.told}
    assert messages == {"the study or its programs were changed before it was collected"}
    assert bench.outcomes() == [Outcome.INTERRUPTED] * 2


@pytest.mark.parametrize("began_with", [{}, {"NCCL_ALGO": "Ring", "LD_LIBRARY_PATH": "/opt/a"}])
def test_another_shell_with_other_variables_collects_what_was_submitted(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, began_with: dict[str, str]
) -> None:
    for name, value in began_with.items():
        monkeypatch.setenv(name, value)
    bench.detach()
    monkeypatch.setenv("NCCL_ALGO", "Tree")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/opt/b")

    found = bench.collect()

    assert [run.outcome for run in found.records] == [Outcome.OK] * 2
    variables = found.records[0].identity.get("engine_variables", {})
    assert isinstance(variables, dict)
    assert variables.get("NCCL_ALGO") == began_with.get("NCCL_ALGO")


def test_another_shell_that_finds_another_program_collects_what_was_submitted(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
        program = tmp_path / name / "our-python"
        program.write_text(f'#!/bin/sh\n# {name}\nexec "{sys.executable}" "$@"\n')
        program.chmod(0o700)
    path = bench.scripted.path
    bench.place.write(site='partition = "main"', serial_command='["our-python", "serial.py"]')
    monkeypatch.setenv("PATH", f"{tmp_path / 'here'}{os.pathsep}{path}")
    bench.detach()
    monkeypatch.setenv("PATH", f"{tmp_path / 'there'}{os.pathsep}{path}")

    found = bench.collect()

    assert [run.message for run in found.records if run.outcome is not Outcome.OK] == []
    assert any("programs" in run.identity for run in found.records)


def test_a_run_on_another_kind_of_machine_does_not_count(bench: Bench) -> None:
    bench.detach()
    bench.rewrite(0, job_folder.ENVIRONMENT, cpu="Another Processor")

    first, second = bench.collect().records

    assert (first.outcome, second.outcome) == (Outcome.INCOMPLETE, Outcome.OK)
    assert first.message == "it ran on a machine with another cpu; ask for one kind only"
    assert first.environment.cpu == "Another Processor"


def test_a_disk_that_was_full_there_costs_one_run_and_blocks_no_other(bench: Bench) -> None:
    bench.detach()
    told = json.loads((outstanding(bench.folder)[0].folder / job_folder.ENDED).read_text())
    full = told["ended"] | {"disk_errno": errno.ENOSPC}
    bench.rewrite(0, job_folder.ENDED, ended=full)

    first, second = bench.collect().records

    assert (first.outcome, second.outcome) == (Outcome.INTERRUPTED, Outcome.OK)
    assert first.message == "the disk refused there: No space left on device"
    assert outstanding(bench.folder) == []


def test_jobs_that_wait_or_run_are_told_and_left(bench: Bench, scripted: ScriptedSlurm) -> None:
    held(bench, scripted)
    scripted.change(2, state="RUNNING")

    found = bench.collect()

    assert (found.records, found.waiting, found.running) == ([], ["1"], ["2"])
    assert found.answered


def test_a_controller_that_is_away_loses_nothing(bench: Bench, scripted: ScriptedSlurm) -> None:
    bench.detach()
    trouble = scripted.mark("squeue.says", "Unable to contact slurm controller")

    found = bench.collect()

    assert (found.records, len(found.waiting), found.answered) == ([], 2, False)
    with pytest.raises(LockedError, match="Unable to contact"):
        bench.detach()
    trouble.unlink()
    assert len(bench.collect().records) == 2


def test_a_run_older_than_its_limits_is_not_ended_by_a_controller_that_is_away(
    bench: Bench, scripted: ScriptedSlurm
) -> None:
    held(bench, scripted)
    for number in range(2):
        bench.rewrite(number, SUBMITTED, at=1.0)
        scripted.change(number + 1, state="RUNNING", started=int(time.time()))
    trouble = scripted.mark("squeue.says", "Unable to contact slurm controller")

    away = bench.collect()
    trouble.unlink()
    back = bench.collect()

    assert (away.records, away.answered) == ([], False)
    assert (back.records, back.running) == ([], ["1", "2"])


def test_where_slurm_is_not_nothing_is_collected_or_lost(
    bench: Bench, scripted: ScriptedSlurm
) -> None:
    bench.detach()
    scripted.mark("squeue.says", "squeue: error: no such question")

    with pytest.raises(MachineError, match="no such question"):
        bench.collect()

    assert len(outstanding(bench.folder)) == 2


def test_cancelled_jobs_are_recorded_as_interrupted(bench: Bench, scripted: ScriptedSlurm) -> None:
    held(bench, scripted)

    found = bench.collect(cancel=True)

    assert len(found.records) == 2
    assert {run.outcome for run in found.records} == {Outcome.INTERRUPTED}
    assert outstanding(bench.folder) == []


def test_a_signal_ends_the_wait_for_jobs(bench: Bench, scripted: ScriptedSlurm) -> None:
    held(bench, scripted)
    study, cluster = bench.load()
    (scripted.folder / "squeue").write_text(
        f"#!/bin/sh\nkill -{int(signal.SIGTERM)} {os.getpid()}\n"
    )

    with pytest.raises(Stopped):
        collecting.collect(
            study, cluster, bench.folder, wait=True, cancel=False, tell=bench.told.append
        )

    assert len(outstanding(bench.folder)) == 2


def test_a_program_that_is_not_there_fails_its_run(bench: Bench) -> None:
    bench.place.write(site='partition = "main"', serial_command='["./no-such-program"]')
    bench.detach()

    bench.collect()

    (failed,) = [run for run in bench.told if run.outcome is not Outcome.OK]
    assert failed.outcome is Outcome.FAILED
    assert failed.message == "could not start './no-such-program': No such file or directory"


def test_what_slurm_refuses_is_told_once_and_leaves_nothing(
    bench: Bench, scripted: ScriptedSlurm
) -> None:
    bench.detach()
    bench.collect()
    bench.place.write(site='partition = "main"', repeats="2")
    scripted.mark("sbatch.says", "sbatch: error: QOSMaxSubmitJobPerUserLimit")

    with pytest.raises(MachineError, match="QOSMax") as told:
        bench.detach()

    assert len(told.value.problems) == 1
    assert outstanding(bench.folder) == []


def test_waiting_ends_when_the_last_job_has_ended(bench: Bench, scripted: ScriptedSlurm) -> None:
    held(bench, scripted)

    def fail() -> None:
        for number in (1, 2):
            scripted.change(number, state="BOOT_FAIL", ended=5)

    end = later(fail, when=lambda: len(scripted.asked) > 5)

    found = bench.collect(wait=True)

    end.join()
    assert [run.outcome for run in found.records] == [Outcome.INTERRUPTED] * 2


def test_when_nothing_is_missing_nothing_is_submitted(bench: Bench) -> None:
    bench.detach()
    bench.collect()

    assert bench.detach().sent == ()


def test_a_controller_that_stays_away_ends_a_submission(
    bench: Bench, scripted: ScriptedSlurm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(detaching, "UNANSWERED_S", 0.2)
    scripted.mark("all.says", "Unable to contact slurm controller")

    with pytest.raises(MachineError, match="CAP717"):
        bench.detach()

    assert len(outstanding(bench.folder)) == 1  # there may be a job: it is looked for later


def test_a_long_submission_gives_signs_of_life(
    bench: Bench, scripted: ScriptedSlurm, monkeypatch: pytest.MonkeyPatch
) -> None:
    beats: list[float] = []

    def grow_old(_: Sent) -> None:
        beats.append((bench.folder / RUNNING).stat().st_mtime)
        os.utime(bench.folder / RUNNING, (1, 1))

    def grow_old_and_wait(*_: object) -> None:
        beats.append((bench.folder / RUNNING).stat().st_mtime)
        os.utime(bench.folder / RUNNING, (1, 1))
        (scripted.folder / "squeue.says").unlink()

    monkeypatch.setattr(detaching, "select", SimpleNamespace(select=grow_old_and_wait))
    scripted.mark("squeue.says", "Unable to contact slurm controller")

    submit_missing(*bench.load(), Options(), grow_old)

    assert len(beats) == 3
    assert beats[0] > 1
    assert beats[2] > 1


def test_a_run_whose_job_may_still_come_ends_the_campaign_and_is_looked_for_by_the_next(
    bench: Bench, scripted: ScriptedSlurm
) -> None:
    bench.place.write(site='partition = "main"\nqueue_limit_s = 1')
    study, cluster = bench.load()
    begun = scripted.folder / "sbatch"
    working = begun.read_text()

    def survey_and_go_away(_: Progress) -> None:
        begun.write_text("#!/bin/sh\necho Unable to contact slurm controller >&2\nexit 1\n")

    with pytest.raises(MachineError, match="CAP716"):
        run_campaign(study, survey_and_go_away, elsewhere=cluster)

    assert read_journal(bench.folder).runs == ()
    begun.write_text(working)
    bench.run()
    assert bench.outcomes() == [Outcome.INTERRUPTED, *[Outcome.OK] * 2]


def test_several_runs_share_a_job_and_each_is_recorded(
    bench: Bench, scripted: ScriptedSlurm
) -> None:
    bench.place.write(site='partition = "main"\nruns_per_job = 3', repeats="2")

    detached = bench.detach()

    assert [sent.job for sent in detached.sent] == ["1", "1", "1", "2"]
    assert submissions(scripted) == 2
    records = bench.collect().records
    assert [(run.outcome, run.job.id) for run in records if run.job] == [
        *[(Outcome.OK, "1")] * 3,
        (Outcome.OK, "2"),
    ]
    moments = [run.started_at for run in read_journal(bench.folder).runs]
    assert moments == sorted(moments)
    assert outstanding(bench.folder) == []


def test_a_job_asks_for_the_time_of_all_its_runs_and_holds_no_more_than_its_limit_allows(
    bench: Bench, scripted: ScriptedSlurm
) -> None:
    scripted.mark("held")
    limits = 'partition = "main"\nruns_per_job = 9\nwalltime_s = {}'
    bench.place.write(site=limits.format(2 * 30 + BESIDE_S), repeats="2")

    jobs = [sent.job for sent in bench.detach().sent]
    bench.collect(cancel=True)
    bench.place.write(site='partition = "main"\nruns_per_job = 9', repeats="2")
    together = [sent.job for sent in bench.detach().sent]

    assert jobs == ["1", "1", "2", "2"]
    assert together == ["3"] * 4
    asked = [line for line in scripted.asked if line.startswith("sbatch")]
    assert "--time=6 " in asked[0]
    assert f"--time={ceil((4 * 30 + BESIDE_S) / 60)} " in asked[2]


def test_a_run_whose_job_ends_before_its_turn_is_interrupted_and_made_again(
    bench: Bench, scripted: ScriptedSlurm
) -> None:
    bench.place.write(site='partition = "main"\nruns_per_job = 2')
    held(bench, scripted)
    scripted.change(1, state="TIMEOUT", started=5, ended=6)
    (scripted.folder / "held").unlink()

    first, second = bench.collect().records
    again = bench.detach()

    assert first.outcome is Outcome.TIMEOUT
    assert second.outcome is Outcome.INTERRUPTED
    assert second.message == "job 1 ended before this run of it began (Slurm: TIMEOUT)"
    assert len(again.sent) == 2
    assert [run.outcome for run in bench.collect().records] == [Outcome.OK] * 2


@given(
    nodes=st.lists(st.integers(1, 3), max_size=20),
    most=st.integers(1, 5),
    limit_s=st.none() | st.floats(1, 2000),
)
def test_every_run_is_in_one_job_of_as_many_machines(
    nodes: list[int], most: int, limit_s: float | None
) -> None:
    runs = [
        SimpleNamespace(
            case=SimpleNamespace(
                allocation=SimpleNamespace(nodes=count), benchmark=SimpleNamespace(timeout_s=100.0)
            )
        )
        for count in nodes
    ]
    site = SlurmSite(runs_per_job=most, walltime_s=limit_s)

    jobs = detaching.shared_jobs(runs, site)  # type: ignore[arg-type]

    assert sorted(map(id, chain(*jobs))) == sorted(map(id, runs))
    for job in jobs:
        assert len({run.case.allocation.nodes for run in job}) == 1
        assert len(job) <= most
        assert len(job) == 1 or limit_s is None or len(job) * 100 + BESIDE_S <= limit_s


def held(bench: Bench, scripted: ScriptedSlurm) -> None:
    """Submit the runs into a queue that holds them back."""
    scripted.mark("held")
    bench.detach()


def test_the_commands_say_what_was_submitted_and_what_came_home(bench: Bench) -> None:
    place = bench.place

    submitted = place.capstone("run", "--launcher", "slurm", "--detach")
    nothing = place.capstone("run", "--launcher", "slurm", "--detach", "--json")
    first = place.capstone("collect")
    rest = place.capstone("collect")

    assert "tiny: 2 runs submitted (jobs 2, 3)\n  next: capstone collect --wait" in submitted.stdout
    assert json.loads(nothing.stdout)["studies"][0]["on_their_way"] == 2
    assert "tiny: 2 runs recorded, in " in first.stdout
    assert "ok after" in first.stderr
    assert rest.stdout == "nothing was submitted that is not recorded\n"


@pytest.mark.parametrize("cancel", [(), ("--cancel",)])
def test_runs_are_collected_or_cancelled_though_a_launcher_was_changed_since(
    bench: Bench, scripted: ScriptedSlurm, cancel: tuple[str, ...]
) -> None:
    if cancel:
        held(bench, scripted)
    else:
        bench.detach()
    hosts = '{ kind = "hosts", hosts = [{ address = "h0" }, { address = "h1" }] }'
    bench.place.write(site='partition = "main"', pool_launcher=hosts)
    root = ["--project", str(bench.place.root)]

    with pytest.raises(MeasurementError, match=r"changed|cancelled"):
        commands.main(["collect", *cancel, *root], standalone_mode=False)

    changed = "the study or its programs were changed before it was collected"
    found = {run.benchmark: run for run in read_journal(bench.folder).runs}
    assert found["pool"].message == changed
    assert found["serial"].outcome is (Outcome.INTERRUPTED if cancel else Outcome.OK)
    assert outstanding(bench.folder) == []


def test_the_commands_say_what_waits_and_what_failed(
    bench: Bench, scripted: ScriptedSlurm, capsys: pytest.CaptureFixture[str]
) -> None:
    held(bench, scripted)
    root = ["--project", str(bench.place.root)]

    commands.main(["collect", *root], standalone_mode=False)
    waiting = capsys.readouterr().out
    scripted.mark("squeue.says", "Unable to contact slurm controller")
    with pytest.raises(MachineError, match="CAP716") as away:
        commands.main(["collect", *root], standalone_mode=False)
    silent = capsys.readouterr().out
    (scripted.folder / "squeue.says").unlink()
    told = measuring_now(bench.folder)
    commands.main(["run", "--launcher", "slurm", "--detach", *root], standalone_mode=False)
    again = capsys.readouterr().out
    with pytest.raises(MeasurementError, match="was cancelled"):
        commands.main(["collect", "--cancel", "--json", *root], standalone_mode=False)
    (row,) = json.loads(capsys.readouterr().out)["studies"]

    assert "2 waiting (jobs 1, 2)" in waiting
    assert told is not None
    assert told.startswith("2 runs are submitted and not yet recorded")
    assert measuring_now(bench.folder) is None
    assert "0 runs recorded" in silent
    assert "slurm does not tell how submitted jobs stand: it does not answer" in str(away.value)
    assert away.value.exit_code == 7
    assert "0 runs submitted, 2 are on their way already" in again
    assert [run["outcome"] for run in row["collected"]] == ["interrupted"] * 2
    with pytest.raises(click.UsageError, match="asks for no cluster"):
        commands.main(["run", "--detach", *root], standalone_mode=False)


def test_a_prediction_is_on_record_before_a_distributed_run_is_submitted(bench: Bench) -> None:
    frozen = PredictionRecord(
        frozen_at="2026-11-21T10:00:00+00:00",
        git_commit=None,
        git_dirty=None,
        model="ring",
        inputs={},
        workers=(1, 2),
        times_s=(2.0, 1.0),
        sha256="0" * 64,
    )
    seen: list[Journal] = []

    def foresee(_: Environment, journal: Journal) -> PredictionRecord | None:
        seen.append(journal)
        return None if journal.records else frozen

    for _ in range(2):
        submit_missing(*bench.load(), Options(), lambda _: None, foresee)

    kinds = [record.kind for record in read_journal(bench.folder).records]
    assert kinds == ["campaign", "prediction"]
    assert len(seen) == 2
