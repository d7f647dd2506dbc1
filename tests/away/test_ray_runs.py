"""Runs as jobs of Ray: submitted, followed, cancelled and collected, each recorded once."""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from capstone_report.errors import LockedError, MachineError
from capstone_report.measure import facts
from capstone_report.measure.away import collecting, detaching, slurm_cluster, slurm_starter
from capstone_report.measure.away import folder as job_folder
from capstone_report.measure.away import job as inside_a_job
from capstone_report.measure.away.collecting import Collected
from capstone_report.measure.away.detaching import Detached, submit_missing
from capstone_report.measure.away.elsewhere import inside
from capstone_report.measure.away.following import CANCELLED, Following
from capstone_report.measure.away.meeting import JOB_NUMBER, meeting_point
from capstone_report.measure.away.outstanding import outstanding, scheduler_of
from capstone_report.measure.away.ray import Ray
from capstone_report.measure.away.ray_cluster import RayCluster
from capstone_report.measure.away.slurm_starter import SlurmStarter
from capstone_report.measure.away.submitting import SUBMITTED, Request, Submitted, keep, prepare
from capstone_report.measure.guard.messages import Ending, Order
from capstone_report.measure.options import Options
from capstone_report.measure.starting import EndedElsewhere
from capstone_report.results.journal import read_journal
from capstone_report.results.records import Environment, Outcome
from capstone_report.spec.load import LoadedStudy, load_project
from capstone_report.spec.through import through
from capstone_report.spec.workspace import RaySite
from scripted_ray import PACKAGE, Head, now_ms

AWAY = ConnectionError("Failed to connect to Ray at address: http://127.0.0.1:9.")
LONG_AGO_S = 1e6


