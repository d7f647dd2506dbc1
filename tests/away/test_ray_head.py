"""What capstone says to the head of a Ray cluster, and what it makes of the answers."""

import sys
from pathlib import Path
from types import ModuleType
from typing import Self

import pytest

from capstone_report.errors import MachineError
from capstone_report.measure.away.answers import NoAnswerError, RefusedError
from capstone_report.measure.away.ray import Ray, connect
from capstone_report.measure.away.ray_words import CAUSES, ENDINGS
from capstone_report.measure.away.states import Standing, verdict
from capstone_report.measure.away.submitting import Request, Submitted, prepare
from capstone_report.measure.guard.messages import Ended, Ending, Order
from capstone_report.results.records import Outcome
from capstone_report.spec.workspace import RaySite
from scripted_ray import Head, HeldNode

WELL = Ended(ending=Ending.OWN, wall_time_s=1.0, exit_code=0, signal=None)


@pytest.fixture
def head(tmp_path: Path) -> Head:
    """A head that holds its jobs back."""
    head = Head(tmp_path)
    head.holds_back = True
    return head


@pytest.fixture
def ray(head: Head) -> Ray:
    """That head, as capstone asks it."""
    return Ray(address=head.address, connect=head.connect, surroundings={"PYTHONPATH": "here"})


def taken(ray: Ray, folder: Path, **site: object) -> Submitted:
    """Have a job taken, and return what is on disk of it, with its id."""
    order = Order(command=["true"], cwd="/", env={}, output="/out put", timeout_s=1.0)
    request = Request(site=RaySite.model_validate(site), name="capstone-x", cores=2)
    submitted = prepare({folder: order}, request)
    assert ray.take(folder, order, request, submitted).startswith(f"{folder.name}-capstone-")
    return submitted


def test_a_job_asks_for_its_cores_and_what_the_profile_adds(
    tmp_path: Path, ray: Ray, head: Head
) -> None:
    submitted = taken(ray, tmp_path / "run-1", num_gpus=2, resources={"icelake": 1.0})

    (job,) = head.held.values()
    assert (job.cpus, job.gpus, job.resources) == (2, 2, {"icelake": 1.0})
    assert job.metadata == {"capstone": submitted.mark, "name": "capstone-x"}
    assert job.variables == {
        "CAPSTONE_JOB_NUMBER": job.submission_id,
        "CAPSTONE_JOB_CORES": "2",
        "PYTHONPATH": "here",
    }


def test_an_attempt_is_never_two_jobs(tmp_path: Path, ray: Ray, head: Head) -> None:
    submitted = taken(ray, tmp_path / "run-1")
    order = Order(command=["true"], cwd="/", env={}, output="/out", timeout_s=1.0)
    request = Request(site=RaySite(), name="capstone-x", cores=2)

    again = ray.take(tmp_path / "run-1", order, request, submitted)

    assert list(head.held) == [again]


def test_only_jobs_of_capstones_are_seen(tmp_path: Path, ray: Ray) -> None:
    submitted = taken(ray, tmp_path / "run-1")

    (seen,) = ray.jobs()

    assert (seen.comment, seen.state, seen.standing) == (
        submitted.mark,
        "PENDING",
        Standing.WAITING,
    )
    assert submitted.among([seen]) == seen
    assert not seen.can_never_start
    assert seen.submitted is not None


@pytest.mark.parametrize(
    ("state", "standing"),
    [
        ("PENDING", Standing.WAITING),
        ("RUNNING", Standing.RUNNING),
        ("TELEPORTED", Standing.RUNNING),
        ("SUCCEEDED", Standing.ENDED),
        ("FAILED", Standing.ENDED),
        ("STOPPED", Standing.ENDED),
    ],
)
def test_a_state_says_where_a_job_stands_and_an_unknown_one_is_no_end(
    tmp_path: Path, ray: Ray, head: Head, state: str, standing: Standing
) -> None:
    taken(ray, tmp_path / "run-1")
    head.change(0, status=state)

    assert ray.jobs()[0].standing is standing


@pytest.mark.parametrize("state", sorted(ENDINGS))
def test_a_run_that_ended_well_counts_whatever_ray_says_of_its_job(
    tmp_path: Path, ray: Ray, head: Head, state: str
) -> None:
    taken(ray, tmp_path / "run-1")
    head.change(0, status=state)

    assert verdict(ray.jobs()[0], WELL) is None


