"""Hosts that are network namespaces, on links that a token bucket holds to a known rate.

    with shaped_hosts(2, megabits=100) as hosts:
        ...  # {"address": "10.77.0.10", "enter": ["ip", "netns", "exec", "capstone-4711-h0"]}

Each host's device leads to one bridge, and what leaves it is shaped. Without root, iproute2 or a
kernel that has namespaces and tbf, a test skips and says why.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypedDict

import pytest

INTERFACE = "eth0"
BURSTS_KB = {100: 16, 1000: 128}
"""By rate: as much as is sent at once between two ticks of the kernel, and no more."""
# Of the 1514 bytes of a full Ethernet frame, 1448 are data of TCP with timestamps.
GOODPUT = 1448 / 1514


class NamedHost(TypedDict):
    """A host as the launcher `hosts` takes it."""

    address: str
    enter: list[str]


def goodput(megabits: int) -> float:
    """Return the bytes of data per second that a link of so many megabits a second carries."""
    return megabits * 1e6 / 8 * GOODPUT


def _lack() -> str:
    """Return what this machine lacks to have such hosts; empty when it seems to have everything."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    missing = [name for name in ("ip", "tc") if not shutil.which(name)]
    return f"{' and '.join(missing)} of iproute2 are not installed" if missing else ""


def _ip(*arguments: str) -> None:
    """Ask the kernel; skip the test where it refuses."""
    answer = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    if answer.returncode:
        pytest.skip(f"this kernel refuses `ip {' '.join(arguments)}`: {answer.stderr.strip()}")


@contextmanager
def shaped_hosts(count: int, *, megabits: int) -> Iterator[list[NamedHost]]:
    """Set up so many hosts on links of one rate, and take them down again."""
    if lack := _lack():
        pytest.skip(lack)
    prefix = f"capstone-{os.getpid()}"
    switch, names = f"{prefix}-sw", [f"{prefix}-h{i}" for i in range(count)]
    try:
        _ip("netns", "add", switch)
        _ip("-n", switch, "link", "add", "br0", "type", "bridge")
        _ip("-n", switch, "link", "set", "br0", "up")
        for number, name in enumerate(names):
            _join(switch, name, number, megabits)
        yield [
            {"address": f"10.77.0.{10 + i}", "enter": ["ip", "netns", "exec", name]}
            for i, name in enumerate(names)
        ]
    finally:
        for name in (switch, *names):
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)


def _join(switch: str, name: str, number: int, megabits: int) -> None:
    """Add one host, with its shaped device on the bridge."""
    _ip("netns", "add", name)
    port = f"p{number}"
    ends = ("type", "veth", "peer", "name", port, "netns", switch)
    _ip("-n", name, "link", "add", INTERFACE, *ends)
    _ip("-n", name, "addr", "add", f"10.77.0.{10 + number}/24", "dev", INTERFACE)
    for device in ("lo", INTERFACE):
        _ip("-n", name, "link", "set", device, "up")
    _ip("-n", switch, "link", "set", port, "master", "br0")
    _ip("-n", switch, "link", "set", port, "up")
    bucket = ("rate", f"{megabits}mbit", "burst", f"{BURSTS_KB[megabits]}kb", "latency", "400ms")
    shaped = ("tc", "qdisc", "add", "dev", INTERFACE, "root", "tbf", *bucket)
    _ip("netns", "exec", name, *shaped)
