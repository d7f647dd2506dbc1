"""Which variables of the surrounding environment reach a program, and which of them identify a case.

What configures an engine (CUDA, NCCL, gloo) changes what is measured. What only says where things
are is passed on, too, but differs between users and hosts without changing a number.
"""

from collections.abc import Mapping

PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV", "LD_LIBRARY_PATH")
PASSED_ON_PREFIXES = ("CUDA_", "NCCL_", "GLOO_", "NVIDIA_")
PLACES = ("_HOME", "_PATH", "_ROOT", "_DIR", "_FILE")
"""How the names of engine variables end that hold a path, which may name a user."""
ADDRESSES = frozenset({"NCCL_COMM_ID", "NCCL_HOSTID", "NVIDIA_VISIBLE_DEVICES"})
"""Engine variables that name a host, or a device to whoever starts the container."""


def passed_on(surroundings: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that a program gets from the environment that capstone runs in."""
    return {
        name: value
        for name, value in surroundings.items()
        if name in PASSED_ON or name.startswith(PASSED_ON_PREFIXES)
    }


def engine_variables(surroundings: Mapping[str, str]) -> dict[str, str]:
    """Return the variables passed on that configure an engine, and with it what is measured."""
    return {
        name: value
        for name, value in sorted(surroundings.items())
        if name.startswith(PASSED_ON_PREFIXES)
        and not name.endswith(PLACES)
        and name not in ADDRESSES
    }
