"""What every launcher keeps, and what each adds."""

from typing import ClassVar

import pytest
from pydantic import ValidationError

from capstone_report.launchers.hosts import Hosts
from capstone_report.launchers.launcher import (
    AcrossNodes,
    Allocation,
    Launcher,
    launchers,
)
from capstone_report.launchers.local import Local
from capstone_report.launchers.ray import Ray
from capstone_report.launchers.scheduler import schedulers
from capstone_report.launchers.slurm import Slurm
from capstone_report.launchers.torchrun import Torchrun

PROGRAM = ["python", "train.py", "--epochs", "3"]
TWO = Allocation(workers=2, threads=1)

every_launcher = pytest.mark.parametrize("kind", sorted(launchers()))


def test_the_launchers_are_those_that_the_package_has() -> None:
    assert launchers() == {
        "hosts": Hosts,
        "local": Local,
        "ray": Ray,
        "slurm": Slurm,
        "torchrun": Torchrun,
    }


@every_launcher
def test_a_launcher_needs_no_option_and_knows_its_kind(kind: str) -> None:
    launcher = launchers()[kind]()

    assert isinstance(launcher, Launcher)
    assert launcher.kind == kind
    assert all(isinstance(module, str) for module in launcher.requires)


@every_launcher
@pytest.mark.parametrize("program", [PROGRAM, ["./train", "--epochs", "3"]])
def test_a_command_is_text_and_ends_with_the_programs_arguments(
    kind: str, program: list[str]
) -> None:
    before = list(program)

    command = launchers()[kind]().command(program, TWO)

    assert all(isinstance(part, str) for part in command)
    assert command[-len(program) + 1 :] == program[1:]
    assert program == before


@every_launcher
def test_the_same_allocation_gives_the_same_command(kind: str) -> None:
    launcher = launchers()[kind]()

    assert launcher.command(PROGRAM, TWO) == launcher.command(PROGRAM, TWO)


@every_launcher
def test_an_option_that_a_launcher_does_not_know_is_refused(kind: str) -> None:
    with pytest.raises(ValidationError, match="no_such_option"):
        launchers()[kind].model_validate({"no_such_option": 1})


class Anywhere(AcrossNodes):
    """A launcher of the least that one across machines may be."""

    kind: ClassVar[str] = "anywhere"

    def command(self, program: list[str], allocation: Allocation) -> list[str]:
        """Return the program, with how many machines it gets."""
        return [*program, str(allocation.nodes)]


@pytest.mark.parametrize(
    ("workers", "nodes", "each"),
    [(1, 1, 1), (2, 1, 2), (4, 1, 4), (6, 2, 3), (8, 2, 4), (12, 3, 4)],
)
def test_workers_fill_as_few_machines_as_they_can(workers: int, nodes: int, each: int) -> None:
    allocation = Anywhere(workers_per_node=4).allocation(workers, 1)

    assert (allocation.nodes, allocation.workers_per_node) == (nodes, each)


@pytest.mark.parametrize(("workers", "most"), [(5, 4), (7, 2)])
def test_workers_that_would_leave_a_machine_with_fewer_are_refused(workers: int, most: int) -> None:
    with pytest.raises(ValueError, match=f"{workers} workers cannot be shared evenly, {most} on"):
        Anywhere(workers_per_node=most).allocation(workers, 1)


@every_launcher
def test_without_a_limit_one_machine_gets_every_worker(kind: str) -> None:
    assert launchers()[kind]().allocation(6, 2) == Allocation(workers=6, threads=2, nodes=1)


def test_local_starts_the_program_as_it_is() -> None:
    assert Local().command(PROGRAM, TWO) == PROGRAM


def test_torchrun_starts_one_process_per_worker_at_a_rendezvous_of_its_own() -> None:
    command = Torchrun().command(PROGRAM, Allocation(workers=4, threads=1))

    assert command[:3] == ["python", "-m", "torch.distributed.run"]
    assert {"--standalone", "--nproc-per-node=4"} < set(command)
    assert command[-3:] == ["train.py", "--epochs", "3"]


def test_torchrun_starts_workers_again_only_where_a_study_says_so() -> None:
    once = Torchrun(max_restarts=0).command(PROGRAM, TWO)
    again = Torchrun(max_restarts=3).command(PROGRAM, TWO)

    assert once == Torchrun().command(PROGRAM, TWO)
    assert [part for part in again if part not in once] == ["--max-restarts=3"]
    assert again[-3:] == PROGRAM[1:]


