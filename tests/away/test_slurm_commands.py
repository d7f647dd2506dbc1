"""Slurm's commands: what is asked, what an answer means, and what no answer means."""

from dataclasses import replace
from pathlib import Path

import pytest

from capstone_report.measure.away.meeting import meeting_point, node_address
from capstone_report.measure.away.slurm import NoAnswerError, RefusedError, Slurm
from capstone_report.measure.away.states import Standing
from scripted_slurm import ScriptedSlurm

OPTIONS = ["--nodes=2", "--comment=capstone-1", "--cpus-per-task=2"]


@pytest.fixture
def slurm(scripted: ScriptedSlurm) -> Slurm:
    """The scripted cluster, asked by its commands."""
    return Slurm(surroundings=scripted.environment)


def submitted(slurm: Slurm, scripted: ScriptedSlurm) -> str:
    """Submit a job that the queue holds back."""
    scripted.mark("held")
    return slurm.submit([*OPTIONS, f"--output={scripted.folder}/out.txt"], "job.sh")


def test_a_job_is_seen_as_it_was_submitted(slurm: Slurm, scripted: ScriptedSlurm) -> None:
    number = submitted(slurm, scripted)

    (job,) = slurm.jobs()

    assert number == job.id == "1"
    assert (job.comment, job.nodes, job.state) == ("capstone-1", 2, "PENDING")
    assert job.standing is Standing.WAITING
    assert job.submitted is not None
    assert job.started is None


def test_one_query_asks_for_all_jobs(slurm: Slurm, scripted: ScriptedSlurm) -> None:
    for _ in range(3):
        submitted(slurm, scripted)

    assert len(slurm.jobs()) == 3
    assert len([line for line in scripted.asked if line.startswith("squeue")]) == 1


def test_a_comment_may_hold_anything_and_a_reason_is_its_first_words(
    slurm: Slurm, scripted: ScriptedSlurm
) -> None:
    submitted(slurm, scripted)
    scripted.change(1, comment="a|b", reason="(ReqNodeNotAvail, UnavailableNodes:n1)", nodes="?")

    (job,) = slurm.jobs()

    assert (job.comment, job.reason, job.nodes) == ("a|b", "ReqNodeNotAvail", 1)


def test_a_cancelled_job_has_ended(slurm: Slurm, scripted: ScriptedSlurm) -> None:
    slurm.cancel(submitted(slurm, scripted))
    slurm.cancel()

    assert [job.state for job in slurm.jobs()] == ["CANCELLED"]
    assert scripted.asked[-2:][0] == "scancel 1"


def test_at_once_means_a_signal_to_everything(slurm: Slurm, scripted: ScriptedSlurm) -> None:
    slurm.cancel("1", at_once=True)

    assert scripted.asked == ["scancel --signal=KILL --full 1"]


def test_a_refusal_is_told_in_slurms_words(slurm: Slurm, scripted: ScriptedSlurm) -> None:
    scripted.mark("sbatch.says", "sbatch: error: invalid partition specified: mian")

    with pytest.raises(RefusedError, match="invalid partition specified: mian"):
        submitted(slurm, scripted)


@pytest.mark.parametrize(
    "words",
    [
        "slurm_load_jobs error: Unable to contact slurm controller (connect failure)",
        "sbatch: error: Batch job submission failed: Socket timed out on send/recv operation",
        "sbatch: error: Slurm temporarily unable to accept job, sleeping and retrying",
        "slurm_load_jobs error: Zero Bytes were transmitted or received",
    ],
)
def test_a_controller_that_is_away_has_refused_nothing(
    slurm: Slurm, scripted: ScriptedSlurm, words: str
) -> None:
    scripted.mark("all.says", words)

    with pytest.raises(NoAnswerError):
        slurm.jobs()


def test_a_command_that_hangs_has_given_no_answer(slurm: Slurm, scripted: ScriptedSlurm) -> None:
    (scripted.folder / "squeue").write_text("#!/bin/sh\nsleep 60\n")

    with pytest.raises(NoAnswerError, match="did not answer"):
        replace(slurm, answer_s=0.2).jobs()


