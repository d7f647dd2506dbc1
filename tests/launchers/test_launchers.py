"""What every launcher keeps, and what each adds."""

import pytest
from pydantic import ValidationError

from capstone_report.launchers.launcher import Allocation, Launcher, launchers
from capstone_report.launchers.local import Local
from capstone_report.launchers.torchrun import Torchrun

PROGRAM = ["python", "train.py", "--epochs", "3"]
TWO = Allocation(workers=2, threads=1)

every_launcher = pytest.mark.parametrize("kind", sorted(launchers()))


def test_the_launchers_are_those_that_the_package_has() -> None:
    assert launchers() == {"local": Local, "torchrun": Torchrun}


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


def test_local_starts_the_program_as_it_is() -> None:
    assert Local().command(PROGRAM, TWO) == PROGRAM


def test_torchrun_starts_one_process_per_worker_at_a_rendezvous_of_its_own() -> None:
    command = Torchrun().command(PROGRAM, Allocation(workers=4, threads=1))

    assert command[:3] == ["python", "-m", "torch.distributed.run"]
    assert {"--standalone", "--nproc-per-node=4"} < set(command)
    assert command[-3:] == ["train.py", "--epochs", "3"]
