"""Starts a PyTorch program on several hosts, each entered by a command: standard library only.

    python on_hosts.py --interface eth0 --workers-per-host 1 \
        --host "10.77.0.10 ip netns exec h0" --host "10.77.0.11 ip netns exec h1" -- train.py

Behind each host's command runs one torchrun agent, and all of them meet at the first host's address
(static rendezvous). The command keeps environment and folder, as `ip netns exec` does, or sets them
itself. Signals are passed on; when one agent fails the others are ended, and its status is the
program's.
"""

import argparse
import os
import shlex
import signal
import subprocess
import sys
import time
from types import FrameType

PASSED_ON = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
POLL_S = 0.05
GRACE_S = 15.0
"""How long agents may take to end their workers: torchrun gives those half a minute at most."""
PORT = "29500"


def main() -> int:
    """Start an agent on every host, wait for all, and return the first failure's status."""
    options = parse_options()
    agents: list[subprocess.Popen[bytes]] = []

    def pass_on(number: int, _: FrameType | None) -> None:
        """Send a signal to every agent that runs."""
        for agent in agents:
            agent.send_signal(number)

    for number in PASSED_ON:
        signal.signal(number, pass_on)
    for rank, host in enumerate(options.host):
        agents.append(
            subprocess.Popen(agent_command(options, rank, host), env=surroundings(options))
        )
    status = wait(agents)
    end(agents)
    return status


def parse_options() -> argparse.Namespace:
    """Read the command line; everything behind -- is the program."""
    parser = argparse.ArgumentParser(description="Start a program on several hosts by torchrun.")
    parser.add_argument("--interface", default="", help="network device between the hosts")
    parser.add_argument("--workers-per-host", type=int, default=1)
    parser.add_argument(
        "--host", action="append", required=True, help="its address, and the command that enters it"
    )
    parser.add_argument("--no-python", action="store_true", help="the program is no Python")
    parser.add_argument("program", nargs="+")
    return parser.parse_args()


def agent_command(options: argparse.Namespace, rank: int, host: str) -> list[str]:
    """Return what starts the agent of one host: its prefix, and torchrun's command line."""
    address, *enter = shlex.split(host)
    return [
        *enter,
        *(sys.executable, "-m", "torch.distributed.run"),
        f"--nnodes={len(options.host)}",
        f"--node-rank={rank}",
        f"--nproc-per-node={options.workers_per_host}",
        f"--master-addr={shlex.split(options.host[0])[0]}",
        f"--master-port={os.environ.get('MASTER_PORT', PORT)}",
        f"--local-addr={address}",
        *(["--no-python"] if options.no_python else []),
        *options.program,
    ]


def surroundings(options: argparse.Namespace) -> dict[str, str]:
    """Return the agents' environment: gloo and NCCL are told which device to talk through."""
    named = ("GLOO_SOCKET_IFNAME", "NCCL_SOCKET_IFNAME") if options.interface else ()
    return {**os.environ, **dict.fromkeys(named, options.interface)}


def wait(agents: list[subprocess.Popen[bytes]]) -> int:
    """Return the status of the first agent that fails, or 0 once all have ended well."""
    while True:
        statuses = [agent.poll() for agent in agents]
        for status in statuses:
            if status:
                return status if status > 0 else 128 - status  # as a shell says a signal
        if None not in statuses:
            return 0
        time.sleep(POLL_S)


def end(agents: list[subprocess.Popen[bytes]]) -> None:
    """End the agents that still run: first asked, later killed."""
    for agent in agents:
        if agent.poll() is None:
            agent.terminate()
    deadline = time.monotonic() + GRACE_S
    for agent in agents:
        try:
            agent.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            agent.kill()
            agent.wait()


if __name__ == "__main__":
    sys.exit(main())