@pytest.mark.parametrize(
    ("state", "reason", "outcome"),
    [
        ("SUCCEEDED", None, Outcome.INTERRUPTED),
        ("STOPPED", None, Outcome.INTERRUPTED),
        ("FAILED", None, Outcome.FAILED),
        ("FAILED", "A_REASON_OF_TOMORROW", Outcome.FAILED),
        ("FAILED", "JOB_SUPERVISOR_ACTOR_DIED", Outcome.INTERRUPTED),
        ("FAILED", "JOB_SUPERVISOR_ACTOR_START_TIMEOUT", Outcome.INTERRUPTED),
        ("FAILED", "JOB_SUPERVISOR_ACTOR_UNSCHEDULABLE", Outcome.FAILED),
    ],
)
def test_without_an_answer_rays_reason_decides(
    tmp_path: Path, state: str, reason: str | None, outcome: Outcome
) -> None:
    head = Head(tmp_path)
    head.holds_back = True
    ray = Ray(address=head.address, connect=head.connect)
    taken(ray, tmp_path / "run-1")
    head.change(0, status=state, error_type=reason)

    judged = verdict(ray.jobs()[0], None)

    assert judged is not None
    assert judged[0] is outcome
    assert judged[1].endswith(f"(Ray: {state})")
    assert (CAUSES[reason][1] in judged[1]) if reason in CAUSES else ("job " in judged[1])


def test_a_job_that_the_head_forgot_is_as_good_as_stopped(ray: Ray) -> None:
    ray.cancel("nobody", at_once=True)


@pytest.mark.parametrize(
    ("trouble", "kind", "words"),
    [
        (ConnectionError("Failed to connect"), NoAnswerError, "Failed to connect"),
        (TimeoutError("read timed out"), NoAnswerError, "read timed out"),
        (RuntimeError("status code 503: away"), NoAnswerError, "away"),
        (RuntimeError("status code 500:\nValueError: bad id\n"), RefusedError, "^bad id$"),
        (RuntimeError("status code 403: no"), RefusedError, "no"),
        (RuntimeError("Ray version 1.8 is running on the cluster."), RefusedError, "1.8"),
    ],
)
def test_trouble_that_may_pass_is_no_refusal(
    ray: Ray, head: Head, trouble: Exception, kind: type[Exception], words: str
) -> None:
    head.trouble["list"] = trouble
    with pytest.raises(kind, match=words):
        ray.jobs()
    head.trouble["stop"] = trouble
    with pytest.raises(kind, match=words):
        ray.cancel("run-1")


def test_a_refused_job_is_refused_in_rays_words(tmp_path: Path, ray: Ray, head: Head) -> None:
    head.trouble["submit"] = RuntimeError("status code 400: bad request")

    with pytest.raises(RefusedError, match="bad request"):
        taken(ray, tmp_path / "run-1")


def test_the_smallest_living_machine_that_fits_decides_how_many_cores_a_run_gets(
    ray: Ray, head: Head
) -> None:
    head.machines = [
        HeldNode(resources_total={"CPU": 16.0, "GPU": 4.0, "icelake": 1.0}),
        HeldNode(resources_total={"CPU": 8.0, "GPU": 4.0}),
        HeldNode(resources_total={"CPU": 4.0}),
        HeldNode(resources_total={"memory": 1.0}),
        HeldNode(state="DEAD", resources_total={"CPU": 2.0}),
    ]

    assert ray.smallest_machine(RaySite()) == 4
    assert ray.smallest_machine(RaySite(num_gpus=2)) == 8
    assert ray.smallest_machine(RaySite(resources={"icelake": 0.5})) == 16
    with pytest.raises(RefusedError, match="no machine of the cluster has 1 CPU, 8 GPU"):
        ray.smallest_machine(RaySite(num_gpus=8))


def test_without_ray_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)

    with pytest.raises(MachineError, match=r"CAP715.*pip install 'capstone-report\[ray\]'") as told:
        connect("http://127.0.0.1:9", 1.0)

    assert told.value.exit_code == 7


def test_a_head_that_hangs_is_not_waited_for_longer_than_it_may_take(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[object] = []

    class Plain:
        """A client as Ray has it: it asks once when it is made, with no limit."""

        def __init__(self, address: str) -> None:
            asked.append(address)
            self._do_request("GET", "/api/version")

        def _do_request(self, method: str, endpoint: str, *, timeout: float | None = None) -> Self:
            asked.append((method, endpoint, timeout))
            return self

    modules = {name: ModuleType(name) for name in ("ray", "ray.job_submission", "ray.util.state")}
    vars(modules["ray.job_submission"])["JobSubmissionClient"] = Plain
    vars(modules["ray.util.state"])["list_nodes"] = lambda address, timeout: [(address, timeout)]
    for name, module in (modules | {"ray.util": ModuleType("ray.util")}).items():
        monkeypatch.setitem(sys.modules, name, module)

    client = connect("http://head", 7.0)

    assert asked == ["http://head", ("GET", "/api/version", 7.0)]
    nodes: list[object] = list(client.nodes())
    assert nodes == [("http://head", 7)]
