"""Which variables of the surrounding environment reach a program, and which of them identify a case.

What configures an engine (CUDA, NCCL, gloo) changes what is measured, and so does where libraries
are taken from. What else says where things are is passed on, too, but differs between users and
hosts without changing a number. Which programs of this machine a study starts depends on PATH, so
they are known by their content.
"""

import hashlib
import os
import shutil
from collections.abc import Container, Mapping
from itertools import product
from pathlib import Path

from capstone_report.spec.benchmarks import Benchmark
from capstone_report.spec.study import Study

PYTHON = "python"
"""The Python that runs capstone, in the first place of a command; its version is on record."""

LIBRARIES = "LD_LIBRARY_PATH"
"""Decides which libraries a program loads; its folders may name a user, so its hash stands for it."""
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV", LIBRARIES)
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
    libraries = surroundings.get(LIBRARIES)
    known = {LIBRARIES: f"sha256 {_text_hash(libraries)}"} if libraries else {}
    return known | {
        name: value
        for name, value in sorted(surroundings.items())
        if name.startswith(PASSED_ON_PREFIXES)
        and not name.endswith(PLACES)
        and name not in ADDRESSES
    }


def started_programs(
    study: Study, folder: Path, surroundings: Mapping[str, str], *, own: Container[str]
) -> dict[str, dict[str, str]]:
    """Return the SHA-256 of the programs that commands begin with, by benchmark and by name.

    They are looked for as they will be started: in the study's folder where the name has a slash,
    in the PATH that is passed on otherwise. `own` are the study's files, which are known already.
    """
    found: dict[str, dict[str, str]] = {}
    for benchmark in study.benchmarks:
        path = {**passed_on(surroundings), **benchmark.env}.get("PATH", os.defpath)
        for name in sorted(_heads(benchmark, study.reproducibility.seed)):
            is_own = "/" in name and name in own
            file = None if is_own else shutil.which(_place(folder, name), path=path)
            if file is not None and os.access(file, os.R_OK):
                found.setdefault(benchmark.name, {})[name] = _content_hash(file)
    return found


def _heads(benchmark: Benchmark, seed: int) -> set[str]:
    """Return what the commands of a benchmark's cases begin with, but for the running Python."""
    if benchmark.command is None:
        return set()
    head = benchmark.command[0]
    factors = {"workers": (1,), "threads": (1,)} | dict(benchmark.levels)
    named = {name: values for name, values in factors.items() if "{" + name in head}
    filled = (dict(zip(named, values, strict=True)) for values in product(*named.values()))
    return {head.format(seed=seed, **levels) for levels in filled} - {PYTHON}


def _place(folder: Path, name: str) -> str:
    """Return what a program's name means to whoever starts it in the study's folder."""
    return str(folder.absolute() / name) if "/" in name else name


def _text_hash(text: str) -> str:
    """Return the first 12 hexadecimal digits of a text's SHA-256."""
    return hashlib.sha256(os.fsencode(text)).hexdigest()[:12]


def _content_hash(file: str) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with Path(file).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