@pytest.mark.parametrize("restarts", [-1, 1001, 1.5, True, "3"])
def test_restarts_are_a_whole_number(restarts: object) -> None:
    with pytest.raises(ValidationError, match="max_restarts"):
        Torchrun.model_validate({"max_restarts": restarts})


def test_a_job_on_one_machine_starts_what_torchrun_starts_here() -> None:
    allocation = Slurm().allocation(4, 1)

    assert Slurm().command(PROGRAM, allocation) == Torchrun().command(PROGRAM, allocation)
    assert Slurm(inside="local").command(PROGRAM, allocation) == PROGRAM


def test_a_job_on_two_machines_starts_one_torchrun_on_each_that_meet_by_their_environment() -> None:
    launcher = Slurm(workers_per_node=2)

    command = launcher.command(PROGRAM, launcher.allocation(4, 1))

    torchrun = command.index("torch.distributed.run")
    assert command[:4] == ["srun", "--nodes=2", "--ntasks=2", "--ntasks-per-node=1"]
    assert {"--nnodes=2", "--nproc-per-node=2", "--rdzv-backend=c10d"} < set(command[torchrun:])
    assert not [part for part in command if "endpoint" in part]
    assert command[-3:] == ["train.py", "--epochs", "3"]


def test_a_program_that_is_not_python_is_told_to_torchrun_on_every_machine() -> None:
    launcher = Slurm(workers_per_node=1)

    command = launcher.command(["./train", "-x"], launcher.allocation(2, 1))

    assert command[-3:] == ["--no-python", "./train", "-x"]


def test_without_torchrun_two_machines_get_one_task_of_slurm_per_worker() -> None:
    launcher = Slurm(inside="local", workers_per_node=2)

    command = launcher.command(PROGRAM, launcher.allocation(4, 3))

    assert {"--nodes=2", "--ntasks=4", "--ntasks-per-node=2", "--cpus-per-task=3"} < set(command)
    assert command[-4:] == PROGRAM


def test_a_rehearsal_starts_what_a_job_would_start_without_a_job() -> None:
    assert Slurm().here() == Hosts().here() == Torchrun()
    assert Slurm(max_restarts=2).here() == Torchrun(max_restarts=2)
    assert Slurm(inside="local").here() == Local()
    assert Torchrun(max_restarts=2).here() == Torchrun(max_restarts=2)


def test_workers_that_may_die_are_started_again_on_every_machine() -> None:
    launcher = Slurm(workers_per_node=1, max_restarts=3)

    assert "--max-restarts=3" in launcher.command(PROGRAM, launcher.allocation(2, 1))
    assert "--max-restarts=3" in launcher.command(PROGRAM, launcher.allocation(1, 1))


def test_what_starts_here_is_put_around_once() -> None:
    around = schedulers()["slurm"].around

    assert around(Local()) == Slurm(inside="local")
    assert around(Torchrun()) == Slurm()
    assert around(Torchrun(max_restarts=2)) == Slurm(max_restarts=2)
    assert around(Slurm(workers_per_node=2)) == Slurm(workers_per_node=2)
    with pytest.raises(ValueError, match="anywhere starts cannot be started inside a job"):
        around(Anywhere())


def test_a_job_of_rays_starts_what_its_machine_would_start_without_it() -> None:
    allocation = Ray().allocation(4, 1)

    assert Ray().command(PROGRAM, allocation) == Torchrun().command(PROGRAM, allocation)
    assert Ray(inside="local").command(PROGRAM, allocation) == PROGRAM
    assert Ray(max_restarts=2).here() == Torchrun(max_restarts=2)


def test_a_job_of_rays_gets_one_machine_and_says_what_to_take_for_several() -> None:
    assert Ray(workers_per_node=4).allocation(4, 1).nodes == 1
    with pytest.raises(ValueError, match="8 workers would need 2 machines"):
        Ray(workers_per_node=4).allocation(8, 1)


def test_what_starts_here_is_put_around_once_by_ray_too() -> None:
    around = schedulers()["ray"].around

    assert around(Local()) == Ray(inside="local")
    assert around(Torchrun(max_restarts=2)) == Ray(max_restarts=2)
    assert around(Ray(workers_per_node=2)) == Ray(workers_per_node=2)
    with pytest.raises(ValueError, match="slurm starts cannot be started inside a job"):
        around(Slurm())