@pytest.fixture
def head(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Head:
    """A head in this process, asked as often as a test has patience for."""
    for module, name in (
        (slurm_starter, "SOONEST_S"),
        (collecting, "SOONEST_S"),
        (detaching, "AGAIN_S"),
        (slurm_cluster, "POLL_S"),
    ):
        monkeypatch.setattr(module, name, 0.05)
    return Head(tmp_path)


@pytest.fixture
def cluster(head: Head) -> RayCluster:
    """That head's cluster as a campaign sees it."""
    surroundings = {"PYTHONPATH": str(PACKAGE)}
    ray = Ray(address=head.address, connect=head.connect, surroundings=surroundings)
    return RayCluster(site=RaySite(address=head.address), ray=ray, cleared_s=0.2)


class Bench:
    """A study of two runs on that cluster, measured in this process."""

    def __init__(self, root: Path, cluster: RayCluster) -> None:
        """Know both."""
        self.root, self.cluster = root, cluster

    def load(self) -> LoadedStudy:
        """Return the study as it is to be measured."""
        return through(load_project(self.root).studies[0], "ray")

    def detach(self) -> Detached:
        """Submit what is missing."""
        return submit_missing(self.load(), self.cluster, Options(), lambda _: None)

    def collect(self, *, cancel: bool = False) -> Collected:
        """Record what has ended."""
        return collecting.collect(
            self.load(), self.cluster, self.folder, wait=False, cancel=cancel, tell=lambda _: None
        )

    @property
    def folder(self) -> Path:
        """Return the cluster's folder of records."""
        (folder,) = self.root.glob("specs/tiny/results/ray-*")
        return folder

    def rewrite(self, number: int, **changes: object) -> None:
        """Change what is on disk of a submitted run."""
        path = outstanding(self.folder)[number].folder / SUBMITTED
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.fixture(scope="module")
def found() -> Environment:
    """What a survey would find: every test would wait a second or two for the same answer."""
    surveyed = facts.surveyed(facts.environment(PACKAGE), PACKAGE, with_torch=False)
    known = surveyed.facts | {"cluster.machines": "1"}
    return surveyed.model_copy(update={"cores": min(2, surveyed.cores), "facts": known})


@pytest.fixture
def bench(
    tmp_path: Path,
    cluster: RayCluster,
    found: Environment,
    write_workspace: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> Bench:
    """A tiny study, of a cluster that has been surveyed."""
    monkeypatch.setattr(detaching, "_known_environment", lambda *_: found)
    write_workspace(tmp_path / "workspace", repeats="1")
    return Bench(tmp_path / "workspace", cluster)


def test_every_missing_run_is_one_job_of_ray_and_is_recorded_once(bench: Bench, head: Head) -> None:
    detached = bench.detach()

    assert [sent.job for sent in detached.sent] == list(head.held)
    assert all(sent.job.startswith(sent.run_id) for sent in detached.sent)
    assert bench.detach().on_their_way == 2
    assert scheduler_of(bench.folder) == "ray"
    assert len(bench.collect().records) == 2
    assert bench.collect().records == []
    first, *_ = runs = read_journal(bench.folder).runs
    assert [run.outcome for run in runs] == [Outcome.OK] * 2
    assert first.job is not None
    assert (first.job.scheduler, first.job.state, first.job.nodes) == ("ray", "SUCCEEDED", 1)
    assert 0 <= first.job.queued_s < 60
    assert first.identity["launcher"] == ["ray", {"inside": "local"}]
    assert outstanding(bench.folder) == []


def test_a_head_that_took_a_job_without_saying_so_gets_no_second_one(
    bench: Bench, head: Head
) -> None:
    head.trouble["(submitted)"] = AWAY

    bench.detach()

    assert len(head.held) == 2
    assert [run.outcome for run in bench.collect().records] == [Outcome.OK] * 2


def test_a_head_that_is_away_loses_nothing(bench: Bench, head: Head) -> None:
    bench.detach()
    head.trouble["connect"] = AWAY

    gone = bench.collect()

    assert (gone.records, len(gone.waiting), gone.answered) == ([], 2, False)
    with pytest.raises(LockedError, match="Failed to connect"):
        bench.detach()
    head.trouble.clear()
    assert len(bench.collect().records) == 2


def test_a_new_head_knows_no_job_of_the_old_one_and_the_folder_decides(
    bench: Bench, head: Head
) -> None:
    head.holds_back = True
    bench.detach()
    head.held.clear()
    assert bench.collect().records == []
    for number in range(2):
        bench.rewrite(number, at=0.0)

    records = bench.collect().records

    assert [run.outcome for run in records] == [Outcome.INTERRUPTED] * 2
    assert records[0].message.startswith("Ray knows nothing of job ")


def test_a_cancelled_job_that_waits_is_recorded_at_once_and_never_does_anything(
    bench: Bench, head: Head
) -> None:
    head.holds_back = True
    bench.detach()

    records = bench.collect(cancel=True).records

    assert [run.outcome for run in records] == [Outcome.INTERRUPTED] * 2
    assert all(run.message.endswith(f"was {CANCELLED}") for run in records)
    assert head.asked.count("stop") == 2
    for job in head.held.values():
        head.run(job, job.entrypoint)
    assert {job.status for job in head.held.values()} == {"FAILED"}  # its script is gone
    assert len(read_journal(bench.folder).runs) == 2


def test_what_ray_refuses_is_told_and_leaves_nothing(bench: Bench, head: Head) -> None:
    head.trouble["submit"] = RuntimeError("status code 500:\nValueError: not like this\n")

    with pytest.raises(MachineError, match=r"CAP717.*ray did not take a run.*not like this"):
        bench.detach()

    assert outstanding(bench.folder) == []


def order_in(tmp_path: Path, *command: str) -> Order:
    """Return the order to run a command."""
    output = tmp_path / "raw" / "run-1"
    (output / "metrics").mkdir(parents=True)
    return Order(
        command=list(command),
        cwd=str(tmp_path),
        env={"PATH": os.environ["PATH"]},
        output=str(output),
        timeout_s=30.0,
    )


def test_a_run_that_somebody_waits_for_is_one_job(
    tmp_path: Path, cluster: RayCluster, head: Head
) -> None:
    request = Request(site=cluster.site, name="capstone-x", cores=1)
    program = "import os; print(sorted(os.environ)); raise SystemExit(3)"
    (tmp_path / "jobs").mkdir()

    ended = SlurmStarter(cluster.queue, tmp_path / "jobs", request).run(
        order_in(tmp_path, sys.executable, "-S", "-c", program)
    )

    assert isinstance(ended, EndedElsewhere)
    assert (ended.ending, ended.exit_code, ended.job.state) == (Ending.OWN, 3, "SUCCEEDED")
    assert ended.environment is not None
    assert ended.environment.cores == 1
    assert list((tmp_path / "jobs").iterdir()) == []
    assert len(head.held) == 1
    assert JOB_NUMBER not in (tmp_path / "raw" / "run-1" / "stdout.txt").read_text()


@pytest.fixture
def follow(tmp_path: Path, cluster: RayCluster, head: Head) -> Callable[..., Following]:
    """Follow a job that is held back, submitted so many seconds ago."""
    head.holds_back = True

    def begin(*, age_s: float = 0.0) -> Following:
        request = Request(site=cluster.site, name="x", cores=1)
        order = order_in(tmp_path, "true")
        folder = tmp_path / "job"
        submitted = prepare({folder: order}, request)
        number = cluster.queue.take(folder, order, request, submitted)
        aged = Submitted(
            mark=submitted.mark, name="x", limit_s=1.0, id=number, at=time.time() - age_s
        )
        return Following(cluster.queue, folder, aged, queue_limit_s=60.0)

    return begin


def judged(ended: EndedElsewhere | None) -> tuple[Outcome, str]:
    """Return what Ray's word made of a run."""
    assert ended is not None
    assert ended.verdict is not None
    return ended.verdict


def test_a_job_that_waits_longer_than_the_profile_allows_is_given_up(
    tmp_path: Path, follow: Callable[..., Following], cluster: RayCluster
) -> None:
    outcome, why = judged(follow(age_s=LONG_AGO_S).look(cluster.queue.jobs()))

    assert outcome is Outcome.INTERRUPTED
    assert "waited 1000000 s in the queue (no free machine), and was cancelled" in why
    assert inside_a_job.make(tmp_path / "job") == inside_a_job.SECOND_LIFE


def test_a_collection_that_was_killed_after_it_gave_up_a_job_gives_it_up_again(
    tmp_path: Path, follow: Callable[..., Following], cluster: RayCluster
) -> None:
    following = follow()
    assert following.look(cluster.queue.jobs()) is None
    job_folder.begin(tmp_path / "job", CANCELLED)

    assert judged(following.look(cluster.queue.jobs()))[0] is Outcome.INTERRUPTED


@pytest.mark.parametrize("state", ["RUNNING", "TELEPORTED"])
def test_a_job_that_runs_past_its_deadline_is_stopped_from_any_shell(
    tmp_path: Path, follow: Callable[..., Following], cluster: RayCluster, head: Head, state: str
) -> None:
    following = follow(age_s=LONG_AGO_S)
    head.change(0, status=state)
    job_folder.begin(tmp_path / "job", "x")
    os.utime(tmp_path / "job" / job_folder.BEGUN, (1.0, time.time() - LONG_AGO_S))

    assert following.look(cluster.queue.jobs()) is None
    head.change(0, status="STOPPED", end_time=now_ms())

    outcome, why = judged(following.look(cluster.queue.jobs()))
    assert outcome is Outcome.TIMEOUT
    assert f"was still {state} 301 s after it had begun" in why
    assert head.asked.count("stop") == 1


def test_a_job_that_has_just_begun_is_not_taken_for_a_requeued_one(
    tmp_path: Path, follow: Callable[..., Following], cluster: RayCluster
) -> None:
    following = follow()
    before = cluster.queue.jobs()
    job_folder.begin(tmp_path / "job", "x")

    assert following.look(before) is None
    following.cancel()
    assert following.look(before) is None  # it has begun: it will answer


def left(folder: Path, head: Head, status: str) -> Path:
    """Leave the folder of a job that somebody waited for who was killed."""
    job = folder / "jobs" / "run-1"
    job.mkdir(parents=True)
    keep(job, Submitted(mark="capstone-1", name="x", limit_s=1.0, id="run-1-capstone-1"))
    head.hold("run-1-capstone-1", status=status, metadata={"capstone": "capstone-1"})
    return job


@pytest.mark.parametrize("status", ["PENDING", "RUNNING", "SUCCEEDED"])
def test_what_a_killed_campaign_left_ends(
    tmp_path: Path, cluster: RayCluster, head: Head, status: str
) -> None:
    job = left(tmp_path, head, status)

    cluster.end_attached(tmp_path)

    assert not job.exists()


def test_a_survey_asks_for_the_smallest_machine_and_tells_what_it_is(
    cluster: RayCluster, head: Head, tmp_path: Path
) -> None:
    found = cluster.survey(tmp_path, with_torch=False)

    (job,) = head.held.values()
    assert job.cpus == 2
    assert found.cores <= 2
    assert found.facts["cluster.machines"] == "1"
    assert "nodes" in head.asked


def test_a_profile_may_say_how_many_cores_a_run_gets(head: Head, tmp_path: Path) -> None:
    site = RaySite(address=head.address, cores_per_node=1)
    ray = Ray(address=head.address, connect=head.connect, surroundings={})
    small = RayCluster(site=site, ray=ray)

    found = small.survey(tmp_path, with_torch=False)

    assert found.cores == 1
    assert "nodes" not in head.asked
    assert small.request(tmp_path, found).cores == 1


def test_a_cluster_without_such_a_machine_is_told(
    cluster: RayCluster, head: Head, tmp_path: Path
) -> None:
    head.machines.clear()

    with pytest.raises(MachineError, match=r"CAP713.*no machine of the cluster has 1 CPU"):
        cluster.survey(tmp_path, with_torch=False)


def test_a_study_is_put_inside_jobs_of_the_cluster_that_the_workspace_names(
    tmp_path: Path, write_workspace: Callable[..., Path]
) -> None:
    write_workspace(tmp_path)
    with (tmp_path / "capstone.toml").open("a") as workspace:
        workspace.write('\n[ray]\naddress = "http://head:1"\n')
    project = load_project(tmp_path)

    study, cluster = inside(project.studies[0], "ray", project.workspace)

    assert isinstance(cluster, RayCluster)
    assert (cluster.name, cluster.ray.address) == ("ray", "http://head:1")
    assert {benchmark.launcher.kind for benchmark in study.study.benchmarks} == {"ray"}


def test_a_job_of_ray_inside_an_allocation_of_slurm_is_none_of_slurms() -> None:
    around = {"SLURMD_NODENAME": "n0", "SLURM_JOB_ID": "41", "SLURM_JOB_NUM_NODES": "2"}

    assert meeting_point(around | {JOB_NUMBER: "run-1"}, 1234) == {}
