"""The launcher of several hosts: who is filled, what is started there, and how it ends."""

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from capstone_report.launchers.hosts import STARTER, Host, Hosts
from capstone_report.launchers.launcher import Allocation
from capstone_report.launchers.torchrun import Torchrun
from capstone_report.measure.one_run import PACKAGE
from capstone_report.spec.benchmarks import Benchmark
from capstone_report.workloads import on_hosts

PROGRAM = ["python", "train.py", "--epochs", "3"]
SCRIPT = PACKAGE.parent / STARTER
Eventually = Callable[[Callable[[], object]], object]


def hosts(count: int, **options: object) -> Hosts:
    """Return the launcher of so many namespaces."""
    machines = tuple(
        Host(address=f"10.77.0.{10 + i}", enter=("ip", "netns", "exec", f"h{i}"))
        for i in range(count)
    )
    return Hosts.model_validate({"hosts": machines, "interface": "eth0", **options})


def test_each_worker_gets_a_host_of_its_own() -> None:
    launcher = hosts(4)

    assert launcher.allocation(1, 1) == Allocation(workers=1, threads=1, nodes=1)
    assert launcher.allocation(4, 2) == Allocation(workers=4, threads=2, nodes=4)


def test_a_host_takes_several_workers_where_it_is_told_to() -> None:
    assert hosts(2, workers_per_node=3).allocation(6, 1).nodes == 2


def test_more_workers_than_the_hosts_take_are_refused() -> None:
    with pytest.raises(ValueError, match="3 workers need 3 hosts, and 2 are declared"):
        hosts(2).allocation(3, 1)


def test_without_hosts_it_is_torchrun_on_this_machine() -> None:
    allocation = Hosts().allocation(4, 1)

    assert allocation == Allocation(workers=4, threads=1, nodes=1)
    assert Hosts().command(PROGRAM, allocation) == Torchrun().command(PROGRAM, allocation)


def test_a_command_names_the_filled_hosts_and_no_path_of_this_machine() -> None:
    launcher = hosts(4, workers_per_node=2)

    command = launcher.command(PROGRAM, launcher.allocation(4, 1))

    assert command == [
        "python",
        "capstone_report/workloads/on_hosts.py",
        "--workers-per-host=2",
        "--interface=eth0",
        "--host=10.77.0.10 ip netns exec h0",
        "--host=10.77.0.11 ip netns exec h1",
        "--",
        *PROGRAM[1:],
    ]
    assert SCRIPT.is_file()


def test_a_program_that_is_no_python_is_said_to_be_none() -> None:
    launcher = Hosts(hosts=(Host(address="a"),))

    command = launcher.command(["./train", "-v"], launcher.allocation(1, 1))

    assert command[-4:] == ["--no-python", "--", "./train", "-v"]


def test_a_study_declares_hosts_as_tables() -> None:
    declared = {
        "kind": "hosts",
        "interface": "eth0",
        "hosts": [{"address": "10.77.0.10", "enter": ["ip", "netns", "exec", "h0"]}],
    }

    benchmark = Benchmark.model_validate(
        {"name": "ddp", "command": ("python", "a.py"), "launcher": declared}
    )

    assert benchmark.launcher == Hosts(
        interface="eth0",
        hosts=(Host(address="10.77.0.10", enter=("ip", "netns", "exec", "h0")),),
    )


@pytest.mark.parametrize("address", ["", "a b", "-x", "a;b"])
def test_an_address_is_one_word(address: str) -> None:
    with pytest.raises(ValidationError):
        Host(address=address)


def start(*entered: list[str], arguments: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    """Start a program on hosts whose command does something of its own instead."""
    named = [f"--host={shlex.join(['127.0.0.1', *enter])}" for enter in entered]
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), *named, *arguments, "--", "train.py"],
        stdout=subprocess.PIPE,
        text=True,
    )


def status(program: subprocess.Popen[str]) -> int:
    """Wait until a program has ended, and return its status."""
    program.communicate(timeout=60)
    return program.returncode


def shell(script: str) -> list[str]:
    """Return a command that does not run what follows it."""
    return ["sh", "-c", script]


def test_the_first_failure_ends_all_and_is_the_programs_status(tmp_path: Path) -> None:
    waits = f"echo $$ > {tmp_path}/pid; exec sleep 300"

    program = start(shell(waits), shell(f"while [ ! -s {tmp_path}/pid ]; do :; done; exit 3"))

    assert status(program) == 3
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_an_agent_that_a_signal_ended_is_told_as_a_shell_tells_it() -> None:
    assert status(start(shell("kill -KILL $$"))) == 128 + signal.SIGKILL


def test_a_program_that_ends_well_everywhere_ends_well() -> None:
    assert status(start(shell("exit 0"), shell("sleep 0.1"))) == 0


def test_a_signal_reaches_the_agents(tmp_path: Path, eventually: Eventually) -> None:
    program = start(shell(f"trap 'exit 7' TERM; touch {tmp_path}/up; while :; do sleep 0.02; done"))
    eventually((tmp_path / "up").exists)

    program.send_signal(signal.SIGTERM)

    assert status(program) == 7


@pytest.mark.parametrize(("no_python", "named"), [([], []), (["--no-python"], ["--no-python"])])
def test_each_agent_is_told_where_all_of_them_meet(no_python: list[str], named: list[str]) -> None:
    echo = ["echo"]

    program = start(echo, echo, arguments=("--interface=eth0", "--workers-per-host=2", *no_python))
    told, _ = program.communicate(timeout=60)

    first = next(line for line in told.splitlines() if "--node-rank=0" in line)
    shared = ["--nnodes=2", "--node-rank=0", "--nproc-per-node=2", "--master-addr=127.0.0.1"]
    rest = ["--master-port=29500", "--local-addr=127.0.0.1", *named, "train.py"]
    assert first.split()[-len(shared) - len(rest) :] == shared + rest


def test_the_network_device_is_told_to_gloo_and_nccl() -> None:
    told, _ = start(
        shell("echo $GLOO_SOCKET_IFNAME $NCCL_SOCKET_IFNAME"), arguments=("--interface=eth0",)
    ).communicate(timeout=60)

    assert told.split() == ["eth0", "eth0"]


@pytest.fixture
def handlers() -> Iterator[None]:
    """Whatever handles signals now handles them afterwards."""
    before = {number: signal.getsignal(number) for number in on_hosts.PASSED_ON}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("handlers")
def test_an_agent_that_does_not_end_is_killed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(on_hosts, "GRACE_S", 0.1)
    deaf = f"trap '' TERM; touch {tmp_path}/up; while :; do sleep 0.02; done"
    fails = f"while [ ! -e {tmp_path}/up ]; do sleep 0.02; done; exit 5"
    both = [f"--host={shlex.join(['a', *shell(script)])}" for script in (deaf, fails)]
    monkeypatch.setattr(sys, "argv", ["on_hosts.py", *both, "train.py"])

    assert on_hosts.main() == 5