@pytest.mark.parametrize("answer", ["", "\n"])
def test_a_submission_that_tells_no_number_may_have_made_a_job(
    slurm: Slurm, scripted: ScriptedSlurm, answer: str
) -> None:
    (scripted.folder / "sbatch").write_text(f"#!/bin/sh\nprintf '{answer}'\n")

    with pytest.raises(NoAnswerError, match="told no number"):
        slurm.submit(OPTIONS, "job.sh")


def test_without_slurm_nothing_is_asked(tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(tmp_path))
        with pytest.raises(RefusedError, match="squeue is not installed here"):
            Slurm(surroundings={"PATH": str(tmp_path)}).jobs()


@pytest.mark.parametrize(("partition", "machines"), [(None, (2, 2)), ("other", (1, 4))])
def test_a_partition_has_machines_and_its_smallest_has_cores(
    slurm: Slurm, partition: str | None, machines: tuple[int, int]
) -> None:
    assert slurm.machines(partition) == machines


def test_a_partition_that_is_not_there_is_refused(slurm: Slurm) -> None:
    with pytest.raises(RefusedError, match="there is no partition mian"):
        slurm.machines("mian")


def test_a_job_gets_nothing_of_a_job_around_capstone(scripted: ScriptedSlurm) -> None:
    scripted.mark("held")
    tell = '#!/bin/sh\nenv > "$HOME/env.txt"; echo 1\n'
    (scripted.folder / "sbatch").write_text(tell)
    around = {
        "SLURM_JOB_ID": "1",
        "SLURM_MEM_PER_CPU": "1",
        "SBATCH_EXPORT": "NONE",
        "SBATCH_ACCOUNT": "ours",
        "SBATCH_CLUSTERS": "another",
        "SLURM_CLUSTERS": "another",
        "SLURM_CONF": "/etc/slurm.conf",
        "TOKEN": "secret",
    }
    surroundings = {"PATH": scripted.path, "HOME": str(scripted.folder)} | around

    Slurm(surroundings=surroundings).submit([], "job.sh")

    given = (scripted.folder / "env.txt").read_text()
    names = {line.partition("=")[0] for line in given.splitlines()}
    assert {"SBATCH_ACCOUNT", "SLURM_CONF", "SLURM_TIME_FORMAT"} <= names
    assert not names & {"SLURM_JOB_ID", "SLURM_MEM_PER_CPU", "SBATCH_EXPORT", "TOKEN"}
    assert not names & {"SBATCH_CLUSTERS", "SLURM_CLUSTERS"}


def test_machines_meet_at_the_address_that_slurm_has_for_the_first(
    scripted: ScriptedSlurm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", scripted.path)
    inside = {
        "SLURM_JOB_ID": "9",
        "SLURMD_NODENAME": "n0",
        "SLURM_JOB_NUM_NODES": "2",
        "SLURM_CPUS_PER_TASK": "4",
    }

    assert meeting_point(inside, 1234) == {
        "MASTER_ADDR": "192.0.2.7",
        "PET_RDZV_ENDPOINT": "192.0.2.7:1234",
        "PET_RDZV_ID": "9",
        "SRUN_CPUS_PER_TASK": "4",
    }


def test_one_machine_needs_no_meeting_point() -> None:
    assert meeting_point({"SLURM_JOB_ID": "9", "SLURMD_NODENAME": "n0"}, 1234) == {}
    assert meeting_point({}, 1234) == {}


def test_a_machine_without_an_address_is_reached_by_its_name(
    tmp_path: Path, scripted: ScriptedSlurm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert node_address("n0") == "n0"

    monkeypatch.setenv("PATH", scripted.path)
    (scripted.folder / "scontrol").write_text("#!/bin/sh\necho nothing\n")
    assert node_address("n0") == "n0"
